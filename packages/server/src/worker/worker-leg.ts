// One leg inside a worker: its media, and the conversation on it.
import type { AudioSink, AudioSource, MediaLeg } from "@ringdown/media";
import type { Conversation, ConversationEvents, LegPort, VoiceLog } from "@ringdown/voice";
import { LineWatch } from "./line-watch.ts";
import type {
  CloseReason,
  CommandArguments,
  LegClosed,
  LegDescription,
  LegEvent,
  Quality,
} from "./protocol.ts";
import { WorkerError } from "./worker-error.ts";

type StartConversation = typeof import("@ringdown/voice").startConversation;

export interface WorkerLegOptions {
  leg: MediaLeg;
  emit(event: LegEvent): void;
  /** Loaded on first use: a worker is ready before the voice package is. */
  startConversation(): Promise<StartConversation>;
  log: VoiceLog;
}

/** Keys a second that are reported to the timeline; a stream of hostile events must not flood the parent. */
const MAX_KEYS = 200;

export class WorkerLeg {
  readonly #leg: MediaLeg;
  readonly #options: WorkerLegOptions;
  readonly #keyListeners = new Set<(digit: string) => void>();
  /** Of a call out. */
  #line: LineWatch | undefined;
  #conversation: Conversation | undefined;
  #starting: Promise<void> | undefined;
  #isRecording = false;
  #messages = 0;
  #keys = 0;
  #closed: Promise<LegClosed> | undefined;

  constructor(options: WorkerLegOptions) {
    this.#options = options;
    this.#leg = options.leg;
    this.#leg.onDtmf = (digit, durationMs) => this.#key(digit, durationMs);
    this.#leg.onFirstPacket = () => this.#timeline("media_first_packet", {});
    this.#leg.onError = (error) => options.log.error({ err: error }, "a fault in a leg's audio");
    this.#leg.onMediaTimeout = (silentMs) => options.emit({ type: "mediaTimeout", silentMs });
  }

  negotiate(offer: string | null): LegDescription {
    const sdp = offer === null ? this.#leg.offer() : this.#leg.acceptOffer(offer);
    return this.#describe(sdp);
  }

  acceptAnswer(sdp: string, early: boolean): LegDescription {
    this.#leg.acceptAnswer(sdp, early);
    return this.#describe(sdp);
  }

  /** Of a call out. The recording begins once: what was heard before the answer stands in it too. */
  startMedia(recordingPath: string | null, answered: boolean): void {
    this.#line ??= new LineWatch(this.#leg, (name, fields) => this.#timeline(name, fields));
    if (answered) this.#line.answered();
    this.#startAudio(recordingPath);
  }

  #startAudio(recordingPath: string | null): void {
    this.#leg.start();
    if (recordingPath === null || this.#isRecording) return;
    this.#isRecording = true;
    this.#leg.record(recordingPath, (error) => {
      this.#options.log.error({ err: error, path: recordingPath }, "the call is not recorded in full");
      this.#timeline("recording_failed", { code: error.code });
    });
  }

  /** Resolves when the conversation has begun; its own failure is reported as the conversation's end. */
  async start(given: CommandArguments<"startLeg">): Promise<void> {
    if (given.inputs.direction === "outbound") this.startMedia(given.recordingPath, true);
    else this.#startAudio(given.recordingPath);
    this.#starting = this.#converse(given);
    await this.#starting;
  }

  async say(text: string, interruptible: boolean): Promise<void> {
    if (this.#conversation === undefined || this.#closed !== undefined) {
      throw new WorkerError("conversation_over", "The conversation on this call is over.");
    }
    await this.#conversation.say(text, { interruptible });
  }

  async sendDtmf(digits: string): Promise<void> {
    await this.#leg.sendDtmf(digits);
  }

  /** Idempotent. */
  close(reason: CloseReason): Promise<LegClosed> {
    this.#closed ??= this.#release(reason);
    return this.#closed;
  }

  async #release(reason: CloseReason): Promise<LegClosed> {
    // A conversation that is still being set up is stopped when it stands; the wire is silent meanwhile anyway.
    const settled = this.#starting?.then(() => this.#conversation?.stop(reason));
    if (this.#conversation !== undefined) await settled?.catch(() => undefined);
    else settled?.catch(() => undefined);
    const recording = await this.#leg.stopRecording();
    const quality = plain(this.#leg.quality());
    const codec = this.#leg.media?.codec ?? null;
    await this.#leg.close();
    return { codec, quality, recording: recording ?? null };
  }

  async #converse(given: CommandArguments<"startLeg">): Promise<void> {
    const { emit } = this.#options;
    const events: ConversationEvents = {
      onTurn: (turn) => emit({ type: "turn", ...turn, interrupted: turn.interrupted ?? false }),
      onTimeline: ({ type, at, ...fields }) => this.#timeline(type, plain(fields), at),
      onMessageTaken: (message) => emit({ type: "messageTaken", ...message }),
      onEnd: (end) => emit({ type: "conversationEnded", ...end }),
    };
    const messagePath = (): string => `${given.messagePrefix}${++this.#messages}.wav`;
    try {
      const startConversation = await this.#options.startConversation();
      if (this.#closed !== undefined) return;
      this.#conversation = await startConversation(given.profile, this.#port(messagePath), events, {
        from: given.from,
        to: given.to,
        ...given.inputs,
        messagePath,
        log: this.#options.log,
      });
    } catch (error) {
      this.#options.log.error(
        { err: error, agent: given.profile.username },
        "the conversation did not start",
      );
      emit({
        type: "conversationEnded",
        by: "system",
        code: "conversation_failed",
        reason: "The agent could not begin to speak.",
      });
    }
  }

  #port(messagePath: () => string): LegPort {
    const leg = this.#leg;
    return {
      sampleRate: leg.sampleRate,
      setSource: (source: AudioSource | undefined) => {
        leg.source = source;
      },
      addSink: (sink: AudioSink) => leg.addSink(sink),
      onDtmf: (listener) => {
        this.#keyListeners.add(listener);
        return () => this.#keyListeners.delete(listener);
      },
      sendDtmf: (digits) => leg.sendDtmf(digits),
      messagePath,
    };
  }

  #key(digit: string, durationMs: number): void {
    if (++this.#keys <= MAX_KEYS) this.#timeline("dtmf_received", { digit, durationMs });
    for (const listener of this.#keyListeners) listener(digit);
  }

  #timeline(name: string, fields: Quality, at = Date.now()): void {
    this.#options.emit({ type: "timeline", name, at, fields });
  }

  #describe(sdp: string): LegDescription {
    const media = this.#leg.media;
    const direction = media?.direction;
    const audible = direction === "sendrecv" || direction === "recvonly";
    return { sdp, codec: media?.codec ?? null, onHold: media?.onHold ?? false, audible };
  }
}

/** What is left of it when it has crossed the process boundary. */
function plain(value: object): Quality {
  return JSON.parse(JSON.stringify(value)) as Quality;
}

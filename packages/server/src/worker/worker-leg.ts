// One leg inside a worker: its media, and the conversation on it.
import type { AudioSink, AudioSource, MediaBridge, MediaLeg } from "@ringdown/media";
import type {
  Announcement,
  Conversation,
  ConversationEvents,
  LegPort,
  RunFunction,
  VoiceLog,
} from "@ringdown/voice";
import { type After, KeyWaits } from "./key-waits.ts";
import { LegMouth } from "./leg-mouth.ts";
import { LineWatch } from "./line-watch.ts";
import { OverheardAudio } from "./overheard-audio.ts";
import type {
  CloseReason,
  CommandArguments,
  LegClosed,
  LegDescription,
  LegEvent,
  LineState,
  Quality,
} from "./protocol.ts";
import { WorkerError } from "./worker-error.ts";

type StartConversation = typeof import("@ringdown/voice").startConversation;
type ListenForSpeech = typeof import("@ringdown/voice").listenForSpeech;

export interface WorkerLegOptions {
  leg: MediaLeg;
  emit(event: LegEvent): void;
  runFunction(agentId: string): RunFunction;
  /** Loaded on first use: a worker is ready before the voice package is. */
  startConversation(): Promise<StartConversation>;
  listenForSpeech(): Promise<ListenForSpeech>;
  /** Begins to make a text into speech. @throws VoiceError */
  announcement(text: string, voice: string | null, sampleRate: number): Promise<Announcement>;
  after: After;
  log: VoiceLog;
}

/** Keys a second that are reported to the timeline; a stream of hostile events must not flood the parent. */
const MAX_KEYS = 200;
/** ms in which the same key by INFO is the one that the audio had. */
const SAME_KEY_MS = 2_000;

export class WorkerLeg {
  readonly media: MediaLeg;
  readonly #options: WorkerLegOptions;
  readonly #keyListeners = new Set<(digit: string) => void>();
  /** Of a call out. */
  #line: LineWatch | undefined;
  readonly #keyWaits: KeyWaits;
  readonly #mouth = new LegMouth();
  /** Who wants to hear the party at the other end of a bridge, and what ends that. */
  readonly #otherSinks = new Map<AudioSink, (() => void) | undefined>();
  #other: WorkerLeg | undefined;
  #bridge: MediaBridge | undefined;
  #announcement: Announcement | undefined;
  #announcements = 0;
  /** Ends `listenSpeech`. */
  #deafen: (() => void) | undefined;
  #isRecording = false;
  /** The peer holds us. */
  #holds = false;
  #conversation: Conversation | undefined;
  #starting: Promise<void> | undefined;
  #messages = 0;
  #keys = 0;
  /** That the audio had. */
  #lastKey: { readonly digit: string; readonly at: number } | undefined;
  #closed: Promise<LegClosed> | undefined;

  constructor(options: WorkerLegOptions) {
    this.#options = options;
    this.media = options.leg;
    this.#keyWaits = new KeyWaits(options.after);
    this.media.source = this.#mouth;
    this.media.onDtmf = (digit, durationMs) => {
      this.#lastKey = { digit, at: performance.now() };
      this.#key(digit, durationMs);
    };
    this.media.onFirstPacket = () => this.#timeline("media_first_packet", {});
    this.media.onSecured = (failure) =>
      failure === undefined
        ? this.#timeline("media_secured", {})
        : this.#timeline("media_not_secured", { reason: failure });
    this.media.onError = (error) => options.log.error({ err: error }, "a fault in a leg's audio");
    this.media.onMediaTimeout = (silentMs) => options.emit({ type: "mediaTimeout", silentMs });
  }

  negotiate(offer: string | null): LegDescription {
    const sdp = offer === null ? this.media.offer() : this.media.acceptOffer(offer);
    this.#tellOther();
    return this.#describe(sdp);
  }

  acceptAnswer(sdp: string, early: boolean): LegDescription {
    this.media.acceptAnswer(sdp, early);
    this.#tellOther();
    return this.#describe(sdp);
  }

  openSuccessor(localAddress: string, offer: string | null): LegDescription {
    if (offer === null) return this.#describe(this.media.offerSuccessor(localAddress));
    const sdp = this.media.acceptSuccessorOffer(localAddress, offer);
    this.#tellOther();
    return this.#describe(sdp);
  }

  acceptSuccessor(sdp: string): LegDescription {
    this.media.acceptSuccessor(sdp);
    this.#tellOther();
    return this.#describe(sdp);
  }

  /** Of a call out. The recording begins once: what was heard before the answer stands in it too. */
  startMedia(recordingPath: string | null, line: LineState | null): void {
    if (line !== null)
      this.#line ??= new LineWatch(this.media, (name, fields) => this.#timeline(name, fields));
    if (line === "answered") this.#line?.answered();
    this.#startAudio(recordingPath);
  }

  #startAudio(recordingPath: string | null): void {
    this.media.start();
    if (recordingPath === null || this.#isRecording) return;
    this.#isRecording = true;
    this.media.record(recordingPath, (error) => {
      this.#options.log.error({ err: error, path: recordingPath }, "the call is not recorded in full");
      this.#timeline("recording_failed", { code: error.code });
    });
  }

  /** Resolves when the conversation has begun; its own failure is reported as the conversation's end. */
  async start(given: CommandArguments<"startLeg">): Promise<void> {
    if (given.inputs.direction === "outbound") this.startMedia(given.recordingPath, "answered");
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
    await this.media.sendDtmf(digits);
  }

  /**
   * A key that came by signalling. One that came in the audio just before is the same, sent both ways. Whoever is bridged to the
   * peer gets it as other keys.
   */
  pressKey(digit: string, durationMs: number): void {
    const last = this.#lastKey;
    if (last?.digit === digit && performance.now() - last.at < SAME_KEY_MS) return;
    this.#key(digit, durationMs);
    void this.#other?.media
      .sendDtmf(digit, { toneMs: Math.min(Math.max(durationMs, 60), 1_000) })
      .catch(() => undefined);
  }

  /** What is heard while nobody says anything. */
  set background(source: AudioSource | undefined) {
    this.#mouth.background = source;
  }

  /** @returns whether it was heard to its end; @throws VoiceError, where it could not be said */
  async announce(text: string, voice: string | null): Promise<boolean> {
    const mine = ++this.#announcements;
    this.#announcement?.stop();
    const announcement = await this.#options.announcement(text, voice, this.media.sampleRate);
    // another one, or the end, has come meanwhile
    if (mine !== this.#announcements || this.#closed !== undefined) {
      announcement.stop();
      return false;
    }
    this.#announcement = announcement;
    this.#mouth.announcement = announcement;
    try {
      return await announcement.done;
    } finally {
      if (this.#announcement === announcement) {
        this.#announcement = undefined;
        this.#mouth.announcement = undefined;
      }
    }
  }

  overhear(on: boolean): void {
    if (!on) this.media.monitor = undefined;
    else if (this.media.monitor === undefined) {
      const { emit } = this.#options;
      const overheard = new OverheardAudio((pcm) => emit({ type: "overheard", pcm }));
      this.media.monitor = (received, sent) => overheard.write(received, sent);
    }
  }

  hush(): void {
    this.#announcements += 1;
    this.#announcement?.stop();
  }

  listenKeys(keys: string, timeoutMs: number): Promise<string | null> {
    if (this.#closed !== undefined) return Promise.resolve(null);
    return this.#keyWaits.wait(keys, timeoutMs);
  }

  /** Until it is bridged or closed. @throws VoiceError where nothing is installed that could */
  async listenSpeech(phrases: readonly string[]): Promise<void> {
    this.#stopListening();
    const { emit, listenForSpeech, log } = this.#options;
    const deafen = await (await listenForSpeech())(this.media, {
      phrases,
      onSpeech: (text) => emit({ type: "speech", text: text ?? null }),
      log,
    });
    if (this.#closed !== undefined || this.#bridge !== undefined) deafen();
    else this.#deafen = deafen;
  }

  #stopListening(): void {
    this.#deafen?.();
    this.#deafen = undefined;
  }

  /** A conversation that is still being set up is waited for. @throws WorkerError `conversation_over` */
  async suspendConversation(listen: boolean): Promise<void> {
    (await this.#standing()).suspend({ listen });
  }

  /** @throws WorkerError `conversation_over` */
  async resumeConversation(note: string | null, next: string | null): Promise<void> {
    (await this.#standing()).resume(note ?? "", next ?? undefined);
  }

  /** The two are joined by `bridge`. */
  join(other: WorkerLeg, bridge: MediaBridge): void {
    this.#other = other;
    this.#bridge = bridge;
    this.#stopListening();
    this.#mouth.background = undefined;
    for (const sink of this.#otherSinks.keys()) this.#otherSinks.set(sink, other.media.addSink(sink));
  }

  /** It is alone again. @param tell the parent did not ask for it */
  part(tell: boolean): void {
    if (this.#bridge === undefined) return;
    this.#bridge = undefined;
    this.#other = undefined;
    for (const [sink, remove] of this.#otherSinks) {
      remove?.();
      this.#otherSinks.set(sink, undefined);
    }
    if (tell && this.#closed === undefined) this.#options.emit({ type: "unbridged" });
  }

  /** Idempotent. */
  unbridge(): void {
    const other = this.#other;
    const bridge = this.#bridge;
    this.part(false);
    other?.part(false);
    bridge?.close();
  }

  /** Idempotent. */
  close(reason: CloseReason): Promise<LegClosed> {
    this.#closed ??= this.#release(reason);
    return this.#closed;
  }

  async #release(reason: CloseReason): Promise<LegClosed> {
    this.hush();
    this.#stopListening();
    this.#keyWaits.close();
    // A conversation that is still being set up is stopped when it stands; the wire is silent meanwhile anyway.
    const settled = this.#starting?.then(() => this.#conversation?.stop(reason));
    if (this.#conversation !== undefined) await settled?.catch(() => undefined);
    else settled?.catch(() => undefined);
    const recording = await this.media.stopRecording();
    const quality = plain(this.media.quality());
    const qualitySamples = this.media.qualitySamples();
    const codec = this.media.media?.codec ?? null;
    await this.media.close();
    return { codec, quality, qualitySamples, recording: recording ?? null };
  }

  async #converse(given: CommandArguments<"startLeg">): Promise<void> {
    const { emit } = this.#options;
    const events: ConversationEvents = {
      onTurn: (turn) => emit({ type: "turn", ...turn, interrupted: turn.interrupted ?? false }),
      onTimeline: ({ type, at, ...fields }) => this.#timeline(type, plain(fields), at),
      onTransfer: (name, notification) =>
        emit({ type: "transferRequested", name, ...(notification !== undefined && { notification }) }),
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
        runFunction: this.#options.runFunction(given.profile.id),
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
    const leg = this.media;
    return {
      sampleRate: leg.sampleRate,
      setSource: (source: AudioSource | undefined) => {
        this.#mouth.conversation = source;
      },
      addSink: (sink: AudioSink) => leg.addSink(sink),
      addOtherSink: (sink: AudioSink) => {
        this.#otherSinks.set(sink, this.#other?.media.addSink(sink));
        return () => {
          this.#otherSinks.get(sink)?.();
          this.#otherSinks.delete(sink);
        };
      },
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
    this.#keyWaits.press(digit);
    for (const listener of this.#keyListeners) listener(digit);
  }

  /** @throws WorkerError */
  async #standing(): Promise<Conversation> {
    await this.#starting;
    if (this.#conversation === undefined || this.#closed !== undefined) {
      throw new WorkerError("conversation_over", "The conversation on this call is over.");
    }
    return this.#conversation;
  }

  /** The party at the other end of the bridge hears hold audio, or us again. */
  #tellOther(): void {
    const { onHold } = this.media;
    if (onHold === this.#holds) return;
    this.#holds = onHold;
    this.#other?.onOtherHolds(onHold);
  }

  onOtherHolds(onHold: boolean): void {
    this.#options.emit({ type: "otherHolds", onHold });
  }

  #timeline(name: string, fields: Quality, at = Date.now()): void {
    this.#options.emit({ type: "timeline", name, at, fields });
  }

  #describe(sdp: string): LegDescription {
    const media = this.media.media;
    const direction = media?.direction;
    const audible = direction === "sendrecv" || direction === "recvonly";
    return {
      ...{ sdp, codec: media?.codec ?? null, onHold: media?.onHold ?? false, audible },
      telephoneEvents: media?.dtmfPayloadType !== undefined,
    };
  }
}

/** What is left of it when it has crossed the process boundary. */
function plain(value: object): Quality {
  return JSON.parse(JSON.stringify(value)) as Quality;
}

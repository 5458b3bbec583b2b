// One inbound call: what signalling, media, conversation and record are to each other. Whatever happens first ends
// it, once: there is one way to the end (`#end`), and it releases all that was taken.
import type { IncomingCall, LegEnded } from "@ringdown/sip";
import type { AgentProfile } from "@ringdown/voice";
import type { LegEvent } from "../worker/protocol.ts";
import { WorkerError } from "../worker/worker-error.ts";
import type { MediaPool } from "../worker/worker-pool.ts";
import { CallMedia } from "./call-media.ts";
import type { CallRecorder } from "./call-record.ts";
import type { Clock } from "./clock.ts";
import { type CallEnd, type CallEndCode, callEnd } from "./end-codes.ts";
import { type MediaRefusal, mediaRefusal } from "./media-refusal.ts";
import type { RecordingFiles, RecordingPaths } from "./recording-files.ts";

export interface CallLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface CallOptions {
  id: string;
  leg: IncomingCall;
  profile: AgentProfile;
  /** Seconds of ringing before the answer. */
  ringSeconds: number;
  /** Whether the call is recorded. */
  record: boolean;
  recorder: CallRecorder;
  pool: MediaPool;
  files: RecordingFiles;
  /** Our address as the caller's side sees it; goes into the SDP. */
  localAddress: string;
  from: string;
  to: string;
  clock: Clock;
  log: CallLog;
  /** The media could not be had: the INVITE was refused so. */
  onRefused(refusal: MediaRefusal): void;
  /** No longer live: hung up, but still being written down. */
  onEnded(end: CallEnd): void;
  /** Everything is released and written. Comes exactly once, after a refusal too. */
  onReleased(): void;
}

/** What the conversation may take longer than its own limit, to say goodbye. */
const FAREWELL_ALLOWANCE_MS = 30_000;
/** Nothing runs longer than this, whatever the agent's settings say. */
const LONGEST_CALL_S = 4 * 3600;

export class Call {
  readonly id: string;
  readonly #options: CallOptions;
  readonly #leg: IncomingCall;
  readonly #record: CallRecorder;
  readonly #media: CallMedia;
  #state: "setting-up" | "ringing" | "answered" | "talking" | "ended" = "setting-up";
  #cancelTimer: (() => void) | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    this.id = options.id;
    this.#leg = options.leg;
    this.#record = options.recorder;
    this.#record.step("invite_received", { offer: options.leg.offer !== undefined });
    this.#leg.onEnded = (ended) => this.#signallingEnded(ended);
    this.#leg.onAcknowledged = (answer) => this.#acknowledged(answer);
    this.#leg.onReinvite = (offer, reply) => void this.#renegotiate(offer, reply);
    this.#media = new CallMedia(
      options.pool,
      { legId: options.id, localAddress: options.localAddress, offer: options.leg.offer },
      {
        onEvent: (event) => this.#legEvent(event),
        onWorkerDied: (how) => {
          this.#record.step("worker_died", { how });
          this.#end(callEnd("worker_died", how));
        },
      },
    );
    void this.#setUp();
  }

  get live(): boolean {
    return this.#state !== "ended";
  }

  get talking(): boolean {
    return this.#state === "talking";
  }

  get workerPid(): number | undefined {
    return this.#media.workerPid;
  }

  hangUp(code: CallEndCode, detail?: string): void {
    this.#end(callEnd(code, detail));
  }

  /** @throws WorkerError with the worker's code. */
  say(text: string, options: { interruptible: boolean } = { interruptible: true }): Promise<void> {
    return this.#media.say(text, options.interruptible);
  }

  /** @throws WorkerError with the worker's code. */
  sendDtmf(digits: string): Promise<void> {
    return this.#media.sendDtmf(digits);
  }

  async #setUp(): Promise<void> {
    let sdp: string;
    try {
      ({ sdp } = await this.#media.opened());
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#ended) return;
    this.#state = "ringing";
    this.#leg.ring();
    this.#record.step("ringing_sent", { status: 180 });
    this.#record.ringing();
    if (this.#options.ringSeconds > 0) {
      this.#cancelTimer = this.#options.clock.after(this.#options.ringSeconds * 1000, () =>
        this.#answer(sdp),
      );
    } else this.#answer(sdp);
  }

  /** The INVITE is refused; this is no call but a rejected one. */
  #refuse(error: unknown): void {
    if (this.#ended) return;
    this.#state = "ended";
    const refusal = mediaRefusal(error);
    if (refusal.code === "call_failed")
      this.#options.log.error({ err: error, callId: this.id }, "no media leg");
    this.#leg.reject(refusal.status, {
      headers: refusal.retryAfter === undefined ? [] : [["Retry-After", String(refusal.retryAfter)]],
    });
    this.#options.onRefused(refusal);
    this.#options.onReleased();
  }

  #answer(sdp: string): void {
    if (this.#ended) return;
    this.#state = "answered";
    this.#record.step("answer_sent", { status: 200, codec: this.#media.codec });
    this.#record.answered(this.#media.codec);
    this.#leg.accept(sdp);
    const seconds = this.#options.profile.maxCallDuration ?? LONGEST_CALL_S;
    this.#cancelTimer = this.#options.clock.after(seconds * 1000 + FAREWELL_ALLOWANCE_MS, () =>
      this.#end(callEnd("max_duration")),
    );
  }

  /** The first ACK begins the conversation; one of a re-INVITE without an offer brings the answer to ours. */
  #acknowledged(answer: string | undefined): void {
    if (this.#ended) return;
    const first = this.#state === "answered";
    this.#record.step("ack_received", { answer: answer !== undefined });
    if (first) this.#state = "talking";
    void this.#afterAck(answer, first);
  }

  async #afterAck(answer: string | undefined, first: boolean): Promise<void> {
    try {
      if (answer !== undefined) await this.#media.acceptAnswer(answer);
      else if (first && this.#leg.offer === undefined)
        throw new WorkerError("no_answer", "the ACK held no SDP");
      this.#record.codec(this.#media.codec);
    } catch (error) {
      this.#end(callEnd("media_failed", error instanceof Error ? error.message : undefined));
      return;
    }
    if (!first || this.#ended) return;
    const { recording, messagePrefix } = this.#paths;
    try {
      await this.#media.start({
        profile: this.#options.profile,
        from: this.#options.from,
        to: this.#options.to,
        recordingPath: this.#options.record ? recording : null,
        messagePrefix,
      });
    } catch (error) {
      if (this.#ended) return;
      this.#options.log.error({ err: error, callId: this.id }, "the conversation could not be started");
      this.#end(callEnd("call_failed", error instanceof Error ? error.message : undefined));
      return;
    }
    if (this.#options.record && !this.#ended) this.#record.recording(this.#options.files.nameOf(recording));
  }

  /** Hold, resume, a new address (RFC 3264 §8): the worker answers. */
  async #renegotiate(
    offer: string | undefined,
    reply: { accept(sdp: string): void; reject(status: number): void },
  ): Promise<void> {
    const wasOnHold = this.#media.onHold;
    this.#record.step("reinvite_received", { offer: offer !== undefined });
    try {
      const { sdp, onHold } = await this.#media.renegotiate(offer);
      if (this.#ended) return;
      reply.accept(sdp);
      if (onHold !== wasOnHold) this.#record.step(onHold ? "hold" : "resume");
      this.#record.codec(this.#media.codec);
    } catch (error) {
      if (this.#ended) return;
      // RFC 3261 §14.2: the session stays as it was.
      const { status, code } = mediaRefusal(error);
      reply.reject(status);
      this.#record.step("reinvite_refused", { status, code });
    }
  }

  #legEvent(event: LegEvent): void {
    switch (event.type) {
      case "turn":
        this.#record.turn(event);
        break;
      case "timeline":
        // Told by `messageTaken`, which knows the file.
        if (event.name === "message_taken") break;
        this.#record.step(event.name, event.fields, event.at);
        break;
      case "messageTaken":
        this.#record.message(this.#options.files.nameOf(event.path), event.seconds);
        break;
      case "conversationEnded":
        this.#end({ by: event.by, code: event.code, reason: event.reason });
        break;
      case "mediaTimeout":
        // A peer that holds the call may be silent for as long as it likes (RFC 3264 §8.4).
        if (this.#media.onHold) break;
        this.#record.step("media_timeout", { silentMs: event.silentMs });
        this.#end(callEnd("media_timeout"));
        break;
    }
  }

  #signallingEnded(ended: LegEnded): void {
    if (this.#ended) return;
    switch (ended.cause) {
      case "bye":
        this.#record.step("bye_received", ended.reason === undefined ? {} : { reason: ended.reason });
        this.#end(callEnd("caller_hung_up"));
        break;
      case "replaced":
        this.#end(callEnd("caller_hung_up"));
        break;
      case "cancelled":
        this.#record.step("cancel_received", ended.reason === undefined ? {} : { reason: ended.reason });
        this.#end(callEnd("cancelled"));
        break;
      case "no-ack":
        this.#end(callEnd("no_ack"));
        break;
      case "timeout":
      case "session-expired":
      case "transport-error":
        this.#end(callEnd("signalling_lost", ended.cause));
        break;
      case "local":
      case "rejected":
        // The stack ended it of its own accord.
        this.#end(callEnd("call_failed", ended.reason));
        break;
    }
  }

  get #paths(): RecordingPaths {
    return this.#options.files.paths(this.id, this.#record.record.startedAt);
  }

  get #ended(): boolean {
    return this.#state === "ended";
  }

  #end(end: CallEnd): void {
    if (this.#ended) return;
    const at = this.#options.clock.now();
    const answered = this.#state === "answered" || this.#state === "talking";
    this.#state = "ended";
    this.#cancelTimer?.();
    if (this.#leg.state !== "ended") {
      this.#record.step(answered ? "bye_sent" : "reject_sent", answered ? {} : { status: 480 });
      this.#leg.hangUp({ reason: end.reason });
    }
    this.#options.onEnded(end);
    void this.#release(end, at);
  }

  async #release(end: CallEnd, at: number): Promise<void> {
    const why = end.by === "caller" ? "caller-hung-up" : end.code === "node_shutdown" ? "drain" : "operator";
    const closed = await this.#media.close(why);
    const recorded = closed === undefined || closed.recording !== null;
    const recording = recorded
      ? await this.#options.files.finished(this.#paths.recording, closed !== undefined)
      : null;
    await this.#record.ended(end, at, {
      codec: closed?.codec ?? null,
      recording,
      quality: closed?.quality ?? null,
    });
    this.#options.onReleased();
  }
}

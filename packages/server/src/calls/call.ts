// One call: what its legs, the conversation and the record are to each other. Whatever happens first ends it, once:
// there is one way to the end (`end`), and it releases all that was taken. How a call is set up is not known here
// (`inbound-setup.ts`, `outbound-setup.ts`).
import type { CallLeg, LegEnded } from "@ringdown/sip";
import type { AgentProfile } from "@ringdown/voice";
import type { CallDirection } from "../store/records.ts";
import type { ConversationInputs, LegEvent } from "../worker/protocol.ts";
import type { MediaPool } from "../worker/worker-pool.ts";
import { AnswererWatch } from "./answerer.ts";
import { type CallListener, CallListeners } from "./call-listeners.ts";
import { CallFacts } from "./call-outcome.ts";
import type { CallRecorder } from "./call-record.ts";
import type { Clock } from "./clock.ts";
import { type CallEnd, type CallEndCode, callEnd } from "./end-codes.ts";
import { type KeysSent, Leg, type LegOwner } from "./leg.ts";
import { legEnd } from "./leg-end.ts";
import type { LegRecord, LegStart } from "./leg-record.ts";
import type { RecordingFiles, RecordingPaths } from "./recording-files.ts";

export interface CallLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface CallOptions {
  id: string;
  profile: AgentProfile;
  /** Whether the call is recorded. */
  record: boolean;
  recorder: CallRecorder;
  pool: MediaPool;
  files: RecordingFiles;
  from: string;
  to: string;
  inputs: ConversationInputs;
  /** The leg of the person on the phone, as far as it is known. */
  leg: LegStart;
  clock: Clock;
  log: CallLog;
  /** No longer live: hung up, but still being written down. */
  onEnded(end: CallEnd): void;
  /** Everything is released and written. Comes exactly once, after `abandon` too. */
  onReleased(): void;
  /** The agent wants the caller put through by that function of his. */
  onTransferRequested(name: string, notification?: string): void;
}

/** What the conversation may take longer than its own limit, to say goodbye. */
const FAREWELL_ALLOWANCE_MS = 30_000;
/** Nothing runs longer than this, whatever the agent's settings say. */
/** Who may listen to one call at once. */
const MAX_LISTENERS = 8;
const LONGEST_CALL_S = 4 * 3600;

export class Call {
  readonly id: string;
  /** Of the person on the phone, and of the conversation. */
  readonly leg: Leg;
  /** Told once, before its legs are hung up: to whom a transfer of this call belongs. */
  onOver: (() => void) | undefined;
  readonly #options: CallOptions;
  readonly #record: CallRecorder;
  readonly #legs: Leg[] = [];
  #state: "setting-up" | "answered" | "talking" | "ended" = "setting-up";
  #answeredAt: number | undefined;
  #cancelTimer: (() => void) | undefined;
  readonly #pauses = new Set<() => void>();
  readonly #facts = new CallFacts();
  readonly #answerer = new AnswererWatch();
  readonly #listeners = new CallListeners((on) => this.leg.media.overhear(on));

  constructor(options: CallOptions) {
    this.#options = options;
    this.id = options.id;
    this.#record = options.recorder;
    this.leg = this.createLeg(options.leg, {
      onMediaEvent: (event) => this.#mediaEvent(event),
      onWorkerDied: (how) => this.end(callEnd("worker_died", how)),
      onMediaFailed: (reason) => this.end(callEnd("media_failed", reason)),
      onEnded: (ended) => this.#legEnded(ended),
    });
  }

  /** The other side, as it is known to the record. */
  get from(): string {
    return this.#options.from;
  }

  get direction(): CallDirection {
    return this.#record.record.direction;
  }

  get live(): boolean {
    return this.#state !== "ended";
  }

  get talking(): boolean {
    return this.#state === "talking";
  }

  /** Epoch milliseconds; undefined where it was not. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /** What was noticed of the person on the phone. */
  get facts(): CallFacts {
    return this.#facts;
  }

  /** Who answered a call out. */
  get answerer(): AnswererWatch {
    return this.#answerer;
  }

  get workerPid(): number | undefined {
    return this.leg.media.workerPid;
  }

  /** The leg of that dialog. */
  legOf(dialog: CallLeg): Leg | undefined {
    return this.live ? this.#legs.find((leg) => leg.dialog === dialog) : undefined;
  }

  /** An entry for a dialog that takes the place of a leg's. */
  recordLeg(start: LegStart): LegRecord {
    return this.#record.addLeg(start);
  }

  /** A further leg, released with the call at the latest. */
  createLeg(start: LegStart, owner: LegOwner): Leg {
    const { pool, clock } = this.#options;
    const record = this.#record.addLeg(start);
    const [first] = this.#legs;
    const leg = new Leg(first === undefined ? this.id : record.id, {
      ...{ record, pool, clock, owner },
      ...(first !== undefined && { beside: first }),
    });
    this.#legs.push(leg);
    return leg;
  }

  /** Known to the world from here on. */
  ringing(): void {
    this.#record.ringing();
  }

  /** By the person on the phone. The conversation begins with `talk`. */
  answered(): void {
    if (this.#state !== "setting-up") return;
    this.#state = "answered";
    const at = this.#options.clock.now();
    this.#answeredAt = at;
    this.leg.record.answered(at);
    this.leg.record.codec(this.leg.media.codec);
    this.#record.answered(at);
    const seconds = this.#options.profile.maxCallDuration ?? LONGEST_CALL_S;
    this.setTimer(seconds * 1000 + FAREWELL_ALLOWANCE_MS, () => this.end(callEnd("max_duration")));
  }

  /** Audio and the recording without anybody speaking: before the answer, and before the conversation. */
  async listen(): Promise<void> {
    if (this.#state !== "setting-up" && this.#state !== "answered") return;
    const { record, files, log } = this.#options;
    const { recording } = this.#paths;
    try {
      await this.leg.media.startMedia(
        record ? recording : null,
        this.#state === "answered" ? "answered" : "ringing",
      );
    } catch (error) {
      // What follows, or the worker's death, ends the call.
      if (this.live) log.warn({ err: error, callId: this.id }, "the line could not be listened to");
      return;
    }
    if (record && this.live) this.#record.recording(files.nameOf(recording));
  }

  /**
   * Audio both ways, the recording, the conversation. Only the first time, and only between answer and end.
   * @param change of how the agent talks, for this conversation
   */
  async talk(change: Partial<AgentProfile> = {}): Promise<void> {
    if (this.#state !== "answered") return;
    this.#state = "talking";
    const { profile, from, to, inputs, record, files, log } = this.#options;
    const { recording, messagePrefix } = this.#paths;
    try {
      const recordingPath = record ? recording : null;
      await this.leg.media.start({
        profile: { ...profile, ...change },
        from,
        to,
        inputs,
        recordingPath,
        messagePrefix,
      });
    } catch (error) {
      if (!this.live) return;
      log.error({ err: error, callId: this.id }, "the conversation could not be started");
      this.end(callEnd("call_failed", error instanceof Error ? error.message : undefined));
      return;
    }
    if (record && this.live) this.#record.recording(files.nameOf(recording));
  }

  /** The call's one timer: until the answer its set-up's, then that of the longest duration. */
  setTimer(ms: number, action: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.after(ms, action);
  }

  /** Resolves after `ms`, or when the call is over. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (!this.live) return resolve();
      const wake = (): void => {
        cancel();
        this.#pauses.delete(wake);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, wake);
      this.#pauses.add(wake);
    });
  }

  hangUp(code: CallEndCode, detail?: string): void {
    const isDialled = this.direction === "outbound" && this.#state === "setting-up";
    this.end(callEnd(code === "operator" && isDialled ? "cancelled_by_operator" : code, detail));
  }

  /** @throws WorkerError with the worker's code. */
  say(text: string, options: { interruptible: boolean } = { interruptible: true }): Promise<void> {
    return this.leg.media.say(text, options.interruptible);
  }

  /** @throws WorkerError with the worker's code. */
  sendDtmf(digits: string): Promise<KeysSent> {
    return this.leg.sendDtmf(digits);
  }

  /**
   * What is said, from now on. @param by who listens, for the record
   * @returns what ends it; undefined: as many listen as may
   */
  overhear(listener: CallListener, by: string): (() => void) | undefined {
    if (this.#listeners.size >= MAX_LISTENERS) return undefined;
    this.#record.step("listened_to", { by });
    return this.#listeners.add(listener);
  }

  /** The one way to the end; the first counts. */
  end(end: CallEnd): void {
    if (!this.live) return;
    const at = this.#options.clock.now();
    this.#state = "ended";
    this.#cancelTimer?.();
    for (const wake of this.#pauses) wake();
    this.#answerer.close();
    this.#listeners.close();
    this.onOver?.();
    for (const leg of this.#legs) leg.hangUp(end.reason);
    this.#options.onEnded(end);
    void this.#release(end, at);
  }

  /** It was none: it never rang, and leaves no record. */
  abandon(): void {
    if (!this.live) return;
    this.#state = "ended";
    this.#cancelTimer?.();
    for (const leg of this.#legs) leg.abandon();
    this.#options.onReleased();
  }

  #mediaEvent(event: LegEvent): void {
    const { files } = this.#options;
    this.#facts.note(event);
    this.#answerer.note(event);
    switch (event.type) {
      case "turn":
        this.#record.turn(event);
        break;
      case "timeline":
        // Told by `messageTaken`, which knows the file.
        if (event.name === "message_taken") break;
        this.#record.step(event.name, event.fields, event.at);
        break;
      case "overheard":
        this.#listeners.heard(event.pcm);
        break;
      case "transferRequested":
        this.#options.onTransferRequested(event.name, event.notification);
        break;
      case "messageTaken":
        this.#record.message(files.nameOf(event.path), event.seconds);
        break;
      case "conversationEnded":
        this.end({ by: event.by, code: event.code, reason: event.reason });
        break;
      case "mediaTimeout":
        // A peer that holds the call may be silent for as long as it likes (RFC 3264 §8.4), and one that only rings.
        if (this.leg.media.onHold || this.#state === "setting-up") break;
        this.#record.step("media_timeout", { silentMs: event.silentMs });
        this.end(callEnd("media_timeout"));
        break;
    }
  }

  #legEnded(ended: LegEnded): void {
    this.end(legEnd(ended, this.leg, this.direction));
  }

  get #paths(): RecordingPaths {
    return this.#options.files.paths(this.id, this.#record.record.startedAt);
  }

  async #release(end: CallEnd, at: number): Promise<void> {
    const why = end.by === "caller" ? "caller-hung-up" : end.code === "node_shutdown" ? "drain" : "operator";
    const [closed] = await Promise.all(this.#legs.map((leg) => leg.close(why, at)));
    const recorded = closed === undefined || closed.recording !== null;
    const recording = recorded
      ? await this.#options.files.finished(this.#paths.recording, closed !== undefined)
      : null;
    const { quality = null, qualitySamples = [] } = closed ?? {};
    await this.#record.ended(end, at, { recording, quality, qualitySamples });
    this.#options.onReleased();
  }
}

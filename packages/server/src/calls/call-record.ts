// The record of one call, written as the call goes. The database never delays the call: writes queue behind it.
import type { QualitySample } from "@ringdown/media";
import type { CallDirection, CallLegRecord, CallPatch, CallRecord, JsonValue } from "../store/records.ts";
import type { CallRepository } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import type { CallEnd } from "./end-codes.ts";
import { LegRecord, type LegStart } from "./leg-record.ts";
import { Timeline } from "./timeline.ts";

export type CallRecordStore = Pick<CallRepository, "insert" | "update">;

export interface CallRecorderOptions {
  store: CallRecordStore;
  clock: Clock;
  onWriteFailed(error: unknown): void;
  /** Steps and turns are given to the store together after this pause. */
  batchMs?: number;
}

export interface CallStart {
  id: string;
  organizationId: string;
  direction: CallDirection;
  agentId: string;
  from: string;
  to: string;
}

type Fields = { [name: string]: JsonValue | undefined };

export interface CallOutcome {
  /** Path below the data folder. */
  recording: string | null;
  quality: Fields | null;
  qualitySamples: QualitySample[];
}

/** Turns kept of one call; at one a second that is over an hour of talk. */
const MAX_TURNS = 5_000;
/** Messages kept of one call. */
const MAX_MESSAGES = 1_000;

export class CallRecorder {
  readonly record: CallRecord;
  readonly #timeline = new Timeline();
  readonly #options: CallRecorderOptions;
  #inserted = false;
  #cancelBatch: (() => void) | undefined;

  constructor(start: CallStart, options: CallRecorderOptions) {
    this.#options = options;
    this.record = {
      ...start,
      sipCallId: "",
      state: "ringing",
      startedAt: this.#time(),
      answeredAt: null,
      endedAt: null,
      duration: null,
      endedBy: null,
      endCode: null,
      endReason: null,
      codec: null,
      legs: [],
      callDialog: [],
      timeline: [],
      recording: null,
      messages: [],
      quality: null,
      qualitySamples: [],
      report: null,
    };
  }

  /** The first leg is the person's on the phone: its Call-ID and codec are the call's. */
  addLeg({ sipCallId, direction, ...details }: LegStart): LegRecord {
    const { legs } = this.record;
    const entry: CallLegRecord = {
      id: `${this.record.id}-${legs.length + 1}`,
      sipCallId,
      direction,
      ...details,
      codec: null,
      startedAt: this.#time(),
      answeredAt: null,
      endedAt: null,
    };
    const isFirst = legs.length === 0;
    legs.push(entry);
    if (isFirst) this.record.sipCallId = sipCallId;
    return new LegRecord(entry, {
      step: (type, fields, at) => this.step(type, isFirst ? fields : { ...fields, leg: entry.id }, at),
      changed: () => this.#legChanged(entry, isFirst),
    });
  }

  /** @param at epoch milliseconds, where it is known better than now */
  step(type: string, fields: Fields = {}, at = this.#options.clock.now()): void {
    this.#timeline.add(at, type, fields);
    this.#later();
  }

  turn(turn: {
    role: "agent" | "user" | "person";
    content: string;
    startedAt: number;
    endedAt: number;
    interrupted?: boolean;
  }): void {
    if (this.record.callDialog.length >= MAX_TURNS) return;
    const { callDialog } = this.record;
    const startedAt = new Date(turn.startedAt).toISOString();
    // A turn is told when it ends; one that was interrupted began before what interrupted it.
    let place = callDialog.length;
    while (place > 0 && (callDialog[place - 1]?.startedAt ?? "") > startedAt) place--;
    callDialog.splice(place, 0, {
      role: turn.role,
      content: turn.content,
      startedAt,
      endedAt: new Date(turn.endedAt).toISOString(),
      ...(turn.interrupted === true ? { interrupted: true } : {}),
    });
    this.#later();
  }

  /** The call is known to the world from here on. */
  ringing(): void {
    this.#insert();
  }

  /** By the person on the phone. */
  answered(at: number): void {
    const answeredAt = new Date(at).toISOString();
    this.record.state = "active";
    this.record.answeredAt = answeredAt;
    this.#update({ state: "active", answeredAt, codec: this.record.codec });
  }

  /** It is being recorded from here on: the file can be had while it grows. @param recording as in `CallOutcome` */
  recording(recording: string): void {
    if (this.record.state === "ended") return;
    this.record.recording = recording;
    this.#update({ recording });
  }

  /** @param recording its path below the data folder */
  message(recording: string, seconds: number): void {
    const { messages } = this.record;
    if (messages.length >= MAX_MESSAGES) return;
    this.step("message_taken", { seconds, message: messages.length + 1 });
    messages.push({ at: this.#time(), seconds, recording });
  }

  /** Writes all that is known. Resolves when it is in the database, or could not be written. */
  async ended(end: CallEnd, at: number, outcome: CallOutcome): Promise<void> {
    const { record } = this;
    this.#cancelBatch?.();
    this.#timeline.end(at, {
      by: end.by,
      code: end.code,
      ...(end.status === undefined ? {} : { status: end.status }),
    });
    record.state = "ended";
    record.endedAt = new Date(at).toISOString();
    record.duration = record.answeredAt === null ? 0 : Math.max(0, at - Date.parse(record.answeredAt)) / 1000;
    record.endedBy = end.by;
    record.endCode = end.code;
    record.endReason = end.reason;
    record.recording = outcome.recording;
    record.quality = outcome.quality;
    record.qualitySamples = outcome.qualitySamples.map(({ at: ms, ...figures }) => ({
      at: new Date(ms).toISOString(),
      ...figures,
    }));
    if (!this.#inserted) return this.#insert();
    const { id: _id, organizationId: _organizationId, ...patch } = record;
    return this.#update(patch);
  }

  #legChanged(entry: CallLegRecord, isFirst: boolean): void {
    const { record } = this;
    const codec = typeof entry.codec === "string" ? entry.codec : null;
    if (!isFirst || (entry.sipCallId === record.sipCallId && codec === record.codec)) {
      this.#later();
      return;
    }
    record.sipCallId = String(entry.sipCallId);
    record.codec = codec;
    if (this.#inserted && record.state !== "ended") this.#update({ sipCallId: record.sipCallId, codec });
  }

  #insert(): Promise<void> {
    this.#inserted = true;
    return this.#guard(this.#options.store.insert({ ...this.record, ...this.#lists() }));
  }

  #update(patch: CallPatch): Promise<void> {
    return this.#guard(this.#options.store.update(this.record.id, { ...patch, ...this.#lists() }));
  }

  #later(): void {
    if (!this.#inserted || this.record.state === "ended") return;
    this.#cancelBatch ??= this.#options.clock.after(this.#options.batchMs ?? 250, () => {
      this.#cancelBatch = undefined;
      void this.#update({});
    });
  }

  /** Copies: the store keeps what it is given until it writes. */
  #lists(): Pick<CallRecord, "legs" | "callDialog" | "timeline" | "messages"> {
    return {
      legs: this.record.legs.map((leg) => ({ ...leg })),
      callDialog: [...this.record.callDialog],
      timeline: this.#timeline.entries(),
      messages: [...this.record.messages],
    };
  }

  async #guard(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.#options.onWriteFailed(error);
    }
  }

  #time(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}

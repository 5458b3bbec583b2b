// The SIP messages of calls, kept as they pass: in memory for some seconds, then in the database, all of one Call-ID in parts. Nothing
// of it may hold up a call, and nothing that strangers send may crowd out what calls have said.
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { Flow, SendTarget, TraceEvent } from "@ringdown/sip";
import type { CallRecordStore } from "../calls/call-record.ts";
import { hostPort } from "../calls/leg-end.ts";
import type { CapturePart, CaptureRepository } from "../store/capture-records.ts";
import type { CallLegRecord } from "../store/records.ts";
import { type CapturedMessage, headerOf } from "./captured-message.ts";
import { maskSecrets } from "./mask-secrets.ts";
import { RegistrationMessages } from "./registration-messages.ts";

export interface SipCapturesOptions {
  store: CaptureRepository;
  /** Epoch milliseconds. */
  now(): number;
  after(ms: number, action: () => void): () => void;
  /** Days that captures are kept; 0: none are made. */
  days: number;
  log: { error(fields: object, message: string): void };
}

/** After the last message of a Call-ID, until what there is of it is written. Milliseconds. */
const QUIET_MS = 5_000;
const TURN_MS = 1_000;
/** Messages of one Call-ID that wait to be written, and of all of its parts together. */
const MOST_WAITING = 200;
const MOST_MESSAGES = 1_000;
/** Of one message; what is longer is cut. */
const MOST_BYTES = 65_535;
/** In memory, of all: those of calls, and those of whom no call is known. */
const MOST_CLAIMED_BYTES = 64 * 1024 * 1024;
const MOST_STRANGE_BYTES = 4 * 1024 * 1024;
/** Call-IDs that are remembered as those of calls. */
const MOST_CLAIMS = 100_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Messages of one call, in order of time. */
export interface CallCapture {
  callId: string;
  messages: CapturedMessage[];
}

interface Claim {
  organizationId: string;
  callId: string;
  /** Messages that were taken, in all. */
  count: number;
}

interface Waiting {
  messages: CapturedMessage[];
  bytes: number;
  lastAt: number;
}

export class SipCaptures {
  readonly #options: SipCapturesOptions;
  /** By Call-ID, those claimed longest ago first. */
  readonly #claims = new Map<string, Claim>();
  /** By Call-ID, those heard of longest ago first. */
  readonly #claimed = new Map<string, Waiting>();
  readonly #strange = new Map<string, Waiting>();
  #claimedBytes = 0;
  #strangeBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: (() => void) | undefined;
  #prunedAt = Number.NEGATIVE_INFINITY;
  /** Of registrations: the last of each alone. */
  readonly registrations = new RegistrationMessages();
  /** Messages that found no room. */
  dropped = 0;

  constructor(options: SipCapturesOptions) {
    this.#options = options;
  }

  /** For `SipStackOptions.trace`; undefined where no captures are made, so that they cost nothing. */
  get trace(): ((event: TraceEvent) => void) | undefined {
    return this.#options.days === 0 ? undefined : (event) => this.#take(event);
  }

  /** The same store of calls: the legs that it is told of are those whose messages are kept. */
  watching(store: CallRecordStore): CallRecordStore {
    if (this.#options.days === 0) return store;
    const owners = new Map<string, string>();
    const claimAll = (callId: string, legs: readonly CallLegRecord[] | undefined): void => {
      const organizationId = owners.get(callId);
      if (organizationId === undefined) return;
      for (const { sipCallId } of legs ?? [])
        if (typeof sipCallId === "string" && sipCallId !== "") this.#claim(sipCallId, organizationId, callId);
    };
    return {
      insert: (call) => {
        owners.set(call.id, call.organizationId);
        claimAll(call.id, call.legs);
        if (call.state === "ended") owners.delete(call.id);
        return store.insert(call);
      },
      update: (id, patch) => {
        claimAll(id, patch.legs);
        if (patch.state === "ended") owners.delete(id);
        return store.update(id, patch);
      },
    };
  }

  /** What was kept of some Call-IDs, by the calls that they belong to. */
  async read(organizationId: string, sipCallIds: readonly string[]): Promise<CallCapture[]> {
    const wanted = [...new Set(sipCallIds)];
    const waiting = wanted.flatMap((sipCallId) => {
      const claim = this.#claims.get(sipCallId);
      const messages = this.#claimed.get(sipCallId)?.messages;
      if (claim?.organizationId !== organizationId || messages === undefined) return [];
      return [{ callId: claim.callId, messages: [...messages] }];
    });
    // What is on its way to the database is in neither of the two.
    await this.#writing;
    const parts = await this.#options.store.read(organizationId, wanted);
    const written = await Promise.all(
      parts.map(async ({ callId, data }) => ({ callId, messages: await unpacked(data) })),
    );
    return merged([...written, ...waiting]);
  }

  /** All that is there is written. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    this.#write([...this.#claimed.keys()]);
    await this.#writing;
  }

  #take(event: TraceEvent): void {
    const { bytes } = event;
    // Keep-alives, and what is no SIP at all.
    if (bytes.length < 16) return;
    const cut = bytes.length > MOST_BYTES ? bytes.subarray(0, MOST_BYTES) : bytes;
    const text = cut.toString("latin1");
    const sipCallId = event.message?.headers.get("Call-ID") ?? headerOf(text, "call-id", "i");
    if (sipCallId === undefined || sipCallId.length > 512) return;
    if (this.registrations.has(sipCallId)) {
      this.registrations.add(sipCallId, captured(event, this.#options.now(), text));
      return;
    }
    const claim = this.#claims.get(sipCallId);
    if (claim !== undefined && ++claim.count > MOST_MESSAGES) {
      this.dropped++;
      return;
    }
    const message = captured(event, this.#options.now(), text);
    if (claim === undefined) this.#keepStrange(sipCallId, message);
    else this.#keep(sipCallId, message);
  }

  #claim(sipCallId: string, organizationId: string, callId: string): void {
    if (this.#claims.has(sipCallId)) return;
    const strange = this.#strange.get(sipCallId);
    this.#claims.set(sipCallId, {
      ...{ organizationId, callId },
      count: strange?.messages.length ?? 0,
    });
    if (this.#claims.size > MOST_CLAIMS) {
      const [oldest] = this.#claims.keys();
      if (oldest !== undefined) this.#forget(oldest);
    }
    if (strange === undefined) return;
    this.#strange.delete(sipCallId);
    this.#strangeBytes -= strange.bytes;
    for (const message of strange.messages) this.#keep(sipCallId, message);
  }

  #keepStrange(sipCallId: string, message: CapturedMessage): void {
    const waiting = this.#strange.get(sipCallId) ?? { messages: [], bytes: 0, lastAt: 0 };
    if (waiting.messages.length >= MOST_WAITING) return;
    const size = sizeOf(message);
    this.#strange.delete(sipCallId);
    this.#strange.set(sipCallId, waiting);
    waiting.messages.push(message);
    waiting.bytes += size;
    this.#strangeBytes += size;
    for (const [oldest, { bytes }] of this.#strange) {
      if (this.#strangeBytes <= MOST_STRANGE_BYTES) break;
      this.#strange.delete(oldest);
      this.#strangeBytes -= bytes;
    }
  }

  #keep(sipCallId: string, message: CapturedMessage): void {
    const waiting = this.#claimed.get(sipCallId) ?? { messages: [], bytes: 0, lastAt: 0 };
    const size = sizeOf(message);
    if (waiting.messages.length >= MOST_WAITING || this.#claimedBytes + size > MOST_CLAIMED_BYTES) {
      this.dropped++;
      return;
    }
    waiting.messages.push(message);
    waiting.bytes += size;
    waiting.lastAt = message.at;
    this.#claimedBytes += size;
    this.#claimed.delete(sipCallId);
    this.#claimed.set(sipCallId, waiting);
    this.#cancelTimer ??= this.#options.after(TURN_MS, () => this.#turn());
  }

  /** Those that have been quiet go to the database; the first of the map have been so longest. */
  #turn(): void {
    this.#cancelTimer = undefined;
    const now = this.#options.now();
    const quiet: string[] = [];
    for (const [sipCallId, { lastAt }] of this.#claimed) {
      if (now - lastAt < QUIET_MS) break;
      quiet.push(sipCallId);
    }
    this.#write(quiet);
    if (this.#claimed.size > 0) this.#cancelTimer = this.#options.after(TURN_MS, () => this.#turn());
  }

  #write(sipCallIds: readonly string[]): void {
    const batch: { part: Omit<CapturePart, "data">; messages: CapturedMessage[] }[] = [];
    for (const sipCallId of sipCallIds) {
      const waiting = this.#claimed.get(sipCallId);
      const claim = this.#claims.get(sipCallId);
      if (waiting === undefined) continue;
      this.#claimed.delete(sipCallId);
      this.#claimedBytes -= waiting.bytes;
      const [first] = waiting.messages;
      if (claim === undefined || first === undefined) continue;
      const { organizationId, callId } = claim;
      batch.push({ part: { organizationId, callId, sipCallId, at: first.at }, messages: waiting.messages });
    }
    if (batch.length === 0) return;
    this.#writing = this.#writing.then(async () => {
      try {
        const rows = await Promise.all(
          batch.map(async ({ part, messages }) => ({ ...part, data: await packed(messages) })),
        );
        await this.#options.store.add(rows);
        await this.#prune();
      } catch (error) {
        this.dropped += batch.reduce((sum, { messages }) => sum + messages.length, 0);
        this.#options.log.error({ err: error }, "SIP captures could not be written");
      }
    });
  }

  async #prune(): Promise<void> {
    const now = this.#options.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    await this.#options.store.prune(now - this.#options.days * DAY_MS);
  }

  #forget(sipCallId: string): void {
    this.#write([sipCallId]);
    this.#claims.delete(sipCallId);
  }
}

/** One for each call. What was written while it was read stands in both places, and counts once. */
function merged(captures: readonly CallCapture[]): CallCapture[] {
  const byCall = new Map<string, Map<string, CapturedMessage>>();
  for (const { callId, messages } of captures) {
    const known = byCall.get(callId) ?? new Map<string, CapturedMessage>();
    byCall.set(callId, known);
    for (const one of messages)
      known.set(`${one.at} ${one.direction} ${one.source} ${one.destination} ${one.text}`, one);
  }
  return [...byCall].map(([callId, known]) => ({
    callId,
    messages: [...known.values()].sort((a, b) => a.at - b.at),
  }));
}

function captured({ direction, flow, transaction }: TraceEvent, at: number, text: string): CapturedMessage {
  const [ours, theirs] = endsOf(flow);
  return {
    ...{ at, direction, transport: flow.transport },
    source: direction === "in" ? theirs : ours,
    destination: direction === "in" ? ours : theirs,
    transaction: transaction ?? null,
    text: maskSecrets(text),
  };
}

/** What the system will choose as our side is not known before a message has gone. */
function endsOf(flow: Flow | SendTarget): [ours: string, theirs: string] {
  if ("remoteAddress" in flow) {
    return [hostPort(flow.localAddress, flow.localPort), hostPort(flow.remoteAddress, flow.remotePort)];
  }
  return [hostPort(flow.localAddress ?? "0.0.0.0", flow.localPort ?? 0), hostPort(flow.address, flow.port)];
}

function sizeOf({ text }: CapturedMessage): number {
  return text.length + 200;
}

async function packed(messages: readonly CapturedMessage[]): Promise<string> {
  return (await deflate(JSON.stringify(messages), { level: 1 })).toString("base64");
}

async function unpacked(data: string): Promise<CapturedMessage[]> {
  const bytes = await inflate(Buffer.from(data, "base64"), { maxOutputLength: 64 * 1024 * 1024 });
  return JSON.parse(bytes.toString("utf8")) as CapturedMessage[];
}

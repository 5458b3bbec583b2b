import { type DnsAnswer, type DnsQuestion, type DnsRecord, questionKey } from "./dns.ts";

export interface DnsCacheOptions {
  /** Answers kept; the one not used for the longest time goes first. Default 2,000. */
  readonly maxEntries?: number;
  /** Seconds. A TTL of 0 is held for so long, so that a burst of calls is one question. Default 1. */
  readonly minTtl?: number;
  /** Seconds. Default 86,400. */
  readonly maxTtl?: number;
  /** Seconds that an absence is held at most, whatever its SOA says (RFC 2308 §5). Default 300. */
  readonly maxNegativeTtl?: number;
  /** Seconds that a failure is held (RFC 9520 §3.2), and an absence without SOA. Default 5. */
  readonly failureTtl?: number;
  /** Seconds beyond its end for which an answer may stand in when asking fails (RFC 8767). Default 86,400. */
  readonly staleFor?: number;
}

interface Entry {
  answer: DnsAnswer;
  /** Of the caller's clock, as are the others: when the answer came. */
  storedAt: number;
  freshUntil: number;
  /** Until then a stale answer is given without asking again. */
  standInUntil: number;
}

/** RFC 8767 §4: what a stale record says of its own life, seconds. */
const staleTtl = 30;

/** Answers of DNS, remembered for their time and within bounds. Times are ms of one monotonic clock, handed in. */
export class DnsCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;
  readonly #minTtl: number;
  readonly #maxTtl: number;
  readonly #maxNegativeTtl: number;
  readonly #failureTtl: number;
  readonly #staleFor: number;

  constructor(options: DnsCacheOptions = {}) {
    this.#maxEntries = options.maxEntries ?? 2_000;
    this.#minTtl = options.minTtl ?? 1;
    this.#maxTtl = options.maxTtl ?? 86_400;
    this.#maxNegativeTtl = options.maxNegativeTtl ?? 300;
    this.#failureTtl = options.failureTtl ?? 5;
    this.#staleFor = options.staleFor ?? 86_400;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The answer that stands, with TTLs of what is left; undefined: ask. */
  get(question: DnsQuestion, now: number): DnsAnswer | undefined {
    const key = questionKey(question);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const fresh = now < entry.freshUntil;
    if (!fresh && now >= entry.standInUntil) {
      if (!this.#mayStandIn(entry, now)) this.#entries.delete(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return fresh ? aged(entry, now) : stale(entry.answer);
  }

  /**
   * Takes what asking gave, and says what to go by: where asking failed, and an answer of before is not too old,
   * that one, marked `stale`; it then stands for as long as a failure is held.
   */
  remember(question: DnsQuestion, answer: DnsAnswer, now: number): DnsAnswer {
    // This machine's own table is read anew each time.
    if (answer.source === "hosts") return answer;
    const key = questionKey(question);
    const held = this.#entries.get(key);
    this.#entries.delete(key);
    if (answer.outcome === "failed" && held !== undefined && this.#mayStandIn(held, now)) {
      this.#entries.set(key, { ...held, standInUntil: now + this.#failureTtl * 1000 });
      return stale(held.answer);
    }
    // Asked too much, or closed: that says nothing of the name.
    if (answer.outcome === "failed" && (answer.reason === "overloaded" || answer.reason === "closed"))
      return answer;
    const freshUntil = now + this.#lifetime(answer) * 1000;
    this.#entries.set(key, { answer, storedAt: now, freshUntil, standInUntil: freshUntil });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
    return answer;
  }

  clear(): void {
    this.#entries.clear();
  }

  #mayStandIn(entry: Entry, now: number): boolean {
    return entry.answer.outcome !== "failed" && now < entry.freshUntil + this.#staleFor * 1000;
  }

  /** Seconds. */
  #lifetime(answer: DnsAnswer): number {
    if (answer.outcome === "failed") return this.#failureTtl;
    const ttls = answer.records.map((record) => record.ttl);
    const least = Math.min(this.#maxTtl, ...ttls);
    if (answer.outcome === "records") return Math.max(this.#minTtl, least);
    return Math.max(this.#minTtl, Math.min(least, answer.ttl ?? this.#failureTtl, this.#maxNegativeTtl));
  }
}

function aged({ answer, storedAt }: Entry, now: number): DnsAnswer {
  const age = Math.floor((now - storedAt) / 1000);
  if (answer.outcome === "failed") return { ...answer, source: "cache" };
  const older = <R extends DnsRecord>(record: R): R => ({ ...record, ttl: Math.max(0, record.ttl - age) });
  const records = answer.records.map(older);
  if (answer.outcome === "absent") {
    const ttl = answer.ttl === undefined ? undefined : Math.max(0, answer.ttl - age);
    return { ...answer, source: "cache", records, ttl };
  }
  // Addresses beside the answer may end before it does.
  const additional = answer.additional.filter((record) => record.ttl > age).map(older);
  return { ...answer, source: "cache", records, additional };
}

function stale(answer: DnsAnswer): DnsAnswer {
  if (answer.outcome === "failed") return { ...answer, source: "stale" };
  const records = answer.records.map((record) => ({ ...record, ttl: staleTtl }));
  if (answer.outcome === "absent") return { ...answer, source: "stale", records, ttl: staleTtl };
  return { ...answer, source: "stale", records, additional: [] };
}

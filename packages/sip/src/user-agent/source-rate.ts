import { isIPv6 } from "node:net";
import { network64 } from "../transport/local-address.ts";

interface Bucket {
  tokens: number;
  /** Milliseconds. */
  at: number;
}

export type RateVerdict = { ok: true } | { ok: false; retryAfter: number };

/** Sources remembered at once. One that is pushed out starts again with a full bucket. */
const MAX_SOURCES = 10_000;

/**
 * A token bucket for each source address: `perSecond` on average, twice that in a burst; 0 is no limit. IPv6 counts
 * by /64, as a host there has 2^64 addresses to choose from. The time is handed in.
 */
export class SourceRate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxSources: number;
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, maxSources = MAX_SOURCES) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, perSecond * 2);
    this.#maxSources = maxSources;
  }

  /** @param now milliseconds of any clock that does not step back. `retryAfter` is in whole seconds. */
  take(address: string, now: number): RateVerdict {
    if (this.#perSecond === 0) return { ok: true };
    const key = keyOf(address);
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    bucket.tokens = Math.min(
      this.#burst,
      bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * this.#perSecond,
    );
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxSources) {
      const oldest = this.#buckets.keys().next();
      if (!oldest.done) this.#buckets.delete(oldest.value);
    }
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return { ok: true };
    }
    return { ok: false, retryAfter: Math.max(1, Math.ceil((1 - bucket.tokens) / this.#perSecond)) };
  }

  get size(): number {
    return this.#buckets.size;
  }
}

function keyOf(address: string): string {
  return isIPv6(address) ? network64(address) : address;
}

import { targetKey } from "../target-key.ts";
import type { TransportName } from "../transport/flow.ts";

/** What a target is known by, whatever name led to it. */
export interface TargetKey {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
}

export interface TargetHealthOptions {
  /** Failed targets kept in mind; the one that failed the longest time ago goes first. Default 1,000. */
  readonly maxEntries?: number;
  /** ms, the pause after the first failure; each further one doubles it. Default 5,000. */
  readonly firstPause?: number;
  /** ms. Default 300,000. */
  readonly maxPause?: number;
  /** Part of the pause that is drawn at random, 0 to 1: 0.2 is a pause between 80 % and 120 %. Default 0.2. */
  readonly jitter?: number;
  /** ms that a Retry-After may ask for at most. Default 3,600,000. */
  readonly maxRetryAfter?: number;
  /** ms after which a probe that nobody reported on is given up, and the next is let through. Default 40,000 (over 64·T1). */
  readonly probeTimeout?: number;
}

export interface TargetFailure {
  /** Seconds of a 503's Retry-After (RFC 3261 §20.33). */
  readonly retryAfter?: number;
  /** When the attempt began: one from before the last failure tells nothing new. */
  readonly startedAt?: number;
  /** For a person: "no answer in 32 s", "503 Service Unavailable". */
  readonly reason: string;
}

export type TargetState =
  | { readonly state: "healthy" }
  /** `until`: ms of the caller's clock. */
  | {
      readonly state: "paused";
      readonly until: number;
      readonly failures: number;
      readonly reason: string;
      /** The server itself asked to be left alone until then (Retry-After); else the pause is our own caution. */
      readonly isAsked: boolean;
    }
  /** The pause is over: one request may try, and its outcome decides. */
  | { readonly state: "probe"; readonly failures: number; readonly reason: string };

interface Entry {
  until: number;
  failedAt: number;
  failures: number;
  reason: string;
  /** Until when the server asked to be left alone; 0: it did not. */
  askedUntil: number;
  /** When the probe that is on its way counts as lost. */
  probingUntil: number | undefined;
}

/**
 * Which targets failed lately, and for how long to pass them by (RFC 3261 §21.5.4 for Retry-After, else a pause that
 * grows). Times are ms of one monotonic clock, handed in.
 */
export class TargetHealth {
  readonly #entries = new Map<string, Entry>();
  readonly #random: () => number;
  readonly #maxEntries: number;
  readonly #firstPause: number;
  readonly #maxPause: number;
  readonly #jitter: number;
  readonly #maxRetryAfter: number;
  readonly #probeTimeout: number;

  /** @param random [0, 1) */
  constructor(random: () => number, options: TargetHealthOptions = {}) {
    this.#random = random;
    this.#maxEntries = options.maxEntries ?? 1_000;
    this.#firstPause = options.firstPause ?? 5_000;
    this.#maxPause = options.maxPause ?? 300_000;
    this.#jitter = options.jitter ?? 0.2;
    this.#maxRetryAfter = options.maxRetryAfter ?? 3_600_000;
    this.#probeTimeout = options.probeTimeout ?? 40_000;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Looks only; nothing changes. */
  state(target: TargetKey, now: number): TargetState {
    const entry = this.#entries.get(targetKey(target));
    if (entry === undefined) return { state: "healthy" };
    const { failures, reason } = entry;
    const isAsked = now < entry.askedUntil;
    const until = Math.max(entry.until, entry.probingUntil ?? 0);
    return now < until
      ? { state: "paused", until, failures, reason, isAsked }
      : { state: "probe", failures, reason };
  }

  /**
   * Asks to use a target now. After the pause the first who asks is let through as the probe, and the others are
   * kept away until its outcome is reported by `failed` or `succeeded`.
   */
  take(target: TargetKey, now: number): boolean {
    const { state } = this.state(target, now);
    const entry = this.#entries.get(targetKey(target));
    if (state === "probe" && entry !== undefined) entry.probingUntil = now + this.#probeTimeout;
    return state !== "paused";
  }

  failed(target: TargetKey, failure: TargetFailure, now: number): void {
    const key = targetKey(target);
    const held = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(
      key,
      held !== undefined && isSameFailure(held, failure, now)
        ? this.#joined(held, failure, now)
        : this.#next(held, failure, now),
    );
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
  }

  succeeded(target: TargetKey): void {
    this.#entries.delete(targetKey(target));
  }

  #joined(held: Entry, failure: TargetFailure, now: number): Entry {
    const asked = failure.retryAfter === undefined ? 0 : now + this.#pause(held.failures, failure.retryAfter);
    return {
      ...held,
      until: Math.max(held.until, asked),
      askedUntil: Math.max(held.askedUntil, asked),
    };
  }

  #next(held: Entry | undefined, failure: TargetFailure, now: number): Entry {
    // Long in order since the last failure: it begins anew.
    const before = held === undefined || now >= held.until + this.#maxPause ? 0 : held.failures;
    const failures = before + 1;
    const until = now + this.#pause(failures, failure.retryAfter);
    const askedUntil = failure.retryAfter === undefined || failure.retryAfter < 0 ? 0 : until;
    return { until, askedUntil, failedAt: now, failures, reason: failure.reason, probingUntil: undefined };
  }

  #pause(failures: number, retryAfter: number | undefined): number {
    // What the server asked for is kept to, without jitter below it.
    if (retryAfter !== undefined && retryAfter >= 0) return Math.min(retryAfter * 1000, this.#maxRetryAfter);
    const grown = Math.min(this.#firstPause * 2 ** Math.min(failures - 1, 30), this.#maxPause);
    return grown * (1 + this.#jitter * (2 * this.#random() - 1));
  }
}

/** Calls that were on their way together fail together: that is one failure, not twenty. */
function isSameFailure(held: Entry, failure: TargetFailure, now: number): boolean {
  return now < held.until || (failure.startedAt !== undefined && failure.startedAt < held.failedAt);
}

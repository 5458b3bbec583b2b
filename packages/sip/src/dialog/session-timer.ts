import type { SessionExpires } from "../header/session-expires.ts";

/** RFC 4028 §5: no session interval is shorter, seconds. */
export const shortestInterval = 90;

export interface SessionTimerPolicy {
  /** "never": unknown to us. "when-asked": the peer, or a proxy, has to ask for it. "always": we ask for it. */
  readonly use: "never" | "when-asked" | "always";
  /** What we ask for, and the longest that we take while we ask, seconds. */
  readonly interval: number;
  /** The shortest that we take, seconds; never below 90. */
  readonly minimum: number;
}

export const defaultSessionTimerPolicy: SessionTimerPolicy = {
  use: "always",
  interval: 1800,
  minimum: shortestInterval,
};

/** What a request that may set up or refresh a session says of it. */
export interface TimerRequest {
  /** Its Supported names "timer". */
  readonly supported: boolean;
  readonly expires: SessionExpires | undefined;
  readonly minSe: number | undefined;
}

/** What a 2xx says: the interval, and who refreshes. */
export interface AgreedTimer {
  /** Seconds. */
  readonly interval: number;
  readonly refresher: "uac" | "uas";
}

export type TimerVerdict =
  /** 422 with this Min-SE. */
  | { readonly tooSmall: number }
  /** For the 2xx: its Session-Expires, and whether Require says "timer"; undefined: no session timer. */
  | { readonly expires: AgreedTimer | undefined; readonly require: boolean };

export type TimerAction = "refresh" | "expire";

/** Tries to refresh that fail are made again in half the time that is left, until it is shorter than this, ms. */
const lastRetry = 2_000;

/**
 * A session timer, RFC 4028: one a dialog, both roles. A side is named by its role in one request, "uac" or "uas"; the
 * machine keeps whether it is ours. Times are ms, intervals seconds as on the wire.
 */
export class SessionTimer {
  readonly #policy: SessionTimerPolicy;
  /** The largest Min-SE of any 422, or of the peer's requests (§7.4). */
  #minSe = shortestInterval;
  /** 0 while no timer runs. */
  #interval = 0;
  #isRefresher = false;
  /** When the session ends unless it is refreshed. */
  #end = 0;
  /** When `onTimer` is to be called next. */
  #next: number | undefined;

  constructor(policy: SessionTimerPolicy) {
    this.#policy = policy;
  }

  /** ms, when `onTimer` is to be called; undefined while no timer runs. */
  get next(): number | undefined {
    return this.#next;
  }

  /** Seconds; undefined while no timer runs. */
  get interval(): number | undefined {
    return this.#interval === 0 ? undefined : this.#interval;
  }

  /** A timer runs, and it is for us to refresh. */
  get isRefresher(): boolean {
    return this.#interval > 0 && this.#isRefresher;
  }

  /** Header values of our INVITE, re-INVITE or UPDATE (§7.1, §7.4). */
  request(): { expires: SessionExpires | undefined; minSe: number | undefined } {
    const minSe = this.#minSe > shortestInterval ? this.#minSe : undefined;
    if (this.#interval > 0) {
      // In a dialog the roles stay as they are, and so does the interval (§7.4).
      const refresher = this.#isRefresher ? "uac" : "uas";
      return { expires: { interval: Math.max(this.#interval, this.#minSe), refresher }, minSe };
    }
    if (this.#policy.use !== "always") return { expires: undefined, minSe };
    // Who refreshes is left to the peer (§7.1).
    const interval = Math.max(this.#policy.interval, this.#minSe);
    return { expires: { interval, refresher: undefined }, minSe };
  }

  /** A 422 to our request (§7.3). @returns whether the request may be made again, with `request()` anew */
  tooSmall(minSe: number | undefined): boolean {
    if (minSe === undefined || minSe <= (this.request().expires?.interval ?? 0)) return false;
    this.#minSe = minSe;
    return true;
  }

  /** A 2xx to our request (§7.2). */
  answered(expires: SessionExpires | undefined, now: number): void {
    if (expires === undefined || this.#policy.use === "never") {
      this.stop();
      return;
    }
    // Shorter than the RFC allows: a peer must not make us refresh without a pause.
    this.#start(Math.max(expires.interval, shortestInterval), expires.refresher !== "uas", now);
  }

  /** Our 2xx to the peer's request goes out, with this in it. */
  accepted(expires: AgreedTimer | undefined, minSe: number | undefined, now: number): void {
    if (minSe !== undefined && minSe > this.#minSe) this.#minSe = minSe;
    if (expires === undefined) this.stop();
    else this.#start(expires.interval, expires.refresher === "uas", now);
  }

  /** The time of `next` has come. */
  onTimer(now: number): TimerAction | undefined {
    if (this.#next === undefined || now < this.#next) return undefined;
    if (!this.#isRefresher || now >= this.#lastMoment) {
      this.stop();
      return "expire";
    }
    this.#next = this.#lastMoment;
    return "refresh";
  }

  /** A refresh that is due was refused, and the call stands all the same (§10: 408 and 481 end it). */
  refused(now: number): void {
    if (!this.isRefresher || this.#next !== this.#lastMoment) return;
    const left = this.#lastMoment - now;
    if (left >= 2 * lastRetry) this.#next = now + left / 2;
  }

  stop(): void {
    this.#interval = 0;
    this.#next = undefined;
  }

  /** §10: whoever waits for a refresh hangs up a little before the session would expire; we do in both roles. */
  get #lastMoment(): number {
    return this.#end - 1000 * Math.min(32, this.#interval / 3);
  }

  #start(interval: number, isRefresher: boolean, now: number): void {
    this.#interval = interval;
    this.#isRefresher = isRefresher;
    this.#end = now + 1000 * interval;
    // §7.4, §10: refreshed when half of the interval is over.
    this.#next = isRefresher ? now + 500 * interval : this.#lastMoment;
  }
}

/** What our answer to a peer's INVITE, re-INVITE or UPDATE is (§9). */
export function judgeTimer(policy: SessionTimerPolicy, request: TimerRequest): TimerVerdict {
  const { supported, expires, minSe } = request;
  const { use, interval: wanted } = policy;
  if (use === "never") return { expires: undefined, require: false };
  const shortest = Math.max(policy.minimum, shortestInterval);
  const least = Math.max(minSe ?? 0, shortest);
  if (expires === undefined) {
    if (!supported || use !== "always") return { expires: undefined, require: false };
    return { expires: { interval: Math.max(wanted, least), refresher: "uas" }, require: true };
  }
  // Only a side that knows of session timers understands a 422; of another the proxy that asked has to be content.
  if (expires.interval < shortest && supported) return { tooSmall: shortest };
  const most = use === "always" ? Math.max(wanted, least) : Number.POSITIVE_INFINITY;
  const interval = Math.max(Math.min(expires.interval, most), shortestInterval);
  // Table 2: the UAC's choice stands; without one we refresh, which asks nothing of the peer.
  const refresher = supported && expires.refresher === "uac" ? "uac" : "uas";
  return { expires: { interval, refresher }, require: supported };
}

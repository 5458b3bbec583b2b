import { type InviteOptions, type OutgoingCall, type SendTarget, targetKey } from "@ringdown/sip";
import { targetText } from "../../config/endpoint.ts";
import { AppError } from "../../errors.ts";
import type { Dial, DialEvents, DialRequest, FailedAttempt } from "../dial-port.ts";
import { type DialOutcome, judgeEnd, noAnswer, type Verdict } from "./dial-outcome.ts";
import type { Way } from "./dial-plan.ts";
import { type DialerOptions, type DialLimits, defaultDialLimits } from "./dialer.ts";
import type { InternalLine } from "./internal-lines.ts";

/** Failures that are kept: those of all attempts, and of routes that led nowhere. */
const MAX_FAILURES = 64;

/** A target, and what is said there. */
interface Hop {
  readonly way: Way;
  readonly target: SendTarget;
  readonly requestUri: string;
  readonly line?: InternalLine;
}

/** One call on its way out: target by target, way by way, until one decides (spec §3). Nothing of it waits but for the network. */
export class RunningDial implements Dial {
  readonly #request: DialRequest;
  readonly #events: DialEvents;
  readonly #options: DialerOptions;
  readonly #limits: DialLimits;
  readonly #startedAt: number;
  readonly #failures: FailedAttempt[] = [];
  readonly #tried = new Set<string>();
  /** Passed by for our own caution: where nothing else is left they may be tried. */
  readonly #passedBy: Hop[] = [];
  #attempts = 0;
  #isOver = false;
  #offered: { readonly address: string; readonly sdp: string } | undefined;
  /** Lets go of the attempt that is under way. */
  #abandon: ((reason: string | undefined) => void) | undefined;

  constructor(request: DialRequest, events: DialEvents, options: DialerOptions) {
    this.#request = request;
    this.#events = events;
    this.#options = options;
    this.#limits = { ...defaultDialLimits, ...options.limits };
    this.#startedAt = options.now();
  }

  cancel(reason?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abandon?.(reason);
    this.#abandon = undefined;
    this.#tellFailed("cancelled", 0, "The call was cancelled before it was answered.");
  }

  async run(): Promise<void> {
    try {
      const plan = await this.#options.plan(this.#request);
      if (this.#isOver) return;
      const [first] = plan.ways;
      if (first === undefined) this.#fail("no_route", 0, "reason" in plan ? plan.reason : "");
      else await this.#tryAll(plan.ways);
    } catch (error) {
      if (!(error instanceof AppError)) this.#options.onError(error);
      const reason = error instanceof AppError ? error.message : "The call failed inside Ringdown.";
      this.#fail("failed", 0, reason);
    }
  }

  async #tryAll(ways: readonly Way[]): Promise<void> {
    for (const way of ways) {
      if (!this.#mayGoOn()) break;
      for (const hop of await this.#hops(way)) {
        if (!this.#mayGoOn()) break;
        await this.#try(hop, false);
      }
      if (this.#isOver) return;
    }
    // All failed: what was only passed by is better than nothing.
    for (const hop of this.#passedBy) {
      if (!this.#mayGoOn()) break;
      if (!this.#tried.has(targetKey(hop.target))) await this.#try(hop, true);
    }
    const last = this.#failures.findLast(({ status }) => status !== 0) ?? this.#failures.at(-1);
    const why = last === undefined ? "" : ` ${last.target === "" ? "" : `${last.target}: `}${last.reason}.`;
    this.#fail("unreachable", last?.status ?? 0, `No target took the call.${why}`);
  }

  /** There is time, and a try, left. */
  #mayGoOn(): boolean {
    if (this.#isOver || this.#attempts >= this.#limits.attempts) return false;
    return this.#attempts === 0 || this.#options.now() - this.#startedAt < this.#limits.setup;
  }

  /** Where a way leads, in the order to be tried. */
  async #hops(way: Way): Promise<readonly Hop[]> {
    const { hop, requestUri } = way;
    if ("agentId" in hop) return this.#internalHop(way, hop.agentId);
    if ("targets" in hop) return hop.targets.map((target) => ({ way, target, requestUri }));
    const located = await this.#locate(hop.locate);
    if (this.#isOver) return [];
    if (typeof located === "string") {
      this.#note({ way: way.name, target: "", status: 0, reason: located });
      return [];
    }
    return located.map((target) => ({ way, target, requestUri }));
  }

  /** @returns a sentence where there is nothing to send to */
  async #locate(uri: string): Promise<readonly SendTarget[] | string> {
    try {
      const { targets, skipped, failure } = await this.#options.locate(uri);
      if (failure !== undefined) return failure.sentence.replace(/\.$/, "");
      // Those that are passed by stand last: whether they are is asked again before each attempt.
      return [...targets, ...skipped.map(({ target }) => target)];
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #internalHop(way: Way, agentId: string): readonly Hop[] {
    const line = this.#options.openInternal(agentId);
    if (line !== undefined) return [{ way, target: line.target, requestUri: line.requestUri, line }];
    const reason = "Agents call each other by a UDP or TCP listener, and this node has none";
    this.#note({ way: way.name, target: "", status: 0, reason });
    return [];
  }

  /** @param isLast it is not asked whether the target is to be passed by */
  async #try(hop: Hop, isLast: boolean): Promise<void> {
    try {
      if (hop.line === undefined && !isLast && this.#isPassedBy(hop)) return;
      const credentials = this.#credentials(hop.way);
      if (credentials === "unreadable") return;
      const sdp = await this.#offer(hop.target);
      if (this.#isOver) return;
      // Another call may have found out meanwhile.
      if (hop.line === undefined && !isLast && !this.#take(hop)) return;
      await this.#attempt(hop, sdp, credentials);
    } finally {
      hop.line?.close();
    }
  }

  #isPassedBy(hop: Hop): boolean {
    const state = this.#options.health.state(hop.target, this.#options.now());
    if (state.state !== "paused") return false;
    const seconds = Math.ceil((state.until - this.#options.now()) / 1000);
    this.#note({
      ...{ way: hop.way.name, target: targetText(hop.target), status: 0 },
      reason: `It is passed by for ${seconds} s: ${state.reason}`,
    });
    // Who has asked to be left alone is.
    if (!state.isAsked) this.#passedBy.push(hop);
    return true;
  }

  #take(hop: Hop): boolean {
    return this.#options.health.take(hop.target, this.#options.now()) || !this.#isPassedBy(hop);
  }

  #credentials(way: Way): InviteOptions["credentials"] | "unreadable" {
    try {
      return way.credentials?.();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#note({ way: way.name, target: "", status: 0, reason: error.message.replace(/\.$/, "") });
      return "unreadable";
    }
  }

  async #offer(target: SendTarget): Promise<string> {
    const address = this.#options.addressTowards(target);
    if (this.#offered?.address !== address) {
      const sdp = await this.#request.offer(target);
      this.#offered = { address, sdp };
    }
    return this.#offered.sdp;
  }

  /** One INVITE. Resolves when it has failed, or the dial is over. */
  #attempt(hop: Hop, sdp: string, credentials: InviteOptions["credentials"]): Promise<void> {
    const { way, target, requestUri } = hop;
    const { headers, maxForwards, ringSeconds } = this.#request;
    const { responseTimeout } = this.#limits;
    const startedAt = this.#options.now();
    this.#attempts++;
    this.#tried.add(targetKey(target));
    const leg = this.#options.invite({
      ...{ requestUri, to: way.to, from: way.from, sdp, responseTimeout },
      // An INVITE must not go out later, by a connection that opens when nobody waits for it any more.
      target: { ...target, connectWithinMs: responseTimeout },
      headers: [...way.headers, ...(headers ?? [])],
      // Ringing is watched here; that of the user agent comes after it in any case.
      ringTimeout: 2_000 * ringSeconds + 10_000,
      ...(maxForwards !== undefined && { maxForwards }),
      ...(credentials !== undefined && { credentials }),
    });
    return new Promise((resolve) => {
      let rang = false;
      let stopRinging: (() => void) | undefined;
      const letGo = (): void => {
        stopRinging?.();
        release(leg);
        this.#abandon = undefined;
        resolve();
      };
      const giveUp = (reason: string | undefined, status?: number): void => {
        letGo();
        leg.hangUp({ ...(reason !== undefined && { reason }), ...(status !== undefined && { status }) });
      };
      const ring = (): void => {
        stopRinging?.();
        stopRinging = this.#options.after(1_000 * ringSeconds, () => {
          giveUp("Nobody answered", 408);
          this.#conclude(hop, noAnswer(0), startedAt);
        });
      };
      this.#abandon = giveUp;
      leg.onProgress = (status, body, fork) => {
        hop.line?.close();
        if (status < 190 && !rang) {
          rang = true;
          if (way.kind !== "internal") this.#options.health.succeeded(target);
          ring();
        }
        this.#events.onProgress(status, body, fork);
      };
      leg.onAnswered = (body) => {
        letGo();
        this.#isOver = true;
        if (way.kind !== "internal") this.#options.health.succeeded(target);
        this.#events.onAnswered(leg, body);
      };
      leg.onEnded = (ended) => {
        letGo();
        const facts = { rang, way, hasCredentials: credentials !== undefined, patience: responseTimeout };
        this.#conclude(hop, judgeEnd(ended, facts), startedAt);
      };
      ring();
      this.#events.onAttempt({ way: way.name, requestUri, target: targetText(target), leg });
    });
  }

  #conclude({ way, target }: Hop, verdict: Verdict, startedAt: number): void {
    const { status, reason } = verdict;
    const { health, now } = this.#options;
    this.#note({ way: way.name, target: targetText(target), status, reason: reason.replace(/\.$/, "") });
    if (verdict.kind === "final") {
      if (way.kind !== "internal" && status !== 0) health.succeeded(target);
      this.#fail(verdict.outcome, status, reason);
    } else if (way.kind !== "internal") {
      const { retryAfter } = verdict;
      health.failed(target, { reason, startedAt, ...(retryAfter !== undefined && { retryAfter }) }, now());
    }
  }

  #note(failure: FailedAttempt): void {
    if (this.#failures.length >= MAX_FAILURES) return;
    this.#failures.push(failure);
    if (!this.#isOver) this.#events.onAttemptFailed(failure);
  }

  #fail(outcome: DialOutcome, status: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tellFailed(outcome, status, reason);
  }

  #tellFailed(outcome: DialOutcome, status: number, reason: string): void {
    this.#events.onFailed({ outcome, status, reason, attempts: [...this.#failures] });
  }
}

/** What comes of a leg is no news to this dial any more. */
function release(leg: OutgoingCall): void {
  leg.onProgress = undefined;
  leg.onAnswered = undefined;
  leg.onEnded = undefined;
}

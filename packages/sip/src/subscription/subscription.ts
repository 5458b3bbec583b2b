import { DigestClient } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import { SipParseError } from "../errors.ts";
import type { SubscriptionState } from "../header/event.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import { isServerTrouble, minExpires, retryAfter, secondsOf } from "../registration/register-answer.ts";
import { RetryPlan } from "../registration/retry-plan.ts";
import { maxExpires, refreshAfter, spreadLater } from "../registration/retry-times.ts";
import { StateBoard } from "../registration/state-board.ts";
import { TargetList } from "../registration/target-list.ts";
import { afterEnd } from "./after-end.ts";
import { NotifierDialog } from "./notifier-dialog.ts";
import { judgeNotify } from "./notify-check.ts";
import { firstHop, firstSubscribe, furtherSubscribe, type Names, secondsToAsk } from "./subscribe-request.ts";
import { type Attempt, initialStatus } from "./subscription-phase.ts";
import type {
  SubscriptionChanges,
  SubscriptionConfig,
  SubscriptionFault,
  SubscriptionInput,
  SubscriptionOptions,
  SubscriptionOutput,
  SubscriptionStatus,
} from "./subscription-types.ts";

const defaultStopWithin = 5_000;
const defaultSlowRetry = 1_800_000;
/** ms. Longer than any transaction: guards against an owner that loses an answer. */
const longestAnswer = 60_000;
/** ms, RFC 6665 §4.1.2.4: 64·T1. */
const timerN = 32_000;
/** SUBSCRIBEs that one attempt sends again with another duration (423). */
const maxRepeats = 2;
/** ms that a subscription must have stood for its end to be followed by another at once. */
const provenLife = 60_000;
/** ms by which two sayings of when it ends may differ and mean the same: they come in whole seconds, and travel. */
const leeway = 5_000;

/** RFC 6665 §4.1.2.2: a refresh that gets one of these has no subscription any more; 489, of a server that was exchanged, too. */
const endsSubscription = new Set([404, 405, 410, 416, 480, 482, 483, 484, 485, 489, 501, 604]);

type Phase = "idle" | "waiting" | "resolving" | "subscribing";

/**
 * One subscription to one event package of one resource, RFC 6665 §4.1, as a machine: inputs and the time in, outputs back,
 * nothing else. It begins anew for as long as that makes sense, until it is stopped.
 */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #random: () => number;
  readonly #digest: DigestClient;
  readonly #board = new StateBoard<SubscriptionStatus, SubscriptionOutput>(initialStatus);
  readonly #retries: RetryPlan;
  readonly #targets = new TargetList();
  #config: SubscriptionConfig;
  #expires: number;
  #phase: Phase = "idle";
  #serial = 0;

  /** Of the subscription that is being made, or stands. */
  #names: Names | undefined;
  #seq = 0;
  #attempt: Attempt | undefined;
  #established: NotifierDialog | undefined;
  /** When an attempt, a look-up or the end has been waited for long enough. */
  #giveUpAt: number | undefined;
  /** Timer N: when the first NOTIFY, or the last, has been waited for long enough. */
  #notifyBy: number | undefined;
  #retryAt: number | undefined;
  #refreshAt: number | undefined;
  #expiresAt: number | undefined;
  #stop: { readonly by: number } | undefined;
  /** A refresh was asked for while a SUBSCRIBE was under way. */
  #isOutdated = false;
  #startAfterStop = false;

  /** @throws SipParseError where resource or subscriber are no URIs */
  constructor(config: SubscriptionConfig, options: SubscriptionOptions) {
    parseUri(config.resource);
    parseUri(config.subscriber ?? config.resource);
    this.#config = config;
    this.#options = options;
    this.#random = () => options.random();
    this.#expires = secondsToAsk(config);
    this.#digest = new DigestClient({
      credentials: (realm) => this.#config.credentials(realm),
      randomToken: (bytes) => options.randomToken(bytes),
    });
    this.#retries = new RetryPlan(this.#random, config.slowRetry ?? defaultSlowRetry);
  }

  get state(): SubscriptionStatus {
    return this.#board.state;
  }

  /** @param now ms, never less than before */
  handle(input: SubscriptionInput, now: number): SubscriptionOutput[] {
    this.#take(input, now);
    const nextAttemptAt = this.#attempt === undefined ? (this.#refreshAt ?? this.#retryAt) : undefined;
    this.#board.update({ nextAttemptAt, expiresAt: this.#expiresAt });
    return this.#board.settle([
      ...[this.#giveUpAt, this.#notifyBy, this.#retryAt, this.#refreshAt],
      ...[this.#expiresAt, this.#stop?.by],
    ]);
  }

  #take(input: SubscriptionInput, now: number): void {
    switch (input.type) {
      case "start":
        if (this.#stop !== undefined) this.#startAfterStop = true;
        else if (this.#phase === "idle" || this.#retryAt !== undefined || this.#isParked) this.#begin(now);
        return;
      case "stop":
        this.#beginStop(now, input.within ?? defaultStopWithin);
        return;
      case "configure":
        this.#configure(input.changes, now);
        return;
      case "refresh":
        this.#askAgain(now);
        return;
      case "targets":
        if (this.#phase === "resolving") this.#useTargets(input.targets, now);
        return;
      case "response":
        this.#receive(input.id, input.response, now);
        return;
      case "failure":
        this.#fail(input.id, input.cause, now);
        return;
      case "request":
        this.#answer(input.id, input.request, input.flow, now);
        return;
      case "timer":
        this.#board.timerCame();
        this.#wake(now);
    }
  }

  // Commands

  /** It was ended for good, or refused without a retry in sight. */
  get #isParked(): boolean {
    return this.#phase === "waiting" && this.#retryAt === undefined && this.#established === undefined;
  }

  #begin(now: number): void {
    this.#forget();
    this.#phase = "resolving";
    this.#giveUpAt = now + longestAnswer;
    this.#board.update({ state: "subscribing" });
    this.#board.put({ type: "resolve", uri: firstHop(this.#config, this.#options.route?.() ?? []) });
  }

  #beginStop(now: number, within: number): void {
    this.#startAfterStop = false;
    if (this.#phase === "idle" || this.#stop !== undefined) return;
    // Without a dialog there is nothing to end: a NOTIFY that still comes gets 481, which ends it there (§4.2.2).
    if (this.#established === undefined) {
      this.#finish(now);
      return;
    }
    this.#stop = { by: now + within };
    this.#refreshAt = undefined;
    if (this.#attempt === undefined) this.#send({ expires: 0, repeats: 0 }, now);
  }

  #configure(changes: SubscriptionChanges, now: number): void {
    this.#config = { ...this.#config, ...changes };
    this.#expires = secondsToAsk(this.#config);
    this.#digest.forget();
    this.#retries.forgive();
    this.#targets.forgive();
    if (this.#phase === "waiting" && this.#established === undefined && this.#stop === undefined)
      this.#begin(now);
    else this.#askAgain(now);
  }

  #askAgain(now: number): void {
    if (this.#established === undefined || this.#stop !== undefined) return;
    if (this.#attempt !== undefined) this.#isOutdated = true;
    else this.#send({ expires: this.#expires, repeats: 0 }, now);
  }

  #wake(now: number): void {
    const isDue = (at: number | undefined) => at !== undefined && now >= at;
    if (isDue(this.#stop?.by)) this.#finish(now);
    else if (isDue(this.#expiresAt)) this.#lapse(now);
    else if (isDue(this.#notifyBy)) this.#missNotify(now);
    else if (isDue(this.#giveUpAt)) this.#giveUp(now);
    else if (isDue(this.#retryAt)) this.#begin(now);
    else if (isDue(this.#refreshAt)) this.#send({ expires: this.#expires, repeats: 0 }, now);
  }

  #giveUp(now: number): void {
    if (this.#phase === "resolving") this.#useTargets([], now);
    else if (this.#attempt !== undefined) this.#fail(this.#attempt.id, "timeout", now);
  }

  /** Nobody has refreshed it in time: the notifier has forgotten us. */
  #lapse(now: number): void {
    if (this.#stop !== undefined) this.#finish(now);
    else this.#beginAfterEnd(now);
  }

  #missNotify(now: number): void {
    this.#notifyBy = undefined;
    if (this.#stop !== undefined) this.#finish(now);
    else if (this.#established === undefined) this.#retryLater("unreachable", "no_notify", now);
  }

  // Where to

  #useTargets(targets: readonly SendTarget[], now: number): void {
    this.#targets.use(targets, now);
    this.#board.update({ fault: undefined });
    if (this.#targets.isEmpty) this.#retryLater("unreachable", "no_address", now);
    else this.#tryNext(now);
  }

  /** Subscribes at the next target; where none is left, waits. */
  #tryNext(now: number): void {
    const target = this.#targets.take();
    if (target === undefined) {
      const fault = this.#board.state.fault ?? "server_failure";
      this.#retryLater("unreachable", fault, now, this.#targets.freeAt(now));
      return;
    }
    this.#forget();
    this.#names = { callId: this.#options.randomToken(16), localTag: this.#options.randomToken(8) };
    this.#seq = 0;
    this.#board.put({ type: "listen", ...this.#names });
    this.#phase = "subscribing";
    this.#send({ expires: this.#expires, repeats: 0, target }, now);
  }

  // SUBSCRIBE

  /** @param before what a challenge is answered in, with its target */
  #send(
    wanted: { readonly expires: number; readonly repeats: number; readonly target?: SendTarget },
    now: number,
    before?: Pick<Attempt, "exchange">,
  ): void {
    const names = this.#names;
    const established = this.#established;
    const target = established === undefined ? wanted.target : established.target();
    if (names === undefined || target === undefined) return;
    const { expires, repeats } = wanted;
    const exchange = before?.exchange ?? this.#digest.exchange();
    const options = { target, expires, address: this.#options.contactFor(target) };
    const request =
      established === undefined
        ? firstSubscribe(this.#config, names, ++this.#seq, this.#options.route?.() ?? [], options)
        : furtherSubscribe(this.#config, established.dialog, options);
    if (established === undefined || expires === 0) this.#notifyBy = now + timerN;
    exchange.authorize(request);
    const id = ++this.#serial;
    this.#attempt = { id, exchange, target, expires, repeats };
    this.#giveUpAt = now + longestAnswer;
    this.#refreshAt = undefined;
    this.#retryAt = undefined;
    this.#isOutdated = false;
    this.#board.update({ target });
    this.#board.put({ type: "send", id, request, target });
  }

  #receive(id: number, response: SipResponse, now: number): void {
    const attempt = this.#attempt;
    const { status } = response;
    if (attempt === undefined || attempt.id !== id || status < 200) return;
    this.#board.update({ lastCode: status, lastReason: response.reason });
    if (status === 401 || status === 407) {
      const outcome = attempt.exchange.challenged(response);
      if (outcome.retry) {
        this.#send(attempt, now, attempt);
        return;
      }
      this.#done();
      if (this.#stop !== undefined) this.#finish(now);
      else this.#refuse(outcome.code, now);
      return;
    }
    attempt.exchange.answered(response);
    this.#done();
    if (this.#stop !== undefined) this.#receiveWhileStopping(attempt, status, now);
    else if (status < 300) this.#accept(attempt, response, now);
    else if (status === 423) this.#lengthen(attempt, response, now);
    else if (this.#established !== undefined && status === 481) this.#beginAfterEnd(now);
    else if (this.#established === undefined || endsSubscription.has(status)) {
      this.#refused(attempt, response, now);
    } else this.#refreshLater(now, retryAfter(response));
  }

  #done(): void {
    this.#attempt = undefined;
    this.#giveUpAt = undefined;
  }

  /** RFC 6665 §8.3.1: 202 says no more than 200. */
  #accept(attempt: Attempt, response: SipResponse, now: number): void {
    const granted = Math.min(secondsOf(response, "Expires") ?? attempt.expires, attempt.expires);
    this.#board.update({ fault: undefined });
    if (attempt.expires > 0) this.#lives(granted, now);
    if (this.#isOutdated) this.#askAgain(now);
  }

  #lengthen(attempt: Attempt, response: SipResponse, now: number): void {
    const least = minExpires(response) ?? 0;
    if (least <= attempt.expires || least > maxExpires || attempt.repeats >= maxRepeats) {
      this.#retryLater("rejected", "interval_too_brief", now);
      return;
    }
    this.#expires = least;
    this.#send({ expires: least, repeats: attempt.repeats + 1, target: attempt.target }, now);
  }

  /** There is no subscription, or no more. */
  #refused({ target }: Attempt, response: SipResponse, now: number): void {
    const { status } = response;
    const wait = retryAfter(response);
    if (isServerTrouble(status)) {
      if (wait !== undefined) {
        this.#targets.holdBack(target, now + spreadLater(wait * 1_000, this.#random));
      }
      this.#board.update({ fault: "server_failure" });
      this.#tryNext(now);
    } else if (status === 403) this.#refuse("forbidden", now, wait);
    else if (status === 489) this.#refuse("bad_event", now, wait);
    // RFC 6665 §4.1.2.1: the server has made nothing of it, so another Call-ID may do.
    else if (status === 481) this.#retryLater("unreachable", "server_failure", now);
    else this.#refuse("refused", now, wait);
  }

  #fail(id: number, cause: "timeout" | "transport-error", now: number): void {
    if (this.#attempt?.id !== id) return;
    this.#done();
    this.#board.update({ lastCode: undefined, lastReason: undefined });
    if (this.#stop !== undefined) this.#finish(now);
    else if (this.#established !== undefined) this.#refreshLater(now, undefined);
    else {
      this.#board.update({ fault: cause === "timeout" ? "no_answer" : "connection_failed" });
      this.#tryNext(now);
    }
  }

  /** §4.1.2.2: what says nothing of the subscription leaves it until its time is over. */
  #refreshLater(now: number, wait: number | undefined): void {
    const pause =
      wait === undefined ? 10_000 + 20_000 * this.#random() : spreadLater(wait * 1_000, this.#random);
    this.#refreshAt = now + pause;
  }

  // NOTIFY

  #answer(id: number, request: SipRequest, flow: Flow, now: number): void {
    const answer = (status: number, headers: readonly (readonly [string, string])[] = []) =>
      this.#board.put({ type: "answer", id, status, headers });
    const verdict = judgeNotify(this.#config, request);
    if (this.#names === undefined) answer(481);
    else if (!verdict.ok) answer(verdict.status, verdict.headers);
    else {
      const status = this.#admit(request, flow, now);
      answer(status);
      if (status !== 200) return;
      this.#notifyBy = undefined;
      this.#retries.succeeded(now);
      const { state, contentType } = verdict;
      const { body } = request;
      this.#board.put({
        type: "notification",
        notification: { state: state.state, contentType, body, request },
      });
      this.#follow(state, now);
    }
  }

  /** @returns the status of the answer */
  #admit(request: SipRequest, flow: Flow, now: number): number {
    if (this.#established !== undefined) return this.#established.admit(request, flow);
    try {
      const names = { localTag: this.#names?.localTag ?? "", localSeq: this.#seq };
      this.#established = new NotifierDialog(request, flow, names, now);
    } catch (error) {
      if (error instanceof SipParseError) return 400;
      throw error;
    }
    this.#phase = "waiting";
    return 200;
  }

  #follow(said: SubscriptionState, now: number): void {
    const { state, expires } = said;
    if (state === "terminated" || this.#expires === 0) {
      this.#ended(said, now);
      return;
    }
    this.#board.update({
      state: state === "pending" ? "pending" : "active",
      ...{ fault: undefined, endReason: undefined },
    });
    const left = this.#expiresAt === undefined ? this.#expires : (this.#expiresAt - now) / 1_000;
    this.#lives(Math.min(expires ?? left, maxExpires), now);
  }

  #ended(said: SubscriptionState, now: number): void {
    this.#board.update({ endReason: said.reason });
    if (this.#stop !== undefined || this.#expires === 0) {
      this.#finish(now);
      return;
    }
    const next = afterEnd(said);
    if (next === "never") this.#wait("rejected", "ended", undefined);
    else if (next === "now") this.#beginAfterEnd(now);
    else if (next === "later") this.#retryLater("unreachable", "ended", now);
    else {
      const pause = spreadLater(Math.min(next, maxExpires) * 1_000, this.#random);
      this.#wait("unreachable", "ended", now + pause);
    }
  }

  // Times

  #lives(seconds: number, now: number): void {
    if (this.#stop !== undefined) return;
    const end = now + seconds * 1_000;
    // Each NOTIFY says how long is left: planned anew with each, the refresh would move towards the end and miss it.
    const isNews = this.#refreshAt === undefined || Math.abs(end - (this.#expiresAt ?? 0)) > leeway;
    this.#expiresAt = end;
    if (isNews && this.#established !== undefined && this.#attempt === undefined) {
      this.#refreshAt = now + refreshAfter(seconds, this.#random);
    }
  }

  /** Another at once, unless the last one has hardly lived: a notifier that ends each is not asked without a pause. */
  #beginAfterEnd(now: number): void {
    const since = this.#established?.since;
    if (since !== undefined && now - since >= provenLife) this.#begin(now);
    else this.#retryLater("unreachable", "ended", now);
  }

  #refuse(fault: SubscriptionFault, now: number, wait = 0): void {
    const at = Math.max(
      this.#retries.afterRefusal(fault, now),
      now + spreadLater(wait * 1_000, this.#random),
    );
    this.#wait("rejected", fault, at);
  }

  /** @param free ms, the earliest time that the other side allows */
  #retryLater(state: "rejected" | "unreachable", fault: SubscriptionFault, now: number, free = now): void {
    this.#wait(state, fault, this.#retries.afterFailure(now, free));
  }

  /** @param until undefined: until somebody says `start` */
  #wait(state: "rejected" | "unreachable", fault: SubscriptionFault, until: number | undefined): void {
    this.#forget();
    this.#phase = "waiting";
    this.#retryAt = until;
    this.#board.update({ state, fault });
  }

  // The end

  #receiveWhileStopping(attempt: Attempt, status: number, now: number): void {
    if (attempt.expires > 0) this.#send({ expires: 0, repeats: 0 }, now);
    // §4.1.2.3: a last NOTIFY follows.
    else if (status >= 300) this.#finish(now);
  }

  #finish(now: number): void {
    this.#forget();
    this.#stop = undefined;
    this.#phase = "idle";
    this.#retries.forgive();
    this.#board.update({ state: "unsubscribed", fault: undefined });
    if (!this.#startAfterStop) return;
    this.#startAfterStop = false;
    this.#begin(now);
  }

  /** What stands of a subscription, and what was to be done for it. */
  #forget(): void {
    if (this.#names !== undefined) this.#board.put({ type: "listen-no-more" });
    this.#names = undefined;
    this.#attempt = undefined;
    this.#established = undefined;
    this.#giveUpAt = undefined;
    this.#notifyBy = undefined;
    this.#retryAt = undefined;
    this.#refreshAt = undefined;
    this.#expiresAt = undefined;
    this.#isOutdated = false;
  }
}

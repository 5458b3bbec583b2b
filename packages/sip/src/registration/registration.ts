import { DigestClient } from "../auth/digest-client.ts";
import type { SendTarget } from "../environment.ts";
import type { SipResponse } from "../message/message.ts";
import { targetKey } from "../target-key.ts";
import { ContactAddress } from "./contact-address.ts";
import { KeepAlive } from "./keep-alive.ts";
import {
  flowTimer,
  grantedExpiry,
  isServerTrouble,
  minExpires,
  redirectUri,
  retryAfter,
  routeValues,
} from "./register-answer.ts";
import { contactUri, expiresOf, keepAliveRequest, registerRequest, registrarOf } from "./register-request.ts";
import { type Attempt, type Binding, initialState, type Phase } from "./registration-phase.ts";
import type {
  RegistrationChanges,
  RegistrationConfig,
  RegistrationFault,
  RegistrationInput,
  RegistrationOptions,
  RegistrationOutput,
  RegistrationState,
} from "./registration-types.ts";
import { RetryPlan } from "./retry-plan.ts";
import { maxExpires, refreshAfter, spreadLater } from "./retry-times.ts";
import { StateBoard } from "./state-board.ts";
import { TargetList } from "./target-list.ts";

type Failure = Omit<Extract<RegistrationInput, { type: "failure" }>, "type">;

const defaultStopWithin = 5_000;
/** ms. Longer than any transaction: guards against an owner that loses an answer. */
const longestAnswer = 60_000;
const maxRedirects = 3;
/** REGISTERs that one attempt sends again with other values (423, 439). */
const maxRepeats = 2;

/**
 * One registration at a registrar, RFC 3261 §10, as a machine: inputs and the time in, outputs back, nothing else. Its
 * owner carries the outputs out in their order.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #random: () => number;
  readonly #digest: DigestClient;
  readonly #board = new StateBoard<RegistrationState, RegistrationOutput>(initialState);
  readonly #retries: RetryPlan;
  readonly #keepAlives: KeepAlive;
  readonly #callId: string;
  #config: RegistrationConfig;
  #phase: Phase = { name: "idle" };
  #cseq = 0;
  #serial = 0;

  #binding: Binding | undefined;
  /** When to register next; set while waiting. */
  #attemptAt: number | undefined;
  /** Set while the binding is being taken back. */
  #stop: { readonly by: number } | undefined;
  #startAfterStop = false;
  /** Something was changed while a REGISTER was under way: whatever comes of it, the next follows at once. */
  #isOutdated = false;

  readonly #targets = new TargetList();
  readonly #address: ContactAddress;
  #redirect: { readonly uri: string; readonly count: number } | undefined;
  #expires: number;
  #outboundRefused = false;

  /** @throws SipParseError where the AOR is no URI */
  constructor(config: RegistrationConfig, options: RegistrationOptions) {
    this.#config = config;
    this.#options = options;
    this.#random = () => options.random();
    this.#expires = expiresOf(config);
    this.#callId = options.randomToken(16);
    this.#address = new ContactAddress((target) => options.contactFor(target));
    registrarOf(config);
    this.#digest = new DigestClient({
      credentials: (realm) => this.#config.credentials(realm),
      randomToken: (bytes) => options.randomToken(bytes),
    });
    this.#retries = new RetryPlan(this.#random, config.slowRetry);
    this.#keepAlives = new KeepAlive(this.#random);
  }

  get state(): RegistrationState {
    return this.#board.state;
  }

  /** Of all its REGISTERs, RFC 3261 §10.2. */
  get callId(): string {
    return this.#callId;
  }

  /** @param now ms, never less than before */
  handle(input: RegistrationInput, now: number): RegistrationOutput[] {
    this.#take(input, now);
    const phase = this.#phase;
    this.#board.update({ nextAttemptAt: phase.name === "waiting" ? this.#attemptAt : undefined });
    const giveUpAt = phase.name === "resolving" || phase.name === "sent" ? phase.giveUpAt : undefined;
    const endsAt = this.#binding?.expiresAt;
    return this.#board.settle([this.#attemptAt, this.#keepAlives.at, giveUpAt, this.#stop?.by, endsAt]);
  }

  #take(input: RegistrationInput, now: number): void {
    switch (input.type) {
      case "start":
        this.#start(now);
        return;
      case "stop":
        this.#beginStop(now, input.within ?? defaultStopWithin);
        return;
      case "configure":
        this.#configure(input.changes, now);
        return;
      case "targets":
        if (this.#phase.name === "resolving") this.#useTargets(input.targets, now);
        return;
      case "response":
        this.#receive(input.id, input.response, now);
        return;
      case "failure":
        this.#fail(input, now);
        return;
      case "timer":
        this.#board.timerCame();
        this.#wake(now);
        return;
      case "flow-failed":
        this.#loseFlow(now);
        return;
      case "keep-alive-answered":
        this.#learnFromKeepAlive(input.response, now);
        return;
      case "keep-alive-unanswered":
        this.#missKeepAlive(input.target, now);
    }
  }

  // Commands

  #start(now: number): void {
    if (this.#stop !== undefined) this.#startAfterStop = true;
    if (this.#phase.name !== "idle") return;
    const { startSpread = 0 } = this.#config;
    if (startSpread <= 0) {
      this.#resolve(now);
      return;
    }
    this.#phase = { name: "waiting" };
    this.#attemptAt = now + startSpread * this.#options.random();
    this.#board.update({ state: "registering" });
  }

  #beginStop(now: number, within: number): void {
    this.#startAfterStop = false;
    if (this.#phase.name === "idle" || this.#stop !== undefined) return;
    this.#stop = { by: now + within };
    // RFC 3261 §10.2: one REGISTER at a time; what is under way may still make a binding.
    if (this.#phase.name !== "sent") this.#unregister(now);
  }

  #configure(changes: RegistrationChanges, now: number): void {
    this.#config = { ...this.#config, ...changes };
    this.#expires = expiresOf(this.#config);
    this.#digest.forget();
    this.#forgive();
    this.#targets.forgive();
    if (this.#stop !== undefined || this.#phase.name === "idle") return;
    if (this.#phase.name === "sent") this.#isOutdated = true;
    else this.#resolve(now);
  }

  #wake(now: number): void {
    const phase = this.#phase;
    if (this.#stop !== undefined && now >= this.#stop.by) {
      this.#finish(now);
      return;
    }
    if (this.#binding !== undefined && now >= this.#binding.expiresAt) this.#dropBinding();
    if (phase.name === "resolving" && now >= phase.giveUpAt) this.#useTargets([], now);
    else if (phase.name === "sent" && now >= phase.giveUpAt) {
      this.#fail({ id: phase.attempt.id, cause: "timeout" }, now);
    } else if (phase.name === "waiting") {
      if (this.#attemptAt !== undefined && now >= this.#attemptAt) this.#refresh(now);
      else if (this.#keepAlives.at !== undefined && now >= this.#keepAlives.at) this.#keepAlive(now);
    }
  }

  // Where to

  /** A binding is refreshed where it was made; all else looks for the registrar anew. */
  #refresh(now: number): void {
    const target = this.#binding?.target;
    if (target === undefined || this.#board.state.state !== "registered") {
      this.#resolve(now);
      return;
    }
    this.#targets.use([target], now);
    this.#register(now);
  }

  #resolve(now: number): void {
    this.#isOutdated = false;
    this.#attemptAt = undefined;
    this.#keepAlives.at = undefined;
    this.#phase = { name: "resolving", giveUpAt: now + longestAnswer };
    if (this.#board.state.state !== "registered") this.#board.update({ state: "registering" });
    const uri = this.#redirect?.uri ?? this.#config.proxy ?? registrarOf(this.#config);
    this.#board.put({ type: "resolve", uri });
  }

  #useTargets(targets: readonly SendTarget[], now: number): void {
    this.#targets.use(targets, now);
    this.#board.update({ fault: undefined });
    if (this.#targets.isEmpty) this.#retryLater("unreachable", "no_address", now);
    else this.#register(now);
  }

  /** Sends to the next target; where none is left, waits. */
  #register(now: number): void {
    const target = this.#targets.take();
    if (target !== undefined) this.#send({ target, expires: this.#expires, repeats: 0 }, now);
    else if (this.#board.state.state === "registered") {
      // Only the binding's own target was tried: look for others, or for this one's new address.
      this.#board.update({ state: "unreachable" });
      this.#resolve(now);
    } else {
      const fault = this.#board.state.fault ?? "server_failure";
      this.#retryLater("unreachable", fault, now, this.#targets.freeAt(now));
    }
  }

  // REGISTER

  /** @param before the request that this one repeats with an answer to its challenge */
  #send(
    wanted: Pick<Attempt, "target" | "expires" | "repeats">,
    now: number,
    before?: Pick<Attempt, "exchange" | "fromTag">,
  ): void {
    const { target, expires } = wanted;
    const exchange = before?.exchange ?? this.#digest.exchange();
    const fromTag = before?.fromTag ?? this.#options.randomToken(8);
    const fresh = contactUri(this.#config, target, this.#address.towards(target));
    const contact = expires === 0 ? (this.#binding?.contact ?? fresh) : fresh;
    const outbound = this.#outboundFor(target);
    const old = this.#binding?.contact;
    const request = registerRequest({
      ...{ aor: this.#config.aor, callId: this.#callId, cseq: ++this.#cseq, fromTag, contact, expires },
      registrar: this.#redirect?.uri ?? registrarOf(this.#config),
      // With an instance the registrar replaces the binding by itself (RFC 5626 §6).
      outdated: outbound === undefined && old !== contact ? old : undefined,
      outbound,
    });
    exchange.authorize(request);
    const id = ++this.#serial;
    this.#attemptAt = undefined;
    this.#keepAlives.at = undefined;
    const attempt = { ...wanted, id, request, exchange, fromTag, contact };
    this.#phase = { name: "sent", giveUpAt: now + longestAnswer, attempt };
    if (this.#board.state.state !== "registered" && this.#stop === undefined)
      this.#board.update({ state: "registering" });
    this.#board.update({ target });
    this.#board.put({ type: "send", id, request, target });
  }

  #receive(id: number, response: SipResponse, now: number): void {
    const { status } = response;
    if (this.#phase.name !== "sent" || this.#phase.attempt.id !== id || status < 200) return;
    const { attempt } = this.#phase;
    this.#learn(response, attempt.target);
    const isChallenge = status === 401 || status === 407;
    const outcome = isChallenge ? attempt.exchange.challenged(response) : undefined;
    if (outcome?.retry === true) {
      this.#send(attempt, now, attempt);
      return;
    }
    // A challenge that is answered is no news of ours.
    this.#board.update({ lastCode: status, lastReason: response.reason, lastError: undefined });
    if (outcome === undefined) attempt.exchange.answered(response);
    else if (this.#stop === undefined) {
      this.#refuse(outcome.code, now);
      return;
    }
    if (this.#stop !== undefined) this.#receiveWhileStopping(attempt, response, now);
    else this.#judge(attempt, response, now);
  }

  #judge(attempt: Attempt, response: SipResponse, now: number): void {
    const { status } = response;
    if (status < 300) this.#accept(attempt, response, now);
    else if (status < 400) this.#follow(response, now);
    else if (status === 403) this.#refuse("forbidden", now);
    else if (status === 423) this.#lengthen(attempt, response, now);
    else if (status === 439 && attempt.repeats < maxRepeats) {
      // RFC 5626 §11.1: our first hop cannot; without outbound it can.
      this.#outboundRefused = true;
      this.#send({ ...attempt, repeats: attempt.repeats + 1 }, now);
    } else if (isServerTrouble(status)) {
      const free = this.#freeAt(response, now);
      if (free > now) this.#targets.holdBack(attempt.target, free);
      this.#board.update({ fault: "server_failure" });
      this.#register(now);
    } else {
      this.#retryLater("rejected", "refused", now, this.#freeAt(response, now));
    }
  }

  #fail({ id, cause, reason }: Failure, now: number): void {
    if (this.#phase.name !== "sent" || this.#phase.attempt.id !== id) return;
    if (this.#stop !== undefined) {
      if (this.#phase.attempt.expires > 0 && this.#binding !== undefined) this.#unregister(now);
      else this.#finish(now);
      return;
    }
    const fault = cause === "timeout" ? "no_answer" : "connection_failed";
    this.#board.update({ fault, lastCode: undefined, lastReason: undefined, lastError: reason });
    this.#register(now);
  }

  #accept(attempt: Attempt, response: SipResponse, now: number): void {
    const { target, contact } = attempt;
    const granted = grantedExpiry(response, this.#config.contactUser, contact, attempt.expires);
    if (granted === 0) {
      this.#dropBinding();
      this.#retryLater("rejected", "binding_removed", now);
      return;
    }
    this.#binding = { contact, target, expiresAt: now + granted * 1_000, flowTimer: flowTimer(response) };
    if (this.#redirect !== undefined) this.#redirect = { uri: this.#redirect.uri, count: 0 };
    this.#retries.succeeded(now);
    this.#phase = { name: "waiting" };
    this.#attemptAt = now + refreshAfter(granted, this.#random);
    this.#board.update({
      ...{ state: "registered", fault: undefined, contact, expiresAt: this.#binding.expiresAt },
      serviceRoute: routeValues(response, "Service-Route"),
      path: routeValues(response, "Path"),
    });
    this.#keepAlives.plan(this.#config.keepAlive, this.#binding, now);
    if (this.#isOutdated) this.#resolve(now);
    else this.#followAddress(now);
  }

  /** RFC 3261 §10.2.8: what we asked for is too short for this registrar. */
  #lengthen(attempt: Attempt, response: SipResponse, now: number): void {
    const least = minExpires(response) ?? 0;
    if (least <= attempt.expires || least >= maxExpires || attempt.repeats >= maxRepeats) {
      this.#retryLater("rejected", "interval_too_brief", now);
      return;
    }
    this.#expires = least;
    this.#send({ target: attempt.target, expires: least, repeats: attempt.repeats + 1 }, now);
  }

  #follow(response: SipResponse, now: number): void {
    const count = (this.#redirect?.count ?? 0) + 1;
    const uri = redirectUri(response, this.#config.aor.toLowerCase().startsWith("sips:"));
    if (uri === undefined || count > maxRedirects) {
      this.#retryLater("rejected", "redirected_nowhere", now, this.#freeAt(response, now));
      return;
    }
    this.#redirect = { uri, count };
    this.#resolve(now);
  }

  #freeAt(response: SipResponse, now: number): number {
    return now + spreadLater((retryAfter(response) ?? 0) * 1_000, this.#random);
  }

  // Failure

  #refuse(fault: RegistrationFault, now: number): void {
    this.#wait("rejected", fault, this.#retries.afterRefusal(fault, now), now);
  }

  /** @param free ms, the earliest time that the other side allows */
  #retryLater(
    state: "rejected" | "unreachable",
    fault: RegistrationFault,
    now: number,
    free: number = now,
  ): void {
    this.#wait(state, fault, this.#retries.afterFailure(now, free), now);
  }

  #wait(state: "rejected" | "unreachable", fault: RegistrationFault, until: number, now: number): void {
    if (this.#stop !== undefined) {
      this.#finish(now);
      return;
    }
    this.#redirect = undefined;
    this.#phase = { name: "waiting" };
    this.#keepAlives.at = undefined;
    this.#attemptAt = until;
    this.#board.update({ state, fault });
    if (this.#isOutdated) this.#resolve(now);
  }

  #loseFlow(now: number): void {
    if (!this.#isAtRest) return;
    const at = this.#retries.afterFlowLoss(now);
    this.#wait("unreachable", "connection_lost", at, now);
    if (at <= now) this.#resolve(now);
  }

  /** Registered, and nothing under way. */
  get #isAtRest(): boolean {
    const isWaiting = this.#phase.name === "waiting" && this.#stop === undefined;
    return isWaiting && this.#board.state.state === "registered";
  }

  #forgive(): void {
    this.#retries.forgive();
    this.#outboundRefused = false;
    this.#redirect = undefined;
  }

  #dropBinding(): void {
    this.#binding = undefined;
    if (this.#board.state.state === "registered") this.#board.update({ state: "registering" });
    this.#board.update({ expiresAt: undefined, contact: undefined });
  }

  // Taking back

  #unregister(now: number): void {
    const binding = this.#binding;
    if (binding === undefined || binding.expiresAt <= now) this.#finish(now);
    else this.#send({ target: binding.target, expires: 0, repeats: 0 }, now);
  }

  #receiveWhileStopping(attempt: Attempt, response: SipResponse, now: number): void {
    if (attempt.expires > 0 && response.status < 300) {
      const { contact, target, expires } = attempt;
      this.#binding = { contact, target, expiresAt: now + expires * 1_000, flowTimer: undefined };
    }
    if (attempt.expires > 0) this.#unregister(now);
    else this.#finish(now);
  }

  #finish(now: number): void {
    this.#stop = undefined;
    this.#isOutdated = false;
    this.#phase = { name: "idle" };
    this.#attemptAt = undefined;
    this.#keepAlives.at = undefined;
    this.#forgive();
    this.#dropBinding();
    this.#board.update({ state: "unregistered", fault: undefined, serviceRoute: [], path: [] });
    if (!this.#startAfterStop) return;
    this.#startAfterStop = false;
    this.#resolve(now);
  }

  // Contact

  #learn(response: SipResponse, target: SendTarget): void {
    this.#address.learn(response, target);
    this.#board.update({ publicAddress: this.#address.publicTowards(target) });
  }

  #learnFromKeepAlive(response: SipResponse, now: number): void {
    const binding = this.#binding;
    if (binding === undefined) return;
    this.#keepAlives.answered(binding.target);
    if (!this.#isAtRest) return;
    this.#learn(response, binding.target);
    this.#followAddress(now);
  }

  /** The registrar shall know us by the address that it sees. */
  #followAddress(now: number): void {
    const binding = this.#binding;
    if (binding === undefined) return;
    const { target, contact } = binding;
    if (contactUri(this.#config, target, this.#address.towards(target)) === contact) return;
    if (this.#address.follow(now)) this.#refresh(now);
  }

  #outboundFor(target: SendTarget): RegistrationConfig["outbound"] | undefined {
    return target.transport === "udp" || this.#outboundRefused ? undefined : this.#config.outbound;
  }

  // Keep-alive

  #keepAlive(now: number): void {
    const target = this.#binding?.target;
    if (target === undefined) return;
    const asks = this.#keepAlives.usesOptions(this.#config.keepAlive, target);
    const request = asks ? keepAliveRequest(this.#config, this.#options) : undefined;
    this.#board.put({ type: "keep-alive", target, request });
    this.#keepAlives.plan(this.#config.keepAlive, this.#binding, now);
  }

  #missKeepAlive(target: SendTarget, now: number): void {
    if (this.#binding === undefined || targetKey(target) !== targetKey(this.#binding.target)) return;
    if (this.#keepAlives.unanswered(this.#config.keepAlive, target)) this.#loseFlow(now);
  }
}

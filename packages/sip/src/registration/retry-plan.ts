import type { SubscriptionFault } from "../subscription/subscription-types.ts";
import type { RegistrationFault } from "./registration-types.ts";
import { backOff, spreadLater } from "./retry-times.ts";

/** Attempts with a refused password before the slow retry. */
const maxRefusals = 2;
/** Not to be mended but by somebody: no second try soon. */
const hopeless = new Set<string>(["no_credentials", "unsupported_challenge", "bad_event"]);
/** ms that a flow must have lived for its loss to count as the first (RFC 5626 §4.5). */
const provenFlow = 120_000;

/** When to try again: growing pauses, and long ones where the account is the trouble. All times in ms. */
export class RetryPlan {
  readonly #random: () => number;
  readonly #slowRetry: number;
  #failures = 0;
  #refusals = 0;
  #flowFailures = 0;
  #flowSince: number | undefined;

  constructor(random: () => number, slowRetry = 600_000) {
    this.#random = random;
    this.#slowRetry = slowRetry;
  }

  succeeded(now: number): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#flowSince ??= now;
  }

  /** @param free the earliest time that the other side allows */
  afterFailure(now: number, free: number): number {
    this.#failures++;
    this.#flowSince = undefined;
    return Math.max(now + backOff(this.#failures, this.#random), free);
  }

  /** The account was refused: hammering helps nobody, and gets us locked out. */
  afterRefusal(fault: RegistrationFault | SubscriptionFault, now: number): number {
    this.#refusals++;
    // What we could not even try will not go better in half a minute.
    const isHopeless = hopeless.has(fault);
    const slow = isHopeless || this.#refusals >= maxRefusals;
    this.#flowSince = undefined;
    return now + (slow ? spreadLater(this.#slowRetry, this.#random) : backOff(1, this.#random));
  }

  /** RFC 5626 §4.5: `now` where the flow had proven itself, else after growing pauses. */
  afterFlowLoss(now: number): number {
    if (this.#flowSince !== undefined && now - this.#flowSince >= provenFlow) this.#flowFailures = 0;
    this.#flowSince = undefined;
    this.#flowFailures++;
    return this.#flowFailures === 1 ? now : now + backOff(this.#flowFailures - 1, this.#random);
  }

  /** Something has changed, or it begins anew. */
  forgive(): void {
    this.#failures = 0;
    this.#refusals = 0;
    this.#flowFailures = 0;
    this.#flowSince = undefined;
  }
}

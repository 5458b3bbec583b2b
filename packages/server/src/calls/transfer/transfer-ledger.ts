import type { DialId, TransferOutput, TransferTimer } from "./transfer-io.ts";
import type {
  TransferAttempt,
  TransferOutcome,
  TransferPlan,
  TransferResult,
  TransferTarget,
} from "./transfer-plan.ts";

/**
 * What a transfer has under way and has to end: calls to persons, timers, the result that is owed. Whatever the machine
 * wants done goes through here, so that nothing is ended twice and nothing is forgotten.
 */
export class TransferLedger {
  readonly #plan: TransferPlan;
  #out: TransferOutput[] = [];
  readonly #attempts: { at: number; attempt: TransferAttempt }[] = [];
  readonly #timers = new Set<TransferTimer>();
  readonly #calls = new Map<DialId, "dialling" | "cancelled" | "answered">();
  #nextDial: DialId = 1;
  #settled = false;

  constructor(plan: TransferPlan) {
    this.#plan = plan;
  }

  /** What is to be done since this was asked last. */
  take(): readonly TransferOutput[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  put(output: TransferOutput): void {
    this.#out.push(output);
  }

  step(name: string, fields: { [name: string]: string | number | boolean }): void {
    this.put({ type: "step", name, fields });
  }

  // --- calls to persons

  /** Every call to a person has ended. */
  get noCalls(): boolean {
    return this.#calls.size === 0;
  }

  /** undefined: there is no such call, or it is over. */
  callState(dial: DialId): "dialling" | "cancelled" | "answered" | undefined {
    return this.#calls.get(dial);
  }

  dial(target: TransferTarget): DialId {
    const dial = this.#nextDial++;
    this.#calls.set(dial, "dialling");
    this.put({ type: "dial", dial, target });
    return dial;
  }

  answered(dial: DialId): void {
    this.#calls.set(dial, "answered");
  }

  /** It ended by itself. */
  ended(dial: DialId): void {
    this.#calls.delete(dial);
  }

  hangUp(dial: DialId, reason: string): void {
    this.#calls.delete(dial);
    this.put({ type: "hangUp", dial, reason });
  }

  /** Ends every call to a person, however far it is. */
  dropCalls(reason: string): void {
    for (const [dial, is] of this.#calls) {
      if (is === "answered") this.hangUp(dial, reason);
      else if (is === "dialling") {
        // How it ends is still told: a 200 may be on its way.
        this.#calls.set(dial, "cancelled");
        this.put({ type: "cancelDial", dial, reason });
      }
    }
  }

  // --- timers

  setTimer(timer: TransferTimer, ms: number): void {
    this.#timers.add(timer);
    this.put({ type: "setTimer", timer, ms });
  }

  clearTimer(timer: TransferTimer): void {
    if (this.#timers.delete(timer)) this.put({ type: "clearTimer", timer });
  }

  clearTimers(): void {
    for (const timer of this.#timers) this.clearTimer(timer);
  }

  /** @returns false for one that was cleared, and came all the same */
  fired(timer: TransferTimer): boolean {
    return this.#timers.delete(timer);
  }

  // --- how it came out

  /** How the target at this place came out; what is noted of it last counts. @param status SIP status; 0: none decided */
  note(at: number, outcome: TransferOutcome, status = 0, reason = ""): void {
    const target = this.#plan.targets[at]?.text ?? "";
    const attempt = { target, outcome, status, reason };
    const last = this.#attempts.at(-1);
    if (last?.at === at) last.attempt = attempt;
    else this.#attempts.push({ at, attempt });
    if (outcome === "connected" || outcome === "handed_over") return;
    const known = { ...(status === 0 ? {} : { status }), ...(reason === "" ? {} : { reason }) };
    this.step("transfer_failed", { target, outcome, ...known });
  }

  get lastOutcome(): TransferOutcome | undefined {
    return this.#attempts.at(-1)?.attempt.outcome;
  }

  result(outcome: TransferOutcome): TransferResult {
    return { outcome, attempts: this.#attempts.map(({ attempt }) => attempt) };
  }

  settle(outcome: TransferOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.put({ type: "settled", result: this.result(outcome) });
  }

  finish(outcome: TransferOutcome): void {
    this.clearTimers();
    this.step("transfer_over", { outcome });
    this.settle(outcome);
    this.put({ type: "finished", result: this.result(outcome) });
  }
}

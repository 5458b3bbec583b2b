// One transfer of one caller, as a pure machine: input in, outputs out; no clock, no line, no media. Whom the caller
// is with is one word, changed in one place: that is what keeps him from ever being with nobody.
import { reportedOutcome } from "./reported-outcome.ts";
import type { DialId, FailedDial, TransferInput, TransferOutput, TransferTimer } from "./transfer-io.ts";
import { TransferLedger } from "./transfer-ledger.ts";
import {
  isReferable,
  longestDigits,
  type TransferOutcome,
  type TransferPlan,
  type TransferTarget,
  transferTimes as times,
} from "./transfer-plan.ts";

/** Where the transfer stands. `at` is the index of the target in the plan. */
type State =
  | { is: "new" }
  | { is: "referring"; at: number; reported: boolean }
  | { is: "dialling"; at: number; dial: DialId }
  | { is: "digits"; at: number; dial: DialId }
  | { is: "telling"; at: number; dial: DialId }
  | { is: "asking"; at: number; dial: DialId }
  | { is: "connecting"; at: number; dial: DialId }
  | { is: "talking"; at: number; dial: DialId; settled: boolean; joining: boolean }
  | { is: "over" };

export class TransferMachine {
  readonly #plan: TransferPlan;
  readonly #ledger: TransferLedger;
  #state: State = { is: "new" };
  /** The last provisional status of the person's side; 0: none yet. */
  #ringing = 0;
  #callerHolds = false;
  #personHolds = false;
  /** A REFER has no final report yet; it may have been given up. */
  #referPending = false;
  /** A REFER was of no use: the caller's side is not asked again. */
  #noRefer = false;

  constructor(plan: TransferPlan) {
    this.#plan = plan;
    this.#ledger = new TransferLedger(plan);
  }

  get over(): boolean {
    return this.#state.is === "over";
  }

  /** Nothing is left to be told: over, and every call to a person has ended. */
  get idle(): boolean {
    return this.over && this.#ledger.noCalls;
  }

  /** The caller and a person talk. */
  get talking(): boolean {
    return this.#state.is === "talking";
  }

  handle(input: TransferInput): readonly TransferOutput[] {
    this.#take(input);
    return this.#ledger.take();
  }

  #take(input: TransferInput): void {
    switch (input.type) {
      case "start":
        if (this.#state.is === "new") this.#begin();
        break;
      case "ringing":
        this.#onRinging(input.dial, input.status);
        break;
      case "answered":
        this.#onAnswered(input.dial);
        break;
      case "dialFailed":
        this.#onDialFailed(input);
        break;
      case "digitsSent":
        if (this.#state.is === "digits" && this.#isCurrent(input.dial)) this.#digitsOver(this.#state);
        break;
      case "announced":
        this.#onAnnounced(input.dial);
        break;
      case "key":
        if (this.#isCurrent(input.dial)) this.#onKey(input.key);
        break;
      case "speech":
        if (this.#isCurrent(input.dial)) this.#onSpeech(input.text);
        break;
      case "connected":
        this.#onConnected(input.dial);
        break;
      case "connectFailed":
        if (this.#isCurrent(input.dial)) this.#connectFailed(input.reason);
        break;
      case "personGone":
        this.#onPersonGone(input.dial, input.how);
        break;
      case "callerGone":
        this.#onCallerGone();
        break;
      case "cancel":
        this.#onCancel();
        break;
      case "held":
        this.#onHeld(input.by, input.on);
        break;
      case "timer":
        this.#onTimer(input.timer);
        break;
      case "referProgress":
        this.#onReferProgress(input.status);
        break;
      case "referOutcome":
        this.#onReferOutcome(input.kind, input.status);
        break;
    }
  }

  // --- one target after another

  #begin(): void {
    this.#ledger.step("transfer_started", {
      mode: this.#plan.mode,
      targets: this.#plan.targets.map(({ text }) => text).join(" "),
    });
    if (!this.#plan.agentStays) this.#callerWaits();
    this.#try(0);
  }

  #callerWaits(): void {
    this.#ledger.put({ type: "callerWith", partner: "waiting" });
  }

  #try(at: number): void {
    const target = this.#plan.targets[at];
    if (target === undefined) {
      this.#backToAgent(this.#ledger.lastOutcome ?? "failed");
      return;
    }
    // With consent the person is called first, and joined by REFER afterwards.
    if (this.#mayRefer && this.#plan.consent.by === "nothing" && isReferable(target)) {
      this.#refer(at, target, target.referTo);
    } else this.#dial(at, target);
  }

  get #mayRefer(): boolean {
    return this.#plan.mode === "refer" && !this.#noRefer;
  }

  #dial(at: number, target: TransferTarget): void {
    this.#ledger.step("transfer_dialling", { target: target.text });
    const dial = this.#ledger.dial(target);
    this.#state = { is: "dialling", at, dial };
    this.#ringing = 0;
    this.#ledger.setTimer("attempt", target.ringSeconds * 1000 + times.attemptAllowance);
  }

  /** This target could not be had; the next one is tried. */
  #failed(at: number, outcome: TransferOutcome, status: number, reason: string): void {
    this.#ledger.note(at, outcome, status, reason);
    this.#ledger.clearTimers();
    // "Call back later" is an answer to the caller: nobody else is asked.
    if (outcome === "call_back_later") this.#backToAgent(outcome);
    else this.#try(at + 1);
  }

  // --- our call to the person

  #onRinging(dial: DialId, status: number): void {
    if (!this.#isCurrent(dial) || status === this.#ringing) return;
    this.#ringing = status;
    this.#ledger.step("transfer_ringing", { status });
  }

  #onAnswered(dial: DialId): void {
    const was = this.#ledger.callState(dial);
    if (was === undefined || was === "answered") return;
    this.#ledger.answered(dial);
    // RFC 3261 §9.1: the 200 crossed our CANCEL.
    if (was === "cancelled" || this.#state.is !== "dialling" || this.#state.dial !== dial) {
      this.#ledger.hangUp(dial, "The call is not wanted any more.");
      return;
    }
    const { at } = this.#state;
    const target = this.#plan.targets[at];
    this.#ledger.clearTimers();
    this.#ledger.step("transfer_answered", { target: target?.text ?? "", status: 200 });
    if (target === undefined || target.digits.length === 0) {
      this.#speakTo(at, dial);
      return;
    }
    this.#state = { is: "digits", at, dial };
    this.#ledger.put({ type: "sendDigits", dial, digits: target.digits });
    this.#ledger.setTimer("digits", longestDigits(target.digits));
  }

  #digitsOver({ at, dial }: { at: number; dial: DialId }): void {
    this.#ledger.clearTimers();
    this.#speakTo(at, dial);
  }

  /** Tells the person who calls and why, and asks where he is to be asked. */
  #speakTo(at: number, dial: DialId): void {
    const { consent, notification, prompt, confirmSeconds } = this.#plan;
    const text = [notification, prompt].filter((part) => part.trim() !== "").join(" ");
    if (consent.by === "nothing") {
      if (text === "") {
        this.#connect(at, dial);
        return;
      }
      this.#state = { is: "telling", at, dial };
      this.#ledger.setTimer("telling", times.longestTelling);
    } else {
      this.#state = { is: "asking", at, dial };
      this.#ledger.setTimer("confirm", confirmSeconds * 1000);
    }
    this.#ledger.put({ type: "listen", dial, speech: consent.by === "speech" });
    if (text !== "") this.#announce(dial, text);
  }

  #announce(dial: DialId, text: string): void {
    this.#ledger.clearTimer("prompt");
    this.#ledger.put({ type: "announce", dial, text });
  }

  #onAnnounced(dial: DialId): void {
    if (!this.#isCurrent(dial)) return;
    if (this.#state.is === "telling") this.#connect(this.#state.at, dial);
    else if (this.#state.is === "asking" && this.#plan.prompt !== "") {
      this.#ledger.setTimer("prompt", times.promptAgain);
    }
  }

  #onKey(key: string): void {
    const state = this.#state;
    if (state.is !== "telling" && state.is !== "asking") return;
    this.#ledger.step("transfer_key", { key });
    // Who has heard enough of the notification may cut it short.
    if (state.is === "telling") {
      if (key === "1" || key === "#") this.#connect(state.at, state.dial);
      return;
    }
    switch (key) {
      case "1":
        this.#taken(state, "key");
        break;
      case "2":
        this.#declined(state, "declined", "The person declined the call by a key.");
        break;
      case "3":
        this.#declined(state, "call_back_later", "The person will call back.");
        break;
      default:
        if (this.#plan.prompt !== "") this.#announce(state.dial, this.#plan.prompt);
    }
  }

  #onSpeech(text: string | undefined): void {
    const state = this.#state;
    const { consent } = this.#plan;
    if (state.is !== "asking" || consent.by !== "speech") return;
    switch (consent.trigger.judge(text)) {
      case "take":
        this.#taken(state, "speech");
        break;
      case "decline":
        this.#declined(state, "declined", "The person said no.");
        break;
      case undefined:
        break;
    }
  }

  #taken({ at, dial }: { at: number; dial: DialId }, by: "key" | "speech"): void {
    this.#ledger.step("transfer_confirmed", { by });
    this.#connect(at, dial);
  }

  #declined({ at, dial }: { at: number; dial: DialId }, outcome: TransferOutcome, reason: string): void {
    this.#ledger.hangUp(dial, reason);
    this.#failed(at, outcome, 0, reason);
  }

  #connect(at: number, dial: DialId): void {
    this.#ledger.clearTimers();
    this.#state = { is: "connecting", at, dial };
    this.#ledger.put({ type: "callerWith", partner: "person", dial });
    this.#ledger.setTimer("connecting", times.connecting);
  }

  #connectFailed(reason: string): void {
    if (this.#state.is !== "connecting") return;
    const { at, dial } = this.#state;
    this.#ledger.hangUp(dial, "The call could not be put through.");
    this.#ledger.clearTimers();
    this.#ledger.note(at, "failed", 0, reason);
    this.#backToAgent("failed");
  }

  #onConnected(dial: DialId): void {
    if (this.#state.is !== "connecting" || this.#state.dial !== dial) return;
    const { at } = this.#state;
    const target = this.#plan.targets[at];
    this.#ledger.clearTimers();
    const joining = this.#mayRefer && target !== undefined && isReferable(target);
    this.#state = { is: "talking", at, dial, settled: false, joining };
    this.#ledger.setTimer("settling", times.settling);
    this.#ledger.step("transfer_connected", { target: target?.text ?? "" });
    this.#ledger.note(at, "connected");
    this.#ledger.settle("connected");
    if (this.#callerHolds) this.#ledger.put({ type: "holdOther", held: "person", on: true });
    if (this.#personHolds) this.#ledger.put({ type: "holdOther", held: "caller", on: true });
    if (!joining) return;
    this.#referPending = true;
    this.#ledger.step("transfer_refer_sent", { target: target.text, replaces: true });
    this.#ledger.put({ type: "join", dial });
    this.#ledger.setTimer("refer", times.referReport + times.referAllowance);
  }

  #onPersonGone(dial: DialId, how: "hung-up" | "lost"): void {
    if (this.#ledger.callState(dial) !== "answered") return;
    this.#ledger.ended(dial);
    const state = this.#state;
    if (!this.#isCurrent(dial)) return;
    const reason = how === "lost" ? "The call to the person was lost." : "The person hung up.";
    switch (state.is) {
      case "digits":
      case "telling":
      case "asking":
      case "connecting":
        // He was on his way to the person already.
        if (state.is === "connecting") this.#callerWaits();
        this.#failed(state.at, "dropped", 0, reason);
        break;
      case "talking":
        // Perhaps replaced by the caller's own side: the report tells, and is at the door.
        if (state.joining && how === "hung-up") {
          this.#callerWaits();
          this.#ledger.setTimer("refer", times.joinReport);
        } else this.#talkOver(state, how, reason);
        break;
    }
  }

  #talkOver(state: Extract<State, { is: "talking" }>, how: "hung-up" | "lost", reason: string): void {
    this.#ledger.step("transfer_person_left", { how });
    if (how === "lost" || !state.settled) {
      this.#ledger.note(state.at, "dropped", 0, reason);
      this.#backToAgent("dropped");
    } else if (this.#plan.afterTalk === "return") this.#backToAgent("connected");
    else {
      this.#ledger.put({ type: "hangUpCaller", why: "person_hung_up" });
      this.#finish("connected");
    }
  }

  #onDialFailed(failed: FailedDial & { dial: DialId }): void {
    const was = this.#ledger.callState(failed.dial);
    if (was === undefined || was === "answered") return;
    this.#ledger.ended(failed.dial);
    if (this.#state.is !== "dialling" || this.#state.dial !== failed.dial) return;
    this.#failed(this.#state.at, failed.outcome, failed.status, failed.reason);
  }

  // --- REFER

  #refer(at: number, target: TransferTarget, referTo: string): void {
    this.#state = { is: "referring", at, reported: false };
    this.#referPending = true;
    if (this.#plan.agentStays) this.#callerWaits();
    this.#ledger.step("transfer_refer_sent", { target: target.text });
    this.#ledger.put({ type: "refer", target, referTo });
    this.#ledger.setTimer("refer", times.referReport);
  }

  #onReferProgress(status: number): void {
    if (!this.#referPending) return;
    this.#ledger.step("transfer_refer_progress", { status });
    const state = this.#state;
    if (state.is !== "referring" || state.reported) return;
    const ringSeconds = this.#plan.targets[state.at]?.ringSeconds ?? 0;
    this.#state = { ...state, reported: true };
    this.#ledger.setTimer("refer", ringSeconds * 1000 + times.referAllowance);
  }

  #onReferOutcome(
    kind: Extract<TransferInput, { type: "referOutcome" }>["kind"],
    status: number | undefined,
  ): void {
    if (!this.#referPending) return;
    this.#referPending = false;
    this.#ledger.step("transfer_refer_outcome", { kind, ...(status === undefined ? {} : { status }) });
    const done = kind === "reported" && status !== undefined && status >= 200 && status < 300;
    const state = this.#state;
    switch (state.is) {
      case "referring":
        if (done) this.#handedOver(state.at);
        // His side could not get there: perhaps we can.
        else if (
          kind === "reported" &&
          (status ?? 0) >= 500 &&
          (status ?? 0) < 600 &&
          this.#plan.referFallback
        )
          this.#referUseless(state.at, status ?? 0);
        else if (kind === "reported") {
          const { outcome, reason } = reportedOutcome(status ?? 0);
          this.#failed(state.at, outcome, status ?? 0, reason);
        } else this.#referUseless(state.at, kind === "refused" ? (status ?? 0) : 0);
        break;
      case "dialling":
      case "digits":
      case "telling":
      case "asking":
        // The caller's side was given up too soon: it has put him through after all.
        if (!done) break;
        this.#ledger.dropCalls("The caller has been put through by his own side.");
        this.#handedOver(state.at);
        break;
      case "talking":
        this.#onJoined(state, done);
        break;
      default:
        break;
    }
  }

  #onJoined(state: Extract<State, { is: "talking" }>, done: boolean): void {
    if (!state.joining) return;
    this.#ledger.clearTimer("refer");
    if (done) {
      this.#ledger.dropCalls("The call goes on without us.");
      this.#handedOver(state.at);
      return;
    }
    this.#state = { ...state, joining: false };
    // The person left while it was open whether he was only replaced.
    if (this.#ledger.callState(state.dial) === undefined)
      this.#talkOver(this.#state, "hung-up", "The person hung up.");
  }

  /** The caller's side cannot, will not or does not say: a call of ours instead, where that is allowed. */
  #referUseless(at: number, status: number): void {
    this.#noRefer = true;
    this.#ledger.clearTimers();
    const target = this.#plan.targets[at];
    const reason =
      status === 0
        ? "The caller's side took the REFER and never reported."
        : `The caller's side says ${status}.`;
    if (this.#plan.referFallback && target !== undefined) {
      this.#ledger.step("transfer_refer_fallback", { reason });
      this.#dial(at, target);
    } else this.#failed(at, "rejected", status, reason);
  }

  #handedOver(at: number): void {
    this.#ledger.note(at, "handed_over");
    this.#ledger.put({ type: "hangUpCaller", why: "handed_over" });
    this.#finish("handed_over");
  }

  // --- what may happen at any moment

  #onCallerGone(): void {
    const state = this.#state;
    if (state.is === "over") return;
    if (state.is === "new") {
      this.#finish("caller_gone");
      return;
    }
    // Many a phone hangs up as soon as it goes where the REFER sent it.
    if (state.is === "referring" && state.reported) {
      this.#ledger.note(state.at, "handed_over");
      this.#finish("handed_over");
      return;
    }
    this.#ledger.dropCalls("The caller hung up.");
    if (state.is === "talking") this.#finish("connected");
    else {
      this.#ledger.note(state.at, "caller_gone");
      this.#finish("caller_gone");
    }
  }

  #onCancel(): void {
    const state = this.#state;
    if (state.is === "over") return;
    this.#ledger.dropCalls("The transfer was cancelled.");
    if (state.is !== "new") this.#ledger.note(state.at, "cancelled");
    this.#backToAgent("cancelled");
  }

  #onHeld(by: "caller" | "person", on: boolean): void {
    if (by === "caller") this.#callerHolds = on;
    else this.#personHolds = on;
    if (this.#state.is !== "talking") return;
    this.#ledger.put({ type: "holdOther", held: by === "caller" ? "person" : "caller", on });
  }

  #onTimer(timer: TransferTimer): void {
    if (!this.#ledger.fired(timer)) return;
    const state = this.#state;
    switch (timer) {
      case "attempt":
        if (state.is !== "dialling") break;
        this.#ledger.dropCalls("Nobody answered in time.");
        this.#failed(state.at, "no_answer", 0, "Nobody answered in time.");
        break;
      case "digits":
        if (state.is === "digits") this.#digitsOver(state);
        break;
      case "telling":
        if (state.is === "telling") this.#connect(state.at, state.dial);
        break;
      case "confirm":
        if (state.is !== "asking") break;
        this.#declined(state, "not_confirmed", "The call was answered, and nobody took it in time.");
        break;
      case "prompt":
        if (state.is === "asking") this.#announce(state.dial, this.#plan.prompt);
        break;
      case "connecting":
        this.#connectFailed("The media could not be put together in time.");
        break;
      case "settling":
        if (state.is === "talking") this.#state = { ...state, settled: true };
        break;
      case "refer":
        if (state.is === "referring") this.#referUseless(state.at, 0);
        else if (state.is === "talking") this.#onJoined(state, false);
        break;
    }
  }

  // --- the ends

  #backToAgent(outcome: TransferOutcome): void {
    this.#ledger.step("transfer_returned", { outcome });
    this.#ledger.put({ type: "callerWith", partner: "agent", result: this.#ledger.result(outcome) });
    this.#finish(outcome);
  }

  #finish(outcome: TransferOutcome): void {
    this.#state = { is: "over" };
    this.#ledger.finish(outcome);
  }

  #isCurrent(dial: DialId): boolean {
    return "dial" in this.#state && this.#state.dial === dial;
  }
}

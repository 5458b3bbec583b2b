// One transfer of a running call: what the machine wants, done by legs, dialer and media; what comes of that, told to it.
import { ringbackOf } from "@ringdown/media";
import type { ReferOptions, ReferOutcome, SendTarget } from "@ringdown/sip";
import type { Agent } from "../../store/records.ts";
import type { WaitingSound } from "../../worker/protocol.ts";
import type { Call } from "../call.ts";
import type { Clock } from "../clock.ts";
import type { Destination } from "../dial/destination.ts";
import type { Dialer, DialFailure } from "../dial-port.ts";
import { Dialling } from "../dialling.ts";
import { callEnd } from "../end-codes.ts";
import type { Leg } from "../leg.ts";
import type { DialId, TransferInput, TransferOutput, TransferTimer } from "./transfer-io.ts";
import { TransferMachine } from "./transfer-machine.ts";
import type { TransferPlan, TransferResult, TransferTarget } from "./transfer-plan.ts";
import { resultNote } from "./transfer-words.ts";

export interface CallTransferOptions {
  call: Call;
  agent: Agent;
  plan: TransferPlan;
  /** What each of the plan's targets means; one that the policy has let pass. */
  destinations: ReadonlyMap<TransferTarget, Destination>;
  /** +E.164 that the person sees; undefined: as for any call of the agent. */
  callerId: string | undefined;
  headers: readonly (readonly [name: string, value: string])[];
  /** Value of Referred-By in a REFER. */
  referredBy: string;
  /** Function that the agent carries out where nobody could be had. */
  next: string | undefined;
  dialer: Dialer;
  mediaAddressFor(target: SendTarget): string;
  clock: Clock;
  log: { error(fields: object, message: string): void };
  /** Nothing more is done for the caller. Once. */
  onFinished(result: TransferResult): void;
}

/** What a key means is the machine's to say. */
const ANY_KEY = "";
/** ms that a key is waited for at a time. */
const KEY_WAIT_MS = 60_000;

/** Said by an agent who has stepped back to have somebody called, and stays with the caller meanwhile. */
const AGENT_STAYS = "I am calling them now, and stay with you meanwhile.";

interface Person {
  readonly leg: Leg;
  isGone: boolean;
}

export class CallTransfer {
  readonly #options: CallTransferOptions;
  readonly #machine: TransferMachine;
  readonly #persons = new Map<DialId, Person>();
  readonly #timers = new Map<TransferTimer, () => void>();
  /** What is done to the caller's media, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isAway = false;
  #bridged = false;
  #finished = false;

  constructor(options: CallTransferOptions) {
    this.#options = options;
    this.#machine = new TransferMachine(options.plan);
    options.call.onOver = () => this.#tell({ type: "callerGone" });
  }

  /** Begins at once. */
  start(): void {
    const { call, plan } = this.#options;
    if (plan.agentStays) {
      this.#onCaller(async () => {
        const { media } = call.leg;
        await media.resumeConversation(AGENT_STAYS);
        // While neither says anything.
        await media.playTone({ ...this.#waitingSound(), quiet: true });
      });
    }
    this.#tell({ type: "start" });
  }

  /** The operator gives it up: the caller is back with the agent. */
  cancel(): void {
    this.#tell({ type: "cancel" });
  }

  #tell(input: TransferInput): void {
    for (const output of this.#machine.handle(input)) this.#perform(output);
  }

  #perform(output: TransferOutput): void {
    const { call, clock } = this.#options;
    switch (output.type) {
      case "dial":
        this.#dial(output.dial, output.target);
        break;
      case "cancelDial":
      case "hangUp":
        this.#hangUp(output.dial, output.reason);
        break;
      case "sendDigits":
        void this.#sendDigits(output.dial, output.digits);
        break;
      case "announce":
        void this.#announce(output.dial, output.text);
        break;
      case "listen":
        void this.#listen(output.dial);
        if (output.speech) void this.#hear(output.dial);
        break;
      case "callerWith":
        this.#callerWith(output);
        break;
      case "hangUpCaller":
        call.end(callEnd(output.why === "handed_over" ? "handed_over" : "transfer_ended"));
        break;
      case "setTimer":
        this.#clearTimer(output.timer);
        this.#timers.set(
          output.timer,
          clock.after(output.ms, () => this.#tell({ type: "timer", timer: output.timer })),
        );
        break;
      case "clearTimer":
        this.#clearTimer(output.timer);
        break;
      case "step":
        call.leg.record.step(output.name, output.fields);
        break;
      case "finished":
        this.#finish(output.result);
        break;
      case "refer":
        this.#refer(output.referTo);
        break;
      case "join":
        this.#join(output.dial);
        break;
      // The bridge plays hold audio itself, and reports nothing that needs an answer.
      case "holdOther":
      case "settled":
        break;
    }
  }

  #clearTimer(timer: TransferTimer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  // --- the caller

  #callerWith(output: TransferOutput & { type: "callerWith" }): void {
    const { call, agent } = this.#options;
    const { media } = call.leg;
    switch (output.partner) {
      case "waiting":
        this.#isAway = true;
        this.#onCaller(async () => {
          await media.suspendConversation();
          if (this.#bridged) await media.unbridge();
          this.#bridged = false;
          await media.playTone(this.#waitingSound());
        });
        break;
      case "person": {
        const person = this.#persons.get(output.dial);
        this.#work = this.#work.then(async () => {
          try {
            if (person === undefined || person.isGone) throw new Error("The person has hung up.");
            const { monitorTransfers } = agent;
            if (!this.#isAway || monitorTransfers) await media.suspendConversation(monitorTransfers);
            this.#isAway = true;
            await media.bridge(person.leg.media.legId);
            this.#bridged = true;
            this.#tell({ type: "connected", dial: output.dial });
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            this.#tell({ type: "connectFailed", dial: output.dial, reason });
          }
        });
        break;
      }
      case "agent":
        this.#onCaller(async () => {
          if (this.#bridged) await media.unbridge();
          this.#bridged = false;
          await media.playTone(undefined);
          // An agent who has stayed with the caller is interrupted, to say how it came out.
          if (!this.#isAway) await media.suspendConversation();
          this.#isAway = false;
          await media.resumeConversation(resultNote(output.result), this.#nextAfter(output.result));
        });
        break;
    }
  }

  /** A caller who is to be called back, or whose transfer was given up, is asked what else he wants. */
  #nextAfter({ outcome }: TransferResult): string | undefined {
    return outcome === "call_back_later" || outcome === "cancelled" ? undefined : this.#options.next;
  }

  #waitingSound(): WaitingSound {
    const { call, agent } = this.#options;
    if (agent.transferAudio === "music") return { type: "hold", path: null };
    return { type: "tone", tone: ringbackOf(call.from) };
  }

  /** The caller's own side is asked to call the person. */
  #refer(referTo: string, replaces?: ReferOptions["replaces"]): void {
    const { call, referredBy } = this.#options;
    const refer = call.leg.dialog?.refer(referTo, { referredBy, replaces });
    if (refer === undefined) {
      this.#tell({ type: "referOutcome", kind: "refused", status: undefined });
      return;
    }
    const told = ({ kind, status }: ReferOutcome): void => this.#tell({ type: "referOutcome", kind, status });
    refer.onAccepted = (status) => call.leg.record.step("transfer_refer_accepted", { status });
    refer.onProgress = (status) => this.#tell({ type: "referProgress", status });
    refer.onOutcome = told;
    if (refer.outcome !== undefined) told(refer.outcome);
  }

  /** It is asked to take our place in the call to the person. */
  #join(dial: DialId): void {
    const dialog = this.#persons.get(dial)?.leg.dialog;
    const replaces = dialog?.asReplaces();
    if (dialog?.remoteTarget === undefined || replaces === undefined)
      this.#tell({ type: "referOutcome", kind: "refused", status: undefined });
    else this.#refer(dialog.remoteTarget, replaces);
  }

  #onCaller(work: () => Promise<void>): void {
    const { call, log } = this.#options;
    this.#work = this.#work.then(work).catch((error: unknown) => {
      if (!call.live) return;
      // Nobody is left with silence: an agent who cannot be brought back ends the call, and says why in the record.
      log.error({ err: error, callId: call.id }, "a caller could not be handed on");
      call.end(callEnd("call_failed", error instanceof Error ? error.message : undefined));
    });
  }

  // --- the person

  #dial(dial: DialId, target: TransferTarget): void {
    const { call, agent, dialer, callerId, headers, destinations, mediaAddressFor } = this.#options;
    const destination = destinations.get(target);
    if (destination === undefined) {
      this.#tell({ type: "dialFailed", dial, outcome: "not_allowed", status: 0, reason: "" });
      return;
    }
    const leg = call.createLeg(
      { direction: "outbound", sipCallId: "" },
      {
        onMediaEvent: (event) => {
          // Who holds the call may be silent for as long as he likes (RFC 3264 §8.4).
          if (event.type === "mediaTimeout" && !leg.media.onHold) this.#gone(dial, "lost");
          if (event.type === "speech") this.#tell({ type: "speech", dial, text: event.text ?? undefined });
        },
        onWorkerDied: () => this.#gone(dial, "lost"),
        onMediaFailed: () => this.#gone(dial, "lost"),
        onEnded: ({ cause }) => this.#gone(dial, cause === "bye" ? "hung-up" : "lost"),
      },
    );
    const person: Person = { leg, isGone: false };
    this.#persons.set(dial, person);
    new Dialling({
      leg,
      dialer,
      mediaAddressFor,
      request: {
        ...{ organizationId: agent.organizationId, agent, destination, headers },
        ringSeconds: target.ringSeconds,
        ...(callerId !== undefined && { callerId }),
      },
      events: {
        onProgress: (status) => this.#tell({ type: "ringing", dial, status }),
        onEarlyMedia: () => undefined,
        onAnswered: () => undefined,
        onReady: () => void this.#ready(dial, person),
        onFailed: ({ outcome, status, reason }: DialFailure) => {
          this.#close(person);
          this.#tell({ type: "dialFailed", dial, outcome, status, reason });
        },
      },
    });
  }

  async #ready(dial: DialId, { leg }: Person): Promise<void> {
    try {
      await leg.media.startMedia(null, null);
    } catch {
      // The leg's end says so.
    }
    if (leg.live) this.#tell({ type: "answered", dial });
  }

  #gone(dial: DialId, how: "hung-up" | "lost"): void {
    const person = this.#persons.get(dial);
    if (person === undefined || person.isGone) return;
    person.leg.hangUp("");
    this.#close(person);
    this.#tell({ type: "personGone", dial, how });
  }

  #hangUp(dial: DialId, reason: string): void {
    const person = this.#persons.get(dial);
    if (person === undefined || person.isGone) return;
    const wasDialled = person.leg.dialog === undefined;
    person.leg.hangUp(reason);
    this.#close(person);
    if (wasDialled) this.#tell({ type: "dialFailed", dial, outcome: "cancelled", status: 0, reason });
    else this.#tell({ type: "personGone", dial, how: "hung-up" });
  }

  #close(person: Person): void {
    if (person.isGone) return;
    person.isGone = true;
    void person.leg.close("operator", this.#options.clock.now());
  }

  async #sendDigits(dial: DialId, digits: TransferTarget["digits"]): Promise<void> {
    const person = this.#persons.get(dial);
    for (const { waitSeconds, digits: keys } of digits) {
      await this.#options.call.pause(waitSeconds * 1000);
      if (person === undefined || person.isGone) return;
      const { leg } = person;
      try {
        // They may be somebody's PIN: how many is told.
        const as = await leg.sendDtmf(keys);
        leg.record.step("digits_sent", { waitSeconds, digits: keys.length, as });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        leg.record.step("digits_failed", { reason });
      }
    }
    this.#tell({ type: "digitsSent", dial });
  }

  async #announce(dial: DialId, text: string): Promise<void> {
    const person = this.#persons.get(dial);
    try {
      await person?.leg.media.announce(text, this.#options.agent.agentVoice ?? undefined);
    } catch {
      // It cannot be said: the machine goes on as if it was over.
    }
    if (person?.isGone === false) this.#tell({ type: "announced", dial });
  }

  async #listen(dial: DialId): Promise<void> {
    const person = this.#persons.get(dial);
    while (person?.isGone === false && !this.#finished && !this.#machine.talking) {
      const key = await person.leg.media.listenKeys(ANY_KEY, KEY_WAIT_MS).catch(() => undefined);
      if (person.isGone || this.#finished) return;
      if (key !== undefined) this.#tell({ type: "key", dial, key });
    }
  }

  /** What the person says; without it the keys go on. */
  async #hear(dial: DialId): Promise<void> {
    const { consent } = this.#options.plan;
    const phrases = consent.by === "speech" ? consent.trigger.phrases : [];
    await this.#persons
      .get(dial)
      ?.leg.media.listenSpeech(phrases)
      .catch(() => undefined);
  }

  #finish(result: TransferResult): void {
    if (this.#finished) return;
    this.#finished = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#options.call.onOver = undefined;
    this.#options.onFinished(result);
  }
}

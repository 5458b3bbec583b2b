// Transfers in a world that does what it likes: thousands of them in virtual time, each replayed from its seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DialId, TransferInput, TransferOutput } from "./transfer-io.ts";
import { TRANSFER_OUTCOMES, type TransferPlan, transferTimes } from "./transfer-plan.ts";
import { MachineBench } from "./transfer-test-kit.ts";

/** What is true outside of the machine, and what it must never do to it. */
class World {
  readonly bench: MachineBench;
  readonly #calls = new Map<DialId, "dialling" | "cancelled" | "answered">();
  #partner: "agent" | "waiting" | "gone" | DialId = "agent";
  #refers = 0;
  #seen = 0;
  #settled = 0;
  #finished = 0;

  constructor(plan: TransferPlan) {
    this.bench = new MachineBench(plan);
    this.tell({ type: "start" });
  }

  /** What may happen now, as the dialer, the workers and the callers have promised. */
  possible(): TransferInput[] {
    const events: TransferInput[] = [{ type: "cancel" }];
    if (this.#partner !== "gone")
      events.push({ type: "callerGone" }, { type: "held", by: "caller", on: true });
    for (const [dial, is] of this.#calls) {
      if (is === "answered") {
        events.push(
          { type: "personGone", dial, how: "hung-up" },
          { type: "personGone", dial, how: "lost" },
          { type: "digitsSent", dial },
          { type: "announced", dial },
          { type: "connected", dial },
          { type: "connectFailed", dial, reason: "" },
          { type: "held", by: "person", on: true },
          { type: "speech", dial, text: undefined },
          ...["1", "2", "3", "7"].map((key) => ({ type: "key" as const, dial, key })),
        );
      } else {
        events.push(
          { type: "ringing", dial, status: 180 },
          { type: "answered", dial },
          { type: "dialFailed", dial, outcome: "busy", status: 486, reason: "" },
        );
      }
    }
    if (this.#refers > 0) {
      events.push(
        { type: "referProgress", status: 180 },
        { type: "referOutcome", kind: "reported", status: 200 },
        { type: "referOutcome", kind: "reported", status: 486 },
        { type: "referOutcome", kind: "refused", status: 405 },
        { type: "referOutcome", kind: "silent", status: undefined },
      );
    }
    return events;
  }

  tell(input: TransferInput): void {
    if (input.type === "personGone" || input.type === "dialFailed") this.#calls.delete(input.dial);
    if (input.type === "answered") this.#calls.set(input.dial, "answered");
    if (input.type === "callerGone") this.#partner = "gone";
    if (input.type === "referOutcome") this.#refers--;
    this.bench.tell(input);
    this.look();
  }

  wait(ms: number): void {
    this.bench.wait(ms);
    this.look();
  }

  look(): void {
    const { outputs, machine, timers } = this.bench;
    for (; this.#seen < outputs.length; this.#seen++) {
      const output = outputs[this.#seen];
      if (output !== undefined) this.#do(output);
    }
    // A 200 that crossed the CANCEL was hung up at once.
    for (const is of this.#calls.values())
      if (machine.over) assert.equal(is, "cancelled", "a call is left over");
    if (typeof this.#partner === "number") {
      assert.equal(this.#calls.get(this.#partner), "answered", "the caller is with nobody");
    }
    assert.equal(this.#finished, machine.over ? 1 : 0);
    assert.equal(this.#settled, machine.over || machine.talking ? 1 : 0);
    if (machine.over) {
      assert.deepEqual(timers, []);
      assert.notEqual(this.#partner, "waiting", "the caller waits for nothing");
    } else if (!machine.talking) assert.ok(timers.length > 0, "nothing bounds what is waited for");
    assert.equal(machine.idle, machine.over && this.#calls.size === 0);
  }

  #do(output: TransferOutput): void {
    // How a cancelled dial or a REFER that was given up ended may be told later; nothing else may come.
    if (this.#finished > 0) assert.ok(output.type === "hangUp" || output.type === "step", "after the end");
    switch (output.type) {
      case "dial":
        assert.ok(!this.#calls.has(output.dial));
        assert.ok(![...this.#calls.values()].some((is) => is !== "cancelled"), "two persons at once");
        this.#calls.set(output.dial, "dialling");
        break;
      case "cancelDial":
        assert.equal(this.#calls.get(output.dial), "dialling");
        this.#calls.set(output.dial, "cancelled");
        break;
      case "hangUp":
        assert.equal(this.#calls.get(output.dial), "answered");
        this.#calls.delete(output.dial);
        break;
      case "sendDigits":
      case "announce":
      case "listen":
      case "join":
        assert.equal(this.#calls.get(output.dial), "answered");
        if (output.type === "join") this.#refers++;
        break;
      case "refer":
        this.#refers++;
        break;
      case "callerWith":
        assert.notEqual(this.#partner, "gone", "nothing is done with a caller who is gone");
        this.#partner = output.partner === "person" ? output.dial : output.partner;
        break;
      case "hangUpCaller":
        assert.notEqual(this.#partner, "gone");
        this.#partner = "gone";
        break;
      case "settled":
        this.#settled++;
        break;
      case "finished":
        assert.ok(TRANSFER_OUTCOMES.includes(output.result.outcome));
        this.#finished++;
        break;
      case "holdOther":
      case "setTimer":
      case "clearTimer":
      case "step":
        break;
    }
  }
}

const anyTrigger = { invitation: "", phrases: [], judge: () => "take" as const };

const plans = fc.record<TransferPlan>({
  targets: fc.array(
    fc.record({
      text: fc.constantFrom("a", "b"),
      ringSeconds: fc.constant(30),
      digits: fc.constantFrom([], [], [{ waitSeconds: 1, digits: "12" }]),
      referTo: fc.constantFrom(undefined, "sip:a@b"),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  mode: fc.constantFrom("bridge", "refer"),
  referFallback: fc.boolean(),
  consent: fc.constantFrom<TransferPlan["consent"]>(
    { by: "nothing" },
    { by: "key" },
    { by: "speech", trigger: anyTrigger },
  ),
  confirmSeconds: fc.integer({ min: 1, max: 60 }),
  agentStays: fc.boolean(),
  notification: fc.constantFrom("", "A call."),
  prompt: fc.constantFrom("", "Press 1."),
  afterTalk: fc.constantFrom("end", "return"),
});

/** Longest time a caller waits, for one target: refer, its fallback, ringing, digits, notification or consent, media. */
const longestWait =
  transferTimes.referReport +
  2 * (30_000 + transferTimes.attemptAllowance) +
  transferTimes.digitsAllowance +
  2_000 +
  Math.max(transferTimes.longestTelling, 60_000) +
  transferTimes.connecting;

/** Each number is an event among those that are possible then, or a wait. */
const luck = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 20_000 })), { maxLength: 30 });

test("whatever happens, the caller is with somebody, and everything ends once", () => {
  fc.assert(
    fc.property(plans, luck, (plan, turns) => {
      const world = new World(plan);
      for (const [which, ms] of turns) {
        const events = world.possible();
        // Most of the time something happens that leads on.
        const event = which % 3 === 0 ? undefined : events[which % events.length];
        if (event === undefined) world.wait(ms);
        else world.tell(event);
      }
      // Left alone it comes to rest by itself.
      const { bench } = world;
      world.wait(plan.targets.length * longestWait);
      assert.ok(bench.machine.over || bench.machine.talking);
    }),
    { numRuns: 5_000 },
  );
});

test("also where dialer and workers break their promises", () => {
  const dial = fc.integer({ min: 1, max: 3 });
  const nonsense: fc.Arbitrary<TransferInput> = fc.oneof(
    fc.constant<TransferInput>({ type: "start" }),
    fc.constant<TransferInput>({ type: "cancel" }),
    fc.record({ type: fc.constant("answered" as const), dial }),
    fc.record({ type: fc.constant("connected" as const), dial }),
    fc.record({ type: fc.constant("announced" as const), dial }),
    fc.record({ type: fc.constant("digitsSent" as const), dial }),
    fc.record({ type: fc.constant("key" as const), dial, key: fc.constantFrom("1", "2", "3") }),
    fc.record({ type: fc.constant("personGone" as const), dial, how: fc.constantFrom("hung-up", "lost") }),
    fc.record({
      type: fc.constant("referOutcome" as const),
      kind: fc.constantFrom("reported", "refused", "silent"),
      status: fc.constantFrom(undefined, 200, 486),
    }),
    fc.record({
      type: fc.constant("timer" as const),
      timer: fc.constantFrom("attempt", "confirm", "connecting", "refer", "settling"),
    }),
  );
  fc.assert(
    fc.property(plans, fc.array(nonsense, { maxLength: 40 }), (plan, inputs) => {
      const bench = new MachineBench(plan);
      bench.tell({ type: "start" });
      for (const input of inputs) bench.tell(input);
      bench.wait(plan.targets.length * longestWait);
      assert.ok(bench.machine.over || bench.machine.talking);
      const finished = bench.outputs.filter(({ type }) => type === "finished").length;
      assert.equal(finished, bench.machine.over ? 1 : 0);
    }),
    { numRuns: 3_000 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AgentProfile } from "../agent-profile.ts";
import { testProfile } from "../testing/profiles.ts";
import { type AttendantInput, AttendantMachine, type AttendantOutput } from "./attendant-machine.ts";
import { phrases } from "./attendant-phrases.ts";
import { functionMeaning, spokenMenu } from "./menu.ts";

/** A caller in virtual time: whatever the attendant starts ends as `world` says, at once. */
class Caller {
  readonly machine: AttendantMachine;
  readonly log: string[] = [];
  readonly outputs: AttendantOutput[] = [];
  #running: AttendantOutput | undefined;

  constructor(profile: AgentProfile, speech = false) {
    this.machine = new AttendantMachine(profile, { speech });
  }

  give(input: AttendantInput): this {
    for (const output of this.machine.handle(input)) {
      this.outputs.push(output);
      if (output.type === "hush") this.#running = undefined;
      else if (["say", "wait", "record", "sendDtmf", "listen", "fallback"].includes(output.type)) {
        // Listening is over as soon as something else is to be done; all else has to be hushed first.
        if (this.#running?.type !== "listen") assert.equal(this.#running, undefined, "two things at once");
        this.#running = output;
      }
      if (output.type === "hush") continue;
      this.log.push(
        output.type === "say" ? output.text : output.type === "end" ? `end ${output.code}` : output.type,
      );
    }
    return this;
  }

  get running(): AttendantOutput | undefined {
    return this.#running;
  }

  /** What runs comes to its end. */
  finish(outcome: "heard" | "cut" | "failed" = "heard"): this {
    const running = this.#running;
    this.#running = undefined;
    if (running?.type === "say") return this.give({ type: "spoken", outcome });
    if (running?.type === "record") return this.give({ type: "recorded", outcome: "saved" });
    if (running?.type === "sendDtmf") return this.give({ type: "dtmfSent" });
    if (running?.type === "wait" || running?.type === "fallback") return this.give({ type: "waited" });
    if (running?.type === "listen") return this.give({ type: "silence" });
    throw new Error("nothing runs");
  }

  /** Until the attendant listens or has ended. */
  settle(): this {
    while (this.#running !== undefined && this.#running.type !== "listen") this.finish();
    return this;
  }

  clear(): this {
    this.log.length = 0;
    return this;
  }
}

const menu = spokenMenu(testProfile());

test("greets, offers the menu and listens", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).settle();
  assert.deepEqual(caller.log, ["Hello, this is the test line.", menu, "listen"]);
  assert.equal(
    menu,
    "For opening hours, press 1. To leave a message, press 2. To open the door, press 3. To end the call, press 9.",
  );
});

test("waits after the answer, gives the notice first, and says that speech works where it does", () => {
  const profile = testProfile({ waitOnAnswer: 500, recordingNotice: "This call is being recorded." });
  const caller = new Caller(profile, true).give({ type: "start" }).settle();
  assert.deepEqual(caller.log.slice(0, 5), [
    "wait",
    "This call is being recorded.",
    "Hello, this is the test line.",
    menu,
    phrases.speechToo,
  ]);
});

test("a key cuts speech at once and does what it stands for", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).clear().give({ type: "key", key: "1" });
  assert.deepEqual(caller.log, ["chosen", "We are open from nine to five."]);
  assert.equal(caller.outputs.filter((output) => output.type === "hush").length, 1);
  assert.deepEqual(caller.settle().log.slice(2), [phrases.anythingElse, phrases.starForMenu, "listen"]);
});

test("the notice is not cut: keys pressed meanwhile count after it", () => {
  const profile = testProfile({ recordingNotice: "This call is being recorded." });
  const caller = new Caller(profile).give({ type: "start" }).clear();
  caller.give({ type: "key", key: "1" });
  assert.deepEqual(caller.log, []);
  caller.finish();
  assert.deepEqual(caller.log, ["chosen", "We are open from nine to five."]);
});

test("a key that means nothing is answered kindly, the second time with the menu", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).settle().clear();
  caller.give({ type: "key", key: "7" }).settle();
  assert.deepEqual(caller.log, ["Sorry, 7 is not one of the choices.", phrases.starForMenu, "listen"]);
  caller.clear().give({ type: "key", key: "#" }).settle();
  assert.deepEqual(caller.log, ["Sorry, pound is not one of the choices.", menu, "listen"]);
});

test("star, zero and the word repeat bring the menu", () => {
  for (const input of [
    { type: "key", key: "*" },
    { type: "key", key: "0" },
    { type: "utterance", meaning: "repeat" },
    { type: "utterance", meaning: "key:0" },
  ] as const) {
    const caller = new Caller(testProfile()).give({ type: "start" }).settle().clear().give(input).settle();
    assert.deepEqual(caller.log, [menu, "listen"]);
  }
});

test("a function's own zero comes before the repeat", () => {
  const profile = testProfile({
    functions: [{ type: "say", name: "desk", key: "0", text: "The desk is closed." }],
  });
  const caller = new Caller(profile).give({ type: "start" }).settle().clear().give({ type: "key", key: "0" });
  assert.equal(caller.log.at(-1), "The desk is closed.");
  caller.settle().clear().give({ type: "utterance", meaning: "operator" });
  assert.equal(caller.log.at(-1), "The desk is closed.");
});

test("speech chooses as keys do; what was not understood is asked again, more fully the second time", () => {
  const caller = new Caller(testProfile(), true).give({ type: "start" }).settle().clear();
  caller.give({ type: "utterance", meaning: undefined }).settle();
  assert.deepEqual(caller.log, [phrases.notUnderstood, phrases.starForMenu, "listen"]);
  caller.clear().give({ type: "utterance", meaning: undefined }).settle();
  assert.deepEqual(caller.log, [phrases.notUnderstood, menu, phrases.speechToo, "listen"]);
  caller.clear().give({ type: "utterance", meaning: functionMeaning("openingHours") });
  assert.deepEqual(caller.log, ["chosen", "We are open from nine to five."]);
});

test("without a recogniser a voice is told to use the keys", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).settle().clear();
  caller.give({ type: "utterance", meaning: undefined });
  assert.deepEqual(caller.log, [phrases.keysOnly]);
});

test("no after 'anything else' is a goodbye, yes is the menu; elsewhere neither means anything", () => {
  const start = () => new Caller(testProfile(), true).give({ type: "start" }).settle();
  const asked = start().give({ type: "key", key: "1" }).settle().clear();
  assert.deepEqual(asked.give({ type: "utterance", meaning: "no" }).settle().log, [
    "chosen",
    "Goodbye then.",
    "wait",
    "end agent_goodbye",
  ]);
  const again = start().give({ type: "key", key: "1" }).settle().clear();
  assert.equal(again.give({ type: "utterance", meaning: "yes" }).log[0], menu);
  const unasked = start().clear().give({ type: "utterance", meaning: "no" });
  assert.equal(unasked.log[0], phrases.notUnderstood);
});

test("takes a message: prompt, recording until pound, and says what became of it", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).settle().clear();
  caller.give({ type: "key", key: "2" }).finish();
  assert.deepEqual(caller.running, { type: "record", maxSeconds: 30 });
  assert.equal(caller.machine.recording, true);
  caller.clear().give({ type: "key", key: "5" }).give({ type: "utterance", meaning: "goodbye" });
  assert.deepEqual(caller.log, [], "nothing but pound ends a message");
  caller.give({ type: "key", key: "#" });
  assert.deepEqual(caller.log, ["stopRecording"]);
  caller.settle();
  assert.deepEqual(caller.log.slice(1), [
    phrases.messageSaved,
    phrases.anythingElse,
    phrases.starForMenu,
    "listen",
  ]);
});

test("sends digits and goes on", () => {
  const caller = new Caller(testProfile())
    .give({ type: "start" })
    .settle()
    .clear()
    .give({ type: "key", key: "3" });
  assert.deepEqual(caller.running, { type: "sendDtmf", digits: "55#" });
  assert.deepEqual(caller.settle().log.slice(2), [phrases.anythingElse, "listen"]);
});

test("the goodbye is heard to its end, whatever the caller does", () => {
  const caller = new Caller(testProfile())
    .give({ type: "start" })
    .settle()
    .clear()
    .give({ type: "key", key: "9" });
  caller.give({ type: "key", key: "1" }).give({ type: "utterance", meaning: "repeat" });
  assert.deepEqual(caller.settle().log, ["chosen", "Goodbye then.", "wait", "end agent_goodbye"]);
  assert.equal(caller.machine.over, true);
  assert.deepEqual(caller.machine.handle({ type: "key", key: "1" }), []);
});

test("a silent caller is asked twice, then the call ends politely; a key starts the count again", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).settle().clear();
  caller.finish().settle();
  assert.deepEqual(caller.log, [phrases.stillThere, menu, "listen"]);
  caller.clear().finish().settle();
  assert.deepEqual(caller.log, [phrases.stillThere, "listen"]);
  caller.give({ type: "key", key: "1" }).settle().finish().settle().finish().settle().clear();
  caller.finish().settle();
  assert.deepEqual(caller.log, [phrases.silentGoodbye, "wait", "end caller_silent"]);
});

test("a counter of zero never hangs up", () => {
  const caller = new Caller(testProfile({ callerResponseTimeoutHangupCounter: 0 }))
    .give({ type: "start" })
    .settle();
  for (let times = 0; times < 20; times++) caller.finish().settle();
  assert.equal(caller.machine.over, false);
});

test("a voice that fails ends in an apology and a polite end, never in silence", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).clear().finish("failed").settle();
  assert.deepEqual(caller.log, ["fallback", "wait", "end voice_failed"]);
});

test("cut off by a voice, the agent listens until it knows what the caller wants", () => {
  const caller = new Caller(testProfile(), true).give({ type: "start" }).clear().finish("cut");
  assert.deepEqual(caller.log, ["listen"]);
});

test("what call control announces comes next and is told of; an end drops it", () => {
  const caller = new Caller(testProfile()).give({ type: "start" });
  caller.give({ type: "announce", id: 1, text: "The shop closes soon.", interruptible: true });
  caller.give({ type: "announce", id: 2, text: "In ten minutes.", interruptible: true });
  caller.clear().settle();
  assert.deepEqual(caller.log.slice(0, 5), [
    "The shop closes soon.",
    "announced",
    "In ten minutes.",
    "announced",
    menu,
  ]);
  caller.clear().give({ type: "announce", id: 3, text: "Now.", interruptible: true });
  caller.give({ type: "announce", id: 4, text: "Really.", interruptible: true });
  caller.give({ type: "key", key: "9" });
  const told = caller.outputs.filter((output) => output.type === "announced");
  assert.deepEqual(
    told.map(({ id, heard }) => [id, heard]),
    [
      [1, true],
      [2, true],
      [3, false],
      [4, false],
    ],
  ); // prettier-ignore
});

test("an announcement that cannot be spoken does not end the call, and a key does not lose one that waits", () => {
  const caller = new Caller(testProfile()).give({ type: "start" }).settle();
  caller.give({ type: "announce", id: 1, text: "Hm.", interruptible: true });
  caller.give({ type: "announce", id: 2, text: "The shop closes soon.", interruptible: true });
  caller.clear().give({ type: "key", key: "1" });
  assert.deepEqual(caller.log, ["chosen", "announced", "The shop closes soon."]);
  caller.finish("failed");
  assert.equal(caller.log.at(-1), "We are open from nine to five.");
});

test("the longest call ends with a word, a broken session with an apology", () => {
  const long = new Caller(testProfile())
    .give({ type: "start" })
    .settle()
    .clear()
    .give({ type: "tooLong" })
    .settle();
  assert.deepEqual(long.log, [phrases.callTooLong, "wait", "end max_duration"]);
  const broken = new Caller(testProfile()).give({ type: "start" }).clear();
  broken.give({ type: "broken", code: "conversation_failed" }).settle();
  assert.deepEqual(broken.log, ["fallback", "wait", "end conversation_failed"]);
});

test("an agent without functions still answers, asks and ends", () => {
  const caller = new Caller(testProfile({ functions: [] })).give({ type: "start" }).settle();
  assert.deepEqual(caller.log, ["Hello, this is the test line.", "listen"]);
  caller.clear().give({ type: "key", key: "1" }).settle();
  assert.deepEqual(caller.log, [`Sorry, 1 is not one of the choices. ${phrases.noChoices}`, "listen"]);
});

test("property: whatever happens, one thing runs at a time and something always runs until the end", () => {
  const input: fc.Arbitrary<AttendantInput | "finish" | "cut" | "fail"> = fc.oneof(
    { weight: 4, arbitrary: fc.constant("finish" as const) },
    fc.constant("cut" as const),
    fc.constant("fail" as const),
    fc.constantFrom(..."0123456789*#").map((key) => ({ type: "key" as const, key })),
    fc
      .constantFrom(
        undefined,
        "repeat",
        "yes",
        "no",
        "goodbye",
        "operator",
        "key:1",
        functionMeaning("message"),
      )
      .map((meaning) => ({ type: "utterance" as const, meaning })),
    fc.nat(9).map((id) => ({ type: "announce" as const, id, text: "Hear me.", interruptible: id % 2 === 0 })),
    fc.constant({ type: "tooLong" as const }),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 60 }), fc.boolean(), (inputs, speech) => {
      const caller = new Caller(testProfile({ recordingNotice: "Recorded." }), speech).give({
        type: "start",
      });
      for (const given of inputs) {
        if (caller.machine.over) break;
        if (given === "finish") caller.finish();
        else if (given === "cut") caller.finish("cut");
        else if (given === "fail") caller.finish("failed");
        else caller.give(given);
        assert.ok(caller.machine.over || caller.running !== undefined, "nothing runs");
      }
      for (let steps = 0; !caller.machine.over; steps++) {
        assert.ok(steps < 40, "a caller who does nothing more is never let go");
        caller.finish();
      }
    }),
    { numRuns: 200 },
  );
});

test("a transfer is told, the agent steps back, and comes back with a word and what is to follow", () => {
  const functions: AgentProfile["functions"] = [
    { type: "transfer", name: "sales", key: "1", destination: "ext:1002", fallback: "message" },
    { type: "takeMessage", name: "message", key: "2" },
  ];
  const away = () => {
    const caller = new Caller(testProfile({ functions })).give({ type: "start" }).settle().clear();
    caller.give({ type: "key", key: "1" }).give({ type: "key", key: "2" }).settle();
    assert.deepEqual(caller.log, ["chosen", phrases.puttingThrough, "transfer"]);
    assert.equal(caller.machine.suspended, true);
    // Nothing that the caller does is the agent's now.
    caller.clear().give({ type: "key", key: "2" }).give({ type: "utterance", meaning: "goodbye" });
    caller.give({ type: "suspend" });
    assert.deepEqual(caller.log, []);
    return caller;
  };
  const back = away().give({ type: "resume", note: "The line is busy." }).settle();
  assert.deepEqual(back.log, ["The line is busy.", phrases.anythingElse, phrases.starForMenu, "listen"]);
  const next = away().give({ type: "resume", note: "The line is busy.", next: "message" });
  next.finish().finish();
  assert.deepEqual(next.log, ["chosen", "The line is busy.", phrases.messagePrompt, "record"]);
  const unknown = away().give({ type: "resume", note: "", next: "nothing" });
  assert.deepEqual(unknown.log, ["listen"]);
});

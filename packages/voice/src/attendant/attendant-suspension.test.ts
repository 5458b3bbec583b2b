import assert from "node:assert/strict";
import { test } from "node:test";
import { type Call, callerVoice, FakeVoice, startCall } from "../testing/attendant-harness.ts";
import { testProfile } from "../testing/profiles.ts";
import { type AttendantInput, AttendantMachine } from "./attendant-machine.ts";
import { phrases } from "./attendant-phrases.ts";

/** What the machine wants done upon some inputs, in words. */
function tell(machine: AttendantMachine, ...inputs: AttendantInput[]): string[] {
  return inputs.flatMap((input) =>
    machine
      .handle(input)
      .map((output) =>
        output.type === "say" ? output.text : output.type === "end" ? `end ${output.code}` : output.type,
      ),
  );
}
const heard: AttendantInput = { type: "spoken", outcome: "heard" };
const announce: AttendantInput = { type: "announce", id: 1, text: "One moment.", interruptible: true };

test("away, nothing the caller does brings anything about, and nobody waits for him", () => {
  const machine = new AttendantMachine(testProfile(), { speech: true });
  tell(machine, { type: "start" });
  assert.deepEqual(tell(machine, { type: "suspend" }), ["hush"]);
  assert.deepEqual(
    tell(
      machine,
      { type: "suspend" },
      { type: "key", key: "9" },
      { type: "utterance", meaning: "goodbye" },
      { type: "silence" },
      { type: "tooLong" },
    ),
    [],
  );
  assert.deepEqual(tell(machine, announce, heard), ["One moment.", "announced"], "what is announced is said");
});

test("back, the note is said first and the caller is asked; without a note he is listened to", () => {
  const machine = new AttendantMachine(testProfile(), { speech: false });
  tell(machine, { type: "start" }, { type: "suspend" });
  assert.deepEqual(tell(machine, { type: "resume", note: "They are busy." }, heard, heard, heard), [
    "They are busy.",
    phrases.anythingElse,
    phrases.starForMenu,
    "listen",
  ]);
  tell(machine, { type: "suspend" });
  assert.deepEqual(tell(machine, { type: "resume", note: "" }), ["listen"]);
  assert.deepEqual(tell(machine, { type: "resume", note: "Again." }), [], "it was not away");
});

test("what cannot be left waits until the agent is back: the longest call's end, a broken session", () => {
  const machine = new AttendantMachine(testProfile(), { speech: false });
  tell(machine, { type: "start" }, { type: "suspend" }, { type: "tooLong" });
  assert.deepEqual(
    tell(machine, { type: "resume", note: "They are busy." }, heard, heard, { type: "waited" }),
    ["They are busy.", phrases.callTooLong, "wait", "end max_duration"],
  );
  const broken = new AttendantMachine(testProfile(), { speech: false });
  tell(broken, { type: "start" }, { type: "suspend" });
  assert.deepEqual(tell(broken, { type: "broken", code: "conversation_failed" }), []);
  assert.deepEqual(tell(broken, { type: "resume", note: "They are busy." }), ["fallback"]);
});

test("a goodbye is not suspended", () => {
  const machine = new AttendantMachine(testProfile(), { speech: false });
  tell(machine, { type: "start" }, { type: "key", key: "9" });
  assert.deepEqual(tell(machine, { type: "suspend" }), []);
  assert.equal(machine.suspended, false);
});

const spoke = (call: Call): boolean => call.leg.speaking;

test("suspended, the agent is silent within a frame, needs no frames of the leg, and does not end the call", async () => {
  const call = await startCall(testProfile({ callerResponseTimeout: 0.05, maxCallDuration: 0.3 }), {
    voice: new FakeVoice(2),
  });
  await call.until(() => spoke(call));
  call.conversation.suspend();
  call.conversation.suspend();
  call.leg.tick();
  assert.equal(call.leg.speaking, false);
  assert.equal(call.leg.sinks.size, 0);
  call.leg.press("9");
  const wait = new Promise((resolve) => setTimeout(resolve, 500));
  await call.ticks(30);
  await wait;
  await call.ticks(5);
  assert.deepEqual(call.ends, []);
  assert.equal(call.leg.speaking, false);
  assert.ok(!call.script().includes("user: [9]"), "the key was for the other party");
  call.conversation.resume("They are busy.");
  assert.equal(call.leg.sinks.size, 1);
  await call.until(() => call.ends.length > 0);
  assert.deepEqual(call.script().slice(-2), ["agent: They are busy.", `agent: ${phrases.callTooLong}`]);
  const kinds = call.timeline.map(({ type }) => type);
  assert.equal(kinds.filter((kind) => kind === "conversation_suspended").length, 1);
  assert.equal(kinds.filter((kind) => kind === "conversation_resumed").length, 1);
});

test("suspended and listening, what the caller says goes on into the transcript, and nobody answers", async () => {
  const call = await startCall(testProfile({ welcomeMessage: "" }), { hears: () => "opening hours please" });
  await call.until(() => spoke(call));
  call.conversation.suspend({ listen: true });
  await call.ticks(3);
  call.turns.length = 0;
  call.leg.speak(callerVoice(0.6));
  await call.until(() => call.turns.length > 0);
  await call.ticks(60);
  assert.deepEqual(call.script(), ["user: opening hours please"]);
  const said = call.conversation.say("You are being recorded.");
  await call.until(() => call.script().length > 1);
  await said;
  assert.equal(call.script()[1], "agent: You are being recorded.");
  await call.conversation.stop("caller-hung-up");
  call.conversation.suspend();
  call.conversation.resume("x");
  assert.equal(call.leg.sinks.size, 0);
});

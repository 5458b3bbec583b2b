import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { VoiceError } from "../errors.ts";
import { type Call, callerVoice, FakeVoice, startCall } from "../testing/attendant-harness.ts";
import { testProfile } from "../testing/profiles.ts";
import { phrases } from "./attendant-phrases.ts";

const folder = mkdtempSync(join(tmpdir(), "ringdown-attendant-"));
after(() => rmSync(folder, { recursive: true }));

const happened = (call: Call, type: string) => call.timeline.some((event) => event.type === type);
const listens = (call: Call) => call.timeline.at(-1)?.type === "agent_speech_ended" && !call.leg.speaking;
const refuses = (promise: Promise<void>, code: string) =>
  assert.rejects(promise, (error) => error instanceof VoiceError && error.code === code);

/** Until the menu has been said. */
async function untilMenuSaid(call: Call): Promise<void> {
  await call.until(
    () => call.turns.some((turn) => turn.content.startsWith("For opening hours")) && listens(call),
  );
}

test("the agent greets, a key is obeyed, the goodbye is heard to its end before the call is to be ended", async () => {
  const call = await startCall(testProfile());
  await untilMenuSaid(call);
  call.leg.press("9");
  await call.until(() => call.ends.length > 0);
  assert.deepEqual(call.script(), [
    "agent: Hello, this is the test line.",
    "agent: For opening hours, press 1. To leave a message, press 2. To open the door, press 3. To end the call, press 9.",
    "user: [9]",
    "agent: Goodbye then.",
  ]);
  assert.deepEqual(call.ends, [{ by: "agent", code: "agent_goodbye", reason: "The agent said goodbye." }]);
  const first = call.timeline.find((event) => event.type === "agent_speech_started");
  assert.equal(first?.after, "answer");
  assert.equal(typeof first?.latencyMs, "number");
  await call.conversation.stop("operator");
  assert.ok(!happened(call, "conversation_stopped"), "nobody stopped it: it ended by itself");
  assert.equal(call.leg.source, undefined);
  assert.equal(call.leg.sinks.size, 0);
});

test("a key silences the wire with the next frame, and the transcript keeps what was heard", async () => {
  const call = await startCall(
    testProfile({ welcomeMessage: "One two three four five six seven eight nine ten." }),
  );
  await call.until(() => call.leg.speaking);
  await call.ticks(10);
  call.leg.keep = true;
  call.leg.press("1");
  call.leg.tick();
  assert.equal(call.leg.speaking, false, "the frame after the key is silence already");
  await call.until(() => call.script().includes("agent: We are open from nine to five."));
  const greeting = call.voice.levels.get("One two three four five six seven eight nine ten.");
  assert.ok(
    call.leg.sent.every((frame) => frame[0] !== greeting),
    "nothing of the greeting came after the key",
  );
  assert.match(call.script()[1] ?? "", /^agent: One two three( four)?( five)? --$/);
  await call.conversation.stop("operator");
});

test("a voice pauses the agent within a frame of the decision; nothing understood: it goes on where it was", async () => {
  const call = await startCall(
    testProfile({ welcomeMessage: "", functions: testProfile().functions.slice(0, 1) }),
    {
      voice: new FakeVoice(3),
    },
  );
  await call.until(() => call.leg.speaking);
  call.leg.keep = true;
  call.leg.speak(callerVoice(0.6));
  // 300 ms of voice are the decision: 64 ms to notice, 32 ms windows.
  await call.until(() => !call.leg.speaking, 40);
  assert.ok(call.leg.sent.length <= 22, `silent after ${call.leg.sent.length * 20} ms of voice`);
  await call.until(() => happened(call, "agent_resumed"));
  await call.until(() => call.turns.length > 0);
  assert.deepEqual(call.script(), ["agent: For opening hours, press 1."], "not interrupted, not cut");
  const sounding = call.leg.sent.filter((frame) => frame[0] !== 0).length;
  assert.ok(sounding >= 140 && sounding <= 150, `all 150 frames but those before the recording: ${sounding}`);
  await call.conversation.stop("operator");
});

test("what is understood interrupts the agent and is obeyed; the transcript is cut to what was heard", async () => {
  const call = await startCall(
    testProfile({ welcomeMessage: "One two three four five six seven eight nine ten." }),
    {
      voice: new FakeVoice(2),
      hears: () => "opening hours please",
    },
  );
  await call.until(() => call.leg.speaking);
  await call.ticks(10);
  call.leg.speak(callerVoice(0.6));
  await call.until(() => call.script().includes("agent: We are open from nine to five."));
  const script = call.script();
  const greeting = script.find((line) => line.startsWith("agent: One")) ?? "";
  assert.match(greeting, /^agent: One two .*--$/);
  assert.doesNotMatch(greeting, /ten/);
  assert.ok(script.includes("user: opening hours please"));
  const answer = call.timeline.find(
    (event) => event.type === "agent_speech_started" && event.after === "speech",
  );
  assert.equal(typeof answer?.latencyMs, "number");
  await call.conversation.stop("operator");
});

test("a voice does not pause the agent before it has spoken its least time", async () => {
  const call = await startCall(testProfile({ interruptionMinimumSpeakingTime: 60 }), {
    voice: new FakeVoice(2),
  });
  await call.until(() => call.leg.speaking);
  call.leg.speak(callerVoice(0.8));
  let silent = 0;
  for (let count = 0; count < 60; count++) {
    await call.ticks(1);
    if (!call.leg.speaking) silent++;
  }
  assert.equal(silent, 0);
  await call.conversation.stop("operator");
});

test("what was not understood is asked again, and a phone without recogniser is pointed to its keys", async () => {
  for (const [hears, reply] of [
    [() => "", phrases.notUnderstood],
    [undefined, phrases.keysOnly],
  ] as const) {
    const call = await startCall(
      testProfile({ functions: testProfile().functions.slice(0, 1) }),
      hears ? { hears } : {},
    );
    const last = hears === undefined ? "For opening hours, press 1." : phrases.speechToo;
    await call.until(() => call.turns.some((turn) => turn.content === last));
    await call.ticks(5);
    call.leg.speak(callerVoice(0.6));
    await call.until(() => call.turns.some((turn) => turn.content === reply));
    await call.conversation.stop("operator");
  }
});

test("a message is taken after the tone until pound, and told of", async () => {
  const path = join(folder, "message.wav");
  const call = await startCall(testProfile(), { messagePath: path });
  call.leg.press("2");
  await call.until(() => happened(call, "message_started"));
  call.leg.speak(callerVoice(1.5));
  await call.until(() => !call.leg.callerSpeaking);
  call.leg.press("#");
  await call.until(() => call.script().includes(`agent: ${phrases.messageSaved}`));
  assert.equal(call.messages.length, 1);
  assert.equal(call.messages[0]?.path, path);
  assert.ok((call.messages[0]?.seconds ?? 0) >= 1.5);
  assert.ok(readFileSync(path).length >= 24_044);
  assert.ok(
    !call.turns.some((turn) => turn.role === "user" && turn.content !== "[2]" && turn.content !== "[#]"),
  );
  await call.conversation.stop("operator");
});

test("a caller who hangs up while leaving a message has left it", async () => {
  const path = join(folder, "hung-up.wav");
  const call = await startCall(testProfile(), { messagePath: path });
  call.leg.press("2");
  await call.until(() => happened(call, "message_started"));
  call.leg.speak(callerVoice(1));
  await call.until(() => !call.leg.callerSpeaking);
  await call.conversation.stop("caller-hung-up");
  assert.equal(call.messages.length, 1);
  assert.equal(call.ends.length, 0);
});

test("a voice that fails is heard as tones, then the call is ended", async () => {
  const voice = new FakeVoice();
  voice.broken = true;
  const call = await startCall(testProfile(), { voice });
  call.leg.keep = true;
  await call.until(() => call.ends.length > 0);
  assert.equal(call.ends[0]?.code, "voice_failed");
  assert.ok(call.leg.sent.filter((frame) => frame.some((sample) => sample !== 0)).length > 30);
  await call.conversation.stop("operator");
});

test("digits are sent, and call control's texts are said, bounded and refused clearly", async () => {
  const call = await startCall(testProfile());
  call.leg.press("3");
  await call.until(() => call.leg.sentDigits.length > 0);
  assert.deepEqual(call.leg.sentDigits, ["55#"]);
  const said = call.conversation.say("The shop closes soon.");
  await call.until(() => call.script().includes("agent: The shop closes soon."));
  await said;
  await refuses(call.conversation.say("x".repeat(5000)), "text_too_long");
  await refuses(call.conversation.say(" *** "), "text_empty");
  const many = Array.from({ length: 8 }, (_, index) => call.conversation.say(`Text ${index}.`));
  await refuses(call.conversation.say("One too many."), "too_many_says");
  await call.conversation.stop("drain");
  await Promise.all(many);
  await refuses(call.conversation.say("Too late."), "conversation_over");
});

test("silence is asked about and ends politely; the longest call ends too", async () => {
  const silent = await startCall(
    testProfile({ callerResponseTimeout: 0.05, callerResponseTimeoutHangupCounter: 1 }),
  );
  await silent.until(() => silent.ends.length > 0);
  assert.equal(silent.ends[0]?.code, "caller_silent");
  assert.ok(silent.script().includes(`agent: ${phrases.stillThere}`));
  await silent.conversation.stop("operator");
  const long = await startCall(testProfile({ maxCallDuration: 0.05 }), { detector: false });
  await long.until(() => long.ends.length > 0);
  assert.equal(long.ends[0]?.code, "max_duration");
  assert.equal(long.script().at(-1), `agent: ${phrases.callTooLong}`);
  await long.conversation.stop("operator");
});

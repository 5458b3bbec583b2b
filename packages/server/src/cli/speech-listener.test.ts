import assert from "node:assert/strict";
import { test } from "node:test";
import { SpeechListener } from "./speech-listener.ts";

const tone = Int16Array.from({ length: 160 }, (_, at) => 3_000 * Math.sin(at));
const silence = new Int16Array(160);

function hear(listener: SpeechListener, frame: Int16Array, frames: number): void {
  for (let at = 0; at < frames; at++) listener.write(frame);
}

async function state(promise: Promise<void>): Promise<"settled" | "waiting"> {
  const settled = promise.then(() => "settled" as const);
  return Promise.race([settled, new Promise<"waiting">((resolve) => setImmediate(() => resolve("waiting")))]);
}

test("the end of speech is a pause after speech, not the silence before it", async () => {
  const listener = new SpeechListener();
  const end = listener.endOfSpeech(100);
  hear(listener, silence, 50);
  assert.equal(await state(end), "waiting");
  hear(listener, tone, 10);
  hear(listener, silence, 4);
  hear(listener, tone, 10);
  hear(listener, silence, 4);
  assert.equal(await state(end), "waiting");
  hear(listener, silence, 1);
  assert.equal(await state(end), "settled");
  assert.equal(listener.soundMs, 400);
});

test("a click is no speech, and after a reset only new speech counts", async () => {
  const listener = new SpeechListener();
  const speech = listener.speech();
  hear(listener, tone, 2);
  hear(listener, silence, 1);
  hear(listener, tone, 2);
  assert.equal(await state(speech), "waiting");
  hear(listener, tone, 1);
  assert.equal(await state(speech), "settled");
  listener.reset();
  const next = listener.speech();
  hear(listener, silence, 10);
  assert.equal(await state(next), "waiting");
});

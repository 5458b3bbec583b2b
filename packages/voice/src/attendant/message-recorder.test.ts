import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { VoiceError } from "../errors.ts";
import { FakeLeg } from "../testing/fake-leg.ts";
import { MessageRecorder } from "./message-recorder.ts";

const folder = mkdtempSync(join(tmpdir(), "ringdown-message-"));
after(() => rmSync(folder, { recursive: true }));

const speech = (seconds: number) =>
  Int16Array.from({ length: seconds * 8000 }, (_, index) => Math.round(3000 * Math.sin(index / 3)));

test("a message is a WAV of what the caller said", async () => {
  const leg = new FakeLeg();
  const path = join(folder, "message.wav");
  const recorder = new MessageRecorder(leg, path, 60, () => assert.fail("it goes on"));
  const said = speech(2.5);
  leg.speak(said);
  while (leg.callerSpeaking) leg.tick();
  assert.deepEqual(await recorder.finish(), { path, seconds: 2.5 });
  const wav = readFileSync(path);
  assert.equal(wav.toString("latin1", 0, 4), "RIFF");
  assert.equal(wav.readUInt32LE(4), wav.length - 8);
  assert.equal(wav.readUInt32LE(24), 8000);
  assert.equal(wav.readUInt32LE(40), said.byteLength);
  assert.deepEqual(new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length)), said);
  assert.equal(leg.sinks.size, 0);
});

test("silence ends it by itself and leaves no file", async () => {
  const leg = new FakeLeg();
  const path = join(folder, "empty.wav");
  const ended = new Promise<string>((resolve) => {
    const recorder = new MessageRecorder(leg, path, 60, async (end) => {
      assert.equal(await recorder.finish(), undefined);
      resolve(end);
    });
  });
  for (let ticks = 0; ticks < 600; ticks++) leg.tick();
  assert.equal(await ended, "nothing");
  assert.equal(existsSync(path), false);
});

test("a folder that is not there is an error, not a crash", async () => {
  const leg = new FakeLeg();
  const recorder = new MessageRecorder(leg, join(folder, "none", "message.wav"), 60, () => undefined);
  leg.speak(speech(2));
  while (leg.callerSpeaking) leg.tick();
  await assert.rejects(
    recorder.finish(),
    (error) => error instanceof VoiceError && error.code === "message_not_saved",
  );
});

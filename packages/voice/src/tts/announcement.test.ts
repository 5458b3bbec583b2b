import assert from "node:assert/strict";
import { test } from "node:test";
import { VoiceError } from "../errors.ts";
import { FakeVoice } from "../testing/attendant-harness.ts";
import { Announcement } from "./announcement.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function announcement(text: string, voice = new FakeVoice(0.1)): Announcement {
  return new Announcement(text, { engine: voice, voice: null, sampleRate: 8000 });
}

/** What is heard in some ticks: the level of each frame, or "-". */
function listen(it: Announcement, ticks: number): string {
  const frame = new Int16Array(160);
  let heard = "";
  for (let i = 0; i < ticks; i++) heard += it.read(frame) ? String(frame[0]) : "-";
  return heard;
}

test("a text is heard sentence by sentence, and it is told when it was heard to its end", async () => {
  const it = announcement("One caller is waiting. Press 1 to take the call.");
  assert.equal(listen(it, 2), "--", "nothing is made yet");
  await turn();
  let heard: boolean | undefined;
  void it.done.then((value) => {
    heard = value;
  });
  assert.equal(listen(it, 9), "111112222");
  await turn();
  assert.equal(heard, undefined);
  assert.equal(listen(it, 3), "2--");
  await turn();
  assert.equal(heard, true);
});

test("stopped, it is silent with the next frame and was not heard", async () => {
  const it = announcement("One caller is waiting.");
  await turn();
  assert.equal(listen(it, 1), "1");
  it.stop();
  it.stop();
  assert.equal(listen(it, 2), "--");
  assert.equal(await it.done, false);
  const early = announcement("One caller is waiting.");
  early.stop();
  assert.equal(await early.done, false);
});

test("what cannot be said is refused, and a voice that fails is told of", async () => {
  const refused = (code: string) => (error: unknown) => error instanceof VoiceError && error.code === code;
  assert.throws(() => announcement("…"), refused("text_empty"));
  assert.throws(() => announcement("a".repeat(4001)), refused("text_too_long"));
  const voice = new FakeVoice();
  voice.broken = true;
  await assert.rejects(announcement("Hello.", voice).done, /no voice today/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { CallListeners } from "./call-listeners.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

function ear() {
  const heard: string[] = [];
  return { heard, onAudio: (pcm: Buffer) => heard.push(pcm.toString()), onEnd: () => heard.push("end") };
}
const piece = (text: string) => Buffer.from(text).toString("base64");

test("the audio leaves its worker while anybody listens, once for all", () => {
  const asked: boolean[] = [];
  const listeners = new CallListeners(async (on) => void asked.push(on));
  const [first, second] = [ear(), ear()];
  listeners.heard(piece("nobody"));
  const endFirst = listeners.add(first);
  listeners.heard(piece("one"));
  const endSecond = listeners.add(second);
  listeners.heard(piece("two"));
  endFirst();
  endFirst();
  listeners.heard(piece("three"));
  assert.deepEqual(asked, [true]);
  endSecond();
  assert.deepEqual(
    [first.heard, second.heard, asked],
    [
      ["one", "two"],
      ["two", "three"],
      [true, false],
    ],
  );
});

test("the call's end ends all, and a worker that cannot does too", async () => {
  const [first, second] = [ear(), ear()];
  const listeners = new CallListeners(async () => undefined);
  const end = listeners.add(first);
  listeners.close();
  end();
  assert.deepEqual([first.heard, listeners.size], [["end"], 0]);
  const broken = new CallListeners(async () => Promise.reject(new Error("gone")));
  broken.add(second);
  await settled();
  assert.deepEqual([second.heard, broken.size], [["end"], 0]);
});

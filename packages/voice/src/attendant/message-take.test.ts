import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageTake, type TakeEnd } from "./message-take.ts";

const frame = (level: number) =>
  Int16Array.from({ length: 160 }, (_, index) => (index % 2 === 0 ? level : -level));

/** Seconds until the take ends. */
function run(
  take: MessageTake,
  parts: [seconds: number, level: number][],
): { end: TakeEnd | undefined; after: number } {
  let frames = 0;
  for (const [seconds, level] of parts) {
    for (let count = 0; count < seconds * 50; count++) {
      frames++;
      const end = take.take(frame(level));
      if (end !== undefined) return { end, after: frames / 50 };
    }
  }
  return { end: undefined, after: frames / 50 };
}

test("ends four seconds after the caller falls silent", () => {
  assert.deepEqual(
    run(new MessageTake(60), [
      [1, 20],
      [3, 2000],
      [20, 20],
    ]),
    { end: "silence", after: 8 },
  ); // prettier-ignore
});

test("a caller who says nothing leaves nothing, even on a noisy line or with a click", () => {
  assert.deepEqual(run(new MessageTake(60), [[20, 100]]), { end: "nothing", after: 8 });
  const click = new MessageTake(60);
  assert.equal(
    run(click, [
      [1, 20],
      [0.04, 9000],
      [20, 20],
    ]).end,
    "nothing",
  ); // prettier-ignore
  assert.equal(click.spoken, false);
});

test("ends at its longest", () => {
  assert.deepEqual(run(new MessageTake(5), [[20, 2000]]), { end: "full", after: 5 });
  assert.deepEqual(run(new MessageTake(5), [[20, 20]]), { end: "nothing", after: 5 });
});

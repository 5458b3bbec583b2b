import assert from "node:assert/strict";
import { test } from "node:test";
import { Pacer } from "./pacer.ts";

test("turns at one place are apart, at different places not, and the first is at once", async () => {
  let now = 0;
  const waits: number[] = [];
  const pacer = new Pacer({
    now: () => now,
    after: (ms, action) => {
      waits.push(ms);
      action();
    },
    spacing: () => 20,
  });
  for (let turn = 0; turn < 3; turn++) await pacer.turn("a");
  await pacer.turn("b");
  assert.deepEqual(waits, [20, 40]);
  now = 50;
  await pacer.turn("a");
  assert.deepEqual(waits, [20, 40, 10]);
  now = 80;
  await pacer.turn("a");
  await pacer.turn("b");
  assert.deepEqual(waits, [20, 40, 10]);
});

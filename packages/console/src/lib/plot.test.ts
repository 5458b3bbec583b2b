import assert from "node:assert/strict";
import { test } from "node:test";
import { scaleOf, stepPath, stretches, timeTicks } from "./plot.ts";

const samples = [1, undefined, 3, undefined, undefined, undefined, 4].map((value, index) => ({
  ...{ from: index * 5, to: index * 5 + 5 },
  value,
}));
const value = (sample: (typeof samples)[number]) => sample.value;

test("a sample that tells nothing is a gap, or is told of by the next report where that is not far", () => {
  assert.deepEqual(stretches(samples, value), [
    { from: 0, to: 5, value: 1 },
    { from: 10, to: 15, value: 3 },
    { from: 30, to: 35, value: 4 },
  ]);
  assert.deepEqual(stretches(samples, value, true), [
    { from: 0, to: 5, value: 1 },
    { from: 5, to: 15, value: 3 },
    { from: 30, to: 35, value: 4 },
  ]);
  assert.deepEqual(stretches([], value), []);
});

test("a path goes by steps and breaks at gaps", () => {
  const path = stepPath(
    stretches(samples, value, true),
    (seconds) => seconds * 2,
    (height) => 100 - height / 3,
  );
  assert.equal(path, "M0,99.7H10V99H30M60,98.7H70");
});

test("scales end at a round number that holds all values", () => {
  assert.deepEqual(scaleOf([], 0, 5), [0, 2, 4, 6]);
  assert.deepEqual(scaleOf([0.2, 7], 0, 5), [0, 2, 4, 6, 8]);
  assert.deepEqual(scaleOf([100], 0, 5), [0, 50, 100]);
  assert.deepEqual(scaleOf([30_000], 0, 20), [0, 10_000, 20_000, 30_000]);
  assert.deepEqual(scaleOf([], 1, 5), [1, 2, 3, 4, 5]);
});

test("times are round and few, whatever the length", () => {
  assert.deepEqual(timeTicks(12, 6), [0, 2, 4, 6, 8, 10, 12]);
  assert.deepEqual(timeTicks(61, 6), [0, 15, 30, 45, 60]);
  for (const seconds of [0.3, 5, 600, 7200, 86_400, 1_000_000]) {
    const ticks = timeTicks(seconds, 6);
    assert.ok(ticks.length <= 7 && (ticks.at(-1) ?? 0) <= seconds, `${seconds}: ${ticks}`);
  }
});

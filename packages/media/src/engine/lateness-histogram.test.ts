import assert from "node:assert/strict";
import { test } from "node:test";
import { LatenessHistogram } from "./lateness-histogram.ts";

test("percentiles are right to a quarter of a millisecond", () => {
  const histogram = new LatenessHistogram();
  assert.equal(histogram.percentile(0.99), 0);
  for (let i = 0; i < 1000; i++) histogram.record(i / 100);
  assert.equal(histogram.percentile(0.5), 5);
  assert.ok(Math.abs(histogram.percentile(0.99) - 9.9) <= 0.25);
  histogram.record(-1);
  histogram.record(5000);
  assert.equal(histogram.maximum, 5000);
  assert.equal(histogram.count, 1002);
  histogram.reset();
  assert.equal(histogram.count, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addTimestamp, nextSequence, sequenceDelta, timestampDelta } from "./sequence.ts";

test("sequence numbers compare across the wrap", () => {
  assert.equal(sequenceDelta(0, 0xffff), 1);
  assert.equal(sequenceDelta(0xffff, 0), -1);
  assert.equal(sequenceDelta(5, 5), 0);
  assert.equal(nextSequence(0xffff), 0);
});

test("timestamps compare across the wrap", () => {
  assert.equal(timestampDelta(100, 0xffffff9c), 200);
  assert.equal(timestampDelta(0xffffff9c, 100), -200);
  assert.equal(addTimestamp(0xffffffff, 1), 0);
  assert.equal(addTimestamp(0, -160), 0xffffff60);
});

test("a step and its measured distance agree for any start", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: -32768, max: 32767 }),
      (start, step) => {
        assert.equal(sequenceDelta((start + step) & 0xffff, start), step);
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: -0x80000000, max: 0x7fffffff }),
      (start, step) => {
        assert.equal(timestampDelta(addTimestamp(start, step), start), step);
      },
    ),
  );
});

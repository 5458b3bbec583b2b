import assert from "node:assert/strict";
import { test } from "node:test";
import { PortPairs, splitPortRange } from "./port-range.ts";

test("pairs start at even ports and end when the range does", () => {
  const pairs = new PortPairs([10001, 10006]);
  assert.deepEqual([pairs.take(), pairs.take(), pairs.take()], [10002, 10004, undefined]);
});

test("a freed port rests until the others were used", () => {
  const pairs = new PortPairs([10000, 10005]);
  const first = pairs.take() as number;
  pairs.release(first);
  assert.deepEqual([pairs.take(), pairs.take(), pairs.take()], [10002, 10004, 10000]);
});

test("a range without a pair is refused", () => {
  for (const range of [
    [10001, 10002],
    [10000, 10000],
    [0, 10],
    [65535, 65536],
    [20, 10],
  ] as const) {
    assert.throws(() => new PortPairs(range), RangeError);
  }
});

test("workers get disjoint parts that cover the range", () => {
  const parts = [0, 1, 2].map((index) => splitPortRange([10001, 10100], 3, index));
  const ports = parts.flatMap(([lowest, highest]) => {
    const pairs = new PortPairs([lowest, highest]);
    return Array.from({ length: pairs.size }, () => pairs.take());
  });
  assert.equal(new Set(ports).size, ports.length);
  assert.equal(ports.length, 49);
  assert.deepEqual([Math.min(...(ports as number[])), Math.max(...(ports as number[]))], [10002, 10098]);
});

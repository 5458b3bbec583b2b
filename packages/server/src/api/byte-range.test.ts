import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readRange } from "./byte-range.ts";

const whole = { kind: "whole" };
const part = (start: number, end: number) => ({ kind: "part", start, end });
const none = { kind: "unsatisfiable" };

const cases: [header: string | undefined, expected: unknown][] = [
  [undefined, whole],
  ["bytes=0-0", part(0, 0)],
  ["bytes=0-", part(0, 99)],
  ["bytes=10-19", part(10, 19)],
  ["Bytes=10-1000", part(10, 99)],
  ["bytes=-5", part(95, 99)],
  ["bytes=-500", part(0, 99)],
  ["bytes=99-", part(99, 99)],
  ["bytes=100-", none],
  ["bytes=100-200", none],
  ["bytes=-0", none],
  ["bytes=20-10", whole],
  ["bytes=-", whole],
  ["bytes=0-1,5-6", whole],
  ["items=0-1", whole],
  ["bytes=a-b", whole],
  ["bytes=0x1-2", whole],
  [`bytes=${"9".repeat(400)}-`, whole],
];
for (const [header, expected] of cases) {
  test(`Range: ${header?.slice(0, 30)} of 100 bytes`, () =>
    assert.deepEqual(readRange(header, 100), expected));
}

test("a part always lies within the file", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^bytes=\d{0,4}-\d{0,4}$/), fc.nat(2000), (header, size) => {
      const range = readRange(header, size);
      if (range.kind === "part") assert.ok(range.start >= 0 && range.start <= range.end && range.end < size);
    }),
  );
});

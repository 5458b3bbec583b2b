import assert from "node:assert/strict";
import { test } from "node:test";
import { SourceStatistics } from "./source-statistics.ts";

function feed(statistics: SourceStatistics, sequences: number[]): boolean[] {
  return sequences.map((sequence) => statistics.receive(sequence & 0xffff));
}

test("nothing is lost in a whole stream, over the wrap", () => {
  const statistics = new SourceStatistics(1, 65530, 8000);
  feed(
    statistics,
    Array.from({ length: 100 }, (_, i) => 65530 + i),
  );
  assert.equal(statistics.lost, 0);
  assert.equal(statistics.expected, 100);
  assert.equal(statistics.report().extendedHighestSequence, 65530 + 99);
});

test("loss is counted whole and by interval", () => {
  const statistics = new SourceStatistics(1, 0, 8000);
  feed(statistics, [0, 1, 2, 4, 5, 6, 7, 8]);
  const first = statistics.report();
  assert.equal(first.cumulativeLost, 1);
  assert.equal(first.fractionLost, Math.floor(256 / 9));
  feed(statistics, [9, 10]);
  const second = statistics.report();
  assert.equal(second.cumulativeLost, 1);
  assert.equal(second.fractionLost, 0);
});

test("reordered packets are no loss and duplicates give a negative count", () => {
  const statistics = new SourceStatistics(1, 0, 8000);
  feed(statistics, [0, 2, 1, 3]);
  assert.equal(statistics.lost, 0);
  feed(statistics, [3, 3]);
  assert.equal(statistics.lost, 0);
  assert.equal(statistics.report().cumulativeLost, -2);
});

test("one wild sequence number is refused, two in a row are a restart", () => {
  const statistics = new SourceStatistics(1, 100, 8000);
  assert.deepEqual(feed(statistics, [100, 101, 40000, 102]), [true, true, false, true]);
  assert.deepEqual(feed(statistics, [40000, 40001, 40002]), [false, true, true]);
  assert.equal(statistics.lost, 0);
  assert.equal(statistics.expected, 2);
});

test("jitter is 0 for an even stream and follows RFC 3550 §A.8 for an uneven one", () => {
  const even = new SourceStatistics(1, 0, 8000);
  for (let i = 0; i < 50; i++) even.measureJitter(i * 20, (i * 160 + 0xffffff00) >>> 0);
  assert.equal(even.jitterMs, 0);

  const uneven = new SourceStatistics(1, 0, 8000);
  uneven.measureJitter(0, 0);
  uneven.measureJitter(30, 160); // 10 ms late: 80 units, a sixteenth of it
  assert.equal(uneven.jitterMs, 80 / 16 / 8);
});

test("a jump of the sender's timestamp is not taken for jitter", () => {
  const statistics = new SourceStatistics(1, 0, 8000);
  statistics.measureJitter(0, 0);
  statistics.measureJitter(20, 0x70000000);
  assert.equal(statistics.jitterMs, 0);
});

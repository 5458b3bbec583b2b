import assert from "node:assert/strict";
import { test } from "node:test";
import type { QualityReading } from "./quality.ts";
import { QualityLog } from "./quality-log.ts";

const EPOCH = Date.UTC(2026, 10, 27);

/** A call of 50 packets a second, of which a share is lost on either way; a report on ours comes in each interval. */
class Line {
  readonly log = new QualityLog(0);
  now = 0;
  reading: QualityReading = {
    ...{ received: 0, lost: 0, late: 0, jitterMs: 0, bufferMs: 40, roundTripMs: undefined },
    ...{ reportedSent: 0, remoteLost: 0, remoteJitterMs: undefined },
  };

  pass(seconds: number, with_: { lost?: number; late?: number; remoteLost?: number; jitterMs?: number }) {
    for (let i = 0; i < seconds; i++) {
      const { lost = 0, late = 0, remoteLost = 0, jitterMs = 2 } = with_;
      this.now += 1000;
      this.reading = {
        ...this.reading,
        ...{ jitterMs, roundTripMs: 30, remoteJitterMs: jitterMs },
        received: this.reading.received + 50 - lost,
        lost: this.reading.lost + lost,
        late: this.reading.late + late,
        reportedSent: this.reading.reportedSent + 50,
        remoteLost: this.reading.remoteLost + remoteLost,
      };
      if (this.log.isDue(this.now)) this.log.add(this.now, EPOCH + this.now, this.reading);
    }
  }

  get samples() {
    return this.log.samples(this.now, EPOCH + this.now, this.reading);
  }
}

test("a bad stretch stands where it was, each way by itself", () => {
  const line = new Line();
  line.pass(10, {});
  line.pass(5, { lost: 10 });
  line.pass(5, { remoteLost: 5, late: 5, jitterMs: 30 });
  line.pass(5, {});
  const { samples } = line;
  assert.deepEqual(
    samples.map(({ at }) => at - EPOCH),
    [5_000, 10_000, 15_000, 20_000, 25_000],
  );
  assert.deepEqual(
    samples.map(({ lostPercent, latePercent, remoteLostPercent }) => [
      lostPercent,
      latePercent,
      remoteLostPercent,
    ]),
    [
      [0, 0, 0],
      [0, 0, 0],
      [20, 0, 0],
      [0, 10, 10],
      [0, 0, 0],
    ],
  );
  const [good, , lost, late] = samples;
  assert.ok((good?.mos ?? 0) > 4.3 && (good?.remoteMos ?? 0) > 4.3);
  assert.ok((lost?.mos ?? 5) < 3 && (lost?.remoteMos ?? 0) > 4.3);
  assert.ok((late?.mos ?? 5) < 3.5 && (late?.remoteMos ?? 5) < 3.5);
  assert.equal(late?.remoteJitterMs, 30);
  assert.equal(good?.roundTripMs, 30);
});

test("a call of hours holds no more than 240, its worst minute with them, and no packet is forgotten", () => {
  const line = new Line();
  line.pass(3600, {});
  line.pass(60, { lost: 25, jitterMs: 90 });
  line.pass(5 * 3600, {});
  const { samples } = line;
  assert.ok(samples.length > 100 && samples.length <= 240, `${samples.length}`);
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  assert.equal(sum(samples.map(({ seconds }) => seconds)), line.now / 1000);
  assert.equal(sum(samples.map(({ packetsReceived }) => packetsReceived)), line.reading.received);
  assert.deepEqual(
    samples.map(({ at }) => at),
    samples.map(({ at }) => at).toSorted((a, b) => a - b),
  );
  const worst = samples.find(({ jitterMs }) => jitterMs === 90);
  assert.ok((worst?.lostPercent ?? 0) > 10 && (worst?.mos ?? 5) < 4);
  assert.equal(samples.at(-1)?.at, EPOCH + line.now);
});

test("what nobody told is not made up: nothing received, no report, a rest shorter than a second", () => {
  const line = new Line();
  assert.equal(line.samples.length, 0);
  line.now = 300;
  const [short, ...more] = line.samples;
  assert.equal(more.length, 0);
  assert.equal(short?.seconds, 0.3);
  for (const name of [
    "lostPercent",
    "mos",
    "jitterMs",
    "roundTripMs",
    "remoteMos",
    "remoteLostPercent",
  ] as const)
    assert.equal(short?.[name], undefined, name);
  line.now = 0;
  line.pass(5, {});
  line.now += 999;
  assert.equal(line.samples.length, 1);
  line.now += 1;
  assert.equal(line.samples.length, 2);
  assert.equal(line.samples[1]?.mos, undefined);
});

test("counts that a peer restarts or makes up leave no sample out of range", () => {
  const line = new Line();
  line.pass(5, {});
  line.reading = { ...line.reading, received: 3, lost: 0, remoteLost: 0x7f_ffff, reportedSent: 251 };
  line.now = 10_000;
  line.log.add(line.now, EPOCH + line.now, line.reading);
  line.reading = { ...line.reading, remoteLost: 0, reportedSent: 300 };
  line.now = 15_000;
  line.log.add(line.now, EPOCH + line.now, line.reading);
  const [, wild, after] = line.samples;
  assert.equal(wild?.remoteLostPercent, 100);
  assert.ok((wild?.remoteMos ?? 0) >= 1 && (wild?.remoteMos ?? 5) < 1.5);
  assert.equal(wild?.packetsReceived, 0);
  assert.equal(wild?.lostPercent, undefined);
  assert.equal(after?.remoteLostPercent, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ToneGenerator, tonePlans } from "./call-progress.ts";
import { ringbackOf } from "./ringback-plans.ts";

test("it rings as at home", () => {
  for (const [number, frequencies, cadence] of [
    ["+15125550100", [440, 480], [2000, 4000]],
    ["+442079460000", [400, 450], [400, 200, 400, 2000]],
    ["+35315550100", [400, 450], [400, 200, 400, 2000]],
    ["+33155501000", [440], [1500, 3500]],
    ["+819055501000", [384, 416], [1000, 2000]],
    ["+88625550100", [440, 480], [1000, 2000]],
    ["+79125550100", [425], [800, 3200]],
    ["+4930555010", [425], [1000, 4000]],
    ["+2125550100", [425], [1000, 4000]],
    ["1002", [440, 480], [2000, 4000]],
    ["anonymous", [440, 480], [2000, 4000]],
  ] as const) {
    const ringback = ringbackOf(number);
    assert.deepEqual([ringback.frequencies, ringback.cadence], [frequencies, cadence], number);
  }
});

test("the pauses of a tone may hold the noise of a line, which never stops and is far below the tone", () => {
  const rate = 8_000;
  const heard = new Int16Array(6 * rate);
  new ToneGenerator(tonePlans.us.ringback, rate, { noise: -40 }).read(heard);
  const rms = (from: number, to: number): number => {
    const part = heard.subarray(from * rate, to * rate);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
  };
  // 0 dBm0 is 16,141 as RMS
  const level = (value: number): number => 20 * Math.log10(value / 16_141);
  for (let at = 2; at < 6; at += 0.5) assert.ok(Math.abs(level(rms(at, at + 0.5)) + 40) < 1, `${at} s`);
  assert.ok(level(rms(0, 2)) > -20);
  const pauses = heard.subarray(2 * rate);
  assert.ok(pauses.every((sample) => Math.abs(sample) < 800));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { callProgressTone, peakOf, type ToneGenerator } from "./call-progress.ts";

function listen(tone: ToneGenerator, seconds: number, frameLength = 160): Int16Array {
  const out = new Int16Array(seconds * 8000);
  for (let at = 0; at < out.length; at += frameLength) {
    assert.equal(tone.read(out.subarray(at, Math.min(out.length, at + frameLength))), true);
  }
  return out;
}

/** Level of one frequency, dBm0, by correlation over whole periods. */
function level(samples: Int16Array, frequency: number): number {
  let re = 0;
  let im = 0;
  for (const [i, sample] of samples.entries()) {
    re += sample * Math.cos((2 * Math.PI * frequency * i) / 8000);
    im += sample * Math.sin((2 * Math.PI * frequency * i) / 8000);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / samples.length / peakOf(0));
}

/** Lengths of sound and silence, ms, to 10 ms. */
function cadence(samples: Int16Array): number[] {
  const lengths: number[] = [];
  let sounding = false;
  for (let at = 0; at < samples.length; at += 80) {
    const sound = samples.subarray(at, at + 80).some((sample) => Math.abs(sample) > 8);
    if (lengths.length === 0 || sound !== sounding) lengths.push(0);
    sounding = sound;
    lengths.push((lengths.pop() ?? 0) + 10);
  }
  return lengths;
}

test("ringback of the United States: 440 and 480 Hz at -19 dBm0, two seconds on, four off", () => {
  const heard = listen(callProgressTone("ringback", "us", 8000), 12);
  assert.deepEqual(cadence(heard), [2000, 4000, 2000, 4000]);
  const tone = heard.subarray(0, 8000);
  assert.ok(Math.abs(level(tone, 440) + 19) < 0.1);
  assert.ok(Math.abs(level(tone, 480) + 19) < 0.1);
  assert.ok(level(tone, 425) < -50);
});

test("busy and congestion of Europe: 425 Hz", () => {
  const busy = listen(callProgressTone("busy", "eu", 8000), 2);
  assert.deepEqual(cadence(busy), [500, 500, 500, 500]);
  assert.ok(Math.abs(level(busy.subarray(0, 3200), 425) + 16) < 0.1);
  assert.deepEqual(cadence(listen(callProgressTone("congestion", "eu", 8000), 1)), [200, 200, 200, 200, 200]);
});

test("the British double ring, in frames that do not divide it", () => {
  const heard = listen(callProgressTone("ringback", "uk", 8000), 6, 331);
  assert.deepEqual(cadence(heard), [400, 200, 400, 2000, 400, 200, 400, 2000]);
});

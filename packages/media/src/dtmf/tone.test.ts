import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pcma, pcmu } from "../codec/g711.ts";
import { MediaError } from "../errors.ts";
import { callProgressTone, peakOf, type TonePlan } from "../tone/call-progress.ts";
import { DtmfToneDetector } from "./tone-detector.ts";
import { frequenciesOf, keypad } from "./tone-frequencies.ts";
import { DtmfToneGenerator } from "./tone-generator.ts";

/** Random numbers that are the same in each run (xorshift). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function readAll(source: { read(frame: Int16Array): boolean }): Int16Array {
  const parts: number[] = [];
  const frame = new Int16Array(160);
  while (source.read(frame)) parts.push(...frame);
  return Int16Array.from(parts);
}

/** Digits heard, each with its length where asked. */
function hear(
  samples: Int16Array,
  sampleRate = 8000,
): { digits: string; durations: number[]; starts: string } {
  let digits = "";
  let starts = "";
  const durations: number[] = [];
  const detector = new DtmfToneDetector({
    sampleRate,
    onStart: (digit) => {
      starts += digit;
    },
    onEnd: (digit, durationMs) => {
      digits += digit;
      durations.push(durationMs);
    },
  });
  for (let at = 0; at < samples.length; at += 160) detector.write(samples.subarray(at, at + 160));
  detector.write(new Int16Array(800));
  return { digits, durations, starts };
}

/** One digit as it comes from a bad line. Levels in dBm0, shift as a factor on the frequencies. */
function badDigit(digit: string, low: number, high: number, shift: number, ms = 80, offset = 0): Int16Array {
  const pair = frequenciesOf(digit);
  assert.ok(pair);
  return Int16Array.from({ length: ms * 8 + offset }, (_, i) =>
    i < offset
      ? 0
      : peakOf(low) * Math.sin((2 * Math.PI * pair.row * shift * i) / 8000) +
        peakOf(high) * Math.sin((2 * Math.PI * pair.column * shift * i) / 8000),
  );
}

describe("digits", () => {
  test("all sixteen, generated and heard, at 8 and 16 kHz, with their lengths", () => {
    for (const rate of [8000, 16_000]) {
      const { digits, starts, durations } = hear(readAll(new DtmfToneGenerator(keypad, rate)), rate);
      assert.deepEqual([digits, starts], [keypad, keypad]);
      for (const duration of durations) assert.ok(duration >= 70 && duration <= 130, `${duration} ms`);
    }
  });

  test("a digit that is repeated counts twice; a long one once; a short drop-out does not split", () => {
    assert.equal(
      hear(readAll(new DtmfToneGenerator("7755", 8000, { toneMs: 60, gapMs: 60 }))).digits,
      "7755",
    );
    const long = readAll(new DtmfToneGenerator("9", 8000, { toneMs: 3000 }));
    assert.equal(hear(long).digits, "9");
    long.fill(0, 8000, 8000 + 120);
    assert.equal(hear(long).digits, "9");
  });

  test("after G.711, at any position in a block, ±1.5 % off, soft and loud, with twist and noise", () => {
    const noise = random(1);
    for (const digit of keypad) {
      for (const [low, high, shift, offset] of [
        [-4, -4, 1, 0],
        [-6, -8, 1.015, 17],
        [-10, -6, 0.985, 40],
        [-25, -25, 1, 63],
        [-12, -18, 1, 85],
        [-18, -12, 1.01, 99],
      ] as const) {
        for (const codec of [pcmu, pcma]) {
          const clean = badDigit(digit, low, high, shift, 80, offset);
          // Noise 15 dB below the weaker tone.
          const amplitude = peakOf(Math.min(low, high) - 15) * Math.sqrt(1.5);
          const noisy = clean.map((sample) =>
            Math.max(-32768, Math.min(32767, sample + (noise() * 2 - 1) * amplitude)),
          );
          const bytes = new Uint8Array(noisy.length);
          codec.encode(noisy, bytes, 0);
          codec.decode(bytes, 0, bytes.length, noisy);
          assert.equal(hear(noisy).digits, digit, `${digit} ${low} ${high} ${shift} ${offset}`);
        }
      }
    }
  });

  test("what cannot be spoken is refused; a pause is a second of silence; the end is false", () => {
    for (const digits of ["1x", "1".repeat(257)]) {
      assert.throws(
        () => new DtmfToneGenerator(digits, 8000),
        (error) => error instanceof MediaError && error.code === "dtmf_invalid",
      );
    }
    assert.equal(readAll(new DtmfToneGenerator("1,2", 8000)).length, (200 + 1000 + 200) * 8);
    const frame = new Int16Array(160).fill(5);
    assert.equal(new DtmfToneGenerator("", 8000).read(frame), false);
    assert.ok(frame.every((sample) => sample === 0));
  });
});

describe("what is no digit", () => {
  test("one tone, two of one group, a digit with 12 dB of twist, a whisper, 20 ms", () => {
    const silent = (samples: Int16Array) => assert.equal(hear(samples).starts, "");
    for (const digit of "15#D") {
      silent(badDigit(digit, -6, -60, 1, 500));
      silent(badDigit(digit, -60, -6, 1, 500));
      silent(badDigit(digit, -6, -18, 1, 500));
      silent(badDigit(digit, -45, -45, 1, 500));
      silent(badDigit(digit, -6, -6, 1, 20));
      silent(badDigit(digit, -6, -6, 1.05, 500));
    }
  });

  test("call-progress tones", () => {
    for (const plan of ["us", "eu", "uk"] satisfies TonePlan[]) {
      for (const name of ["ringback", "busy", "congestion"] as const) {
        const samples = new Int16Array(8000 * 3);
        callProgressTone(name, plan, 8000).read(samples);
        assert.equal(hear(samples).starts, "");
      }
    }
  });

  test("a minute of noise", () => {
    const dice = random(7);
    assert.equal(hear(Int16Array.from({ length: 8000 * 60 }, () => (dice() * 2 - 1) * 20_000)).starts, "");
  });

  test("two minutes of vowels: gliding pitch, moving formants", () => {
    const dice = random(11);
    const samples = new Int16Array(8000 * 120);
    let pitch = 120;
    let glide = 0;
    let formants = [500, 1500, 2500];
    let phase = 0;
    for (let i = 0; i < samples.length; i++) {
      if (i % 1600 === 0) {
        pitch = 80 + dice() * 220;
        glide = ((dice() < 0.5 ? -1 : 1) * (0.3 + dice() * 0.7)) / 8000;
        formants = [250 + dice() * 650, 850 + dice() * 1500, 2300 + dice() * 800];
      }
      pitch *= 1 + glide;
      phase += pitch / 8000;
      let value = 0;
      for (let harmonic = 1; harmonic * pitch < 3600; harmonic++) {
        const frequency = harmonic * pitch;
        let gain = 0.03;
        for (const formant of formants) gain += 1 / (1 + ((frequency - formant) / 60) ** 2);
        value += gain * Math.sin(2 * Math.PI * harmonic * phase);
      }
      samples[i] = Math.max(-32768, Math.min(32767, value * 6000));
    }
    assert.equal(hear(samples).starts, "");
  });
});

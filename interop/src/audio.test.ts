import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canRecognise,
  fromMuLaw,
  longestSilence,
  loudness,
  muLaw,
  readWav,
  recognise,
  shareHeard,
  soundSeconds,
  strengthAt,
  tone,
  wavOf,
  wordsOf,
} from "./audio.ts";

test("µ-law: the codes of G.711 for zero and full scale, and every code back to itself", () => {
  assert.equal(muLaw(0), 0xff);
  assert.equal(muLaw(32_767), 0x80);
  assert.equal(muLaw(-32_767), 0x00);
  assert.equal(fromMuLaw(0x80), 32_124);
  for (let code = 0; code < 256; code++) {
    if (code !== 0x7f) assert.equal(muLaw(fromMuLaw(code)), code);
  }
});

test("a WAV file is read as it was written, also with more promised than there is", () => {
  const samples = tone(440, 0.5);
  const file = wavOf(samples);
  assert.deepEqual(readWav(file).channels[0], samples);
  const cut = readWav(file.subarray(0, file.length - 1_000));
  assert.equal(cut.channels[0]?.length, samples.length - 500);
});

test("loudness, sound and silences of a tone with a gap", () => {
  const samples = new Int16Array(8_000 * 3);
  samples.set(tone(440, 1), 0);
  samples.set(tone(440, 1), 16_000);
  assert.ok(Math.abs(loudness(tone(440, 1, 8_000)) - 8_000 / Math.SQRT2) < 10);
  assert.ok(Math.abs(soundSeconds(samples, 8_000) - 2) < 0.05);
  assert.ok(Math.abs(longestSilence(samples, 8_000) - 1) < 0.05);
});

test("the strength of a frequency is its amplitude, and near nothing elsewhere", () => {
  const samples = tone(1_000, 1, 5_000);
  assert.ok(Math.abs(strengthAt(samples, 1_000) - 5_000) < 50);
  assert.ok(strengthAt(samples, 600) < 50);
});

test("silence has no words", { skip: canRecognise() ? false : "pocketsphinx is not installed" }, () => {
  assert.ok(shareHeard(wordsOf("hello and welcome"), recognise(new Int16Array(16_000))) < 0.5);
});

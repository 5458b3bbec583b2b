import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_SOUND, VoiceActivity } from "./voice-activity.ts";

/** Levels for so many ms, ±1 dB about one. */
function feed(activity: VoiceActivity, level: number, ms: number): void {
  for (let at = 0; at < ms; at += 20)
    activity.write(level === NO_SOUND ? level : level + ((at / 20) % 3) - 1);
}

test("voice is what stands above the line's noise, whatever that is", () => {
  for (const noise of [-60, -45, -32]) {
    const activity = new VoiceActivity(5000);
    feed(activity, noise, 1000);
    feed(activity, -22, 500);
    feed(activity, noise, 1000);
    assert.deepEqual([activity.firstVoiceAt, activity.spanMs, activity.words], [1000, 500, 1], `${noise}`);
    assert.equal(activity.silenceMs, 1000);
    assert.ok(Math.abs(activity.noise - noise) <= 2);
  }
});

test("who speaks from the first frame on is found when the first pause shows the noise", () => {
  const activity = new VoiceActivity(5000);
  feed(activity, -22, 600);
  assert.equal(activity.firstVoiceAt, undefined);
  feed(activity, -45, 200);
  assert.deepEqual([activity.firstVoiceAt, activity.lastVoiceAt], [0, 600]);
});

test("a noisy line alone is no voice, from its first frame and after a silent start", () => {
  const activity = new VoiceActivity(5000);
  feed(activity, NO_SOUND, 400);
  feed(activity, -30, 6000);
  assert.equal(activity.firstVoiceAt, undefined);
});

test("a gap in the packets does not make the noise around it a voice", () => {
  const activity = new VoiceActivity(5000);
  feed(activity, -35, 1000);
  feed(activity, NO_SOUND, 200);
  feed(activity, -35, 1000);
  assert.equal(activity.firstVoiceAt, undefined);
});

test("a television behind the voice is not the voice", () => {
  const activity = new VoiceActivity(5000);
  feed(activity, -60, 400);
  feed(activity, -14, 500);
  feed(activity, -41, 2000);
  assert.equal(activity.lastVoiceAt, 900);
});

test("goes on after what it keeps, with the past as it was read", () => {
  const activity = new VoiceActivity(1000);
  feed(activity, -60, 500);
  feed(activity, -20, 500);
  feed(activity, -60, 20_000);
  feed(activity, -20, 300);
  assert.deepEqual([activity.firstVoiceAt, activity.words], [500, 2]);
  assert.equal(activity.lastVoiceAt, 21_300);
});

test("what is softer than any voice is none", () => {
  const activity = new VoiceActivity(5000);
  feed(activity, -75, 1000);
  feed(activity, -50, 1000);
  assert.equal(activity.firstVoiceAt, undefined);
});

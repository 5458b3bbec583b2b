import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DtmfToneGenerator } from "../dtmf/tone-generator.ts";
import { type Beep, BeepDetector } from "./beep-detector.ts";
import { ToneGenerator, tonePlans } from "./call-progress.ts";
import { ToneRuns } from "./tone-runs.ts";
import { frames, overLine, type Sound, sounds } from "./tone-sounds.ts";

function hear(pcm: Int16Array): (Beep & { toldAt: number })[] {
  const beeps: (Beep & { toldAt: number })[] = [];
  const detector = new BeepDetector((beep) => beeps.push({ ...beep, toldAt: runs.now }));
  const runs = new ToneRuns({
    sampleRate: 8000,
    onBegin: (run) => detector.begin(run),
    onEnd: (run) => detector.end(run),
  });
  for (const frame of frames(pcm)) {
    runs.write(frame);
    detector.tick(runs.now, runs.level);
  }
  return beeps;
}

const beep = (hertz: number, ms: number, level = -16): Sound => ({ hertz: [hertz], ms, level });

describe("heard", () => {
  for (const [hertz, ms, level, noise] of [
    [1000, 400, -16, -60],
    [1000, 120, -16, -36],
    [400, 500, -20, -40],
    [440, 250, -16, -40],
    [2000, 200, -10, -30],
    [1400, 2000, -16, -26],
    [850, 600, -30, -50],
    [1234.5, 300, -16, -26],
  ] as const) {
    test(`${hertz} Hz, ${ms} ms, ${level} dBm0, noise at ${noise}`, () => {
      const [one, ...more] = hear(overLine(sounds(500, beep(hertz, ms, level), 1500), noise));
      assert.ok(one);
      assert.equal(more.length, 0);
      assert.ok(Math.abs(one.hertz - hertz) <= 12, `${one.hertz} Hz`);
      assert.ok(Math.abs(one.durationMs - ms) <= 40, `${one.durationMs} ms`);
      assert.ok(Math.abs(one.endedAt - 500 - ms) <= 20, `ended at ${one.endedAt}`);
    });
  }

  test("told 120 ms after its end, and 700 ms where busy or ringback would sound alike", () => {
    const [high] = hear(sounds(500, beep(1000, 400), 1500));
    assert.ok(high && high.toldAt - 900 <= 160, `${high?.toldAt}`);
    const [low] = hear(sounds(500, beep(425, 400), 1500));
    assert.ok(low && low.toldAt - 900 >= 680 && low.toldAt - 900 <= 760, `${low?.toldAt}`);
  });

  test("the last of several tones that rise", () => {
    const heard = hear(sounds(500, beep(600, 200), beep(800, 200), beep(1000, 200), 1000));
    assert.deepEqual(
      heard.map(({ hertz }) => hertz),
      [1000],
    );
  });
});

describe("not heard in", () => {
  const silent: [string, Int16Array][] = [
    ["special information tones before their announcement", sounds(300, beep(950, 330), beep(1400, 330), 20)],
    ["what is too short, or too long", sounds(300, beep(1000, 60), 800, beep(1000, 2600), 1000)],
    [
      "what is too low, too high, or too soft",
      sounds(beep(330, 400), 800, beep(2180, 400), 800, beep(1000, 400, -50), 800),
    ], // prettier-ignore
    [
      "a tone after which the sound goes on",
      sounds(300, beep(1000, 300), { hertz: [300, 350, 390], ms: 800 }),
    ],
  ];
  for (const [name, pcm] of silent) test(name, () => assert.deepEqual(hear(pcm), []));

  test("a glide of 200 Hz a second, that is a run of tone for the ear of the runs", () => {
    let phase = 0;
    const glide = Int16Array.from({ length: 12_000 }, (_, i) => {
      phase += (2 * Math.PI * (600 + (200 * i) / 8000)) / 8000;
      return i < 8000 ? 5000 * Math.sin(phase) : 0;
    });
    assert.deepEqual(hear(glide), []);
  });

  test("digits", () => {
    const digits = new DtmfToneGenerator("0123456789*#ABCD", 8000, { toneMs: 200, gapMs: 300 });
    const pcm: number[] = [];
    for (const frame = new Int16Array(160); digits.read(frame); ) pcm.push(...frame);
    assert.deepEqual(hear(Int16Array.from(pcm)), []);
  });

  test("busy and congestion of all plans, and ringback of those that ring for a second or more", () => {
    for (const [country, plan] of Object.entries(tonePlans))
      for (const tone of ["busy", "congestion"] as const) {
        const pcm = new Int16Array(80_000);
        new ToneGenerator(plan[tone], 8000).read(pcm);
        assert.deepEqual(hear(pcm), [], `${tone} ${country}`);
      }
  });
});

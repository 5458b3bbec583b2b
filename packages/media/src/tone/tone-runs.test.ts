import assert from "node:assert/strict";
import { test } from "node:test";
import { ToneAnalyser } from "./tone-analyser.ts";
import { type ToneRun, ToneRuns } from "./tone-runs.ts";
import { frames, overLine, sounds } from "./tone-sounds.ts";

function runsOf(pcm: Int16Array): ToneRun[] {
  const found: ToneRun[] = [];
  const runs = new ToneRuns({ sampleRate: 8000, onEnd: (run) => found.push({ ...run }) });
  for (const frame of frames(pcm)) runs.write(frame);
  return found;
}

test("one frequency is read to half a hertz, with its level, at 8 and at 16 kHz", () => {
  for (const rate of [8000, 16_000]) {
    const analyser = new ToneAnalyser(rate);
    for (const hertz of [400, 425, 1004.5, 1400, 2100]) {
      const frame = new Int16Array(rate / 50);
      for (let n = 0; n < 3; n++) {
        for (let i = 0; i < frame.length; i++)
          frame[i] = 3000 * Math.sin((2 * Math.PI * hertz * (n * frame.length + i)) / rate);
        analyser.write(frame);
      }
      assert.ok(Math.abs(analyser.first - hertz) < 0.5, `${analyser.first} for ${hertz}`);
      assert.ok(analyser.firstShare > 0.99);
      // 3000 of a peak of 22,826 at 0 dBm0
      assert.ok(Math.abs(analyser.level + 17.6) < 0.4, `${analyser.level}`);
    }
  }
  assert.throws(() => new ToneAnalyser(44_100), RangeError);
});

test("two frequencies are two where they are far enough apart, one at their middle where not", () => {
  const [busy] = runsOf(sounds(100, { hertz: [480, 620], ms: 500 }, 100));
  assert.ok(busy);
  assert.ok(Math.abs(busy.low - 480) < 4 && Math.abs(busy.high - 620) < 4, JSON.stringify(busy));
  const [ringback, ...more] = runsOf(sounds(100, { hertz: [440, 480], ms: 2000 }, 100));
  assert.ok(ringback);
  assert.equal(more.length, 0);
  assert.ok(Math.abs(ringback.low - 460) < 4 && ringback.high === 0, JSON.stringify(ringback));
});

test("begin and end are told within 20 ms of where they are, over G.711 with noise 10 dB below", () => {
  const heard = overLine(sounds(300, { hertz: [1000], ms: 400 }, 300, { hertz: [425], ms: 200 }, 300), -26);
  const found = runsOf(heard);
  assert.deepEqual(
    found.map(({ low }) => Math.round(low / 10) * 10),
    [1000, 430],
  );
  const edges = found.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt]);
  for (const [index, at] of [300, 700, 1000, 1200].entries())
    assert.ok(Math.abs((edges[index] as number) - at) <= 20, `${edges}`);
});

test("a frequency that follows another without a pause is a run of its own", () => {
  const found = runsOf(sounds(100, { hertz: [950], ms: 330 }, { hertz: [1400], ms: 330 }, 100));
  assert.deepEqual(
    found.map(({ low }) => Math.round(low)),
    [950, 1400],
  );
  assert.ok(Math.abs((found[0]?.endedAt ?? 0) - (found[1]?.startedAt ?? 0)) <= 40);
});

test("noise, silence, a glide and a click are no tones", () => {
  assert.deepEqual(runsOf(overLine(sounds(2000), -20)), []);
  assert.deepEqual(runsOf(sounds(2000)), []);
  // 800 Hz a second, as the harmonics of a voice do between two words
  let phase = 0;
  const glide = Int16Array.from({ length: 8000 }, (_, i) => {
    phase += (2 * Math.PI * (500 + (800 * i) / 8000)) / 8000;
    return 5000 * Math.sin(phase);
  });
  assert.deepEqual(runsOf(glide), []);
  assert.deepEqual(runsOf(sounds(500, { hertz: [1000], ms: 40 }, 500)), []);
});

test("the tone that sounds can be asked for while it does", () => {
  const runs = new ToneRuns({ sampleRate: 8000 });
  let sounding = 0;
  for (const frame of frames(sounds(200, { hertz: [1000], ms: 400 }, 200))) {
    runs.write(frame);
    if (runs.current !== undefined) sounding += 1;
  }
  // known after four frames, let go after two
  assert.ok(sounding >= 17 && sounding <= 20, `${sounding}`);
});

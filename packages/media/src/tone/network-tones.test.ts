import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ToneGenerator, type ToneSpecification, tonePlans } from "./call-progress.ts";
import { type NetworkTone, NetworkToneDetector } from "./network-tones.ts";
import { ToneRuns } from "./tone-runs.ts";
import { frames, overLine, type Sound, sounds } from "./tone-sounds.ts";

function hear(pcm: Int16Array): [NetworkTone, number][] {
  const told: [NetworkTone, number][] = [];
  const detector = new NetworkToneDetector((tone, at) => told.push([tone, at]));
  const runs = new ToneRuns({
    sampleRate: 8000,
    onBegin: (run) => detector.begin(run),
    onEnd: (run) => detector.end(run),
  });
  for (const frame of frames(pcm)) {
    runs.write(frame);
    detector.tick(runs.now, runs.current);
  }
  return told;
}

function play(specification: ToneSpecification, seconds: number, before = 0): Int16Array {
  const out = new Int16Array(before * 8 + seconds * 8000);
  new ToneGenerator(specification, 8000).read(out.subarray(before * 8));
  return out;
}

/** Plans that are not among those that we make ourselves. E.180 supplement 2. */
const others: [name: string, tone: NetworkTone, specification: ToneSpecification][] = [
  ["DE", "busy", { frequencies: [425], level: -16, cadence: [480, 480] }],
  ["DE", "congestion", { frequencies: [425], level: -16, cadence: [240, 240] }],
  ["DE", "ringback", { frequencies: [425], level: -16, cadence: [1000, 4000] }],
  ["FR", "ringback", { frequencies: [440], level: -16, cadence: [1500, 3500] }],
  ["FR", "busy", { frequencies: [440], level: -16, cadence: [500, 500] }],
  ["ES", "ringback", { frequencies: [425], level: -16, cadence: [1500, 3000] }],
  ["JP", "ringback", { frequencies: [400], level: -16, cadence: [1000, 2000] }],
  ["AU", "busy", { frequencies: [425], level: -16, cadence: [375, 375] }],
];

describe("cadences", () => {
  const plans = Object.entries(tonePlans).flatMap(([country, plan]) =>
    Object.entries(plan).map(([tone, specification]) => [country, tone, specification] as const),
  );
  for (const [country, tone, specification] of [...plans, ...others]) {
    test(`${tone} ${country}: clean, and over G.711 with noise 20 and 10 dB below, begun at any moment`, () => {
      for (const noise of [Number.NEGATIVE_INFINITY, -38, -28])
        for (const before of [0, 7, 333]) {
          const told = hear(overLine(play(specification, 14, before), noise));
          assert.deepEqual(
            told.map(([kind]) => kind),
            [tone],
            `noise ${noise}, after ${before} ms`,
          );
        }
    });
  }

  test("busy is known after its second pause, ringback with its second burst", () => {
    const [busy] = hear(play(tonePlans.us.busy, 5));
    assert.ok(busy && busy[1] >= 1980 && busy[1] <= 2100, `${busy}`);
    const [ringback] = hear(play(tonePlans.us.ringback, 14));
    assert.ok(ringback && ringback[1] >= 5980 && ringback[1] <= 6100, `${ringback}`);
  });

  test("uneven bursts, one burst, and an endless tone say nothing", () => {
    const burst = (ms: number): Sound => ({ hertz: [425], ms });
    assert.deepEqual(hear(sounds(burst(500), 1000, burst(200), 700, burst(450), 900, burst(300), 1000)), []);
    assert.deepEqual(hear(sounds(300, burst(1000), 9000)), []);
    assert.deepEqual(hear(sounds(burst(10_000))), []);
    assert.deepEqual(
      hear(sounds(burst(500), 500, { hertz: [800], ms: 500 }, 500, burst(500), 500, burst(200), 500)),
      [],
    );
  });
});

describe("special information", () => {
  const rise = (a: number, b: number, c: number, ms: number, gap: number): Int16Array =>
    sounds(300, { hertz: [a], ms }, gap, { hertz: [b], ms }, gap, { hertz: [c], ms }, 500);

  test("E.180's three tones, with and without pauses, and North America's short and shifted ones", () => {
    for (const pcm of [
      rise(950, 1400, 1800, 330, 0),
      rise(950, 1400, 1800, 330, 30),
      rise(913.8, 1370.6, 1776.7, 276, 0),
      rise(985.2, 1428.5, 1776.7, 380, 0),
      overLine(rise(950, 1400, 1800, 330, 20), -28),
    ])
      assert.deepEqual(
        hear(pcm).map(([tone]) => tone),
        ["special_information"],
      );
  });

  test("the same in another order, broken off, or with something between is none", () => {
    assert.deepEqual(hear(rise(1800, 1400, 950, 330, 0)), []);
    assert.deepEqual(hear(sounds({ hertz: [950], ms: 330 }, { hertz: [1400], ms: 330 }, 2000)), []);
    assert.deepEqual(hear(rise(950, 1400, 1800, 330, 700)), []);
    assert.deepEqual(hear(rise(950, 700, 1800, 330, 0)), []);
  });
});

describe("fax", () => {
  test("CED, and ANSam with its turns of phase and its swell, after a second", () => {
    const [ced] = hear(sounds(500, { hertz: [2100], ms: 3000 }));
    assert.ok(ced?.[0] === "fax_answer" && ced[1] >= 1480 && ced[1] <= 1600, `${ced}`);
    const ansam = Int16Array.from({ length: 24_000 }, (_, i) => {
      const turn = Math.floor(i / 3600) % 2 === 0 ? 1 : -1;
      const swell = 1 + 0.2 * Math.sin((2 * Math.PI * 15 * i) / 8000);
      return 3000 * turn * swell * Math.sin((2 * Math.PI * 2100 * i) / 8000);
    });
    const [modem] = hear(overLine(ansam, -36));
    assert.ok(modem?.[0] === "fax_answer" && modem[1] <= 1600, `${modem}`);
  });

  test("a short tone of that pitch, or one beside it, is none", () => {
    assert.deepEqual(hear(sounds(500, { hertz: [2100], ms: 500 }, 2000)), []);
    assert.deepEqual(hear(sounds(500, { hertz: [2000], ms: 3000 }, 2000)), []);
  });

  test("CNG by its second burst", () => {
    const burst: Sound = { hertz: [1100], ms: 500 };
    const [cng] = hear(sounds(200, burst, 3000, burst, 500));
    assert.ok(cng?.[0] === "fax_calling" && cng[1] >= 3680 && cng[1] <= 3800, `${cng}`);
    assert.deepEqual(hear(sounds(200, burst, 3000)), []);
  });
});

test("each kind is told once", () => {
  const told = hear(play(tonePlans.eu.busy, 30));
  assert.equal(told.length, 1);
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MediaError } from "../errors.ts";
import { writeWav } from "../record/wav.ts";
import { readHoldAudio, resample } from "./hold-file.ts";
import { holdMelody, holdMelodySource } from "./hold-melody.ts";
import { LoopedAudio } from "./looped-audio.ts";

const level = (pcm: Int16Array): number => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length);

test("the melody is of even loudness, never silent for half a second, and has no seam", () => {
  const pcm = holdMelody(8000);
  assert.equal(pcm.length, 12.8 * 8000);
  assert.equal(holdMelody(8000), pcm, "made once");
  assert.ok(
    pcm.every((sample) => Math.abs(sample) < 9000),
    "room for G.711",
  );
  for (let at = 0; at < pcm.length; at += 4000) {
    const loud = level(pcm.subarray(at, at + 4000));
    assert.ok(loud > 500 && loud < 3500, `${loud} at ${at / 8000} s`);
  }
  const step = Math.abs((pcm[0] ?? 0) - (pcm.at(-1) ?? 0));
  assert.ok(step < 1000, `the jump from end to beginning: ${step}`);
});

test("each who waits hears it from its beginning, round and round", () => {
  const source = holdMelodySource(8000);
  const frame = new Int16Array(160);
  for (let i = 0; i < 640; i++) assert.equal(source.read(frame), true);
  source.read(frame);
  assert.deepEqual(frame, holdMelody(8000).slice(0, 160));
  const short = new LoopedAudio(Int16Array.of(1, 2, 3));
  const five = new Int16Array(5);
  short.read(five);
  short.read(five);
  assert.deepEqual(Array.from(five), [3, 1, 2, 3, 1]);
  assert.equal(new LoopedAudio(new Int16Array()).read(five), false);
});

test("a file is made mono and of the leg's rate; what is no audio is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hold-"));
  try {
    const sine = (hertz: number, rate: number): Int16Array =>
      Int16Array.from({ length: rate }, (_, i) =>
        Math.round(10_000 * Math.sin((2 * Math.PI * hertz * i) / rate)),
      );
    const path = join(folder, "music.wav");
    // left a tone that fits into a telephone, right one that does not
    await writeWav(path, { sampleRate: 44_100, samples: [sine(440, 44_100), sine(6000, 44_100)] });
    const pcm = await readHoldAudio(path, 8000);
    assert.equal(pcm.length, 8000);
    const wanted = sine(440, 8000).map((sample) => sample / 2);
    const error = pcm.map((sample, i) => sample - (wanted[i] ?? 0)).subarray(100, -100);
    assert.ok(level(error) < level(wanted) * 0.03, `${level(error)} of ${level(wanted)}`);
    assert.ok(level(resample(sine(6000, 44_100), 44_100, 8000)) < 100, "no alias");
    await writeWav(path, { sampleRate: 8000, samples: [new Int16Array()] });
    const refused = (error: unknown): boolean =>
      error instanceof MediaError && error.code === "wav_malformed";
    await assert.rejects(readHoldAudio(path, 8000), refused);
    await writeFile(path, "music");
    await assert.rejects(readHoldAudio(path, 8000), refused);
    await assert.rejects(readHoldAudio(join(folder, "none.wav"), 8000), { code: "ENOENT" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { MediaError } from "../errors.ts";
import { readWav, repairWav, wavHeader, writeWav } from "./wav.ts";

let folder = "";
let file = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ringdown-wav-"));
  file = join(folder, "a.wav");
});
after(() => rm(folder, { recursive: true }));

function refused(promise: Promise<unknown>): Promise<void> {
  return assert.rejects(promise, (error) => error instanceof MediaError && error.code === "wav_malformed");
}

test("the header is the canonical 44 bytes", () => {
  assert.equal(
    wavHeader({ sampleRate: 8000, channels: 2 }, 32_000).toString("hex"),
    "52494646247d0000" + // RIFF, 36 + 32000
      "57415645666d742010000000" + // WAVE, fmt , 16
      "01000200401f0000007d000004001000" + // PCM, 2 channels, 8000 Hz, 32000 bytes/s, 4 bytes a frame, 16 bits
      "64617461007d0000", // data, 32000
  );
});

test("what is written is read back, channel by channel", async () => {
  const left = Int16Array.of(1, -2, 32767, -32768);
  const right = Int16Array.of(5, 6);
  await writeWav(file, { sampleRate: 22_050, samples: [left, right] });
  assert.deepEqual(await readWav(file), {
    sampleRate: 22_050,
    channels: 2,
    samples: [left, Int16Array.of(5, 6, 0, 0)],
  });
  assert.deepEqual(await repairWav(file), { seconds: 4 / 22_050, repaired: false });
  await writeWav(file, { sampleRate: 8000, samples: [new Int16Array(0)] });
  assert.deepEqual(await readWav(file), { sampleRate: 8000, channels: 1, samples: [new Int16Array(0)] });
});

test("chunks before and after the samples, and WAVE_FORMAT_EXTENSIBLE", async () => {
  const plain = wavHeader({ sampleRate: 8000, channels: 1 }, 4);
  const extension = Buffer.from("160010000000000001000000000010800000aa00389b71", "hex");
  const format = Buffer.concat([plain.subarray(12, 36), extension.subarray(0, 23), Buffer.alloc(1)]);
  format.writeUInt32LE(40, 4);
  format.writeUInt16LE(0xfffe, 8);
  const list = Buffer.concat([Buffer.from("LIST\x05\0\0\0abcde\0", "latin1")]);
  const body = Buffer.concat([list, format, plain.subarray(36), Buffer.from([1, 0, 2, 0]), list]);
  const riff = Buffer.from("RIFF\0\0\0\0WAVE", "latin1");
  riff.writeUInt32LE(body.length + 4, 4);
  await writeFile(file, Buffer.concat([riff, body]));
  assert.deepEqual((await readWav(file)).samples, [Int16Array.of(1, 2)]);
  const before = await readFile(file);
  assert.equal((await repairWav(file)).repaired, false);
  assert.deepEqual(await readFile(file), before);
});

test("sizes that lie are repaired; half frames are left out", async () => {
  const data = Buffer.alloc(4003, 1);
  for (const claimed of [0, 4, 2 ** 31, 0xffffffff - 36]) {
    await writeFile(file, Buffer.concat([wavHeader({ sampleRate: 8000, channels: 2 }, claimed), data]));
    assert.equal((await readWav(file)).samples[0]?.length, Math.min(1000, claimed / 4));
    assert.deepEqual(await repairWav(file), { seconds: 0.125, repaired: true });
    assert.deepEqual(
      (await readFile(file)).subarray(0, 44),
      wavHeader({ sampleRate: 8000, channels: 2 }, 4000),
    );
    assert.equal((await readWav(file)).samples[1]?.length, 1000);
    assert.equal((await stat(file)).size, 44 + 4003);
  }
});

test("what is no recording is refused and left alone", async () => {
  const header = wavHeader({ sampleRate: 8000, channels: 2 }, 0);
  const eightBits = Buffer.from(header);
  eightBits.writeUInt16LE(8, 34);
  const noChannels = Buffer.from(header);
  noChannels.writeUInt16LE(0, 22);
  const dataFirst = Buffer.concat([header.subarray(0, 12), header.subarray(36)]);
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from("RIFF"),
    header.subarray(0, 36),
    eightBits,
    noChannels,
    dataFirst,
  ]) {
    await writeFile(file, bytes);
    await refused(readWav(file));
    await refused(repairWav(file));
    assert.deepEqual(await readFile(file), Buffer.from(bytes));
  }
});

test("any bytes are read or refused", async () => {
  const header = wavHeader({ sampleRate: 8000, channels: 2 }, 8);
  await fc.assert(
    fc.asyncProperty(fc.nat(43), fc.uint8Array({ maxLength: 60 }), async (keep, rest) => {
      await writeFile(file, Buffer.concat([header.subarray(0, keep), rest]));
      for (const use of [readWav, repairWav]) {
        await use(file).catch((error: unknown) => assert.ok(error instanceof MediaError));
      }
    }),
    { numRuns: 60 },
  );
});

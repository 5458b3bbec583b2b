import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import type { MediaError } from "../errors.ts";
import { type RecordingFile, WavRecorder } from "./recorder.ts";
import { readWav, repairWav, wavHeaderLength } from "./wav.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ringdown-recorder-"));
});
after(() => rm(folder, { recursive: true }));

const frame = (value: number, length = 160) => new Int16Array(length).fill(value);

/** A disk in memory. While `gate` is set, writes wait for it; `failure` makes them fail. */
class MemoryDisk {
  bytes = Buffer.alloc(0);
  gate: Promise<void> | undefined;
  failure: Error | undefined;
  closed = false;
  /** Resolves at the end of each write. */
  onWritten: () => void = () => {};

  open = async (): Promise<RecordingFile> => ({
    writeAt: async (bytes, position) => {
      await this.gate;
      if (this.failure !== undefined) throw this.failure;
      if (this.bytes.length < position + bytes.length) {
        this.bytes = Buffer.concat([this.bytes, Buffer.alloc(position + bytes.length - this.bytes.length)]);
      }
      this.bytes.set(bytes, position);
      this.onWritten();
    },
    close: async () => {
      this.closed = true;
    },
  });

  /** Left and right sample of a moment, s. */
  at(seconds: number): [number, number] {
    const offset = wavHeaderLength + Math.round(seconds * 8000) * 4;
    return [this.bytes.readInt16LE(offset), this.bytes.readInt16LE(offset + 2)];
  }

  get dataLength(): number {
    return this.bytes.readUInt32LE(40);
  }

  /** Waits until the header vouches for so much audio. */
  async holds(seconds: number): Promise<void> {
    while (this.bytes.length < wavHeaderLength || this.dataLength < seconds * 32_000) {
      await new Promise<void>((resolve) => {
        this.onWritten = resolve;
      });
    }
  }
}

function recorder(
  disk: MemoryDisk,
  options: { maximumBacklogSeconds?: number; closeTimeoutMs?: number } = {},
) {
  const errors: MediaError[] = [];
  const wav = new WavRecorder("call.wav", {
    sampleRate: 8000,
    channels: 2,
    openFile: disk.open,
    onError: (error) => errors.push(error),
    ...options,
  });
  const speak = (seconds: number, left: number, right = -left) => {
    for (let i = 0; i < seconds * 50; i++) wav.write(frame(left), frame(right));
  };
  return { wav, errors, speak };
}

describe("on a real disk", () => {
  test("folders are made, the file is private, both sides lie in their channels", async () => {
    const path = join(folder, "2026", "05", "call.wav");
    const wav = new WavRecorder(path, { sampleRate: 16_000, channels: 2 });
    for (let i = 0; i < 125; i++) wav.write(frame(i, 320), frame(-2 * i, 320));
    wav.write(frame(7, 3), frame(9, 5));
    assert.deepEqual(await wav.close(), { seconds: 125 * 0.02 + 5 / 16_000 });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "2026"))).mode & 0o777, 0o700);
    const { sampleRate, samples } = await readWav(path);
    const [left = frame(0), right = frame(0)] = samples;
    assert.deepEqual([sampleRate, left.length, right.length], [16_000, 40_005, 40_005]);
    for (let i = 0; i < 125; i++) assert.deepEqual([left[i * 320], right[i * 320 + 319]], [i, 0 - 2 * i]);
    assert.deepEqual([...left.subarray(40_000)], [7, 7, 7, 0, 0]);
    assert.deepEqual([...right.subarray(40_000)], [9, 9, 9, 9, 9]);
    assert.equal(wav.droppedSeconds, 0);
  });

  test("a file that exists is not written over; the call goes on", async () => {
    const path = join(folder, "once.wav");
    const first = new WavRecorder(path, { sampleRate: 8000, channels: 2 });
    first.write(frame(1), frame(2));
    await first.close();
    const errors: string[] = [];
    const second = new WavRecorder(path, {
      sampleRate: 8000,
      channels: 2,
      onError: (error) => {
        errors.push(error.code);
        throw new Error("a handler that throws");
      },
    });
    for (let i = 0; i < 200; i++) second.write(frame(3), frame(4));
    assert.deepEqual(await second.close(), { seconds: 0 });
    assert.deepEqual(errors, ["recording_failed"]);
    assert.equal(second.droppedSeconds, 4);
    assert.equal((await readWav(path)).samples[0]?.[0], 1);
  });

  test("a folder that cannot be made", async () => {
    const errors: string[] = [];
    const wav = new WavRecorder("/proc/nowhere/call.wav", {
      sampleRate: 8000,
      channels: 2,
      onError: ({ code }) => errors.push(code),
    });
    wav.write(frame(1), frame(1));
    assert.deepEqual(await wav.close(), { seconds: 0 });
    assert.deepEqual(errors, ["recording_failed"]);
  });

  test("nothing recorded is an empty, readable file; closing twice is closing once", async () => {
    const path = join(folder, "empty.wav");
    const wav = new WavRecorder(path, { sampleRate: 8000, channels: 2 });
    assert.equal(wav.close(), wav.close());
    assert.deepEqual(await wav.close(), { seconds: 0 });
    wav.write(frame(1), frame(1));
    assert.equal((await readWav(path)).samples[0]?.length, 0);
  });

  test("kill -9 leaves a readable file that lacks the last second at most", async () => {
    const path = join(folder, "killed.wav");
    const code = `
      const { WavRecorder } = await import(${JSON.stringify(new URL("./recorder.ts", import.meta.url).href)});
      const wav = new WavRecorder(${JSON.stringify(path)}, { sampleRate: 8000, channels: 2 });
      let count = 0;
      setInterval(() => {
        wav.write(new Int16Array(160).fill(count), new Int16Array(160).fill(-count));
        count += 1;
        console.log(count);
      }, 5);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let frames = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      frames = Number(line);
      if (frames >= 190) break;
    }
    const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await exited;

    const { samples, sampleRate } = await readWav(path);
    const [left = frame(0), right = frame(0)] = samples;
    // One second that was still in memory, and half a second for a disk that was busy just then.
    assert.ok(
      left.length / sampleRate >= frames * 0.02 - 1.5,
      `${left.length / sampleRate} s of ${frames * 0.02} s`,
    );
    for (let i = 0; i < left.length; i++) {
      const expected = Math.floor(i / 160);
      if (left[i] !== expected || right[i] !== (-expected || 0)) assert.fail(`sample ${i}`);
    }
    assert.deepEqual(await repairWav(path), { seconds: left.length / sampleRate, repaired: false });

    // Killed between the samples and the header: the header is behind the file.
    const { size } = await stat(path);
    await truncate(path, size + 3203);
    assert.deepEqual(await repairWav(path), { seconds: left.length / sampleRate + 0.1, repaired: true });
    assert.equal((await readWav(path)).samples[0]?.length, left.length + 800);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith("killed")),
      ["killed.wav"],
    );
  });
});

describe("on a bad disk", () => {
  test("a disk that stands still costs bounded memory and a gap in its place, not the tick", async () => {
    const disk = new MemoryDisk();
    const { wav, errors, speak } = recorder(disk, { maximumBacklogSeconds: 3 });
    let release = () => {};
    disk.gate = new Promise((resolve) => {
      release = resolve;
    });
    speak(3, 1);
    assert.deepEqual([wav.droppedSeconds, errors.length], [0, 0]);
    speak(2, 2);
    assert.deepEqual([wav.droppedSeconds, wav.seconds], [2, 5]);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["recording_overrun"],
    );
    disk.gate = undefined;
    release();
    await disk.holds(3);
    await new Promise(setImmediate);
    speak(1, 3);
    assert.deepEqual(await wav.close(), { seconds: 6 });
    assert.deepEqual(
      [disk.at(2.99), disk.at(3), disk.at(4.99), disk.at(5)],
      [
        [1, -1],
        [0, 0],
        [0, 0],
        [3, -3],
      ],
    );
    assert.equal(errors.length, 1);
    assert.ok(disk.closed);
  });

  test("a disk that is full: one error, what was written stays readable", async () => {
    const disk = new MemoryDisk();
    const { wav, errors, speak } = recorder(disk);
    speak(2, 5);
    await disk.holds(2);
    disk.failure = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    speak(3, 6);
    assert.deepEqual(await wav.close(), { seconds: 2 });
    assert.deepEqual(
      errors.map(({ code, detail }) => [code, detail]),
      [["recording_failed", "ENOSPC: no space left on device"]],
    );
    assert.equal(wav.droppedSeconds, 3);
    assert.equal(disk.dataLength, 64_000);
    assert.ok(disk.closed);
  });

  test("closing waits for a dead disk no longer than it is told", async () => {
    const disk = new MemoryDisk();
    const { wav, errors, speak } = recorder(disk, { closeTimeoutMs: 10 });
    disk.gate = new Promise(() => {});
    speak(1, 1);
    assert.deepEqual(await wav.close(), { seconds: 0 });
    assert.equal(errors[0]?.code, "recording_failed");
  });

  test("the header vouches only for what is on the disk, at every write", async () => {
    const disk = new MemoryDisk();
    const { wav, speak } = recorder(disk);
    let writes = 0;
    disk.onWritten = () => {
      writes += 1;
      assert.ok(disk.bytes.length >= wavHeaderLength + disk.dataLength);
      assert.equal(disk.bytes.readUInt32LE(4), 36 + disk.dataLength);
    };
    speak(4.5, 1);
    assert.deepEqual(await wav.close(), { seconds: 4.5 });
    assert.equal(writes, 1 + 5 * 2);
    assert.equal(disk.bytes.length, wavHeaderLength + 4.5 * 32_000);
  });
});

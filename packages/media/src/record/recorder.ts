/**
 * Stereo recording of a call into a WAV file, written while the call runs.
 *
 * The media tick calls {@link WavRecorder.write}, which only copies samples: no promise, no exception, no allocation
 * but one chunk buffer now and then. Full chunks go to the disk one after the other. The header is patched after each
 * chunk, so that the file is readable at any moment, even after kill -9. Design note: docs/design/recording.md.
 */
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { MediaError } from "../errors.ts";
import { type WavFormat, wavHeader, wavHeaderLength, wavLongestData } from "./wav.ts";

/** What the recorder needs of a file; a test hands in a slow or full one. */
export interface RecordingFile {
  /** Writes all of `bytes` at a byte position. Rejects with the system's error. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

export interface WavRecorderOptions {
  /** Hz. */
  sampleRate: number;
  channels: 2;
  /** Audio that may wait for the disk, s. What comes on top is recorded as silence. Default 20. */
  maximumBacklogSeconds?: number;
  /** Called once, with the first thing that went wrong; the call goes on without (that part of) its recording. */
  onError?: (error: MediaError) => void;
  /** How long {@link WavRecorder.close} waits for a disk that does not answer, ms. Default 5000. */
  closeTimeoutMs?: number;
  /** Default: creates folders and a new file with mode 0600; a file that exists is never written over. */
  openFile?: (path: string) => Promise<RecordingFile>;
}

/** Audio of one chunk: what a crash may cost, beside what the disk has not taken yet. */
const chunkSeconds = 1;

interface Chunk {
  bytes: Uint8Array;
  samples: Int16Array;
  /** Samples filled, both channels together. */
  filled: number;
  /** Byte position in the file's data. */
  position: number;
}

export class WavRecorder {
  readonly path: string;
  readonly #format: WavFormat;
  readonly #chunkSamples: number;
  readonly #maximumChunks: number;
  readonly #closeTimeoutMs: number;
  readonly #onError: ((error: MediaError) => void) | undefined;
  readonly #file: Promise<RecordingFile | undefined>;
  #current: Chunk | undefined;
  readonly #waiting: Chunk[] = [];
  readonly #free: Chunk[] = [];
  #chunksMade = 0;
  /** Set while a chunk is being written. */
  #writing: Promise<void> | undefined;
  /** Samples of both channels seen so far, written or dropped: positions come from it, so dropping keeps time. */
  #samplesSeen = 0;
  /** Data bytes that the header on the disk vouches for. */
  #bytesOnDisk = 0;
  #failed = false;
  #reported = false;
  #closed: Promise<{ seconds: number }> | undefined;
  #droppedSamples = 0;

  constructor(path: string, options: WavRecorderOptions) {
    this.path = path;
    this.#format = { sampleRate: options.sampleRate, channels: options.channels };
    this.#chunkSamples = Math.max(2, Math.round(options.sampleRate * chunkSeconds) * options.channels);
    this.#maximumChunks = Math.max(2, Math.ceil((options.maximumBacklogSeconds ?? 20) / chunkSeconds));
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 5000;
    this.#onError = options.onError;
    this.#file = this.#open(options.openFile ?? createRecordingFile);
  }

  /** Audio that was not kept because the disk was slow, full or broken, s. It is silence in the file, or its end. */
  get droppedSeconds(): number {
    return this.#droppedSamples / this.#format.channels / this.#format.sampleRate;
  }

  /** Audio taken so far, s, dropped parts included. */
  get seconds(): number {
    return this.#samplesSeen / this.#format.channels / this.#format.sampleRate;
  }

  /**
   * Takes one frame of each side: left what was received, right what was sent. The shorter one is filled up with
   * silence. Never blocks and never throws; after {@link close} it does nothing.
   */
  write(left: Int16Array, right: Int16Array): void {
    if (this.#closed !== undefined) return;
    const frames = Math.max(left.length, right.length);
    for (let frame = 0; frame < frames; ) {
      const chunk = this.#current ?? this.#nextChunk();
      if (chunk === undefined) {
        this.#drop((frames - frame) * 2);
        return;
      }
      const room = (this.#chunkSamples - chunk.filled) / 2;
      const stop = Math.min(frames, frame + room);
      const { samples } = chunk;
      let at = chunk.filled;
      for (; frame < stop; frame++) {
        samples[at++] = left[frame] ?? 0;
        samples[at++] = right[frame] ?? 0;
      }
      this.#samplesSeen += at - chunk.filled;
      chunk.filled = at;
      if (at === this.#chunkSamples) this.#handOver(chunk);
    }
  }

  /** Writes what is left and closes the file. Gives the length of the audio in the file; never rejects. */
  close(): Promise<{ seconds: number }> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #drop(samples: number): void {
    this.#samplesSeen += samples;
    this.#droppedSamples += samples;
    if (!this.#failed) this.#report(new MediaError("recording_overrun", this.path));
  }

  #nextChunk(): Chunk | undefined {
    if (this.#failed || this.#samplesSeen * 2 + this.#chunkSamples * 2 > wavLongestData) return undefined;
    let chunk = this.#free.pop();
    if (chunk === undefined) {
      if (this.#chunksMade >= this.#maximumChunks) return undefined;
      this.#chunksMade += 1;
      const samples = new Int16Array(this.#chunkSamples);
      chunk = { samples, bytes: new Uint8Array(samples.buffer), filled: 0, position: 0 };
    }
    chunk.filled = 0;
    chunk.position = this.#samplesSeen * 2;
    this.#current = chunk;
    return chunk;
  }

  #handOver(chunk: Chunk): void {
    this.#current = undefined;
    this.#waiting.push(chunk);
    this.#writing ??= this.#writeWaiting();
  }

  async #writeWaiting(): Promise<void> {
    const file = await this.#file;
    for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
      if (file === undefined || this.#failed) this.#droppedSamples += chunk.filled;
      else await this.#writeChunk(file, chunk);
      this.#free.push(chunk);
    }
    this.#writing = undefined;
  }

  async #writeChunk(file: RecordingFile, chunk: Chunk): Promise<void> {
    const length = chunk.filled * 2;
    try {
      // A gap before the chunk, where audio was dropped, is a hole of zeros: silence, in its right place.
      await file.writeAt(chunk.bytes.subarray(0, length), wavHeaderLength + chunk.position);
      await file.writeAt(wavHeader(this.#format, chunk.position + length), 0);
      this.#bytesOnDisk = chunk.position + length;
    } catch (error) {
      this.#droppedSamples += chunk.filled;
      this.#fail(error);
    }
  }

  async #open(openFile: (path: string) => Promise<RecordingFile>): Promise<RecordingFile | undefined> {
    try {
      const file = await openFile(this.path);
      try {
        await file.writeAt(wavHeader(this.#format, 0), 0);
      } catch (error) {
        this.#fail(error);
      }
      return file;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  async #close(): Promise<{ seconds: number }> {
    const last = this.#current;
    if (last !== undefined && last.filled > 0) this.#handOver(last);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#fail(new Error("the disk does not answer"));
        resolve();
      }, this.#closeTimeoutMs);
    });
    await Promise.race([this.#finish(), timeout]);
    clearTimeout(timer);
    return { seconds: this.#bytesOnDisk / 2 / this.#format.channels / this.#format.sampleRate };
  }

  async #finish(): Promise<void> {
    const file = await this.#file;
    await this.#writing;
    try {
      await file?.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#report(new MediaError("recording_failed", reason, { cause: error }));
  }

  #report(error: MediaError): void {
    if (this.#reported) return;
    this.#reported = true;
    try {
      this.#onError?.(error);
    } catch {
      // The tick that records must not pay for a handler that throws.
    }
  }
}

async function createRecordingFile(path: string): Promise<RecordingFile> {
  await makeFolder(dirname(path));
  const handle = await open(path, "wx", 0o600);
  return {
    async writeAt(bytes, position) {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        if (bytesWritten === 0) throw new Error("the disk takes no more");
        done += bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}

/** `mkdir -p`. Node's own, with `recursive`, spins for ever where the system says ENOENT to every attempt (/proc). */
async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path, 0o700).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw error;
    await makeFolder(parent);
    await make();
  }
}

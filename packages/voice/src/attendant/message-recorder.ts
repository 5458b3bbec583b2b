import { type FileHandle, open, rm } from "node:fs/promises";
import type { TakenMessage } from "../conversation.ts";
import { VoiceError } from "../errors.ts";
import type { AudioSink, LegPort } from "../leg-port.ts";
import { MessageTake, type TakeEnd } from "./message-take.ts";

const headerSize = 44;

/** Mono 16-bit WAV of one message from the caller, written a second at a time and never in the tick. */
export class MessageRecorder implements AudioSink {
  readonly #path: string;
  readonly #sampleRate: number;
  readonly #take: MessageTake;
  readonly #removeSink: () => void;
  readonly #onTakeEnd: (end: TakeEnd) => void;
  #second: Int16Array;
  #filled = 0;
  #samples = 0;
  #running = true;
  #file: FileHandle | undefined;
  #failed: unknown;
  /** Writes one after another. */
  #written: Promise<void>;

  /**
   * @param path of the file; its folder exists
   * @param onTakeEnd called from the event loop when the message is over by itself; `finish` has to be called then
   */
  constructor(leg: LegPort, path: string, maxSeconds: number, onTakeEnd: (end: TakeEnd) => void) {
    this.#path = path;
    this.#sampleRate = leg.sampleRate;
    this.#take = new MessageTake(maxSeconds);
    this.#onTakeEnd = onTakeEnd;
    this.#second = new Int16Array(leg.sampleRate);
    this.#written = this.#attempt(async () => {
      this.#file = await open(path, "w", 0o600);
      await this.#file.write(wavHeader(this.#sampleRate, 0), 0, headerSize, 0);
    });
    this.#removeSink = leg.addSink(this);
  }

  write(frame: Int16Array): void {
    if (!this.#running) return;
    for (let at = 0; at < frame.length; ) {
      const count = Math.min(frame.length - at, this.#second.length - this.#filled);
      this.#second.set(frame.subarray(at, at + count), this.#filled);
      at += count;
      this.#filled += count;
      if (this.#filled === this.#second.length) this.#flush();
    }
    const end = this.#take.take(frame);
    if (end === undefined) return;
    this.#stop();
    setImmediate(() => this.#onTakeEnd(end));
  }

  /**
   * Closes the file. Without speech in it there is no message and no file.
   * @throws VoiceError `message_not_saved`
   */
  async finish(): Promise<TakenMessage | undefined> {
    this.#stop();
    this.#flush();
    await this.#written;
    await this.#attempt(async () => {
      await this.#file?.write(wavHeader(this.#sampleRate, this.#samples), 0, headerSize, 0);
    });
    await this.#file?.close().catch((error: unknown) => {
      this.#failed ??= error;
    });
    if (this.#failed !== undefined) throw new VoiceError("message_not_saved", { cause: this.#failed });
    if (this.#take.spoken) return { path: this.#path, seconds: this.#samples / this.#sampleRate };
    await rm(this.#path, { force: true });
    return undefined;
  }

  #stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#removeSink();
  }

  #flush(): void {
    const block = this.#second.subarray(0, this.#filled);
    if (block.length === 0) return;
    const at = headerSize + this.#samples * 2;
    this.#samples += block.length;
    this.#second = new Int16Array(this.#sampleRate);
    this.#filled = 0;
    this.#written = this.#written.then(() =>
      this.#attempt(async () => {
        await this.#file?.write(new Uint8Array(block.buffer, 0, block.byteLength), 0, block.byteLength, at);
      }),
    );
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    if (this.#failed !== undefined) return;
    try {
      await write();
    } catch (error) {
      this.#failed = error;
    }
  }
}

/** RIFF header of mono 16-bit PCM. */
function wavHeader(sampleRate: number, samples: number): Buffer {
  const header = Buffer.alloc(headerSize);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + samples * 2, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(samples * 2, 40);
  return header;
}

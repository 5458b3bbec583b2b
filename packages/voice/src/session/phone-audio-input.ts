import { ReadableStream, type ReadableStreamDefaultController } from "node:stream/web";
import { voice } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import type { Resampler } from "../audio/resampler.ts";
import type { AudioSink, LegPort } from "../leg-port.ts";

/** Hz at which voice detector and recognisers listen. */
export const listeningRate = 16_000;

/** Samples in a frame to the session: one window of the voice detector, so that nothing has to be cut or joined again. */
export const listeningWindow = 512;

/** Frames that may wait before the oldest call for help: 2 s. The session is stuck then; sound is dropped, not kept. */
const longestQueue = 64;

/** The agent's ear: the leg's 20 ms frames, as 32 ms windows at 16 kHz. */
export class PhoneAudioInput extends voice.AudioInput implements AudioSink {
  readonly #resampler: Resampler | undefined;
  readonly #removeSink: () => void;
  #controller: ReadableStreamDefaultController<AudioFrame> | undefined;
  #window = new Int16Array(listeningWindow);
  #filled = 0;
  #dropped = 0;

  /** @param resampler from the leg's rate to `listeningRate`; undefined where they are the same. It is closed with the input. */
  constructor(leg: LegPort, resampler: Resampler | undefined) {
    super();
    this.#resampler = resampler;
    const stream = new ReadableStream<AudioFrame>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
      },
      { highWaterMark: longestQueue },
    );
    this.multiStream.addInputStream(stream);
    this.#removeSink = leg.addSink(this);
  }

  /** Frames that the session was too slow for. */
  get droppedFrames(): number {
    return this.#dropped;
  }

  write(frame: Int16Array): void {
    if (this.#controller === undefined) return;
    const samples = this.#resampler === undefined ? frame : this.#resampler.process(frame);
    let at = 0;
    while (at < samples.length) {
      const count = Math.min(listeningWindow - this.#filled, samples.length - at);
      this.#window.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === listeningWindow) this.#emit();
    }
  }

  override async close(): Promise<void> {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    this.#removeSink();
    this.#resampler?.close();
    controller.close();
    await super.close();
  }

  #emit(): void {
    const controller = this.#controller;
    this.#filled = 0;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) <= 0) {
      this.#dropped++;
      return;
    }
    controller.enqueue(new AudioFrame(this.#window, listeningRate, 1, listeningWindow));
    this.#window = new Int16Array(listeningWindow);
  }
}

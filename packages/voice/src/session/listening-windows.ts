import type { Resampler } from "../audio/resampler.ts";
import type { AudioSink } from "../leg-port.ts";

/** Hz at which voice detector and recognisers listen. */
export const listeningRate = 16_000;

/** Samples handed on at once: one window of the voice detector (32 ms), so that nothing has to be cut or joined again. */
export const listeningWindow = 512;

/** A leg's 20 ms frames as 32 ms windows at 16 kHz. */
export class ListeningWindows implements AudioSink {
  readonly #resampler: Resampler | undefined;
  readonly #onWindow: (window: Int16Array) => void;
  #window = new Int16Array(listeningWindow);
  #filled = 0;

  /** @param resampler from the leg's rate to `listeningRate`; undefined where they are the same. It is closed with this. @param onWindow may keep the array */
  constructor(resampler: Resampler | undefined, onWindow: (window: Int16Array) => void) {
    this.#resampler = resampler;
    this.#onWindow = onWindow;
  }

  write(frame: Int16Array): void {
    const samples = this.#resampler === undefined ? frame : this.#resampler.process(frame);
    let at = 0;
    while (at < samples.length) {
      const count = Math.min(listeningWindow - this.#filled, samples.length - at);
      this.#window.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled < listeningWindow) continue;
      const window = this.#window;
      this.#window = new Int16Array(listeningWindow);
      this.#filled = 0;
      this.#onWindow(window);
    }
  }

  close(): void {
    this.#resampler?.close();
  }
}

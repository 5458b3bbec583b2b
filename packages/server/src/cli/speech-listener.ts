// Hears, from frames alone, whether the other side speaks: by energy, as a stop-watch would be used.
import type { AudioSink } from "@ringdown/media";

/** A frame is 20 ms. */
const FRAME_MS = 20;
/** Root mean square, of 32767, above which a frame counts as sound: -46 dBFS, well above G.711's idle noise. */
const THRESHOLD = 164;
/** Sound shorter than this is a click. */
const SPEECH_MS = 60;

interface Waiter {
  done(): boolean;
  resolve(): void;
}

export class SpeechListener implements AudioSink {
  /** Milliseconds of sound heard in all. */
  soundMs = 0;
  /** When the first sound came, on `performance.now()`'s clock. */
  firstSoundAt: number | undefined;
  #silentMs = 0;
  #runMs = 0;
  #heard = false;
  #waiters: Waiter[] = [];

  write(frame: Int16Array): void {
    let sum = 0;
    for (const sample of frame) sum += sample * sample;
    if (Math.sqrt(sum / frame.length) > THRESHOLD) {
      this.#silentMs = 0;
      this.#runMs += FRAME_MS;
      this.soundMs += FRAME_MS;
      this.firstSoundAt ??= performance.now();
      if (this.#runMs >= SPEECH_MS) this.#heard = true;
    } else {
      this.#silentMs += FRAME_MS;
      this.#runMs = 0;
    }
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => waiter.done());
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }

  /** Forgets what was heard: the next wait is for speech from now on. */
  reset(): void {
    this.#heard = false;
    this.#runMs = 0;
    this.#silentMs = 0;
  }

  /** Resolves at the next speech. */
  speech(): Promise<void> {
    return this.#until(() => this.#heard);
  }

  /** Resolves when there was speech, and then `pauseMs` of silence. */
  endOfSpeech(pauseMs: number): Promise<void> {
    return this.#until(() => this.#heard && this.#silentMs >= pauseMs);
  }

  #until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ done, resolve }));
  }
}

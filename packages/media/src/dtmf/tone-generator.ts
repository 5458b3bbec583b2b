/** DTMF as sound, for a leg whose other side takes no telephone events. */
import { MediaError } from "../errors.ts";
import { ToneGenerator } from "../tone/call-progress.ts";
import { frequenciesOf } from "./tone-frequencies.ts";

export interface ToneDigitOptions {
  /** Length of a digit, ms. Default 100. */
  toneMs?: number;
  /** Pause after a digit, ms. Default 100. */
  gapMs?: number;
  /** dBm0 of each of the two frequencies. Default -9. */
  level?: number;
}

const maximumDigits = 256;
const pauseMs = 1000;

/** An audio source that speaks digits and is then at its end. */
export class DtmfToneGenerator {
  readonly #steps: { tone: ToneGenerator | undefined; samples: number }[] = [];
  #at = 0;
  #step = 0;

  /**
   * @param digits 0-9, *, #, A-D, and "," for a pause of one second
   * @param sampleRate Hz
   * @throws MediaError `dtmf_invalid`
   */
  constructor(digits: string, sampleRate: number, options: ToneDigitOptions = {}) {
    if (digits.length > maximumDigits) throw new MediaError("dtmf_invalid", "too many digits");
    const samples = (ms: number) => Math.round((ms * sampleRate) / 1000);
    for (const digit of digits) {
      const pair = frequenciesOf(digit);
      if (pair !== undefined) {
        const frequencies = [pair.row, pair.column];
        const tone = new ToneGenerator({ frequencies, level: options.level ?? -9, cadence: [] }, sampleRate);
        this.#steps.push({ tone, samples: samples(options.toneMs ?? 100) });
        this.#steps.push({ tone: undefined, samples: samples(options.gapMs ?? 100) });
      } else if (digit === ",") {
        this.#steps.push({ tone: undefined, samples: samples(pauseMs) });
      } else {
        throw new MediaError("dtmf_invalid");
      }
    }
  }

  /** Fills one frame; false once all digits are spoken (the frame is silence then). */
  read(frame: Int16Array): boolean {
    let filled = 0;
    while (filled < frame.length) {
      const step = this.#steps[this.#step];
      if (step === undefined) break;
      const length = Math.min(frame.length - filled, step.samples - this.#at);
      const part = frame.subarray(filled, filled + length);
      if (step.tone === undefined) part.fill(0);
      else step.tone.read(part);
      filled += length;
      this.#at += length;
      if (this.#at >= step.samples) {
        this.#step += 1;
        this.#at = 0;
      }
    }
    frame.fill(0, filled);
    return filled > 0;
  }
}

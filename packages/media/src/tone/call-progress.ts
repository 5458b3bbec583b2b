/**
 * Call-progress tones as a caller knows them: ringback, busy and congestion, by the country's plan.
 *
 * United States: GR-506 precise tone plan. Europe: ETSI TR 101 041 harmonised recommendation, 425 Hz.
 * United Kingdom: SIN 350. All lengths in ms, levels in dBm0.
 */

export type CallProgressTone = "ringback" | "busy" | "congestion";
export type TonePlan = "us" | "eu" | "uk";

export interface ToneSpecification {
  /** Hz, sounding together. */
  frequencies: readonly number[];
  /** dBm0 of each frequency. */
  level: number;
  /** ms on, ms off, ms on …, repeated for ever. */
  cadence: readonly number[];
}

export const tonePlans: Readonly<Record<TonePlan, Readonly<Record<CallProgressTone, ToneSpecification>>>> = {
  us: {
    ringback: { frequencies: [440, 480], level: -19, cadence: [2000, 4000] },
    busy: { frequencies: [480, 620], level: -24, cadence: [500, 500] },
    congestion: { frequencies: [480, 620], level: -24, cadence: [250, 250] },
  },
  eu: {
    ringback: { frequencies: [425], level: -16, cadence: [1000, 4000] },
    busy: { frequencies: [425], level: -16, cadence: [500, 500] },
    congestion: { frequencies: [425], level: -16, cadence: [200, 200] },
  },
  uk: {
    ringback: { frequencies: [400, 450], level: -19, cadence: [400, 200, 400, 2000] },
    busy: { frequencies: [400], level: -19, cadence: [375, 375] },
    congestion: { frequencies: [400], level: -19, cadence: [400, 350, 225, 525] },
  },
};

/** Peak sample of a sine of 0 dBm0: G.711's full scale is +3.14 dBm0 (A-law) for a sine that just reaches it. */
const peakAtZero = 32768 / 10 ** (3.14 / 20);

/** Peak sample value of a sine at a level. @param level dBm0 */
export function peakOf(level: number): number {
  return peakAtZero * 10 ** (level / 20);
}

/** Noise like that of a line; the same each time. */
class LineNoise {
  readonly #gain: number;
  #state = 0x2545_f491;
  #low = 0;

  /** @param level dBm0 of the whole band */
  constructor(level: number) {
    // A sine's RMS is its peak by √2; a value evenly from −1 to 1 has 1/√3, and the low-pass leaves √(SMOOTH / (2 − SMOOTH)) of it.
    this.#gain = (peakOf(level) / Math.SQRT2) * Math.sqrt(3) * Math.sqrt((2 - SMOOTH) / SMOOTH);
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#low += SMOOTH * ((this.#state >>> 0) / 2 ** 31 - 1 - this.#low);
    return this.#low * this.#gain;
  }
}

/** Of the noise's low-pass: hiss without its edge. */
const SMOOTH = 0.4;

export interface ToneOptions {
  /** dBm0 of noise like that of a line, under tone and pauses: so that nobody takes a pause for the end. */
  noise?: number;
}

/** Generates a tone for ever; an audio source of the media engine. Pure: the state is a sample count. */
export class ToneGenerator {
  readonly #steps: number[];
  readonly #peak: number;
  /** Ends of the cadence's phases in samples; the last one is its period. */
  readonly #ends: number[] = [];
  readonly #noise: LineNoise | undefined;
  #sample = 0;
  #phase = 0;

  /** @param sampleRate Hz */
  constructor(tone: ToneSpecification, sampleRate: number, { noise }: ToneOptions = {}) {
    this.#noise = noise === undefined ? undefined : new LineNoise(noise);
    this.#steps = tone.frequencies.map((frequency) => (2 * Math.PI * frequency) / sampleRate);
    this.#peak = peakOf(tone.level);
    let end = 0;
    for (const length of tone.cadence) {
      end += Math.max(1, Math.round((length * sampleRate) / 1000));
      this.#ends.push(end);
    }
  }

  /** Fills one frame. Always true: the pauses of a cadence are silence that belongs to it. */
  read(frame: Int16Array): boolean {
    const period = this.#ends.at(-1) ?? 0;
    for (let i = 0; i < frame.length; i++) {
      let value = 0;
      if (this.#phase % 2 === 0) {
        for (const step of this.#steps) value += Math.sin(step * this.#sample);
      }
      frame[i] = Math.round(value * this.#peak + (this.#noise?.next() ?? 0));
      this.#sample += 1;
      if (period > 0 && this.#sample >= (this.#ends[this.#phase] ?? 0)) {
        this.#phase += 1;
        if (this.#phase >= this.#ends.length) {
          this.#phase = 0;
          this.#sample = 0;
        }
      }
    }
    return true;
  }
}

/** A generator of a country's tone. @param sampleRate Hz */
export function callProgressTone(tone: CallProgressTone, plan: TonePlan, sampleRate: number): ToneGenerator {
  return new ToneGenerator(tonePlans[plan][tone], sampleRate);
}

/**
 * Hears DTMF in the audio of a leg without telephone events: Goertzel filters over short blocks.
 *
 * It must not hear digits in speech, so a digit needs three blocks (38 ms) on end in which two frequencies, one of each
 * group and of like strength, hold nearly all of the sound, and whose phases advance from block to block as those of
 * steady tones do: harmonics of a voice are off pitch or glide. The price: tones under 51 ms may be missed, though
 * ITU-T Q.24 wants 40 ms; keys pressed by people and by machines last 65 ms and more.
 */
import { peakOf } from "../tone/call-progress.ts";
import type { EventReceiverHandlers } from "./event-receiver.ts";
import { columnFrequencies, keypad, rowFrequencies } from "./tone-frequencies.ts";

export interface ToneDetectorOptions extends EventReceiverHandlers {
  /** Hz. */
  sampleRate: number;
}

/** 102 samples at 8000 Hz: filters 78 Hz wide, which separates rows 73 Hz apart and takes ±1.5 % (Q.24). */
const blockSeconds = 0.01275;
const blocksToBegin = 3;
/** A drop-out shorter than this does not make two digits of one. */
const blocksToEnd = 3;
/** dBm0 of the weaker frequency. */
const weakest = -34;
/** How much stronger one frequency may be than the other: 8 dB. */
const twist = 10 ** 0.8;
/** How far the strongest of a group stands above the others of its group: 8 dB. */
const contrast = 10 ** 0.8;
/** Share of the block's energy that the two frequencies hold; 1 for clean tones in the middle of their filters. */
const purity = 0.7;

/** How far a frequency may be off, as a share of it. Q.24: 1.5 % is heard, 3.5 % is not. */
const tolerance = 0.022;
/** Radians by which the advance of the phase may differ from one block to the next: 5 Hz of glide in 13 ms. */
const steadiness = 0.4;

const none = -1;

export class DtmfToneDetector {
  onStart: ((digit: string) => void) | undefined;
  onEnd: ((digit: string, durationMs: number) => void) | undefined;
  readonly #blockLength: number;
  readonly #coefficients: Float64Array;
  readonly #one = new Float64Array(8);
  readonly #two = new Float64Array(8);
  readonly #powers = new Float64Array(8);
  /** Least Goertzel power of a frequency. */
  readonly #threshold: number;
  /** Radians that a filter's own frequency advances in a block. */
  readonly #advances: Float64Array;
  /** Phase of the two frequencies of the last block that held a digit, and how it drifted from the advance due. */
  #rowPhase = 0;
  #columnPhase = 0;
  #rowDrift = 0;
  #columnDrift = 0;
  #energy = 0;
  #filled = 0;
  /** What the last block held, for how many blocks on end. */
  #candidate = none;
  #hits = 0;
  /** The digit that has begun. */
  #digit = none;
  #blocks = 0;
  #misses = 0;

  constructor(options: ToneDetectorOptions) {
    this.onStart = options.onStart;
    this.onEnd = options.onEnd;
    this.#blockLength = Math.round(options.sampleRate * blockSeconds);
    const steps = [...rowFrequencies, ...columnFrequencies].map(
      (f) => (2 * Math.PI * f) / options.sampleRate,
    );
    this.#coefficients = Float64Array.from(steps, (step) => 2 * Math.cos(step));
    this.#advances = Float64Array.from(steps, (step) => step * this.#blockLength);
    this.#threshold = ((peakOf(weakest) * this.#blockLength) / 2) ** 2;
  }

  /** Takes audio of any length; calls the handlers from inside. Allocates nothing. */
  write(frame: Int16Array): void {
    let at = 0;
    while (at < frame.length) {
      const stop = Math.min(frame.length, at + this.#blockLength - this.#filled);
      this.#filter(frame, at, stop);
      this.#filled += stop - at;
      at = stop;
      if (this.#filled === this.#blockLength) this.#endOfBlock();
    }
  }

  #filter(frame: Int16Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#energy += (frame[i] as number) ** 2;
    for (let filter = 0; filter < 8; filter++) {
      const coefficient = this.#coefficients[filter] as number;
      let one = this.#one[filter] as number;
      let two = this.#two[filter] as number;
      for (let i = from; i < to; i++) {
        const zero = (frame[i] as number) + coefficient * one - two;
        two = one;
        one = zero;
      }
      this.#one[filter] = one;
      this.#two[filter] = two;
    }
  }

  #endOfBlock(): void {
    for (let filter = 0; filter < 8; filter++) {
      const one = this.#one[filter] as number;
      const two = this.#two[filter] as number;
      this.#powers[filter] = one * one + two * two - (this.#coefficients[filter] as number) * one * two;
    }
    const heard = this.#judge();
    const steady = heard !== none && this.#isSteady(heard);
    this.#one.fill(0);
    this.#two.fill(0);
    this.#energy = 0;
    this.#filled = 0;
    this.#advance(heard, steady);
  }

  /** Whether both frequencies go on where the last block's left them. Their phases are noted for the next block. */
  #isSteady(digit: number): boolean {
    const row = digit >> 2;
    const column = 4 + (digit & 3);
    const rowPhase = this.#phase(row);
    const columnPhase = this.#phase(column);
    const rowDrift = wrap(rowPhase - this.#rowPhase - (this.#advances[row] as number));
    const columnDrift = wrap(columnPhase - this.#columnPhase - (this.#advances[column] as number));
    const inTune =
      Math.abs(rowDrift) <= (this.#advances[row] as number) * tolerance &&
      Math.abs(columnDrift) <= (this.#advances[column] as number) * tolerance;
    // The first pair of blocks has nothing to compare its drift with.
    const even =
      this.#hits < 2 ||
      (Math.abs(wrap(rowDrift - this.#rowDrift)) <= steadiness &&
        Math.abs(wrap(columnDrift - this.#columnDrift)) <= steadiness);
    this.#rowPhase = rowPhase;
    this.#columnPhase = columnPhase;
    this.#rowDrift = rowDrift;
    this.#columnDrift = columnDrift;
    return inTune && even;
  }

  /** Phase of a frequency at the block's last sample, radians. */
  #phase(filter: number): number {
    const cosine = (this.#coefficients[filter] as number) / 2;
    const two = this.#two[filter] as number;
    return Math.atan2(two * Math.sqrt(1 - cosine * cosine), (this.#one[filter] as number) - two * cosine);
  }

  /** The digit in the block that just ended, as an index of the keypad. */
  #judge(): number {
    const row = this.#strongest(0);
    const column = this.#strongest(4);
    if (row === none || column === none) return none;
    const low = this.#powers[row] as number;
    const high = this.#powers[column] as number;
    if (low > high * twist || high > low * twist) return none;
    if (((low + high) * 2) / this.#blockLength < this.#energy * purity) return none;
    return row * 4 + (column - 4);
  }

  #strongest(first: number): number {
    let best = first;
    for (let i = first + 1; i < first + 4; i++) {
      if ((this.#powers[i] as number) > (this.#powers[best] as number)) best = i;
    }
    const power = this.#powers[best] as number;
    if (power < this.#threshold) return none;
    for (let i = first; i < first + 4; i++) {
      if (i !== best && (this.#powers[i] as number) * contrast > power) return none;
    }
    return best;
  }

  #advance(heard: number, steady: boolean): void {
    this.#hits = heard === this.#candidate && steady ? this.#hits + 1 : 1;
    this.#candidate = heard;
    if (this.#digit !== none) {
      this.#blocks += 1;
      this.#misses = heard === this.#digit ? 0 : this.#misses + 1;
      const another = heard !== none && heard !== this.#digit && this.#hits >= blocksToBegin;
      if (this.#misses >= blocksToEnd || another) this.#finish();
    }
    if (this.#digit === none && heard !== none && this.#hits >= blocksToBegin) {
      this.#digit = heard;
      this.#blocks = this.#hits;
      this.#misses = 0;
      this.onStart?.(keypad.charAt(heard));
    }
  }

  #finish(): void {
    const digit = keypad.charAt(this.#digit);
    const blocks = this.#blocks - this.#misses;
    this.#digit = none;
    this.onEnd?.(digit, Math.round(blocks * blockSeconds * 1000));
  }
}

/** An angle in -π to π. */
function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

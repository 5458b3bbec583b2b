// What one frame of audio holds in tones: its level, and the one or two frequencies that hold the most of it.
//
// Unlike the filters of DTMF the frequencies are not known beforehand (every answering machine beeps as it likes), so this
// is a Fourier transform: 32 ms under a Hann window at each 20 ms, bins 31.25 Hz apart. Two frequencies under 60 Hz from each
// other (440 and 480 Hz, 400 and 450 Hz) are one reading at their middle; the cadence tells those tones, not the pair.
import { peakOf } from "./call-progress.ts";

/** Samples of a window at 8 kHz: 32 ms. */
const WINDOW = 256;
/** Frequencies that are looked at, Hz. */
const LOWEST = 300;
const HIGHEST = 2250;
/** Bins on each side of a peak that belong to it: a Hann window's main lobe, and a pair of tones within it. */
const REACH = 3;
/** dBm0 under which no frequency is looked for: the tones of networks and machines are louder. */
export const QUIET = -45;
/** The level of digital silence, dBm0. */
export const SILENT = -100;

export class ToneAnalyser {
  /** Samples of one frame. */
  readonly frameSamples: number;
  /** Level of the last frame, dBm0, SILENT to +6. */
  level = SILENT;
  /** The strongest frequency, Hz; 0 where the frame is too quiet. */
  first = 0;
  /** Share of the window's energy that it holds, 0 to 1. */
  firstShare = 0;
  /** The strongest of the others, Hz; 0 where none. */
  second = 0;
  secondShare = 0;
  readonly #size: number;
  readonly #binWidth: number;
  readonly #lowBin: number;
  readonly #highBin: number;
  readonly #window: Float64Array;
  readonly #history: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint16Array;
  readonly #power: Float64Array;
  readonly #zero: number;

  /** @param sampleRate 8000 or 16000 Hz @throws RangeError otherwise */
  constructor(sampleRate: number) {
    if (sampleRate !== 8000 && sampleRate !== 16_000) throw new RangeError(`no tones at ${sampleRate} Hz`);
    const size = (WINDOW * sampleRate) / 8000;
    const half = size / 2;
    this.#size = size;
    this.frameSamples = sampleRate / 50;
    this.#binWidth = sampleRate / size;
    this.#lowBin = Math.floor(LOWEST / this.#binWidth);
    this.#highBin = Math.ceil(HIGHEST / this.#binWidth);
    this.#window = Float64Array.from(
      { length: size },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size),
    );
    this.#history = new Float64Array(size);
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    const bits = Math.log2(half);
    this.#reversed = Uint16Array.from({ length: half }, (_, i) => {
      let out = 0;
      for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) out |= 1 << (bits - 1 - bit);
      return out;
    });
    this.#power = new Float64Array(this.#highBin + REACH + 2);
    this.#zero = peakOf(0) ** 2 / 2;
  }

  /** Takes one 20 ms frame; the readings are of it and the 12 ms before it. Allocates nothing. */
  write(frame: Int16Array): void {
    const history = this.#history;
    const length = Math.min(frame.length, history.length);
    history.copyWithin(0, length);
    const offset = history.length - length;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const sample = frame[i] as number;
      history[offset + i] = sample;
      sum += sample * sample;
    }
    this.level = sum === 0 ? SILENT : Math.max(SILENT, 10 * Math.log10(sum / length / this.#zero));
    this.first = this.second = this.firstShare = this.secondShare = 0;
    if (this.level >= QUIET) this.#analyse();
  }

  #analyse(): void {
    const total = this.#transform();
    if (total <= 0) return;
    const first = this.#peak(-1);
    this.firstShare = Math.min(1, this.#lump(first, -1) / total);
    this.first = this.#frequency(first);
    const second = this.#peak(first);
    if (second < 0) return;
    this.secondShare = Math.min(1, this.#lump(second, first) / total);
    this.second = this.#frequency(second);
  }

  /** Powers of the bins; the real samples are transformed as half as many complex ones. @returns the whole window's energy, in the same measure */
  #transform(): number {
    const half = this.#size / 2;
    const re = this.#re;
    const im = this.#im;
    let total = 0;
    for (let i = 0; i < half; i++) {
      const even = (this.#history[2 * i] as number) * (this.#window[2 * i] as number);
      const odd = (this.#history[2 * i + 1] as number) * (this.#window[2 * i + 1] as number);
      const to = this.#reversed[i] as number;
      re[to] = even;
      im[to] = odd;
      total += even * even + odd * odd;
    }
    this.#butterflies(half);
    for (let k = this.#lowBin - REACH - 1; k < this.#power.length; k++) {
      const mirror = half - k;
      const evenRe = ((re[k] as number) + (re[mirror] as number)) / 2;
      const evenIm = ((im[k] as number) - (im[mirror] as number)) / 2;
      const oddRe = ((im[k] as number) + (im[mirror] as number)) / 2;
      const oddIm = ((re[mirror] as number) - (re[k] as number)) / 2;
      const cos = this.#cos[k] as number;
      const sin = this.#sin[k] as number;
      const real = evenRe + oddRe * cos + oddIm * sin;
      const imaginary = evenIm + oddIm * cos - oddRe * sin;
      this.#power[k] = real * real + imaginary * imaginary;
    }
    // Parseval; a real signal has each frequency twice
    return (total * this.#size) / 2;
  }

  #butterflies(length: number): void {
    const re = this.#re;
    const im = this.#im;
    for (let span = 1; span < length; span *= 2) {
      // the table is one of the whole window: its steps are half as wide
      const step = this.#size / (2 * span);
      for (let group = 0; group < length; group += 2 * span) {
        for (let i = 0; i < span; i++) {
          const cos = this.#cos[i * step] as number;
          const sin = this.#sin[i * step] as number;
          const a = group + i;
          const b = a + span;
          const bRe = re[b] as number;
          const bIm = im[b] as number;
          const turnedRe = bRe * cos + bIm * sin;
          const turnedIm = bIm * cos - bRe * sin;
          re[b] = (re[a] as number) - turnedRe;
          im[b] = (im[a] as number) - turnedIm;
          re[a] = (re[a] as number) + turnedRe;
          im[a] = (im[a] as number) + turnedIm;
        }
      }
    }
  }

  /** The strongest bin out of reach of another; -1 where there is none. */
  #peak(other: number): number {
    let best = -1;
    for (let k = this.#lowBin; k <= this.#highBin; k++) {
      if (other >= 0 && Math.abs(k - other) <= REACH) continue;
      if (best < 0 || (this.#power[k] as number) > (this.#power[best] as number)) best = k;
    }
    return best;
  }

  #lump(peak: number, other: number): number {
    let sum = 0;
    for (let k = peak - REACH; k <= peak + REACH; k++) {
      if (other < 0 || Math.abs(k - other) > REACH) sum += this.#power[k] as number;
    }
    return sum;
  }

  /** The middle of what stands around a peak, weighed by power: exact for one tone, the mean for a close pair. */
  #frequency(peak: number): number {
    let sum = 0;
    let weighed = 0;
    for (let k = peak - 2; k <= peak + 2; k++) {
      const power = this.#power[k] as number;
      sum += power;
      weighed += power * k;
    }
    return sum === 0 ? 0 : (weighed / sum) * this.#binWidth;
  }
}

// What is heard where a packet is missing: the last 20 ms played to and fro, fading out. A mirror has no step
// at its ends, so it cannot click, and needs no pitch search; after 60 ms there is silence, since a longer
// repetition sounds like a machine. Real audio comes back over a 5 ms cross-fade.

const LOSS_FADE_MS = 60;
const PAUSE_FADE_MS = 5;
const RETURN_MS = 5;

export class Concealment {
  readonly #frameSamples: number;
  readonly #lossFade: number;
  readonly #pauseFade: number;
  readonly #returnSamples: number;
  /** The last frame that was put out, and while a gap lasts the audio right before it. */
  readonly #last: Int16Array;
  readonly #beforeGap: Int16Array;
  #position = 0;
  #fade = 1;

  constructor(frameSamples: number, sampleRate: number) {
    this.#frameSamples = frameSamples;
    this.#lossFade = (LOSS_FADE_MS * sampleRate) / 1000;
    this.#pauseFade = (PAUSE_FADE_MS * sampleRate) / 1000;
    this.#returnSamples = (RETURN_MS * sampleRate) / 1000;
    this.#last = new Int16Array(frameSamples);
    this.#beforeGap = new Int16Array(frameSamples);
  }

  /** True from the start of a gap until real audio has come back. */
  get inGap(): boolean {
    return this.#position > 0;
  }

  /** The frame put out last; do not change it. */
  get lastFrame(): Int16Array {
    return this.#last;
  }

  /** Remembers the frame that is put out now. Call once a frame, after it is complete. */
  remember(frame: Int16Array): void {
    this.#last.set(frame);
  }

  /**
   * Fills `frame` from `from` to `to` where nothing is there to play.
   * @param lost a loss is bridged; else the sender paused on purpose, and it fades at once
   * @returns samples that are not plain silence
   */
  fill(frame: Int16Array, from: number, to: number, lost: boolean): number {
    if (this.#position === 0) {
      // the gap may begin inside a frame
      this.#beforeGap.set(this.#last.subarray(from), 0);
      this.#beforeGap.set(frame.subarray(0, from), this.#frameSamples - from);
      this.#fade = lost ? this.#lossFade : this.#pauseFade;
    }
    let at = from;
    for (; at < to && this.#position < this.#fade; at++) frame[at] = this.#next();
    const audible = at - from;
    frame.fill(0, at, to);
    this.#position += to - at;
    return audible;
  }

  /** What comes next does not continue what was put out last: makes it fade over. */
  interrupt(): void {
    if (this.#position > 0) return;
    this.#beforeGap.set(this.#last);
    this.#fade = this.#pauseFade;
    this.#position = 1;
  }

  /** Real audio stands in `frame` from `from` to `to` again: fades over to it. */
  resume(frame: Int16Array, from: number, to: number): void {
    if (this.#position === 0) return;
    const end = Math.min(to, from + this.#returnSamples);
    for (let at = from; at < end; at++) {
      const weight = (at - from + 1) / (this.#returnSamples + 1);
      const bridge = this.#position < this.#fade ? this.#next() : 0;
      frame[at] = Math.round((frame[at] ?? 0) * weight + bridge * (1 - weight));
    }
    this.#position = 0;
  }

  #next(): number {
    const length = this.#frameSamples;
    const phase = this.#position % (2 * length);
    const sample = this.#beforeGap[phase < length ? length - 1 - phase : phase - length] ?? 0;
    const gain = 1 - this.#position / this.#fade;
    this.#position += 1;
    return Math.round(sample * gain);
  }
}

/** `out` = `first` fading over to `second`, over the whole frame; `out` may be either. */
export function crossFade(first: Int16Array, second: Int16Array, out: Int16Array): void {
  const length = out.length;
  for (let i = 0; i < length; i++) {
    const weight = (i + 0.5) / length;
    out[i] = Math.round((first[i] ?? 0) * (1 - weight) + (second[i] ?? 0) * weight);
  }
}

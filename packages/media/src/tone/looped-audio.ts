/** Audio that begins again at its end, for ever; an audio source of the media engine. The samples may be shared. */
export class LoopedAudio {
  readonly #pcm: Int16Array;
  #at = 0;

  /** @param pcm samples at the leg's rate, not copied; none: there is nothing to say */
  constructor(pcm: Int16Array) {
    this.#pcm = pcm;
  }

  /** Fills one frame. */
  read(frame: Int16Array): boolean {
    const { length } = this.#pcm;
    if (length === 0) return false;
    for (let filled = 0; filled < frame.length; ) {
      const count = Math.min(frame.length - filled, length - this.#at);
      frame.set(this.#pcm.subarray(this.#at, this.#at + count), filled);
      filled += count;
      this.#at = (this.#at + count) % length;
    }
    return true;
  }
}

/** What a recorder of one message knows when it stops. */
export type TakeEnd = "silence" | "full" | "nothing";

/** Seconds of silence after speech that end a message, and without any speech at all. */
const silenceAfterSpeech = 4;
const silenceAtAll = 8;
/** Speech is so much louder than the line's own noise, and never quieter than this (RMS of 16-bit samples). */
const overNoise = 3;
const leastLevel = 120;
/** Frames of speech in a row that are speech and not a click. */
const leastFrames = 5;

/**
 * Listens for the end of a message by level alone: works where no voice detector does, and costs a
 * sum a frame. 20 ms frames.
 */
export class MessageTake {
  readonly #maxFrames: number;
  #frames = 0;
  #quiet = 0;
  #loud = 0;
  #noise = leastLevel;
  #spoken = false;

  /** @param maxSeconds longest message */
  constructor(maxSeconds: number) {
    this.#maxFrames = maxSeconds * 50;
  }

  /** Something that sounds like speech has been heard. */
  get spoken(): boolean {
    return this.#spoken;
  }

  /** @returns why the message is over with this frame; undefined: it goes on */
  take(frame: Int16Array): TakeEnd | undefined {
    this.#frames++;
    let sum = 0;
    for (let index = 0; index < frame.length; index++) sum += (frame[index] ?? 0) ** 2;
    const level = Math.sqrt(sum / frame.length);
    if (level > Math.max(leastLevel, this.#noise * overNoise)) {
      this.#loud++;
      if (this.#loud >= leastFrames) {
        this.#spoken = true;
        this.#quiet = 0;
      } else this.#quiet++;
    } else {
      this.#loud = 0;
      this.#quiet++;
      // Follows the line's noise down at once and up over some seconds.
      this.#noise = level < this.#noise ? level : this.#noise + (level - this.#noise) / 100;
    }
    if (this.#frames >= this.#maxFrames) return this.#spoken ? "full" : "nothing";
    if (!this.#spoken) return this.#quiet >= silenceAtAll * 50 ? "nothing" : undefined;
    return this.#quiet >= silenceAfterSpeech * 50 ? "silence" : undefined;
  }
}

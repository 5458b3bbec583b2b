/** Gives a leg's outgoing audio. */
export interface AudioSource {
  /** Fills one 20 ms frame; false = nothing to say (silence goes out). Called once a tick; must not keep `frame`. */
  read(frame: Int16Array): boolean;
}

export interface FrameInfo {
  /** A part of the frame bridges a loss. */
  concealed: boolean;
  /** Nothing was there to play: the frame is silence. */
  silenceInserted: boolean;
}

/** Takes a leg's incoming audio. */
export interface AudioSink {
  /** One 20 ms frame at each tick, concealed where lost; the array is reused: copy what you keep. */
  write(frame: Int16Array, info: FrameInfo): void;
}

/** Frames from one tick to another: a sink to one side, a source to the other. */
export class FrameQueue implements AudioSource, AudioSink {
  readonly #frameSamples: number;
  readonly #depth: number;
  // made with the first frame: a call that ends before it is heard needs none
  readonly #frames: Int16Array[] = [];
  #oldest = 0;
  #count = 0;

  /** @param frameSamples of the leg; @param depth frames kept; more are dropped, oldest first, to keep the delay small */
  constructor(frameSamples = 160, depth = 2) {
    this.#frameSamples = frameSamples;
    this.#depth = depth;
  }

  write(frame: Int16Array): void {
    if (this.#frames.length === 0)
      for (let i = 0; i < this.#depth; i++) this.#frames.push(new Int16Array(this.#frameSamples));
    if (this.#count === this.#depth) {
      this.#oldest = (this.#oldest + 1) % this.#depth;
      this.#count -= 1;
    }
    this.#frames[(this.#oldest + this.#count) % this.#depth]?.set(frame);
    this.#count += 1;
  }

  read(frame: Int16Array): boolean {
    const oldest = this.#count > 0 ? this.#frames[this.#oldest] : undefined;
    if (oldest === undefined) return false;
    frame.set(oldest);
    this.drop();
    return true;
  }

  /** Lets the oldest frame go unheard. */
  drop(): void {
    if (this.#count === 0) return;
    this.#oldest = (this.#oldest + 1) % this.#depth;
    this.#count -= 1;
  }

  clear(): void {
    this.#count = 0;
  }
}

/** Gives back what comes in: the caller hears himself. Set it as a leg's source and add it as a sink. */
export class EchoSource extends FrameQueue {}

// Who listens to a call that runs: the audio leaves its worker while there is anybody, once for all of them.

export interface CallListener {
  /** 16-bit PCM at 8 kHz, little-endian, caller and agent in turns; 100 ms. */
  onAudio(pcm: Buffer): void;
  /** The call is over, or nothing can be heard of it. */
  onEnd(): void;
}

export class CallListeners {
  readonly #listeners = new Set<CallListener>();
  readonly #overhear: (on: boolean) => Promise<void>;

  constructor(overhear: (on: boolean) => Promise<void>) {
    this.#overhear = overhear;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns what takes it away */
  add(listener: CallListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#overhear(true).catch(() => this.close());
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0)
        this.#overhear(false).catch(() => undefined);
    };
  }

  heard(pcm: string): void {
    if (this.#listeners.size === 0) return;
    const bytes = Buffer.from(pcm, "base64");
    for (const listener of this.#listeners) listener.onAudio(bytes);
  }

  close(): void {
    const all = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of all) listener.onEnd();
  }
}

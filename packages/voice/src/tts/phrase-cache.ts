/** Least recently used PCM, bounded by its bytes. */
export class PhraseCache {
  readonly #entries = new Map<string, Int16Array>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit bytes of PCM */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Int16Array | undefined {
    const pcm = this.#entries.get(key);
    if (pcm === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, pcm);
    return pcm;
  }

  /** A phrase larger than a quarter of the whole is not kept: it would push out what is said on every call. */
  set(key: string, pcm: Int16Array): void {
    if (pcm.byteLength > this.#limit / 4) return;
    this.#drop(key);
    this.#entries.set(key, pcm);
    this.#bytes += pcm.byteLength;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const pcm = this.#entries.get(key);
    if (pcm === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= pcm.byteLength;
  }
}

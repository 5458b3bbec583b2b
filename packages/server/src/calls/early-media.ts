// Whose audio is heard while several phones ring (RFC 3960 §3.2 leaves the choice to us): the newest one that says that
// it sends any. When that one is over, the newest of the others.

export interface EarlyMediaOptions {
  /** Takes a phone's answer into the media, in place of the one before. Rejects where it cannot be used. */
  accept(sdp: string): Promise<{ audible: boolean }>;
  /** Another phone is heard from here on. */
  onHeard(fork: string): void;
}

export class EarlyMedia {
  readonly #options: EarlyMediaOptions;
  /** Each phone's newest description, the newest of all last. */
  readonly #known = new Map<string, string>();
  #taken: { sdp: string; audible: boolean } | undefined;
  #work: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: EarlyMediaOptions) {
    this.#options = options;
  }

  /** @param fork what tells the phones apart */
  take(fork: string, sdp: string): void {
    // A 183 is repeated every minute (RFC 3261 §13.3.1.1).
    if (this.#over || this.#known.get(fork) === sdp) return;
    this.#known.delete(fork);
    this.#known.set(fork, sdp);
    this.#choose();
  }

  /** That phone rings no more (199, RFC 6228). */
  gone(fork: string): void {
    if (this.#known.delete(fork)) this.#choose();
  }

  /** Another target is tried: what rang before rings no more. */
  clear(): void {
    this.#known.clear();
  }

  /** Resolves when nothing of it touches the media any more. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#work;
  }

  #choose(): void {
    this.#work = this.#work.then(() => this.#takeNewest());
  }

  async #takeNewest(): Promise<void> {
    for (const [fork, sdp] of [...this.#known].reverse()) {
      if (this.#over) return;
      if (sdp === this.#taken?.sdp) {
        if (this.#taken.audible) return;
        continue;
      }
      try {
        const { audible } = await this.#options.accept(sdp);
        this.#taken = { sdp, audible };
        if (!audible) continue;
        this.#options.onHeard(fork);
        return;
      } catch {
        this.#known.delete(fork);
      }
    }
  }
}

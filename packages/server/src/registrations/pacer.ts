export interface PacerOptions {
  /** ms, monotonic. */
  now(): number;
  after(ms: number, action: () => void): unknown;
  /** ms between two turns at the same place, asked for each time. */
  spacing(): number;
}

/** Lets one after the other: many registrations at one PBX that begin at the same moment, or lose it, are no storm. */
export class Pacer {
  readonly #options: PacerOptions;
  /** When the next turn of a place is. */
  readonly #next = new Map<string, number>();

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Resolves when it is our turn there; the first one's is at once. */
  turn(place: string): Promise<void> {
    const now = this.#options.now();
    const at = Math.max(now, this.#next.get(place) ?? now);
    // Behind the others, so that those not asked for any more come to the front.
    this.#next.delete(place);
    this.#next.set(place, at + this.#options.spacing());
    this.#forget(now);
    if (at <= now) return Promise.resolve();
    return new Promise((resolve) => this.#options.after(at - now, resolve));
  }

  #forget(now: number): void {
    for (const [place, next] of this.#next) {
      if (next > now) return;
      this.#next.delete(place);
    }
  }
}

/** Counts below the highest that may still come, once each: requests overtake each other. */
const windowSize = 32;

interface Entry {
  readonly madeAt: number;
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  seen: number;
}

/**
 * Which nonce counts were used (RFC 7616 §3.3 and §5.5). It holds nonces that came with a right password alone, and of
 * those a bounded number: when it is full the oldest goes, and with it every nonce that was made before.
 */
export class ReplayTable {
  readonly #maximum: number;
  readonly #lifetime: number;
  /** In the order of their first use. */
  readonly #entries = new Map<string, Entry>();
  /** Nonces made up to here cannot be judged any more. */
  #forgottenUpTo = Number.NEGATIVE_INFINITY;

  /** @param lifetime ms after which a nonce is refused for its age anyway */
  constructor(maximum: number, lifetime: number) {
    this.#maximum = maximum;
    this.#lifetime = lifetime;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Takes note of one use. False where it was used before, or that can no longer be known. */
  use(nonce: string, count: number, madeAt: number, now: number): boolean {
    const entry = this.#entries.get(nonce);
    if (entry !== undefined) return useAgain(entry, count);
    if (madeAt <= this.#forgottenUpTo) return false;
    this.#makeRoom(now);
    this.#entries.set(nonce, { madeAt, highest: count, seen: 1 });
    return true;
  }

  #makeRoom(now: number): void {
    for (const [nonce, { madeAt }] of this.#entries) {
      const isOld = now - madeAt > this.#lifetime;
      if (!isOld && this.#entries.size < this.#maximum) return;
      this.#entries.delete(nonce);
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, madeAt);
    }
  }
}

function useAgain(entry: Entry, count: number): boolean {
  const ahead = count - entry.highest;
  if (ahead > 0) {
    entry.seen = ahead >= windowSize ? 1 : (entry.seen << ahead) | 1;
    entry.highest = count;
    return true;
  }
  const bit = 1 << -ahead;
  if (-ahead >= windowSize || (entry.seen & bit) !== 0) return false;
  entry.seen |= bit;
  return true;
}

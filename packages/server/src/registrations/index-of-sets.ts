/** Finds all that stand under a key. */
export class Index<Value> {
  readonly #sets = new Map<string, Set<Value>>();

  get(key: string): ReadonlySet<Value> | undefined {
    return this.#sets.get(key);
  }

  has(key: string): boolean {
    return this.#sets.has(key);
  }

  /** From under these keys to under those. */
  move(value: Value, from: Iterable<string>, to: Iterable<string>): void {
    const next = new Set(to);
    for (const key of from) {
      if (next.has(key)) continue;
      const set = this.#sets.get(key);
      set?.delete(value);
      if (set?.size === 0) this.#sets.delete(key);
    }
    for (const key of next) {
      const set = this.#sets.get(key) ?? new Set();
      this.#sets.set(key, set.add(value));
    }
  }
}

/**
 * Transactions by key, bounded. Look-up, insertion and removal cost the same at any size.
 */
export interface TableEntry {
  readonly key: string;
  /** Of requests outside dialogs, see `mergeKey`. */
  readonly mergeKey: string | undefined;
}

export class TransactionTable<T extends TableEntry> {
  readonly limit: number;
  readonly #byKey = new Map<string, T>();
  readonly #byMergeKey = new Map<string, T>();

  /** @param limit beyond this many `isFull` says so; the table itself refuses nothing */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get isFull(): boolean {
    return this.#byKey.size >= this.limit;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** True when a request of this merge key is being worked on under another transaction key. */
  isMerged(mergeKey: string, key: string): boolean {
    const other = this.#byMergeKey.get(mergeKey);
    return other !== undefined && other.key !== key;
  }

  add(entry: T): void {
    this.#byKey.set(entry.key, entry);
    if (entry.mergeKey !== undefined) this.#byMergeKey.set(entry.mergeKey, entry);
  }

  remove(entry: T): void {
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
    if (entry.mergeKey !== undefined && this.#byMergeKey.get(entry.mergeKey) === entry) {
      this.#byMergeKey.delete(entry.mergeKey);
    }
  }

  values(): IterableIterator<T> {
    return this.#byKey.values();
  }
}

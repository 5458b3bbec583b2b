/** Longest word of a table; longer ones are looked for in the caller's slower way. */
const maxLength = 31;

interface Entry<T> {
  readonly codes: Uint8Array;
  readonly value: T;
}

/**
 * Words that are known beforehand, found in the codes of a text without cutting them out of it. Finds exactly
 * the spelling that was added. Only filled while modules load: nothing from the network makes it grow.
 */
export class WordTable<T> {
  /** By length and the lower bits of the first letter; few words share a slot. */
  readonly #slots: Entry<T>[][] = Array.from({ length: (maxLength + 1) * 32 }, () => []);

  /** @param word ASCII, 1 to 31 characters */
  add(word: string, value: T): void {
    const codes = Buffer.from(word, "latin1");
    if (word.length > maxLength) return;
    this.#slots[slotOf(codes, 0, word.length)]?.push({ codes, value });
  }

  /** The value of the word that stands in that range of `codes`. */
  find(codes: Uint8Array, start: number, end: number): T | undefined {
    const length = end - start;
    if (length > maxLength || length <= 0) return undefined;
    const entries = this.#slots[slotOf(codes, start, length)] as Entry<T>[];
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Entry<T>;
      let same = 0;
      while (same < length && entry.codes[same] === codes[start + same]) same++;
      if (same === length) return entry.value;
    }
    return undefined;
  }
}

function slotOf(codes: Uint8Array, start: number, length: number): number {
  return length * 32 + ((codes[start] as number) & 31);
}

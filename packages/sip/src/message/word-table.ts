/** Longest word of a table. */
const maxLength = 31;

/**
 * Letters of the words of all tables, one word after the other: in one array that never changes its place, so that a
 * comparison looks up nothing but the letters.
 */
const letters = new Uint8Array(4_096);
let used = 0;

interface Entry<T> {
  /** Where its letters begin. */
  readonly at: number;
  readonly value: T;
  /** Another word of that length and first letter. */
  readonly next: Entry<T> | undefined;
}

/**
 * Words that are known beforehand, found in the codes of a text without cutting them out of it. Finds exactly
 * the spelling that was added. Only filled while modules load: nothing from the network makes it grow.
 */
export class WordTable<T> {
  /** By length and the lower bits of the first letter; few words share a slot. */
  readonly #slots: (Entry<T> | undefined)[] = new Array((maxLength + 1) * 32).fill(undefined);

  /** @param word ASCII, 1 to 31 characters */
  add(word: string, value: T): void {
    const codes = Buffer.from(word, "latin1");
    const slot = slotOf(codes, 0, word.length);
    this.#slots[slot] = { at: used, value, next: this.#slots[slot] };
    letters.set(codes, used);
    used += codes.length;
  }

  /** The value of the word that stands in that range of `codes`. */
  find(codes: Uint8Array, start: number, end: number): T | undefined {
    const length = end - start;
    if (length > maxLength || length <= 0) return undefined;
    let entry = this.#slots[slotOf(codes, start, length)];
    while (entry !== undefined) {
      const { at } = entry;
      let same = 0;
      while (same < length && letters[at + same] === codes[start + same]) same++;
      if (same === length) return entry.value;
      entry = entry.next;
    }
    return undefined;
  }
}

function slotOf(codes: Uint8Array, start: number, length: number): number {
  return length * 32 + ((codes[start] as number) & 31);
}

/** One word that is looked for where it may stand. */
export class Word {
  readonly length: number;
  readonly #at = used;

  /** @param word ASCII */
  constructor(word: string) {
    this.length = word.length;
    letters.set(Buffer.from(word, "latin1"), used);
    used += word.length;
  }

  standsAt(codes: Uint8Array, start: number): boolean {
    let same = 0;
    while (same < this.length && letters[this.#at + same] === codes[start + same]) same++;
    return same === this.length;
  }
}

// Keys as input beside speech: digits are collected until #, or until no further one comes.

/** ms after the last key. */
const PAUSE_MS = 2_000;
const MOST_KEYS = 40;

export class KeyInput {
  #keys = "";
  #cancel: (() => void) | undefined;
  readonly #after: (ms: number, action: () => void) => () => void;
  readonly #onInput: (keys: string) => void;

  constructor(after: (ms: number, action: () => void) => () => void, onInput: (keys: string) => void) {
    this.#after = after;
    this.#onInput = onInput;
  }

  press(key: string): void {
    this.#cancel?.();
    this.#keys += key;
    if (key === "#" || this.#keys.length >= MOST_KEYS) this.#done();
    else this.#cancel = this.#after(PAUSE_MS, () => this.#done());
  }

  /** What was collected is nobody's. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#keys = "";
  }

  #done(): void {
    const keys = this.#keys;
    this.clear();
    this.#onInput(keys);
  }
}

// The timers of one conversation, gone with it.

export type After = (ms: number, action: () => void) => () => void;

export class Timers {
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;

  readonly after: After = (ms, action) => {
    if (this.#closed) return () => undefined;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  };

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

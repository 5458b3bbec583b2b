// Who waits for a key on one leg.
import { WorkerError } from "./worker-error.ts";

const MOST_WAITS = 8;

export type After = (ms: number, action: () => void) => () => void;

export class KeyWaits {
  readonly #after: After;
  readonly #waits = new Set<{ keys: string; end(key: string | null): void }>();

  constructor(after: After) {
    this.#after = after;
  }

  /**
   * Resolves with the first of `keys` that is pressed; null when none was in time, or the leg closed.
   * @param keys any of 0-9, *, #, A-D; empty: every key; @throws WorkerError `too_many_waits`
   */
  wait(keys: string, timeoutMs: number): Promise<string | null> {
    if (this.#waits.size >= MOST_WAITS) {
      return Promise.reject(
        new WorkerError("too_many_waits", "Too many commands wait for a key on this leg."),
      );
    }
    return new Promise((resolve) => {
      const wait = {
        keys,
        end: (key: string | null): void => {
          this.#waits.delete(wait);
          cancel();
          resolve(key);
        },
      };
      const cancel = this.#after(timeoutMs, () => wait.end(null));
      this.#waits.add(wait);
    });
  }

  press(key: string): void {
    for (const wait of [...this.#waits]) if (wait.keys === "" || wait.keys.includes(key)) wait.end(key);
  }

  /** Nobody will press any more. */
  close(): void {
    for (const wait of [...this.#waits]) wait.end(null);
  }
}

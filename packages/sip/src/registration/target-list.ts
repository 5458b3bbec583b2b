import type { SendTarget } from "../environment.ts";
import { targetKey } from "../target-key.ts";

const maxTargets = 16;

/** Targets in the order to be tried, without those that asked to be left alone (Retry-After). */
export class TargetList {
  #targets: readonly SendTarget[] = [];
  #next = 0;
  readonly #heldBack = new Map<string, number>();

  /** Begins anew with these. */
  use(targets: readonly SendTarget[], now: number): void {
    this.#targets = targets.slice(0, maxTargets);
    this.#next = 0;
    for (const [key, until] of this.#heldBack) if (until <= now) this.#heldBack.delete(key);
  }

  get isEmpty(): boolean {
    return this.#targets.length === 0;
  }

  /** The next one that may be tried; undefined after the last. */
  take(): SendTarget | undefined {
    while (this.#next < this.#targets.length) {
      const target = this.#targets[this.#next++];
      if (target !== undefined && !this.#heldBack.has(targetKey(target))) return target;
    }
    return undefined;
  }

  /** @param until ms */
  holdBack(target: SendTarget, until: number): void {
    if (this.#heldBack.size < maxTargets) this.#heldBack.set(targetKey(target), until);
  }

  /** When the first of them may be tried again, ms. */
  freeAt(now: number): number {
    return Math.min(...this.#targets.map((target) => this.#heldBack.get(targetKey(target)) ?? now));
  }

  /** Forgets who asked to be left alone. */
  forgive(): void {
    this.#heldBack.clear();
  }
}

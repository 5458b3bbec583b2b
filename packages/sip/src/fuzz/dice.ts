import { seededRandom } from "../simulation/random.ts";

/** Random choices that all follow from one seed. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** 0 up to, and without, `below`; 0 for nothing to choose from. */
  below(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** True once in that many throws. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** @throws RangeError when there is nothing to choose from */
  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new RangeError("Nothing to choose from.");
    return chosen;
  }

  /** Small numbers mostly, large ones now and then: 1 to 2^`bits`. */
  magnitude(bits: number): number {
    return 1 + this.below(2 ** this.below(bits + 1));
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }
}

/** A seed of its own for each step of a run: any of them can be had again without those before it. */
export function seedOf(seed: number, step: number): number {
  let value = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 15)) >>> 0;
}

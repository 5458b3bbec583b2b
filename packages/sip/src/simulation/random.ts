/** A generator of [0, 1) that gives the same numbers for the same seed on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed of its own for a part of a run that has a name: what other parts draw does not change it. */
export function seedFor(seed: number, name: string): number {
  let value = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 15)) >>> 0;
}

/** `bytes` random bytes as hexadecimal digits. */
export function randomHex(random: () => number, bytes: number): string {
  let text = "";
  while (text.length < 2 * bytes) text += ((random() * 2 ** 32) >>> 0).toString(16).padStart(8, "0");
  return text.slice(0, 2 * bytes);
}

/** Draws as scenarios need them. */
export class Draw {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** @param probability 0 to 1 */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[Math.floor(this.random() * list.length)] ?? list[0];
  }
}

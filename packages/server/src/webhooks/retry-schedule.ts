// When a delivery that failed is tried again.

/** From when it was made until nothing more is tried. */
export const GIVE_UP_MS = 3 * 24 * 3_600_000;
const FIRST_MS = 10_000;
const FACTOR = 3;
const LONGEST_MS = 8 * 3_600_000;
/** Of the pause, either way: receivers that come back are not met by all at once. */
const JITTER = 0.25;

/**
 * @param attempts that were made, at least 1
 * @param random 0 to 1
 * @returns milliseconds
 */
export function pauseAfter(attempts: number, random: number): number {
  const pause = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** Math.min(attempts - 1, 20));
  return Math.round(pause * (1 - JITTER + 2 * JITTER * random));
}

// When a delivery that failed is tried again.

/** From when it was made until nothing more is tried. */
export const GIVE_UP_MS = 3 * 24 * 3_600_000;
const FIRST_MS = 10_000;
const FACTOR = 3;
const LONGEST_MS = 8 * 3_600_000;
/** Of the pause, either way: receivers that come back are not met by all at once. */
const JITTER = 0.25;
/** Statuses by which a receiver asks for a pause of his own (RFC 6585 §4, RFC 9110 §15.6.4). */
const ASKING = new Set([429, 503]);
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * @param attempts that were made, at least 1
 * @param random 0 to 1
 * @param asked what the receiver asked for, in milliseconds: never shortens the pause, and lengthens it to 8 h at most
 * @returns milliseconds
 */
export function pauseAfter(attempts: number, random: number, asked = 0): number {
  const pause = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** Math.min(attempts - 1, 20));
  const own = Math.round(pause * (1 - JITTER + 2 * JITTER * random));
  return Math.max(own, Math.min(LONGEST_MS, asked));
}

/**
 * The pause that a receiver asks for by Retry-After, in seconds or as a date (RFC 9110 §10.2.3).
 *
 * @param now epoch milliseconds
 * @returns milliseconds; 0 where it asks for none, or in a way that cannot be read
 */
export function pauseAskedFor(status: number, retryAfter: string | undefined, now: number): number {
  const value = retryAfter?.trim() ?? "";
  if (!ASKING.has(status)) return 0;
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

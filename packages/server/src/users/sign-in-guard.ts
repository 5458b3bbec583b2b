import { AppError } from "../errors.ts";

const WINDOW_MS = 10 * 60_000;
/** Wrong passwords in a window. By name it is more: a stranger must not lock the owner out with a few requests. */
const MAX_BY_ADDRESS = 10;
const MAX_BY_NAME = 50;
const MAX_ENTRIES = 10_000;

/** Counts wrong passwords by address and by name, and says when it is enough. */
export class SignInGuard {
  readonly #now: () => number;
  readonly #counts = new Map<string, { count: number; since: number }>();

  /** @param now milliseconds of any clock */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Seconds until the next try; undefined: now. */
  blockedFor(address: string, name: string): number | undefined {
    const waits = [
      this.#wait(`address ${address}`, MAX_BY_ADDRESS),
      this.#wait(`name ${name.toLowerCase()}`, MAX_BY_NAME),
    ].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Math.max(...waits);
  }

  failed(address: string, name: string): void {
    this.#count(`address ${address}`);
    this.#count(`name ${name.toLowerCase()}`);
  }

  /** Who knows the password has the address's slips forgiven. */
  succeeded(address: string): void {
    this.#counts.delete(`address ${address}`);
  }

  #wait(key: string, most: number): number | undefined {
    const entry = this.#counts.get(key);
    if (entry === undefined || entry.count < most) return undefined;
    const left = entry.since + WINDOW_MS - this.#now();
    if (left > 0) return Math.ceil(left / 1000);
    this.#counts.delete(key);
    return undefined;
  }

  #count(key: string): void {
    const now = this.#now();
    const entry = this.#counts.get(key);
    if (entry !== undefined && now - entry.since < WINDOW_MS) {
      entry.count++;
      return;
    }
    this.#counts.delete(key);
    this.#counts.set(key, { count: 1, since: now });
    if (this.#counts.size > MAX_ENTRIES) this.#counts.delete(this.#counts.keys().next().value ?? "");
  }
}

const MIN_PASSWORD = 10;
const MAX_PASSWORD = 256;

/** NIST SP 800-63B §3.1.1: length counts, not kinds of characters. @throws AppError password_weak */
export function checkPassword(password: string, username: string): void {
  const length = [...password].length;
  if (length < MIN_PASSWORD || password.length > MAX_PASSWORD) {
    throw new AppError("password_weak", `A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`);
  }
  if (new Set(password).size < 4) {
    throw new AppError("password_weak", "That is the same few characters again and again: choose another.");
  }
  const plain = password.toLowerCase();
  if (plain.includes(username.toLowerCase()) && length < username.length + MIN_PASSWORD) {
    throw new AppError("password_weak", "The password is little more than the user's name: choose another.");
  }
}

import type { Timer, TimerOwner, TimerQueue } from "./timer-queue.ts";

/** No honest key is longer; a longer one is not remembered, so that `limit` bounds the memory, too. */
const longestKey = 512;

/**
 * Keys that are remembered for a fixed time; at most `limit` of them, the oldest given up first. One timer for all,
 * as all live equally long.
 */
export class ExpiringSet implements TimerOwner {
  readonly #timers: TimerQueue;
  readonly #lifetime: number;
  readonly #limit: number;
  readonly #expiry = new Map<string, number>();
  #timer: Timer | undefined;

  /** @param lifetime ms */
  constructor(timers: TimerQueue, lifetime: number, limit: number) {
    this.#timers = timers;
    this.#lifetime = lifetime;
    this.#limit = limit;
  }

  get size(): number {
    return this.#expiry.size;
  }

  has(key: string): boolean {
    return this.#expiry.has(key);
  }

  add(key: string, now: number): void {
    if (key.length > longestKey) return;
    this.#expiry.delete(key);
    if (this.#expiry.size >= this.#limit) {
      for (const oldest of this.#expiry.keys()) {
        this.#expiry.delete(oldest);
        break;
      }
    }
    // A copy: cut out of a message, the key would keep the whole message's text alive.
    this.#expiry.set(Buffer.from(key, "utf8").toString("utf8"), now + this.#lifetime);
    this.#timer ??= this.#timers.set(now, this.#lifetime, this, "expire");
  }

  onTimer(_name: string, now: number): void {
    this.#timer = undefined;
    for (const [key, at] of this.#expiry) {
      if (at > now) {
        this.#timer = this.#timers.set(now, at - now, this, "expire");
        return;
      }
      this.#expiry.delete(key);
    }
  }
}

import type { InviteServerTransaction } from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import type { Core } from "./core.ts";

/**
 * Repeats a 2xx to an INVITE from T1 up to T2 until its ACK comes, over any transport, and gives up after 64·T1
 * (RFC 3261 §13.3.1.4).
 */
export class SuccessRepeater implements TimerOwner {
  /** CSeq number of the INVITE, which its ACK has too. */
  readonly seq: number;
  /** True when the 2xx holds an offer of ours, so that the ACK brings the answer. */
  readonly withOffer: boolean;
  readonly #core: Core;
  readonly #bytes: Buffer;
  readonly #transaction: InviteServerTransaction;
  readonly #onTimeout: (repeater: SuccessRepeater) => void;
  readonly #end: number;
  #interval: number;
  #timer: Timer | undefined;

  constructor(
    core: Core,
    options: {
      seq: number;
      withOffer: boolean;
      bytes: Buffer;
      transaction: InviteServerTransaction;
      onTimeout: (repeater: SuccessRepeater) => void;
    },
  ) {
    this.#core = core;
    this.seq = options.seq;
    this.withOffer = options.withOffer;
    this.#bytes = options.bytes;
    this.#transaction = options.transaction;
    this.#onTimeout = options.onTimeout;
    this.#interval = core.timerValues.t1;
    const now = core.now();
    this.#end = now + 64 * core.timerValues.t1;
    this.#timer = core.timers.set(now, this.#interval, this, "repeat");
  }

  stop(): void {
    this.#core.timers.cancel(this.#timer);
    this.#timer = undefined;
  }

  onTimer(_name: string, now: number): void {
    this.#timer = undefined;
    if (now >= this.#end) {
      this.#onTimeout(this);
      return;
    }
    this.#transaction.repeatSuccess(this.#bytes);
    this.#interval = Math.min(2 * this.#interval, this.#core.timerValues.t2);
    const wait = Math.min(this.#interval, this.#end - now);
    this.#timer = this.#core.timers.set(now, wait, this, "repeat");
  }
}

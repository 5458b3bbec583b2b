// Silence does not last: a caller whose turn is over hears after a while that he is attended to, and at last that it is no use.
import type { After } from "./timers.ts";

/** Milliseconds that the caller waits for the agent's answer in silence. */
const FILLER_AFTER_MS = 2_500;
/** The same, until it is taken for a failure. */
const GIVE_UP_AFTER_MS = 15_000;

export interface ReplyWatchOptions {
  after: After;
  /** Whether it is still silent between the two. */
  isSilent(): boolean;
  onWaiting(): void;
  onNoReply(): void;
}

export class ReplyWatch {
  readonly #options: ReplyWatchOptions;
  #cancels: (() => void)[] = [];

  constructor(options: ReplyWatchOptions) {
    this.#options = options;
  }

  /** The caller's turn is over, and the agent has not begun to speak. */
  get waiting(): boolean {
    return this.#cancels.length > 0;
  }

  /** @param endless what is waited for ends by itself */
  start({ endless = false } = {}): void {
    this.stop();
    const { after, isSilent, onWaiting, onNoReply } = this.#options;
    this.#cancels = [
      after(FILLER_AFTER_MS, () => isSilent() && onWaiting()),
      ...(endless
        ? []
        : [
            after(GIVE_UP_AFTER_MS, () => {
              this.#cancels = [];
              if (isSilent()) onNoReply();
            }),
          ]),
    ];
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}

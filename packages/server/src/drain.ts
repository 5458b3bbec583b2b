// The orderly end: no new calls, the running ones may finish, then a goodbye.
import type { Clock } from "./calls/clock.ts";
import type { RunningCalls } from "./calls/running-calls.ts";

export const GOODBYE = "I am sorry, this line is being restarted. Please call again in a minute. Goodbye.";

export interface DrainOptions {
  running: Pick<RunningCalls, "size" | "idle" | "endAll">;
  clock: Clock;
  /** How long running calls may go on. */
  limitMs: number;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** How long the records and recordings of ended calls may take. */
const RELEASE_LIMIT_MS = 5_000;

/** One drain: `finish` waits for the calls, `hurry` ends the waiting. */
export class Drain {
  readonly #options: DrainOptions;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Resolves when no call is left. */
  async finish(): Promise<void> {
    const { running, clock, limitMs, log } = this.#options;
    log.info({ calls: running.size, limitMs }, "draining: no new calls");
    if (await this.#within(running.idle(), limitMs)) return;
    log.warn({ calls: running.size }, "the calls that still run are ended");
    await running.endAll(GOODBYE, (ms, action) => clock.after(ms, action));
    await this.#within(running.idle(), RELEASE_LIMIT_MS);
  }

  /** The calls are ended now, without a word; `finish` resolves when they are. */
  hurry(): void {
    const { running, clock } = this.#options;
    void running.endAll(undefined, (ms, action) => clock.after(ms, action));
  }

  /** False when `ms` went by first. */
  #within(work: Promise<void>, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, () => resolve(false));
      void work.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}

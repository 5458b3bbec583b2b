// Forgets calls, or their recordings alone, by age: the files first, then what the database says of them, so that a crash in between leaves
// nothing that nobody knows of.
import type { CallRecord } from "../store/records.ts";
import type { CallRepository } from "../store/store.ts";

export interface CallRetentionOptions {
  calls: Pick<CallRepository, "expired" | "remove" | "forgetAudio">;
  /** Below the data folder, as records name it; one that is gone already is no fault. */
  removeFile(name: string): Promise<void>;
  /** Days that calls are kept, and their audio; 0: for ever. */
  days: number;
  audioDays: number;
  /** Epoch milliseconds. */
  now(): number;
  after(ms: number, action: () => void): () => void;
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** Calls at once; between them calls that run have the disk. */
const BATCH = 100;
const BETWEEN_MS = 1_000;
const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export class CallRetention {
  readonly #options: CallRetentionOptions;
  #cancelTimer: (() => void) | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: CallRetentionOptions) {
    this.#options = options;
  }

  /** Does nothing where all is kept for ever. */
  start(): void {
    const { days, audioDays } = this.#options;
    if (days > 0 || audioDays > 0) this.#schedule(BETWEEN_MS);
  }

  /** Resolves when what is being forgotten just now is forgotten. */
  settled(): Promise<void> {
    return this.#turn;
  }

  /** What is being forgotten is forgotten first. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#turn;
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#cancelTimer = this.#options.after(ms, () => {
      this.#turn = this.#work().then(
        (isMore) => this.#schedule(isMore ? BETWEEN_MS : EVERY_MS),
        (error: unknown) => {
          this.#options.log.error({ err: error }, "old calls could not be forgotten: tried again in an hour");
          this.#schedule(EVERY_MS);
        },
      );
    });
  }

  /** @returns whether there may be more */
  async #work(): Promise<boolean> {
    const { calls, days, audioDays, log } = this.#options;
    const old = days === 0 ? [] : await calls.expired(this.#before(days), BATCH, "call");
    for (const call of old) await this.#removeAudio(call);
    if (old.length > 0) {
      await calls.remove(old.map(({ id }) => id));
      log.info({ calls: old.length, days }, "calls are forgotten: they are older than is kept");
    }
    const heard = audioDays === 0 ? [] : await calls.expired(this.#before(audioDays), BATCH, "audio");
    for (const call of heard) await this.#removeAudio(call);
    if (heard.length > 0) {
      await calls.forgetAudio(heard.map(({ id }) => id));
      log.info(
        { calls: heard.length, days: audioDays },
        "recordings are deleted: they are older than is kept",
      );
    }
    return old.length === BATCH || heard.length === BATCH;
  }

  async #removeAudio({ recording, messages }: CallRecord): Promise<void> {
    for (const name of [recording, ...messages.map((message) => message.recording)])
      if (name !== null) await this.#options.removeFile(name);
  }

  #before(days: number): string {
    return new Date(this.#options.now() - days * DAY_MS).toISOString();
  }
}

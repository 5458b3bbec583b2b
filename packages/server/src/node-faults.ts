// What happens when something throws where nobody catches.
export interface FaultLog {
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

/** Faults within a minute that are taken for an accident. More mean that the state is beyond repair. */
const TOLERATED = 10;
const WINDOW_MS = 60_000;

/**
 * Decision: an uncaught exception does not end the process. It would end every running call without a BYE, and an
 * exception that one peer's message can cause would then be a way to hang up on everyone. It is logged with its stack
 * and the node goes on; the machines of one call are apart from those of another. When faults come in a heap, the node
 * drains (calls may finish, new ones are refused) and ends with exit code 1, for a supervisor to start a clean one.
 */
export class FaultPolicy {
  readonly #log: FaultLog;
  readonly #giveUp: () => void;
  readonly #now: () => number;
  #recent: number[] = [];
  #gaveUp = false;

  constructor(options: { log: FaultLog; giveUp(): void; now(): number }) {
    this.#log = options.log;
    this.#giveUp = options.giveUp;
    this.#now = options.now;
  }

  fault(error: unknown, kind: "uncaughtException" | "unhandledRejection"): void {
    const now = this.#now();
    this.#recent = this.#recent.filter((at) => at > now - WINDOW_MS);
    this.#recent.push(now);
    this.#log.error({ err: error, kind }, "a fault that nothing caught: the node goes on");
    if (this.#recent.length <= TOLERATED || this.#gaveUp) return;
    this.#gaveUp = true;
    this.#log.fatal({ faults: this.#recent.length }, "too many faults: the node drains and ends");
    this.#giveUp();
  }
}

import type { SendTarget } from "./environment.ts";

/** What every machine that keeps something up at a server is told. */
type CommonInput =
  | { readonly type: "start" }
  | { readonly type: "stop"; readonly within?: number }
  | { readonly type: "targets"; readonly targets: readonly SendTarget[] }
  | { readonly type: "timer" };

interface Machine<Input, Output> {
  handle(input: Input | CommonInput, now: number): Iterable<Output>;
}

export interface MachineRunnerOptions {
  /** ms; all times of the state are on this clock, so that of the calendar is the one to give where people read it. */
  now(): number;
  /** Calls `action` once after that many ms, unless what is returned is called before. */
  setTimer(after: number, action: () => void): () => void;
  /** Where requests for a URI go (RFC 3263), in the order to be tried; empty or rejected where that is not known. */
  resolve(uri: string): Promise<readonly SendTarget[]> | readonly SendTarget[];
}

/** setTimeout's longest. */
const longestTimer = 2 ** 31 - 1;

/** Runs one machine of a registration's or subscription's kind: its inputs in order, its timer, its look-ups, its end. */
export abstract class MachineRunner<Input, Output> {
  readonly #machine: Machine<Input, Output>;
  readonly #options: MachineRunnerOptions;
  #clearTimer: (() => void) | undefined;
  /** Those who wait for the end of a stop. */
  #waiting: (() => void)[] = [];
  #resolves = 0;
  /** What comes while an input is being handled waits until that is done. */
  readonly #inputs: (Input | CommonInput)[] = [];
  #isHandling = false;

  constructor(machine: Machine<Input, Output>, options: MachineRunnerOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  /** True where nothing stands, and nothing is under way. */
  protected abstract get isOver(): boolean;
  protected abstract carryOut(output: Output): void;

  start(): void {
    this.handle({ type: "start" });
  }

  /** Takes back what stands at the server; resolves when that is done, or `within` ms are over (5,000 by default). */
  stop(within?: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.handle({ type: "stop", ...(within !== undefined && { within }) });
    });
  }

  protected handle(input: Input | CommonInput): void {
    this.#inputs.push(input);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        for (const output of this.#machine.handle(next, this.#options.now())) this.carryOut(output);
      }
    } finally {
      this.#isHandling = false;
    }
    this.#tellWaiting();
  }

  protected resolve(uri: string): void {
    const serial = ++this.#resolves;
    const tell = (targets: readonly SendTarget[]) => {
      // An answer that comes after the machine has given up must not stand for a later question.
      if (serial === this.#resolves) this.handle({ type: "targets", targets });
    };
    const found = this.#options.resolve(uri);
    if (found instanceof Promise) found.then(tell, () => tell([]));
    else tell(found);
  }

  protected setTimer(at: number | undefined): void {
    this.#clearTimer?.();
    this.#clearTimer = undefined;
    if (at === undefined) return;
    const after = Math.min(longestTimer, Math.max(0, at - this.#options.now()));
    this.#clearTimer = this.#options.setTimer(after, () => {
      this.#clearTimer = undefined;
      this.handle({ type: "timer" });
    });
  }

  #tellWaiting(): void {
    if (!this.isOver || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

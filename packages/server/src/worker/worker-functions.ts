// Remote functions, as a worker sees them: it asks its parent, who alone speaks with the outside and knows secrets.
import type { FunctionOutcome, RunFunction } from "@ringdown/voice";
import type { FromWorker } from "./protocol.ts";

/** At once in this worker. */
const MOST_RUNS = 500;

export class WorkerFunctions {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, (outcome: FunctionOutcome) => void>();
  #nextRun = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  /** What runs the functions of one agent in one talk. It never rejects; given up, its outcome is a failure. */
  of(agentId: string, talkId: string): RunFunction {
    return (name, given, signal) => {
      if (this.#waiting.size >= MOST_RUNS || signal.aborted)
        return Promise.resolve({ output: "It failed: it was not begun.", failed: true });
      const runId = this.#nextRun++;
      return new Promise((resolve) => {
        const cancel = (): void => {
          this.#send({ type: "cancelFunction", runId });
          this.settle(runId, { output: "It was given up: whether it was done is not known.", failed: true });
        };
        this.#waiting.set(runId, (outcome) => {
          signal.removeEventListener("abort", cancel);
          resolve(outcome);
        });
        signal.addEventListener("abort", cancel, { once: true });
        this.#send({ type: "runFunction", runId, talkId, agentId, name, arguments: given });
      });
    };
  }

  settle(runId: number, { output, failed }: FunctionOutcome): void {
    const settle = this.#waiting.get(runId);
    this.#waiting.delete(runId);
    settle?.({ output, failed });
  }
}

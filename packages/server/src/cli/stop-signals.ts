/**
 * Signals closer together than this are one request, milliseconds. A terminal's ^C and a supervisor's stop reach the
 * whole process group, and `npm start` sends each on to us as well: what was meant once comes twice.
 */
export const SAME_REQUEST_MS = 1_000;

export type StopStep = "stop" | "hurry" | "exit";

/** What a signal asks for: the first one to stop in order, a second one to hurry, a third one to end at once. */
export class StopSignals {
  #requests = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that does not step back @returns undefined: it is the one before, once more */
  signal(now: number): StopStep | undefined {
    if (now - this.#last < SAME_REQUEST_MS) return undefined;
    this.#last = now;
    this.#requests++;
    if (this.#requests === 1) return "stop";
    return this.#requests === 2 ? "hurry" : "exit";
  }
}

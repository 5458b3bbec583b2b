// When each leg's tick is due. One timer serves all legs; legs are spread over four phases of the 20 ms, so that
// the last leg of a burst does not wait for all the others. Pure: the time is handed in.

export const TICK_MS = 20;
export const PHASES = 4;
const PHASE_MS = TICK_MS / PHASES;

/** A phase that is due. Reused: read it before the next call. */
export interface DuePhase {
  phase: number;
  /** When it should have run, ms. */
  ideal: number;
  /** Whole ticks of this phase that were missed before it. */
  skipped: number;
}

export class TickSchedule {
  #epoch = 0;
  #index = 0;
  readonly #skipped = new Array<number>(PHASES).fill(0);
  readonly #due: DuePhase = { phase: 0, ideal: 0, skipped: 0 };
  /** Ticks missed as a whole since the start. */
  missedTicks = 0;

  /** @param now ms: the first phase is due now */
  start(now: number): void {
    this.#epoch = now;
    this.#index = 0;
    this.#skipped.fill(0);
  }

  /** When the next phase is due, ms: a multiple of the phase from the start, so that lateness never adds up. */
  get nextAt(): number {
    return this.#epoch + this.#index * PHASE_MS;
  }

  /** Whole ticks that `now` is behind. */
  behind(now: number): number {
    return Math.max(0, Math.floor((now - this.nextAt) / TICK_MS));
  }

  /** Takes the phase that is due at `now`; undefined when none is. Missed ticks are skipped and told, not repeated. */
  take(now: number): DuePhase | undefined {
    if (now < this.nextAt) return undefined;
    const missed = this.behind(now);
    if (missed > 0) {
      this.missedTicks += missed;
      for (let phase = 0; phase < PHASES; phase++)
        this.#skipped[phase] = (this.#skipped[phase] ?? 0) + missed;
      this.#index += missed * PHASES;
    }
    const phase = this.#index % PHASES;
    this.#due.phase = phase;
    this.#due.ideal = this.nextAt;
    this.#due.skipped = this.#skipped[phase] ?? 0;
    this.#skipped[phase] = 0;
    this.#index += 1;
    return this.#due;
  }
}

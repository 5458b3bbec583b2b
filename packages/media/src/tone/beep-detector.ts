// Hears the beep after which a machine records: one steady frequency, and then quiet. Every machine has another one, so
// nothing but its shape is known: 380 to 2050 Hz, 100 ms to 2 s. What looks like it and is not: digits and busy tones of North
// America (two frequencies), ringback and busy elsewhere (they come again), special information tones (the next one
// follows at once), fax (2100 Hz), speech (its pitch moves, and it goes on).
import type { ToneRun } from "./tone-runs.ts";

export interface Beep {
  /** Ms of audio at which it ended. */
  endedAt: number;
  hertz: number;
  durationMs: number;
}

const LOWEST = 380;
const HIGHEST = 2050;
const SHORTEST_MS = 100;
const LONGEST_MS = 2000;
/** dBm0. */
const WEAKEST = -40;
/** Hz by which the frequency may move in it, with noise 10 dB below. */
const SPREAD = 12;
/** dB by which the level must fall after it. */
const FALL = 6;
/** Ms after the end in which no other tone and no other sound may follow. */
const CONFIRM_MS = 120;
/** Frequencies of ringback and busy tones, Hz: here another burst would be a cadence. */
const CADENCED: readonly [number, number] = [380, 500];
/** Longest pause within a busy tone or a double ring, and a little. */
const CADENCE_MS = 700;

export class BeepDetector {
  readonly #onBeep: (beep: Beep) => void;
  #pending: ToneRun | undefined;
  #bursts = 0;
  #lastCadenced = Number.NEGATIVE_INFINITY;
  /** Frames after the end, and those that were quiet. */
  #frames = 0;
  #quiet = 0;

  /** @param onBeep called 120 ms after its end, where ringback or busy would sound alike 700 ms */
  constructor(onBeep: (beep: Beep) => void) {
    this.#onBeep = onBeep;
  }

  /** Another tone has begun. */
  begin(run: ToneRun): void {
    if (isCadenced(run)) {
      if (run.startedAt - this.#lastCadenced > CADENCE_MS) this.#bursts = 0;
      this.#bursts += 1;
    }
    this.#pending = undefined;
  }

  end(run: ToneRun): void {
    if (isCadenced(run)) this.#lastCadenced = run.endedAt;
    const durationMs = run.endedAt - run.startedAt;
    const fits =
      run.high === 0 &&
      run.low >= LOWEST &&
      run.low <= HIGHEST &&
      durationMs >= SHORTEST_MS &&
      durationMs <= LONGEST_MS &&
      run.level >= WEAKEST &&
      run.spread <= SPREAD &&
      // one burst of many is no beep
      (!isCadenced(run) || this.#bursts < 2);
    this.#pending = fits ? run : undefined;
    this.#frames = this.#quiet = 0;
  }

  /** Each frame, after the runs have seen it. @param now ms of audio @param level of the frame, dBm0 */
  tick(now: number, level: number): void {
    const run = this.#pending;
    if (run === undefined) return;
    this.#frames += 1;
    if (level <= run.level - FALL) this.#quiet += 1;
    // the frames right after a tone may hold its last part, or an echo of it
    if (this.#frames - this.#quiet > 2) {
      this.#pending = undefined;
      return;
    }
    if (now - run.endedAt < (isCadenced(run) ? CADENCE_MS : CONFIRM_MS)) return;
    this.#pending = undefined;
    this.#onBeep({
      endedAt: run.endedAt,
      hertz: Math.round(run.low),
      durationMs: run.endedAt - run.startedAt,
    });
  }
}

function isCadenced(run: ToneRun): boolean {
  return run.high === 0 && run.low >= CADENCED[0] && run.low <= CADENCED[1];
}

import { Dice, seedOf } from "./dice.ts";
import { minimiseBytes } from "./minimise.ts";
import { mutate } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

export interface FuzzFinding {
  readonly target: string;
  /** What was expected, or what was thrown. */
  readonly what: string;
  readonly error: unknown;
  /** Of the run, and the input's number in it: the two make the input again. */
  readonly seed: number;
  readonly step: number;
  readonly bytes: Buffer;
  /** The least of it that fails in the same way. */
  readonly smallest: Buffer;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Inputs to begin with besides the target's own: what broke something before, what a grammar makes. */
  readonly more?: readonly Buffer[];
  /** Told before each input is run: should it never end, this was it. */
  readonly onInput?: (bytes: Buffer) => void;
}

/** Most inputs that are kept for bringing something new. */
const mostKept = 2_000;

/** One target under one seed: each step makes an input from what there is, and runs it. */
export class FuzzRun {
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly #pool: Buffer[];
  readonly #seeds: number;
  readonly #outcomes = new Set<string>();
  readonly #onInput: ((bytes: Buffer) => void) | undefined;
  /** Inputs run so far. */
  steps = 0;

  constructor(target: FuzzTarget, options: FuzzOptions) {
    this.target = target;
    this.seed = options.seed;
    this.#onInput = options.onInput;
    this.#pool = [...target.seeds(), ...(options.more ?? [])];
    this.#seeds = this.#pool.length;
  }

  /** Different outcomes seen so far. */
  get outcomes(): number {
    return this.#outcomes.size;
  }

  /** Makes the next input and runs it. @returns the fault, where it shows one */
  step(): FuzzFinding | undefined {
    const step = this.steps++;
    const dice = new Dice(seedOf(this.seed, step));
    const bytes = this.#input(dice);
    this.#onInput?.(bytes);
    try {
      const outcome = this.target.run(bytes);
      if (!this.#outcomes.has(outcome)) this.#keep(outcome, bytes, dice);
      return undefined;
    } catch (error) {
      return this.#found(step, bytes, error);
    }
  }

  #input(dice: Dice): Buffer {
    const base = dice.pick(this.#pool);
    return dice.oneIn(50) ? base : mutate(base, dice, { ...this.target.material, pool: this.#pool });
  }

  #keep(outcome: string, bytes: Buffer, dice: Dice): void {
    this.#outcomes.add(outcome);
    if (this.#pool.length < this.#seeds + mostKept) this.#pool.push(bytes);
    else this.#pool[this.#seeds + dice.below(mostKept)] = bytes;
  }

  #found(step: number, bytes: Buffer, error: unknown): FuzzFinding {
    const { target, seed } = this;
    const what = faultOf(error);
    const smallest = minimiseBytes(bytes, (some) => whatFails(target, some) === what, target.unit);
    return { target: target.name, what, error, seed, step, bytes, smallest };
  }
}

/** What an input breaks; undefined where it breaks nothing. */
export function whatFails(target: FuzzTarget, bytes: Buffer): string | undefined {
  try {
    target.run(bytes);
    return undefined;
  } catch (error) {
    return faultOf(error);
  }
}

/** The same for the same fault, whatever input shows it. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${typeof error}`;
  if (error.name === "FuzzFault") return error.message;
  // Messages of other errors may quote the input; where they were thrown does not.
  const place = /\(?([^\s()]*:\d+):\d+\)?\n/.exec(`${error.stack}\n`)?.[1] ?? "";
  return `${error.name} at ${place.split("/").slice(-2).join("/")}`;
}

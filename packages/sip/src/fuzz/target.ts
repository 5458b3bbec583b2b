import type { Material } from "./mutate.ts";

/** Something that takes bytes from the network, and what has to hold whatever they are. */
export interface FuzzTarget {
  /** Names its folder in the corpus. */
  readonly name: string;
  /** Words and joints of its format. */
  readonly material: Omit<Material, "pool">;
  /** Inputs to begin with: what real ones look like. */
  seeds(): readonly Buffer[];
  /**
   * Takes one input.
   * @returns what came of it, in few different words: an input that gives a new one is kept to be mutated further
   * @throws anything: a fault was found
   */
  run(bytes: Buffer): string;
  /** Bytes that belong together when a failing input is made smaller; 1 where it is left out. */
  readonly unit?: number;
}

/** A fault. Its message names what was expected of which part, not the input, so that equal faults have equal messages. */
export class FuzzFault extends Error {
  constructor(what: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = "FuzzFault";
  }
}

export function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new FuzzFault(what);
}

/** Runs what may throw errors of that class and no others. @returns the result, or the error's code */
export function orCode<T>(
  errorClass: new (...args: never[]) => Error & { readonly code: string },
  read: () => T,
  what: string,
): { readonly value: T } | { readonly code: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof errorClass) return { code: error.code };
    if (error instanceof FuzzFault) throw error;
    throw new FuzzFault(`${what} throws ${error instanceof Error ? error.name : typeof error}`, error);
  }
}

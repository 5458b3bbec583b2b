/** Something that takes bytes from the network, for the fuzzer in `scripts/fuzz.ts`. */
export interface MediaFuzzTarget {
  /** Names its folder in the corpus. */
  readonly name: string;
  /** Words that are put in, and bytes after which they often are. */
  readonly material: { readonly words: readonly Buffer[]; readonly joints: string };
  seeds(): readonly Buffer[];
  /**
   * Takes one input.
   * @returns what came of it, in few different words
   * @throws anything: a fault was found
   */
  run(bytes: Buffer): string;
}

/** A fault whose message says what was expected, not of which input: equal faults have equal messages. */
export class MediaFuzzFault extends Error {
  constructor(what: string) {
    super(what);
    // As that of the fuzzer, which tells faults by it.
    this.name = "FuzzFault";
  }
}

export function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new MediaFuzzFault(what);
}

// Whether time grows with the size of an input, and no faster. The tests count steps instead, which say the same on every
// machine, but cannot see into regular expressions: so time is looked at as well, outside the tests.
import { mediaTargets, sdpShapes } from "@ringdown/media/fuzz";
import { messageShapes, readEverything, type Shape, valueShapes } from "@ringdown/sip/fuzz";

interface Work {
  readonly shapes: readonly Shape[];
  readonly size: number;
  readonly work: (bytes: Buffer) => unknown;
}

const sdp = mediaTargets.find(({ name }) => name === "sdp");

const works: readonly Work[] = [
  { shapes: valueShapes, size: 2_000, work: readEverything },
  { shapes: messageShapes, size: 2_000, work: readEverything },
  { shapes: sdpShapes, size: 4_000, work: (bytes) => sdp?.run(bytes) },
];

/** Four times the input: four times the time, or sixteen where it grows with the square. */
const most = 10;
/** What takes less cannot be told from chance, ms. */
const measurable = 4;
/** Best of so many. */
const rounds = 5;

function best({ work }: Work, bytes: Buffer): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    work(bytes);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Shapes of input whose time grows faster than their size, in a sentence each. */
export function growingTooFast(): string[] {
  return works.flatMap((work) => work.shapes.flatMap((shape) => tooFast(work, shape) ?? []));
}

function tooFast(work: Work, shape: Shape): string | undefined {
  let sentence: string | undefined;
  // On a machine that does something else besides, one look is not enough.
  for (let look = 0; look < 3; look++) {
    const once = best(work, shape.make(work.size));
    const fourTimes = best(work, shape.make(4 * work.size));
    if (fourTimes < measurable || fourTimes < most * once) return undefined;
    sentence = `${shape.name}: ${once.toFixed(2)} ms grow to ${fourTimes.toFixed(2)} ms for four times the input`;
  }
  return sentence;
}

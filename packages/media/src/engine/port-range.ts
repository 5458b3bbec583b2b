/** Lowest and highest port of a range, both included. */
export type PortRange = readonly [lowest: number, highest: number];

/**
 * Gives out pairs of ports, even for RTP and the next one for RTCP (RFC 3550 §11), going round the range so that a
 * port that was just freed rests: its last packets may still be under way.
 */
export class PortPairs {
  readonly #first: number;
  readonly #pairs: number;
  readonly #taken = new Set<number>();
  #next = 0;

  /** @throws RangeError when the range holds no pair or is no port range */
  constructor([lowest, highest]: PortRange) {
    this.#first = lowest + (lowest % 2);
    this.#pairs = Math.floor((highest - this.#first + 1) / 2);
    if (
      !Number.isInteger(lowest) ||
      !Number.isInteger(highest) ||
      lowest < 1 ||
      highest > 65535 ||
      this.#pairs < 1
    ) {
      throw new RangeError(`No pair of media ports fits into ${lowest}-${highest}.`);
    }
  }

  get size(): number {
    return this.#pairs;
  }

  /** The next free even port, taken from now on; undefined when all are. */
  take(): number | undefined {
    for (let tried = 0; tried < this.#pairs; tried++) {
      const port = this.#first + this.#next * 2;
      this.#next = (this.#next + 1) % this.#pairs;
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      return port;
    }
    return undefined;
  }

  release(port: number): void {
    this.#taken.delete(port);
  }
}

/**
 * Part of a range for one of several workers: the parts are disjoint, start at even ports and differ by one pair at
 * most. @param index 0..workers−1
 */
export function splitPortRange([lowest, highest]: PortRange, workers: number, index: number): PortRange {
  const first = lowest + (lowest % 2);
  const pairs = Math.floor((highest - first + 1) / 2);
  const from = Math.floor((pairs * index) / workers);
  const to = Math.floor((pairs * (index + 1)) / workers);
  return [first + from * 2, first + to * 2 - 1];
}

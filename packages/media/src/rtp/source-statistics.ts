// What a receiver keeps about one SSRC: validity (RFC 3550 §A.1), loss (§A.3) and interarrival jitter (§A.8).

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;

/** Loss since the last report, in the form a report block carries. */
export interface ReceptionReport {
  /** Share lost since the last report, 0..255 of 256. */
  fractionLost: number;
  /** Packets lost since the start, clamped to a signed 24-bit value; negative when duplicates outnumber losses. */
  cumulativeLost: number;
  extendedHighestSequence: number;
  /** Interarrival jitter in timestamp units. */
  jitter: number;
}

/** Statistics of one synchronisation source that has already passed probation (see the latch). */
export class SourceStatistics {
  readonly ssrc: number;
  readonly #clockRate: number;
  #baseSequence: number;
  #highest: number;
  #cycles = 0;
  #badSequence = -1;
  #received = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;
  #transit: number | undefined;
  #jitter = 0;

  constructor(ssrc: number, firstSequence: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
    this.#baseSequence = firstSequence;
    this.#highest = firstSequence;
  }

  /**
   * Counts a packet. RFC 3550 §A.1 without its probation.
   * @returns false for a packet far out of sequence: one such is noise; two in a row are a restarted sender, and
   *   the second is taken.
   */
  receive(sequence: number): boolean {
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += 0x10000;
      this.#highest = sequence;
    } else if (ahead <= 0x10000 - MAX_MISORDER) {
      if (sequence !== this.#badSequence) {
        this.#badSequence = (sequence + 1) & 0xffff;
        return false;
      }
      this.#restart(sequence);
    }
    this.#badSequence = -1;
    this.#received += 1;
    return true;
  }

  /** Feeds the jitter estimate. @param arrival ms; @param timestamp the packet's, for audio packets only. */
  measureJitter(arrival: number, timestamp: number): void {
    const transit = Math.round((arrival * this.#clockRate) / 1000) - timestamp;
    if (this.#transit !== undefined) {
      const difference = Math.abs((transit - this.#transit) | 0);
      // a jump of the sender's clock is not the network's jitter
      if (difference < this.#clockRate) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  get packetsReceived(): number {
    return this.#received;
  }
  /** Packets that never came, by sequence numbers; never below 0 here. */
  get lost(): number {
    return Math.max(0, this.#expected() - this.#received);
  }
  get expected(): number {
    return this.#expected();
  }
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  /** The report block's figures; starts a new interval for the fraction lost (§A.3). */
  report(): ReceptionReport {
    const expected = this.#expected();
    const expectedInterval = expected - this.#expectedAtReport;
    const lostInterval = expectedInterval - (this.#received - this.#receivedAtReport);
    this.#expectedAtReport = expected;
    this.#receivedAtReport = this.#received;
    const fraction =
      expectedInterval <= 0 || lostInterval <= 0 ? 0 : Math.floor((lostInterval * 256) / expectedInterval);
    return {
      fractionLost: Math.min(255, fraction),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, expected - this.#received)),
      extendedHighestSequence: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.floor(this.#jitter),
    };
  }

  #expected(): number {
    return this.#cycles + this.#highest - this.#baseSequence + 1;
  }

  #restart(sequence: number): void {
    this.#baseSequence = sequence;
    this.#highest = sequence;
    this.#cycles = 0;
    this.#received = 0;
    this.#expectedAtReport = 0;
    this.#receivedAtReport = 0;
  }
}

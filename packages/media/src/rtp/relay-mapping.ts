// Where packets of another stream lie in a sender's own sequence and time. Pure. Gaps, order and pauses of the other
// stream are kept: numbered anew, a lost packet would look like a pause, and nobody would bridge it. Where packets of
// our own came between, it goes on behind them.

import { addTimestamp, sequenceDelta, timestampDelta } from "./sequence.ts";

/** A stream that jumps by more is another one: samples (1 s at 8 kHz), numbers. */
const MAX_JUMP = 8000;
const MAX_SEQUENCE_JUMP = 3000;
/** A stream that comes this long for a time that is filled already has become slower for good. Ticks. */
const LATE_TICKS = 3;

export class RelayMapping {
  readonly #frame: number;
  #synchronised = false;
  /** Own packets went out since the last relayed one. */
  #interrupted = false;
  #ssrc = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  /** The run of relayed packets since our own last one: its first, and its newest number, as they came. */
  #first = 0;
  #newest = 0;
  #eventTimestamp = 0;
  #eventPlace = -1;
  #lateSince = -1;

  /** Of the packet that was placed last. */
  sequence = 0;
  timestamp = 0;
  /** It is the first after something else. */
  begins = false;

  /** @param frameSamples of one tick */
  constructor(frameSamples: number) {
    this.#frame = frameSamples;
  }

  /** Own packets go out: what comes next begins anew behind them. */
  interrupt(): void {
    this.#interrupted = true;
  }

  /** Another stream will come, or this one after a while: nothing of it is known. */
  forget(): void {
    this.#synchronised = false;
    this.#eventPlace = -1;
  }

  /**
   * Gives a packet its place. Packets that come in order and whole are so passed on.
   * @param ssrc, sequence, timestamp as they came; @param isEvent RFC 4733: all packets of one event bear its start
   * @param nextSequence, nextTimestamp of the sender: of its next own packet, were it sent now
   * @param tick count of ticks so far, any origin
   * @returns false: its time is over, it is not to be sent
   */
  place(
    ssrc: number,
    sequence: number,
    timestamp: number,
    isEvent: boolean,
    nextSequence: number,
    nextTimestamp: number,
    tick: number,
  ): boolean {
    this.begins = false;
    if (
      !this.#synchronised ||
      ssrc !== this.#ssrc ||
      Math.abs(sequenceDelta(sequence, this.#newest)) > MAX_SEQUENCE_JUMP
    ) {
      this.#synchronise(ssrc, sequence, timestamp, nextSequence, nextTimestamp);
    } else if (isEvent && this.#eventPlace >= 0 && timestamp === this.#eventTimestamp) {
      if (this.#interrupted) this.#begin(sequence, nextSequence);
      else if (sequenceDelta(sequence, this.#first) < 0) return false;
      this.timestamp = this.#eventPlace;
      return this.#number(sequence);
    } else {
      const place = addTimestamp(timestamp, this.#timestampOffset);
      const ahead = timestampDelta(place, nextTimestamp);
      if (Math.abs(ahead) > MAX_JUMP) {
        this.#synchronise(ssrc, sequence, timestamp, nextSequence, nextTimestamp);
      } else if (this.#interrupted) {
        if (ahead < 0) {
          // That time is filled. By less than a frame it is only on the other side of a tick. Else a burst after a stall
          // reaches the present at once, and a path that became slower never does.
          const isNear = this.#lateSince < 0 && ahead >= -this.#frame;
          if (this.#lateSince < 0) this.#lateSince = tick;
          if (!isNear && tick - this.#lateSince < LATE_TICKS) return false;
          this.#synchronise(ssrc, sequence, timestamp, nextSequence, nextTimestamp);
        } else this.#begin(sequence, nextSequence);
      } else if (sequenceDelta(sequence, this.#first) < 0) return false;
    }
    this.#lateSince = -1;
    this.timestamp = addTimestamp(timestamp, this.#timestampOffset);
    if (isEvent) {
      this.#eventTimestamp = timestamp;
      this.#eventPlace = this.timestamp;
    }
    return this.#number(sequence);
  }

  #number(sequence: number): true {
    this.sequence = (sequence + this.#sequenceOffset) & 0xffff;
    if (sequenceDelta(sequence, this.#newest) > 0) this.#newest = sequence;
    return true;
  }

  #synchronise(
    ssrc: number,
    sequence: number,
    timestamp: number,
    nextSequence: number,
    nextTimestamp: number,
  ): void {
    this.#synchronised = true;
    this.#ssrc = ssrc;
    this.#timestampOffset = timestampDelta(nextTimestamp, timestamp);
    this.#eventPlace = -1;
    this.#begin(sequence, nextSequence);
  }

  /** A run of relayed packets begins: numbered on from our own. */
  #begin(sequence: number, nextSequence: number): void {
    this.#interrupted = false;
    this.#sequenceOffset = sequenceDelta(nextSequence, sequence);
    this.#first = sequence;
    this.#newest = sequence;
    this.begins = true;
  }
}

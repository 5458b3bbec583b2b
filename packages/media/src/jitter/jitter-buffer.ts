// The adaptive jitter buffer: packets of any length and order in, one frame of even time out. Pure: arrival and
// playout times are handed in. Samples lie in a ring addressed by media time, so a 10 ms or a 60 ms packet needs
// no special case; a table of slots by sequence number tells loss (a number is missing) from a pause (the numbers
// go on, the timestamps jump: RFC 3550 §5.1, RFC 3551 §4.1).

import { sequenceDelta, timestampDelta } from "../rtp/sequence.ts";
import { Concealment, crossFade } from "./concealment.ts";
import { DelayEstimator } from "./delay-estimator.ts";

const SLOTS = 128;
const SLOT_MASK = SLOTS - 1;
/** A transit that moves by more than this is another clock, not a queue. Ms. */
const CLOCK_JUMP_MS = 1000;
/** As many late packets in a row are a stream that is behind for good. */
const LATE_RUN = 8;
/** How far above the target a frame is dropped in silence, or even in speech; how far below it one is repeated. Ms. */
const QUIET_SLACK_MS = 20;
const LOUD_SLACK_MS = 60;
const QUIET_LACK_MS = 8;
const LOUD_LACK_MS = 30;
/** So far above the target it skips at once. */
const SKIP_MS = 240;
/** Frames between two corrections in speech: 100 ms. */
const CORRECTION_PAUSE = 5;
/** Mean magnitude below which a frame counts as silence: about −44 dBFS. */
const QUIET_LEVEL = 200;

/** What became of a packet. */
export type InsertResult = "buffered" | "late" | "duplicate";
/** What a frame is made of: whole audio; at least partly a bridged loss; nothing to play. */
export type FrameKind = "audio" | "concealed" | "silence";

export interface JitterBufferOptions {
  sampleRate: number;
  /** Samples a frame; 20 ms. */
  frameSamples: number;
  /** Limits of the target delay, ms: defaults 20, 200 and 40 to start with. */
  minimumDelay?: number;
  maximumDelay?: number;
  initialDelay?: number;
}

/** Counted since the start; samples where it says so. */
export interface JitterCounters {
  received: number;
  late: number;
  duplicate: number;
  reordered: number;
  /** Packets thrown away unheard because the stream jumped or ran too far ahead. */
  discarded: number;
  concealedSamples: number;
  /** Frames repeated or dropped to move the delay. */
  framesInserted: number;
  framesDropped: number;
  /** Times the stream's clock was taken anew. */
  resyncs: number;
}

export class JitterBuffer {
  readonly counters: JitterCounters = {
    received: 0,
    late: 0,
    duplicate: 0,
    reordered: 0,
    discarded: 0,
    concealedSamples: 0,
    framesInserted: 0,
    framesDropped: 0,
    resyncs: 0,
  };
  readonly #frameSamples: number;
  readonly #msPerSample: number;
  readonly #delay: DelayEstimator;
  readonly #concealment: Concealment;
  readonly #ring: Int16Array;
  readonly #ringMask: number;
  readonly #slotSequence = new Float64Array(SLOTS).fill(-1);
  readonly #slotStart = new Float64Array(SLOTS);
  readonly #slotEnd = new Float64Array(SLOTS);
  readonly #scratch: Int16Array;

  #active = false;
  #playing = false;
  // sequence numbers and timestamps unwrapped, so that plain comparison holds
  #highestSequence = 0;
  #nextSequence = 0;
  #timestamp = 0;
  #position = 0;
  #cursor = 0;
  #newestEnd = 0;
  #lateRun = 0;
  #sinceCorrection = 0;

  constructor(options: JitterBufferOptions) {
    this.#frameSamples = options.frameSamples;
    this.#msPerSample = 1000 / options.sampleRate;
    this.#delay = new DelayEstimator({
      minimum: options.minimumDelay ?? 20,
      initial: options.initialDelay ?? 40,
      maximum: options.maximumDelay ?? 200,
    });
    this.#concealment = new Concealment(options.frameSamples, options.sampleRate);
    // a power of two of at least a second
    const capacity = 2 ** Math.ceil(Math.log2(options.sampleRate));
    this.#ring = new Int16Array(capacity);
    this.#ringMask = capacity - 1;
    this.#scratch = new Int16Array(options.frameSamples);
  }

  /** Delay aimed for, ms. */
  get targetDelay(): number {
    return this.#delay.target;
  }

  /** Delay a frame read at `now` has over a packet that met no queue, ms; 0 before the first packet. */
  delayAt(now: number): number {
    return this.#active ? now - this.#delay.base - this.#cursor * this.#msPerSample : 0;
  }

  /** Forgets the stream (SSRC change, hold); what plays fades out, and the next packet starts anew. */
  reset(): void {
    this.#active = false;
    this.#playing = false;
  }

  /**
   * Takes a packet's audio.
   * @param sequence 16 bits; @param timestamp 32 bits; @param pcm decoded samples, copied; @param length of them,
   *   at most 200 ms; @param arrival monotonic ms
   */
  insert(
    sequence: number,
    timestamp: number,
    pcm: Int16Array,
    length: number,
    arrival: number,
  ): InsertResult {
    this.counters.received += 1;
    if (!this.#active) this.#synchronise(sequence, timestamp, arrival);
    let position = this.#position + timestampDelta(timestamp, this.#timestamp);
    let unwrapped = this.#highestSequence + sequenceDelta(sequence, this.#highestSequence & 0xffff);
    if (this.#slotSequence[unwrapped & SLOT_MASK] === unwrapped) {
      this.counters.duplicate += 1;
      return "duplicate";
    }
    const transit = arrival - position * this.#msPerSample;
    const difference = transit - this.#delay.base;
    const late = position + length <= this.#cursor || unwrapped < this.#nextSequence;
    this.#lateRun = late && unwrapped > this.#highestSequence ? this.#lateRun + 1 : 0;
    if (Math.abs(difference) > CLOCK_JUMP_MS || this.#lateRun >= LATE_RUN) {
      this.#synchronise(sequence, timestamp, arrival);
      this.counters.resyncs += 1;
      position = this.#position;
      unwrapped = this.#highestSequence;
    } else {
      this.#delay.measure(transit, arrival);
      if (unwrapped < this.#highestSequence) this.counters.reordered += 1;
      if (late) {
        this.counters.late += 1;
        this.#highestSequence = Math.max(this.#highestSequence, unwrapped);
        return "late";
      }
    }
    this.#timestamp = timestamp;
    this.#position = position;
    this.#store(unwrapped, position, pcm, length);
    return "buffered";
  }

  /** Takes note of a packet without audio (an event, comfort noise), so that its number is not taken for a loss. */
  insertEmpty(sequence: number): void {
    if (!this.#active) return;
    const unwrapped = this.#highestSequence + sequenceDelta(sequence, this.#highestSequence & 0xffff);
    if (unwrapped < this.#nextSequence) return;
    const slot = unwrapped & SLOT_MASK;
    this.#slotSequence[slot] = unwrapped;
    this.#slotStart[slot] = Number.NEGATIVE_INFINITY;
    this.#slotEnd[slot] = Number.NEGATIVE_INFINITY;
    this.#highestSequence = Math.max(this.#highestSequence, unwrapped);
    this.#nextSequence = Math.max(this.#nextSequence, this.#highestSequence - SLOTS + 1);
  }

  /** Fills the frame that is due. @param frame of the frame length; @param now monotonic ms */
  read(frame: Int16Array, now: number): FrameKind {
    const kind = this.#read(frame, now);
    this.#concealment.remember(frame);
    return kind;
  }

  #read(frame: Int16Array, now: number): FrameKind {
    const size = this.#frameSamples;
    const excess = this.delayAt(now) - this.#delay.target;
    if (!this.#playing) {
      // filling up at first: half a frame early is nearer than half a frame late
      if (!this.#active || excess < -10) {
        this.#concealment.fill(frame, 0, size, false);
        return "silence";
      }
      this.#playing = true;
    }
    this.#sinceCorrection += 1;
    if (excess > SKIP_MS) this.#skip(excess);

    const empty = this.#newestEnd <= this.#cursor;
    // what was put out last ended as real audio, right before the cursor
    const flowing = !this.#concealment.inGap;
    const kind = this.#fill(frame, this.#cursor);
    if (empty) {
      // nothing is there to play: waiting or hurrying here costs nothing and brings the delay to the target
      if (excess >= 0) this.#cursor += excess > QUIET_SLACK_MS ? 2 * size : size;
      else this.counters.framesInserted += 1;
      return kind;
    }
    if (kind !== "audio") {
      if (kind === "concealed" || excess >= -QUIET_LACK_MS) this.#cursor += size;
      return kind;
    }
    const mayCorrect = this.#sinceCorrection > CORRECTION_PAUSE;
    if (excess > QUIET_SLACK_MS) {
      if (isQuiet(frame) || (mayCorrect && excess > LOUD_SLACK_MS)) this.#dropFrame(frame);
    } else if (excess < -QUIET_LACK_MS && flowing) {
      if (isQuiet(frame) || (mayCorrect && excess < -LOUD_LACK_MS)) {
        this.#insertFrame(frame);
        return kind;
      }
    }
    this.#cursor += size;
    return kind;
  }

  /** `frame` holds the audio at the cursor: lets it become the frame after it. */
  #dropFrame(frame: Int16Array): void {
    if (!this.#isWholeUntil(this.#cursor + 2 * this.#frameSamples)) return;
    this.#cursor += this.#frameSamples;
    this.#fill(this.#scratch, this.#cursor);
    crossFade(frame, this.#scratch, frame);
    this.counters.framesDropped += 1;
    this.#sinceCorrection = 0;
  }

  /** `frame` begins as the audio at the cursor and ends as the frame before it did, so that the cursor fits again. */
  #insertFrame(frame: Int16Array): void {
    crossFade(frame, this.#concealment.lastFrame, frame);
    this.counters.framesInserted += 1;
    this.#sinceCorrection = 0;
  }

  /** True when no sample is missing between the cursor and `position`. */
  #isWholeUntil(position: number): boolean {
    let reached = this.#cursor;
    for (let sequence = this.#nextSequence; sequence <= this.#highestSequence; sequence++) {
      const slot = sequence & SLOT_MASK;
      if (this.#slotSequence[slot] !== sequence || (this.#slotStart[slot] ?? 0) > reached) return false;
      reached = Math.max(reached, this.#slotEnd[slot] ?? 0);
      if (reached >= position) return true;
    }
    return false;
  }

  /** Too far behind (a burst after a stall): goes to the target at once, in whole frames. */
  #skip(excess: number): void {
    const frames = Math.floor(excess / (this.#frameSamples * this.#msPerSample));
    this.#cursor += frames * this.#frameSamples;
    this.#concealment.interrupt();
    this.counters.framesDropped += frames;
  }

  /** Puts what is there from `start` into the frame and bridges what is not. */
  #fill(frame: Int16Array, start: number): FrameKind {
    const size = this.#frameSamples;
    let at = 0;
    let bridged = 0;
    let heard = 0;
    let missing = false;
    let sequence = this.#nextSequence;
    while (at < size && sequence <= this.#highestSequence) {
      const slot = sequence & SLOT_MASK;
      const end = this.#slotEnd[slot] ?? 0;
      if (this.#slotSequence[slot] !== sequence) {
        missing = true;
        sequence += 1;
        continue;
      }
      if (end <= start + at) {
        sequence += 1;
        continue;
      }
      const gap = Math.min((this.#slotStart[slot] ?? 0) - start, size);
      if (gap > at) {
        const audible = this.#concealment.fill(frame, at, gap, missing);
        if (missing) bridged += audible;
        at = gap;
        if (at === size) break;
      }
      const until = Math.min(end - start, size);
      this.#copyOut(frame, at, until, start + at);
      this.#concealment.resume(frame, at, until);
      heard += until - at;
      at = until;
      this.#nextSequence = sequence;
      missing = false;
    }
    if (at < size) {
      // the newest packet heard of was an event: a pause; else the network owes us something
      const paused =
        !missing && this.#slotEnd[this.#highestSequence & SLOT_MASK] === Number.NEGATIVE_INFINITY;
      const audible = this.#concealment.fill(frame, at, size, !paused);
      if (!paused) bridged += audible;
    }
    this.counters.concealedSamples += bridged;
    if (bridged > 0) return "concealed";
    return heard > 0 ? "audio" : "silence";
  }

  #store(sequence: number, position: number, pcm: Int16Array, length: number): void {
    const end = position + length;
    if (end > this.#cursor + this.#ring.length) {
      // further ahead than the ring is long
      this.#cursor = end - Math.ceil(this.#delay.target / this.#msPerSample) - length;
      this.#concealment.interrupt();
      this.counters.discarded += 1;
    }
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
    this.#nextSequence = Math.max(this.#nextSequence, this.#highestSequence - SLOTS + 1);
    const slot = sequence & SLOT_MASK;
    this.#slotSequence[slot] = sequence;
    this.#slotStart[slot] = position;
    this.#slotEnd[slot] = end;
    this.#newestEnd = Math.max(this.#newestEnd, end);
    const offset = position & this.#ringMask;
    const first = Math.min(length, this.#ring.length - offset);
    this.#ring.set(pcm.subarray(0, first), offset);
    if (first < length) this.#ring.set(pcm.subarray(first, length), 0);
  }

  #copyOut(frame: Int16Array, from: number, to: number, position: number): void {
    // a view and a block copy cost a fraction of a loop over the samples
    const offset = position & this.#ringMask;
    const first = Math.min(to - from, this.#ring.length - offset);
    frame.set(this.#ring.subarray(offset, offset + first), from);
    if (first < to - from) frame.set(this.#ring.subarray(0, to - from - first), from + first);
  }

  #synchronise(sequence: number, timestamp: number, arrival: number): void {
    // far from 0, so that packets older than this one have a place
    const position = 1e6;
    this.#slotSequence.fill(-1);
    this.#highestSequence = sequence + 0x10000;
    this.#nextSequence = this.#highestSequence;
    this.#timestamp = timestamp;
    this.#position = position;
    this.#cursor = position;
    this.#newestEnd = position;
    this.#lateRun = 0;
    this.#playing = false;
    this.#active = true;
    this.#concealment.interrupt();
    this.#delay.rebase(arrival - position * this.#msPerSample, arrival);
  }
}

function isQuiet(frame: Int16Array): boolean {
  let left = QUIET_LEVEL * frame.length;
  for (let i = 0; i < frame.length && left > 0; i++) left -= Math.abs(frame[i] ?? 0);
  return left > 0;
}

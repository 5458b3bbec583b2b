/**
 * Sends digits as RFC 4733 events: a pure queue that the media tick asks once per packet interval.
 *
 * An event takes the place of audio packets while it lasts, so a tick sends the event where {@link next} gives one and
 * audio (silence) where it gives none. The pause after a digit is counted from the digit's end.
 */
import { MediaError } from "../errors.ts";
import { eventOf, telephoneEventLength, writeTelephoneEvent } from "./telephone-event.ts";

export interface EventPacket {
  /** Set on the first packet of a digit only, RFC 4733 §2.5.1.2. */
  marker: boolean;
  /** RTP timestamp: the start of the event, the same in all its packets. */
  timestamp: number;
  /** Payload bytes written: always 4. */
  length: number;
}

export interface EventSenderOptions {
  /** Timestamp units between two calls of {@link DtmfEventSender.next}. Default 160 (20 ms at 8000 Hz). */
  interval?: number;
  /** Hz, the clock of the payload type. Default 8000. */
  clockRate?: number;
  /** -dBm0, 0 to 63. Default 10. */
  volume?: number;
}

export interface DigitTiming {
  /** Length of a digit, ms, 40 to 10000. Default 100. ITU-T Q.24 wants 40 at least. */
  toneMs?: number;
  /** Pause after a digit, ms, 40 to 10000. Default 100. */
  gapMs?: number;
}

/** Digits that may wait at once: more than any human or PIN has, little enough to end in some minutes. */
const maximumQueued = 256;
const pauseMs = 1000;
const endPackets = 3;

interface QueuedDigit {
  /** undefined: a pause (","). */
  event: number | undefined;
  /** Calls of `next` that the digit or pause lasts. */
  ticks: number;
  gapTicks: number;
}

export class DtmfEventSender {
  readonly #interval: number;
  readonly #clockRate: number;
  readonly #volume: number;
  /** Longest duration of a segment, in whole intervals: 16 bits, RFC 4733 §2.5.1.3. */
  readonly #longestSegment: number;
  readonly #queue: QueuedDigit[] = [];
  readonly #packet: EventPacket = { marker: false, timestamp: 0, length: telephoneEventLength };
  /** Ticks since the current digit began; it is at the queue's head. */
  #elapsed = 0;
  #segmentStart = 0;
  /** Where the segment's durations count from, in ticks of the digit. */
  #segmentTick = 0;

  constructor(options: EventSenderOptions = {}) {
    this.#interval = options.interval ?? 160;
    this.#clockRate = options.clockRate ?? 8000;
    this.#volume = Math.min(63, Math.max(0, options.volume ?? 10));
    this.#longestSegment = Math.floor(0xffff / this.#interval);
  }

  /** Whether nothing is being sent or waits, pauses included. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /**
   * Puts digits into the queue: 0-9, *, #, A-D, and "," for a pause of one second.
   * @throws MediaError `dtmf_invalid` for another character or more than 256 waiting digits; nothing is queued then.
   */
  queue(digits: string, timing: DigitTiming = {}): void {
    const toneTicks = this.#ticks(clamp(timing.toneMs ?? 100));
    const gapTicks = this.#ticks(clamp(timing.gapMs ?? 100));
    if (this.#queue.length + digits.length > maximumQueued)
      throw new MediaError("dtmf_invalid", "too many digits");
    const added: QueuedDigit[] = [];
    for (const digit of digits) {
      const event = eventOf(digit);
      if (event === undefined && digit !== ",") throw new MediaError("dtmf_invalid");
      added.push(
        event === undefined
          ? { event, ticks: this.#ticks(pauseMs), gapTicks: 0 }
          : // The pause lasts at least as long as the two repeated end packets take.
            { event, ticks: toneTicks, gapTicks: Math.max(gapTicks, endPackets - 1) },
      );
    }
    this.#queue.push(...added);
  }

  /** Drops the digits that have not begun. The one being sent is ended properly. */
  clear(): void {
    this.#queue.length = Math.min(this.#queue.length, this.#elapsed === 0 ? 0 : 1);
  }

  /**
   * One packet interval passes. Gives the event packet to send in place of audio, its payload written at
   * `out[offset…offset+3]`, or undefined where audio is due. The object is reused by the next call.
   * @param timestamp RTP timestamp that an audio packet of this interval would have
   */
  next(timestamp: number, out: Uint8Array, offset: number): EventPacket | undefined {
    const digit = this.#queue[0];
    if (digit === undefined) return undefined;
    const tick = this.#elapsed;
    this.#elapsed += 1;
    if (this.#elapsed >= digit.ticks + digit.gapTicks) {
      this.#queue.shift();
      this.#elapsed = 0;
    }
    if (digit.event === undefined || tick >= digit.ticks + endPackets - 1) return undefined;
    if (tick === 0) {
      this.#segmentStart = timestamp >>> 0;
      this.#segmentTick = 0;
    } else if (tick < digit.ticks && tick - this.#segmentTick >= this.#longestSegment) {
      // RFC 4733 §2.5.1.3: a new segment begins where the last one ended, without marker and without an end.
      this.#segmentStart = (this.#segmentStart + this.#longestSegment * this.#interval) >>> 0;
      this.#segmentTick = tick;
    }
    const ticksReported = Math.min(tick + 1, digit.ticks) - this.#segmentTick;
    const end = tick + 1 >= digit.ticks;
    writeTelephoneEvent(out, offset, digit.event, end, this.#volume, ticksReported * this.#interval);
    this.#packet.marker = tick === 0;
    this.#packet.timestamp = this.#segmentStart;
    return this.#packet;
  }

  #ticks(ms: number): number {
    return Math.max(1, Math.ceil((ms * this.#clockRate) / 1000 / this.#interval));
  }
}

function clamp(ms: number): number {
  return Math.min(10_000, Math.max(40, Number.isFinite(ms) ? ms : 100));
}

/**
 * Receives RFC 4733 events: each key press is reported once, whatever is lost, doubled or out of order.
 *
 * A press is known by its RTP timestamp. It ends by the end bit, by the start of another press, or, where all of its
 * end packets are lost, by {@link DtmfEventReceiver.expire}.
 */
import { eventDigits, telephoneEventLength } from "./telephone-event.ts";

export interface EventReceiverHandlers {
  /** The first packet of a press that arrives. */
  onStart?: (digit: string) => void;
  /** The press is over. `durationMs` is the longest duration that was reported, ms. */
  onEnd?: (digit: string, durationMs: number) => void;
}

export interface EventReceiverOptions extends EventReceiverHandlers {
  /** Hz, the clock of the payload type. Default 8000. */
  clockRate?: number;
  /** ms without a packet after which a press is over. Default 200: RFC 4733 §2.5.2.2 leaves it to the receiver. */
  silenceMs?: number;
}

/** How far behind the current press a packet counts as late. */
const lateSeconds = 5;

export class DtmfEventReceiver {
  onStart: ((digit: string) => void) | undefined;
  onEnd: ((digit: string, durationMs: number) => void) | undefined;
  readonly #clockRate: number;
  readonly #silenceMs: number;
  #known = false;
  #open = false;
  #event = 0;
  /** RTP timestamp of the current segment. */
  #timestamp = 0;
  /** Longest duration reported in the current segment, timestamp units. */
  #duration = 0;
  /** Timestamp units of the finished segments of this press. */
  #segments = 0;
  #lastHeard = 0;
  /** Packets that were no usable event: short, or another event than a digit (hook flash, fax tones). */
  ignored = 0;

  constructor(options: EventReceiverOptions = {}) {
    this.onStart = options.onStart;
    this.onEnd = options.onEnd;
    this.#clockRate = options.clockRate ?? 8000;
    this.#silenceMs = options.silenceMs ?? 200;
  }

  /**
   * Takes the payload of one event packet at `bytes[offset…]`.
   * @param timestamp RTP timestamp of the packet, 32 bits
   * @param now ms, any monotonic clock, the same one as for {@link expire}
   */
  receive(timestamp: number, bytes: Uint8Array, offset: number, length: number, now: number): void {
    const event = bytes[offset] ?? 255;
    if (length < telephoneEventLength || event >= eventDigits.length) {
      this.ignored += 1;
      return;
    }
    const end = ((bytes[offset + 1] ?? 0) & 0x80) !== 0;
    const duration = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
    if (this.#known) {
      const ahead = (timestamp - this.#timestamp) | 0;
      if (ahead === 0 && event === this.#event) {
        // A packet of the press being heard, or a repetition after its end.
        if (!this.#open) return;
        this.#duration = Math.max(this.#duration, duration);
        this.#lastHeard = now;
        if (end) this.#finish();
        return;
      }
      // A press that is over: a late packet of it changes nothing. Far behind is a sender that restarted its clock.
      if (ahead < 0 && ahead > -lateSeconds * this.#clockRate) return;
      if (this.#open && this.#isNextSegment(event, ahead)) {
        this.#segments += ahead;
        this.#timestamp = timestamp;
        this.#duration = duration;
        this.#lastHeard = now;
        if (end) this.#finish();
        return;
      }
      this.#finish();
    }
    this.#known = true;
    this.#open = true;
    this.#event = event;
    this.#timestamp = timestamp;
    this.#duration = duration;
    this.#segments = 0;
    this.#lastHeard = now;
    this.onStart?.(this.#digit());
    if (end) this.#finish();
  }

  /** Ends a press whose end packets were all lost. To be called now and then, on any tick. */
  expire(now: number): void {
    if (this.#open && now - this.#lastHeard > this.#silenceMs) this.#finish();
  }

  /** Another RTP stream begins (new SSRC): its timestamps mean nothing to the old ones. Ends an open press. */
  reset(): void {
    this.#finish();
    this.#known = false;
  }

  /** RFC 4733 §2.5.1.3: the same event goes on where a segment ended that was long enough to have to end. */
  #isNextSegment(event: number, ahead: number): boolean {
    return event === this.#event && ahead <= 0xffff && ahead >= 0xf000 && this.#duration > 0;
  }

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.onEnd?.(this.#digit(), Math.round(((this.#segments + this.#duration) * 1000) / this.#clockRate));
  }

  #digit(): string {
    return eventDigits.charAt(this.#event);
  }
}

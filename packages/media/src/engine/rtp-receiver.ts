// A leg's incoming RTP: validates, decides whose it is, counts, and hands audio to the jitter buffer and events to
// the DTMF receiver. Pure: no socket, times are handed in. Whatever comes in costs a bounded amount and changes
// nothing unless it is the peer's.

import { type AudioCodec, pcma, pcmu } from "../codec/g711.ts";
import { DtmfEventReceiver } from "../dtmf/event-receiver.ts";
import { JitterBuffer } from "../jitter/jitter-buffer.ts";
import { MAX_PAYLOAD_LENGTH, RtpView } from "../rtp/packet.ts";
import { nextSequence } from "../rtp/sequence.ts";
import { SourceLatch } from "../rtp/source-latch.ts";
import { SourceStatistics } from "../rtp/source-statistics.ts";
import type { PacketTaker } from "./packet-taker.ts";

/** RFC 3389; some phones send it unasked. It is taken as a pause. */
const COMFORT_NOISE = 13;

// decoding is synchronous and done before the next packet: one view and one buffer serve all legs
const view = new RtpView();
const decoded = new Int16Array(MAX_PAYLOAD_LENGTH);

export interface ReceiveFormat {
  codec: AudioCodec;
  payloadType: number;
  dtmfPayloadType: number | undefined;
}

export class RtpReceiver {
  readonly latch = new SourceLatch();
  readonly dtmf: DtmfEventReceiver;
  readonly #clockRate: number;
  readonly #frameSamples: number;
  #jitter: JitterBuffer | undefined;
  #format: ReceiveFormat | undefined;
  #statistics: SourceStatistics | undefined;
  #decoding = true;
  #candidateSsrc = 0;
  #candidateSequence = -1;
  // of streams that are over
  #earlierReceived = 0;
  #earlierLost = 0;

  /** The audio is wanted: else packets are counted only. */
  listening = false;
  /** Gets audio and events too, as they come, while the leg listens. */
  taker: PacketTaker | undefined;
  /** When a packet of the peer came last, ms; 0 when none did. */
  lastReceivedAt = 0;
  /** No RTP, or no payload type that was agreed. */
  invalid = 0;
  /** From elsewhere than the latched source. */
  strangers = 0;
  /** Times the peer changed its SSRC. */
  sourceChanges = 0;
  /** A source was latched, for the first time or anew. */
  onLatched: (() => void) | undefined;

  constructor(
    sampleRate: number,
    frameSamples: number,
    onDigit: (digit: string, durationMs: number) => void,
  ) {
    this.#clockRate = sampleRate;
    this.#frameSamples = frameSamples;
    this.dtmf = new DtmfEventReceiver({ clockRate: sampleRate, onEnd: onDigit });
  }

  configure(format: ReceiveFormat): void {
    this.#format = format;
  }

  /**
   * Whether packets become frames. While they do not, the jitter buffer stands still; it begins anew after that. Default true.
   */
  get decoding(): boolean {
    return this.#decoding;
  }
  set decoding(on: boolean) {
    if (on === this.#decoding) return;
    this.#decoding = on;
    this.#jitter?.reset();
  }

  /** Made for the first packet of audio: a leg that hears nothing keeps no second of it. */
  get jitter(): JitterBuffer | undefined {
    return this.#jitter;
  }

  /** The current stream's, for reports; undefined before its first packets. */
  get statistics(): SourceStatistics | undefined {
    return this.#statistics;
  }
  get packetsReceived(): number {
    return this.#earlierReceived + (this.#statistics?.packetsReceived ?? 0);
  }
  get lost(): number {
    return this.#earlierLost + (this.#statistics?.lost ?? 0);
  }

  /** Takes a datagram. @param now monotonic ms */
  receive(bytes: Uint8Array, address: string, port: number, now: number): void {
    const format = this.#format;
    if (format === undefined || !view.parse(bytes)) {
      this.invalid += 1;
      return;
    }
    const payloadType = view.payloadType;
    const codec = codecFor(payloadType, format);
    const isEvent = payloadType === format.dtmfPayloadType;
    if (codec === undefined && !isEvent && payloadType !== COMFORT_NOISE) {
      this.invalid += 1;
      return;
    }
    const verdict = this.latch.judge(address, port, view.ssrc, view.sequence);
    if (verdict === "stranger") {
      this.strangers += 1;
      return;
    }
    if (verdict === "candidate") return;
    if (verdict === "latched") {
      if (this.#statistics?.ssrc !== view.ssrc) this.#startSource();
      this.onLatched?.();
    }
    const statistics = this.#sourceOf();
    if (statistics === undefined || !statistics.receive(view.sequence)) return;
    this.lastReceivedAt = now;

    const taker = this.listening ? this.taker : undefined;
    if (isEvent) {
      if (this.#decoding) this.#jitter?.insertEmpty(view.sequence);
      this.dtmf.receive(view.timestamp, bytes, view.payloadOffset, view.payloadLength, now);
      taker?.event(view, bytes);
    } else if (codec === undefined || view.payloadLength === 0) {
      if (this.#decoding) this.#jitter?.insertEmpty(view.sequence);
      taker?.pause();
    } else {
      statistics.measureJitter(now, view.timestamp);
      if (!this.listening) return;
      if (this.#decoding) {
        codec.decode(bytes, view.payloadOffset, view.payloadLength, decoded);
        this.#jitter ??= new JitterBuffer({ sampleRate: this.#clockRate, frameSamples: this.#frameSamples });
        this.#jitter.insert(view.sequence, view.timestamp, decoded, view.payloadLength, now);
      }
      // last: it may write over the packet
      taker?.audio(view, bytes, codec);
    }
  }

  /** The statistics that the packet in `view` belongs to; a new SSRC counts from its second packet in sequence. */
  #sourceOf(): SourceStatistics | undefined {
    if (this.#statistics?.ssrc === view.ssrc) return this.#statistics;
    if (this.#candidateSsrc !== view.ssrc || this.#candidateSequence !== view.sequence) {
      this.#candidateSsrc = view.ssrc;
      this.#candidateSequence = nextSequence(view.sequence);
      return undefined;
    }
    return this.#startSource();
  }

  #startSource(): SourceStatistics {
    if (this.#statistics !== undefined) {
      this.#earlierReceived += this.#statistics.packetsReceived;
      this.#earlierLost += this.#statistics.lost;
      this.sourceChanges += 1;
    }
    this.#statistics = new SourceStatistics(view.ssrc, view.sequence, this.#clockRate);
    this.#jitter?.reset();
    this.dtmf.reset();
    return this.#statistics;
  }
}

/** The agreed payload type; the static numbers of G.711 besides, since some peers change law without asking. */
function codecFor(payloadType: number, format: ReceiveFormat): AudioCodec | undefined {
  if (payloadType === format.payloadType) return format.codec;
  if (payloadType === 0) return pcmu;
  if (payloadType === 8) return pcma;
  return undefined;
}

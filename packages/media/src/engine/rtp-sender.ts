// A leg's outgoing RTP: one frame a tick in, packets of the negotiated length out. Pure but for the function that
// takes the packets. Buffers are made once a negotiation and used in turn.

import type { AudioCodec } from "../codec/g711.ts";
import { DtmfEventSender } from "../dtmf/event-sender.ts";
import { RTP_HEADER_LENGTH, writeRtpHeader } from "../rtp/packet.ts";
import { addTimestamp, nextSequence } from "../rtp/sequence.ts";

/** Packets that may be in the kernel's hands, or Node's, while the next one is written. */
const POOL = 4;
const EVENT_LENGTH = 4;

export interface SendFormat {
  codec: AudioCodec;
  payloadType: number;
  dtmfPayloadType: number | undefined;
  /** Ms of audio a packet. */
  ptime: number;
}

/** Random start values, RFC 3550 §5.1. */
export interface StreamIdentity {
  ssrc: number;
  sequence: number;
  timestamp: number;
}

export class RtpSender {
  readonly ssrc: number;
  /** As the sender report states them. */
  packets = 0;
  octets = 0;
  readonly #transmit: (packet: Buffer) => void;
  readonly #half: number;
  #sequence: number;
  #timestamp: number;
  #format: SendFormat | undefined;
  #packetSamples = 0;
  #audio: Buffer[] = [];
  #events: Buffer[] = [];
  #turn = 0;
  #filled = 0;
  #skip = 0;
  #marker = true;
  #packetTimestamp = 0;
  #dtmf: DtmfEventSender | undefined;

  /** @param frameSamples of one tick; packets are multiples of half of it (10 ms) */
  constructor(identity: StreamIdentity, frameSamples: number, transmit: (packet: Buffer) => void) {
    this.ssrc = identity.ssrc;
    this.#sequence = identity.sequence;
    this.#timestamp = identity.timestamp;
    this.#half = frameSamples / 2;
    this.#transmit = transmit;
  }

  /** RTP timestamp of the next frame. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** Takes a negotiation's result. The stream goes on: SSRC, sequence and time are kept. */
  configure(format: SendFormat): void {
    const before = this.#format;
    this.#format = format;
    if (before === undefined || before.ptime !== format.ptime) {
      this.#packetSamples = (format.ptime / 10) * this.#half;
      this.#audio = [];
      this.#events = [];
      // digits that wait stay queued where the packets' length is what it was
      this.#dtmf = new DtmfEventSender({ interval: this.#packetSamples, clockRate: format.codec.clockRate });
      this.#filled = 0;
      this.#skip = 0;
    } else if (before.codec !== format.codec) {
      this.#filled = 0;
    }
  }

  /** Digits wait or sound: audio is to be muted. */
  get sendingDtmf(): boolean {
    return this.#dtmf !== undefined && !this.#dtmf.idle && this.#format?.dtmfPayloadType !== undefined;
  }

  get dtmf(): DtmfEventSender | undefined {
    return this.#format?.dtmfPayloadType === undefined ? undefined : this.#dtmf;
  }

  /** A tick passes in which nothing is sent (hold, a missed tick): time goes on, and speech starts with a marker. */
  skipTick(): void {
    this.#timestamp = addTimestamp(this.#timestamp, 2 * this.#half);
    this.#filled = 0;
    this.#skip = 0;
    this.#marker = true;
  }

  /** @param frame a whole frame, and `first`, `second` its halves; undefined sends silence */
  tick(frame: FrameView | undefined): void {
    const format = this.#format;
    if (format === undefined) return;
    if (
      this.#filled === 0 &&
      this.#skip === 0 &&
      this.#packetSamples === 2 * this.#half &&
      !this.sendingDtmf
    ) {
      // the common case, 20 ms: a frame is a packet
      const packet = this.#audioPacket();
      if (frame === undefined) packet.fill(format.codec.silence, RTP_HEADER_LENGTH);
      else format.codec.encode(frame.whole, packet, RTP_HEADER_LENGTH);
      this.#packetTimestamp = this.#timestamp;
      this.#sendAudio(packet, format);
      this.#timestamp = addTimestamp(this.#timestamp, 2 * this.#half);
      return;
    }
    this.#addHalf(frame?.first, format);
    this.#addHalf(frame?.second, format);
  }

  /** The packet whose turn it is. Made with the first of its kind: a leg that ends before it speaks keeps none. */
  #audioPacket(): Buffer {
    if (this.#audio.length === 0) this.#audio = makePool(RTP_HEADER_LENGTH + this.#packetSamples);
    return this.#audio[this.#turn] as Buffer;
  }

  #addHalf(half: Int16Array | undefined, format: SendFormat): void {
    if (this.#skip > 0) {
      this.#skip -= this.#half;
    } else if (this.#filled > 0 || !this.#sendEvent(format)) {
      if (this.#filled === 0) this.#packetTimestamp = this.#timestamp;
      const packet = this.#audioPacket();
      const offset = RTP_HEADER_LENGTH + this.#filled;
      if (half === undefined) packet.fill(format.codec.silence, offset, offset + this.#half);
      else format.codec.encode(half, packet, offset);
      this.#filled += this.#half;
      if (this.#filled === this.#packetSamples) this.#sendAudio(packet, format);
    }
    this.#timestamp = addTimestamp(this.#timestamp, this.#half);
  }

  /** Sends the event packet of this packet interval, if one is due, and lets the interval's audio be skipped. */
  #sendEvent(format: SendFormat): boolean {
    if (!this.sendingDtmf || format.dtmfPayloadType === undefined) return false;
    if (this.#events.length === 0) this.#events = makePool(RTP_HEADER_LENGTH + EVENT_LENGTH);
    const packet = this.#events[this.#turn] as Buffer;
    const event = this.#dtmf?.next(this.#timestamp, packet, RTP_HEADER_LENGTH);
    if (event === undefined) return false;
    writeRtpHeader(packet, format.dtmfPayloadType, event.marker, this.#sequence, event.timestamp, this.ssrc);
    this.#skip = this.#packetSamples - this.#half;
    this.#marker = true;
    this.#send(packet);
    return true;
  }

  #sendAudio(packet: Buffer, format: SendFormat): void {
    writeRtpHeader(
      packet,
      format.payloadType,
      this.#marker,
      this.#sequence,
      this.#packetTimestamp,
      this.ssrc,
    );
    this.#marker = false;
    this.#filled = 0;
    this.#send(packet);
  }

  #send(packet: Buffer): void {
    this.#sequence = nextSequence(this.#sequence);
    this.#turn = (this.#turn + 1) % POOL;
    this.packets += 1;
    this.octets += packet.length - RTP_HEADER_LENGTH;
    this.#transmit(packet);
  }
}

/** Packets of one length in one block of memory: what the collector has to look after is the block. */
function makePool(length: number): Buffer[] {
  const block = Buffer.alloc(POOL * length);
  return Array.from({ length: POOL }, (_, index) => block.subarray(index * length, (index + 1) * length));
}

/** A frame and its halves, views of the same memory. */
export class FrameView {
  readonly whole: Int16Array;
  readonly first: Int16Array;
  readonly second: Int16Array;

  constructor(samples: number) {
    this.whole = new Int16Array(samples);
    this.first = this.whole.subarray(0, samples / 2);
    this.second = this.whole.subarray(samples / 2);
  }
}

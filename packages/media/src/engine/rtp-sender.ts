// A leg's outgoing RTP: one frame a tick in, packets of the negotiated length out; or packets of another leg between two
// ticks, passed on in this stream's own sequence and time. Pure but for the function that takes the packets. Buffers are
// made once a negotiation and used in turn.

import type { AudioCodec } from "../codec/g711.ts";
import { DtmfEventSender } from "../dtmf/event-sender.ts";
import { RTP_HEADER_LENGTH, type RtpView, writeRtpHeader } from "../rtp/packet.ts";
import { RelayMapping } from "../rtp/relay-mapping.ts";
import { addTimestamp, nextSequence, sequenceDelta, timestampDelta } from "../rtp/sequence.ts";

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
  readonly #transmit: (packet: Uint8Array) => void;
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
  #relay: RelayMapping | undefined;
  #ticks = 0;
  #relayedInTick = false;

  /** @param frameSamples of one tick; packets are multiples of half of it (10 ms) */
  constructor(identity: StreamIdentity, frameSamples: number, transmit: (packet: Uint8Array) => void) {
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

  /** Samples of a packet; 0 before a negotiation. */
  get packetSamples(): number {
    return this.#packetSamples;
  }

  get codec(): AudioCodec | undefined {
    return this.#format?.codec;
  }

  /** The peer takes telephone events. */
  get takesEvents(): boolean {
    return this.#format?.dtmfPayloadType !== undefined;
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
    this.#ticks += 1;
    // what was relayed since the last tick has taken this one's time
    if (this.#relayedInTick) this.#relayedInTick = false;
    else this.#timestamp = addTimestamp(this.#timestamp, 2 * this.#half);
    this.#filled = 0;
    this.#skip = 0;
    this.#marker = true;
  }

  /** @param frame a whole frame, and `first`, `second` its halves; undefined sends silence */
  tick(frame: FrameView | undefined): void {
    const format = this.#format;
    if (format === undefined) return;
    this.#ticks += 1;
    this.#relayedInTick = false;
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

  /** Another leg's packets will be relayed, or no more: nothing is known of their stream. */
  forgetRelayed(): void {
    this.#relay?.forget();
  }

  /** Packets of the other leg were left out: what comes next is not to look as if they had been lost. */
  interruptRelayed(): void {
    this.#relay?.interrupt();
  }

  /**
   * Passes a packet of another leg on, now, in this stream's sequence and time. An own packet half filled is given up.
   * @param bytes the datagram, with `view` parsed from it; its header is written over; @param isEvent telephone event, where the
   *   peer {@link takesEvents}; else audio in the peer's codec
   * @returns false: nothing is agreed with the peer, or the packet is too late
   */
  relay(view: RtpView, bytes: Uint8Array, isEvent: boolean): boolean {
    const format = this.#format;
    const payloadType = isEvent ? format?.dtmfPayloadType : format?.payloadType;
    if (payloadType === undefined) return false;
    this.#relay ??= new RelayMapping(2 * this.#half);
    const relay = this.#relay;
    const { sequence, timestamp, payloadOffset, payloadLength } = view;
    if (!relay.place(view.ssrc, sequence, timestamp, isEvent, this.#sequence, this.#timestamp, this.#ticks)) {
      return false;
    }
    const start = payloadOffset - RTP_HEADER_LENGTH;
    const end = payloadOffset + payloadLength;
    // CSRC, extension and padding stay behind
    const packet = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
    const marker = view.marker || (relay.begins && !isEvent);
    // an event's duration is the time that it has reached, RFC 4733 §2.3.4
    const samples = isEvent ? ((packet[14] ?? 0) << 8) | (packet[15] ?? 0) : payloadLength;
    writeRtpHeader(packet, payloadType, marker, relay.sequence, relay.timestamp, this.ssrc);
    this.#filled = 0;
    this.#skip = 0;
    if (sequenceDelta(relay.sequence, this.#sequence) >= 0) {
      this.#sequence = nextSequence(relay.sequence);
      const reached = addTimestamp(relay.timestamp, samples);
      if (!isEvent || timestampDelta(reached, this.#timestamp) > 0) this.#timestamp = reached;
    }
    this.#relayedInTick = true;
    this.packets += 1;
    this.octets += payloadLength;
    this.#transmit(packet);
    return true;
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
    this.#relay?.interrupt();
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

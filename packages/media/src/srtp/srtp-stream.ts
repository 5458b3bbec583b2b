// SRTP and SRTCP (RFC 3711) with AES_CM_128_HMAC_SHA1_80, one direction. Keystream blocks come from one ECB cipher that
// lives as long as the call: making a cipher for each packet costs four times as much.

import { type Cipher, createCipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { RTP_HEADER_LENGTH, readUint32 } from "../rtp/packet.ts";

export const SRTP_KEY_LENGTH = 16;
export const SRTP_SALT_LENGTH = 14;
/** Bytes that a protected RTP packet is longer by; an RTCP packet is by 4 more. */
export const SRTP_TAG_LENGTH = 10;

const BLOCK = 16;
/** Longest packet that is protected or opened, bytes. */
const MAX_PACKET = 2048;
/** Packets behind the newest that are still taken (RFC 3711 §3.3.2 asks for 64 at least). */
const REPLAY_WINDOW = 128;
/** Streams of one peer whose state is kept: a call has one, and a restart another. */
const MAX_STREAMS = 4;
const RTCP_HEADER_LENGTH = 8;

interface StreamState {
  ssrc: number;
  /** Index (rollover counter and sequence) of the newest packet; -1 before one came. */
  highest: number;
  /** Indexes seen, each in the place of its remainder. */
  seen: Float64Array;
}

/** Keys of a direction. Labels are RFC 3711 §4.3.2's. */
interface SessionKeys {
  block: Cipher;
  salt: Buffer;
  authentication: Buffer;
}

export class SrtpStream {
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #streams: StreamState[] = [];
  readonly #rtcpStreams: StreamState[] = [];
  readonly #blocks = Buffer.alloc(MAX_PACKET);
  readonly #counter = Buffer.alloc(4);
  #rtcpIndex = 0;
  /** Packets that proved false or came twice. */
  refused = 0;

  /** @param key master key, 16 bytes; @param salt master salt, 14 bytes */
  constructor(key: Buffer, salt: Buffer) {
    this.#rtp = sessionKeys(key, salt, 0);
    this.#rtcp = sessionKeys(key, salt, 3);
  }

  /** @returns the protected packet, in a buffer of its own: the system may still hold the one before */
  protectRtp(packet: Uint8Array): Buffer {
    const state = streamOf(this.#streams, readUint32(packet, 8));
    const sequence = sequenceOf(packet);
    const index = indexFor(state, sequence);
    if (index > state.highest) state.highest = index;
    const out = Buffer.allocUnsafe(packet.length + SRTP_TAG_LENGTH);
    out.set(packet);
    this.#xor(this.#rtp, state.ssrc, index, out, headerLength(packet), packet.length);
    this.#tagRtp(out.subarray(0, packet.length), index).copy(out, packet.length, 0, SRTP_TAG_LENGTH);
    return out;
  }

  /** @returns the packet in the clear, a part of `packet`, which is written over; undefined where it is not the peer's, or was there before */
  openRtp(packet: Buffer): Buffer | undefined {
    const end = packet.length - SRTP_TAG_LENGTH;
    if (end < RTP_HEADER_LENGTH || packet.length > MAX_PACKET) return this.#refuse();
    const start = headerLength(packet);
    if (start > end) return this.#refuse();
    const ssrc = readUint32(packet, 8);
    const known = this.#streams.find((stream) => stream.ssrc === ssrc);
    const state = known ?? newStream(ssrc);
    const index = indexFor(state, sequenceOf(packet));
    if (index < 0 || wasSeen(state, index)) return this.#refuse();
    const tag = this.#tagRtp(packet.subarray(0, end), index).subarray(0, SRTP_TAG_LENGTH);
    if (!timingSafeEqual(tag, packet.subarray(end))) return this.#refuse();
    // only what was proved makes or moves state
    if (known === undefined) keep(this.#streams, state);
    note(state, index);
    this.#xor(this.#rtp, ssrc, index, packet, start, end);
    return packet.subarray(0, end);
  }

  protectRtcp(packet: Uint8Array): Buffer {
    const ssrc = readUint32(packet, 4);
    const index = this.#rtcpIndex;
    this.#rtcpIndex = (index + 1) % 0x8000_0000;
    const out = Buffer.allocUnsafe(packet.length + 4 + SRTP_TAG_LENGTH);
    out.set(packet);
    this.#xor(this.#rtcp, ssrc, index, out, RTCP_HEADER_LENGTH, packet.length);
    // the first bit says that it is encrypted
    out.writeUInt32BE((0x8000_0000 | index) >>> 0, packet.length);
    const covered = out.subarray(0, packet.length + 4);
    createHmac("sha1", this.#rtcp.authentication)
      .update(covered)
      .digest()
      .copy(out, covered.length, 0, SRTP_TAG_LENGTH);
    return out;
  }

  /** @see openRtp */
  openRtcp(packet: Buffer): Buffer | undefined {
    const covered = packet.length - SRTP_TAG_LENGTH;
    const end = covered - 4;
    if (end < RTCP_HEADER_LENGTH || packet.length > MAX_PACKET) return this.#refuse();
    const tag = createHmac("sha1", this.#rtcp.authentication).update(packet.subarray(0, covered)).digest();
    if (!timingSafeEqual(tag.subarray(0, SRTP_TAG_LENGTH), packet.subarray(covered))) return this.#refuse();
    const word = packet.readUInt32BE(end);
    const index = word & 0x7fff_ffff;
    const ssrc = readUint32(packet, 4);
    const known = this.#rtcpStreams.find((stream) => stream.ssrc === ssrc);
    const state = known ?? newStream(ssrc);
    if (wasSeen(state, index)) return this.#refuse();
    if (known === undefined) keep(this.#rtcpStreams, state);
    note(state, index);
    if (word >>> 31 === 1) this.#xor(this.#rtcp, ssrc, index, packet, RTCP_HEADER_LENGTH, end);
    return packet.subarray(0, end);
  }

  #refuse(): undefined {
    this.refused += 1;
    return undefined;
  }

  #tagRtp(covered: Uint8Array, index: number): Buffer {
    this.#counter.writeUInt32BE(Math.floor(index / 0x1_0000) >>> 0);
    return createHmac("sha1", this.#rtp.authentication).update(covered).update(this.#counter).digest();
  }

  /** §4.1.1: IV = salt·2^16 ^ SSRC·2^64 ^ index·2^16, and the last 16 bits count blocks. */
  #xor(keys: SessionKeys, ssrc: number, index: number, bytes: Uint8Array, from: number, to: number): void {
    const count = Math.ceil((to - from) / BLOCK);
    if (count <= 0) return;
    const blocks = this.#blocks.subarray(0, count * BLOCK);
    keys.salt.copy(blocks, 0);
    blocks.writeUInt32BE((blocks.readUInt32BE(4) ^ ssrc) >>> 0, 4);
    blocks.writeUInt16BE(blocks.readUInt16BE(8) ^ Math.floor(index / 0x1_0000_0000), 8);
    blocks.writeUInt32BE((blocks.readUInt32BE(10) ^ (index % 0x1_0000_0000)) >>> 0, 10);
    for (let block = 1; block < count; block++) {
      blocks.copyWithin(block * BLOCK, 0, BLOCK - 2);
      blocks.writeUInt16BE(block, block * BLOCK + 14);
    }
    blocks.writeUInt16BE(0, 14);
    const stream = keys.block.update(blocks);
    for (let i = from; i < to; i++) bytes[i] = (bytes[i] ?? 0) ^ (stream[i - from] ?? 0);
  }
}

/** @param firstLabel of the encryption key; authentication and salt follow */
function sessionKeys(key: Buffer, salt: Buffer, firstLabel: number): SessionKeys {
  const encryption = derive(key, salt, firstLabel, SRTP_KEY_LENGTH);
  const block = createCipheriv("aes-128-ecb", encryption, null);
  block.setAutoPadding(false);
  return {
    block,
    authentication: derive(key, salt, firstLabel + 1, 20),
    salt: derive(key, salt, firstLabel + 2, SRTP_SALT_LENGTH),
  };
}

/** RFC 3711 §4.3.1, key derivation rate 0. */
export function derive(key: Buffer, salt: Buffer, label: number, length: number): Buffer {
  const iv = Buffer.alloc(BLOCK);
  salt.copy(iv);
  iv[7] = (iv[7] ?? 0) ^ label;
  return createCipheriv("aes-128-ctr", key, iv).update(Buffer.alloc(length));
}

function newStream(ssrc: number): StreamState {
  return { ssrc, highest: -1, seen: new Float64Array(REPLAY_WINDOW).fill(-1) };
}

function streamOf(streams: StreamState[], ssrc: number): StreamState {
  const known = streams.find((stream) => stream.ssrc === ssrc);
  if (known !== undefined) return known;
  const state = newStream(ssrc);
  keep(streams, state);
  return state;
}

function keep(streams: StreamState[], state: StreamState): void {
  streams.push(state);
  if (streams.length > MAX_STREAMS) streams.shift();
}

/** §3.3.1: the index nearest to the newest one that has this sequence number; negative: before the stream began. */
function indexFor(state: StreamState, sequence: number): number {
  if (state.highest < 0) return sequence;
  const rollovers = Math.floor(state.highest / 0x1_0000);
  const newest = state.highest % 0x1_0000;
  let guess = rollovers;
  if (newest < 0x8000) {
    if (sequence - newest > 0x8000) guess -= 1;
  } else if (newest - 0x8000 > sequence) guess += 1;
  return guess * 0x1_0000 + sequence;
}

function wasSeen(state: StreamState, index: number): boolean {
  return index <= state.highest - REPLAY_WINDOW || state.seen[index % REPLAY_WINDOW] === index;
}

function note(state: StreamState, index: number): void {
  state.seen[index % REPLAY_WINDOW] = index;
  if (index > state.highest) state.highest = index;
}

function sequenceOf(packet: Uint8Array): number {
  return ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
}

/** CSRC list and extension stay in the clear. */
function headerLength(packet: Uint8Array): number {
  const first = packet[0] ?? 0;
  let length = RTP_HEADER_LENGTH + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) length += 4 + (((packet[length + 2] ?? 0) << 8) | (packet[length + 3] ?? 0)) * 4;
  return length;
}

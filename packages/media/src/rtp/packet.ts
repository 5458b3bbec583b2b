// RTP packets on the wire, RFC 3550 §5.1. Reading fills a reused view and writing fills a pooled buffer,
// so that neither allocates: at 50 packets a second each way per call, garbage is what is heard first.

export const RTP_HEADER_LENGTH = 12;
/** Longest payload this library sends or takes, bytes: 200 ms of G.711 (RFC 3551 §4.2). */
export const MAX_PAYLOAD_LENGTH = 1600;

/** One received packet's fields. Make one and reuse it: `parse` overwrites everything. */
export class RtpView {
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  csrcCount = 0;
  /** Where the payload starts in the parsed bytes, and its length without padding. */
  payloadOffset = 0;
  payloadLength = 0;

  /**
   * Reads a datagram. Any length and content may come in.
   * @returns false when it is not RTP version 2, or header, CSRC list, extension or padding reach past its
   *   end, or the payload is longer than {@link MAX_PAYLOAD_LENGTH}; the fields are then meaningless.
   */
  parse(bytes: Uint8Array, length: number = bytes.length): boolean {
    if (length < RTP_HEADER_LENGTH || length > bytes.length) return false;
    const first = byteAt(bytes, 0);
    if (first >> 6 !== 2) return false;
    const second = byteAt(bytes, 1);
    this.marker = (second & 0x80) !== 0;
    this.payloadType = second & 0x7f;
    this.sequence = (byteAt(bytes, 2) << 8) | byteAt(bytes, 3);
    this.timestamp = readUint32(bytes, 4);
    this.ssrc = readUint32(bytes, 8);
    this.csrcCount = first & 0x0f;

    let offset = RTP_HEADER_LENGTH + this.csrcCount * 4;
    if ((first & 0x10) !== 0) {
      // §5.3.1: a 16-bit profile value, then the length in 32-bit words without this word
      if (offset + 4 > length) return false;
      offset += 4 + ((byteAt(bytes, offset + 2) << 8) | byteAt(bytes, offset + 3)) * 4;
    }
    let end = length;
    if ((first & 0x20) !== 0) {
      // the last byte counts the padding, itself included: 0 is impossible
      const padding = byteAt(bytes, length - 1);
      if (padding === 0) return false;
      end -= padding;
    }
    if (offset > end) return false;
    this.payloadOffset = offset;
    this.payloadLength = end - offset;
    return this.payloadLength <= MAX_PAYLOAD_LENGTH;
  }
}

/** Writes a 12-byte header (no CSRC, extension or padding) at the start of `out`. */
export function writeRtpHeader(
  out: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  out[0] = 0x80;
  out[1] = (marker ? 0x80 : 0) | payloadType;
  out[2] = sequence >>> 8;
  out[3] = sequence;
  writeUint32(out, 4, timestamp);
  writeUint32(out, 8, ssrc);
}

/**
 * RTP and RTCP on one port are told apart by the second byte, RFC 5761 §4: RTCP packet types 192 to 223 would be
 * RTP payload types 64 to 95 with the marker set, which are not to be used.
 */
export function looksLikeRtcp(bytes: Uint8Array): boolean {
  const type = bytes.length >= 8 ? byteAt(bytes, 1) : 0;
  return type >= 192 && type <= 223;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    ((byteAt(bytes, offset) << 24) |
      (byteAt(bytes, offset + 1) << 16) |
      (byteAt(bytes, offset + 2) << 8) |
      byteAt(bytes, offset + 3)) >>>
    0
  );
}

export function writeUint32(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value >>> 24;
  out[offset + 1] = value >>> 16;
  out[offset + 2] = value >>> 8;
  out[offset + 3] = value;
}

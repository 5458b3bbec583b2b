// Serial arithmetic for RTP sequence numbers (16 bits) and timestamps (32 bits), RFC 3550 §5.1 and §A.1:
// both wrap, so order is the sign of the difference, never a plain comparison.

/** Signed distance from `b` to `a` in sequence numbers, −32768..32767; positive when `a` is newer. */
export function sequenceDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** Signed distance from `b` to `a` in timestamp units, −2^31..2^31−1; positive when `a` is newer. */
export function timestampDelta(a: number, b: number): number {
  return (a - b) | 0;
}

/** The sequence number after `sequence`. */
export function nextSequence(sequence: number): number {
  return (sequence + 1) & 0xffff;
}

/** `timestamp` moved by `samples` (either sign), as an unsigned 32-bit value. */
export function addTimestamp(timestamp: number, samples: number): number {
  return (timestamp + samples) >>> 0;
}

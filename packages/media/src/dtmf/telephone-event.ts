/** The payload of a telephone event, RFC 4733 §2.3: four bytes, `event | E R volume | duration`. */

/** Event codes 0 to 15, RFC 4733 §3.2 table 3: the index is the code. */
export const eventDigits = "0123456789*#ABCD";
export const telephoneEventLength = 4;

/** Code of a digit (letters in any case); undefined for anything that is no DTMF digit. */
export function eventOf(digit: string): number | undefined {
  const code = digit.length === 1 ? eventDigits.indexOf(digit.toUpperCase()) : -1;
  return code === -1 ? undefined : code;
}

/**
 * Writes a payload into `out[offset…offset+3]`.
 * @param volume power in -dBm0, 0 (loud) to 63
 * @param duration timestamp units since the event's (or segment's) start, 0 to 65535
 */
export function writeTelephoneEvent(
  out: Uint8Array,
  offset: number,
  event: number,
  end: boolean,
  volume: number,
  duration: number,
): void {
  out[offset] = event;
  out[offset + 1] = (end ? 0x80 : 0) | (volume & 0x3f);
  out[offset + 2] = duration >> 8;
  out[offset + 3] = duration & 0xff;
}

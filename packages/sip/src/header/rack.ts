import { SipParseError } from "../errors.ts";
import { isDigitCode, parseDecimal, skipSpace } from "../message/grammar.ts";
import { type CSeq, parseCSeq, type WithHeaders } from "../message/message.ts";

/** RFC 3262 §7.1: 1 to 2^32 − 1; a first number is below 2^31 (§3). */
const highest = 0xffff_ffff;

/** RAck, RFC 3262 §7.2: which reliable provisional response a PRACK is for. */
export interface RAck extends CSeq {
  readonly rseq: number;
}

/**
 * RSeq of a response; undefined where there is none.
 * @throws SipParseError malformed_header
 */
export function rseq(message: WithHeaders): number | undefined {
  const value = message.headers.get("RSeq");
  if (value === undefined) return undefined;
  const number = parseDecimal(value, highest);
  if (number < 1) throw new SipParseError("malformed_header", 0, "RSeq");
  return number;
}

/**
 * RAck of a PRACK.
 * @throws SipParseError missing_header, malformed_header
 */
export function rack(message: WithHeaders): RAck {
  const value = message.headers.get("RAck");
  if (value === undefined) throw new SipParseError("missing_header", 0, "RAck");
  let end = 0;
  while (end < value.length && isDigitCode(value.charCodeAt(end))) end++;
  const number = parseDecimal(value, highest, 0, end);
  const rest = skipSpace(value, end);
  if (number === -1 || rest === end) throw new SipParseError("malformed_header", 0, "RAck");
  return { rseq: number, ...cseqAt(value, rest) };
}

function cseqAt(value: string, start: number): CSeq {
  try {
    return parseCSeq(value, start);
  } catch (error) {
    // The value has the form of a CSeq, but is none.
    if (error instanceof SipParseError) throw new SipParseError(error.code, error.position, "RAck");
    throw error;
  }
}

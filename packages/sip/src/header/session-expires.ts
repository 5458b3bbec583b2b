import { SipParseError } from "../errors.ts";
import { parseDecimal, SEMICOLON } from "../message/grammar.ts";
import type { WithHeaders } from "../message/message.ts";
import { noParams, parseParams } from "../message/params.ts";

/** Session-Expires, RFC 4028 §4. */
export interface SessionExpires {
  /** Session interval, seconds. */
  readonly interval: number;
  /** Who refreshes: the side that sent the request, or the one that answered it. */
  readonly refresher: "uac" | "uas" | undefined;
}

const longest = 0xffff_ffff;

/**
 * undefined where there is none.
 * @throws SipParseError malformed_header, malformed_parameter
 */
export function sessionExpires(message: WithHeaders): SessionExpires | undefined {
  const value = message.headers.get("Session-Expires");
  if (value === undefined) return undefined;
  const { seconds, params } = deltaSeconds(value, "Session-Expires");
  const refresher = params.get("refresher")?.toLowerCase();
  return { interval: seconds, refresher: refresher === "uac" || refresher === "uas" ? refresher : undefined };
}

/**
 * Min-SE, RFC 4028 §5, seconds; undefined where there is none.
 * @throws SipParseError malformed_header, malformed_parameter
 */
export function minSe(message: WithHeaders): number | undefined {
  const value = message.headers.get("Min-SE");
  return value === undefined ? undefined : deltaSeconds(value, "Min-SE").seconds;
}

function deltaSeconds(
  value: string,
  header: string,
): { seconds: number; params: ReadonlyMap<string, string> } {
  const semicolon = value.indexOf(String.fromCharCode(SEMICOLON));
  const digits = (semicolon === -1 ? value : value.slice(0, semicolon)).trim();
  const seconds = parseDecimal(digits, longest);
  if (seconds === -1) throw new SipParseError("malformed_header", 0, header);
  return { seconds, params: semicolon === -1 ? noParams : parseParams(value, semicolon, header) };
}

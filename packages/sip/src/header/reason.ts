import { SipParseError } from "../errors.ts";
import { isToken, splitList } from "../message/grammar.ts";
import type { WithHeaders } from "../message/message.ts";
import { paramText, parseParams } from "../message/params.ts";
import { maxValues, numberParam, readable, readableValues } from "./readable.ts";

/** Why a request was sent, or a call ended, RFC 3326. */
export interface Reason {
  /** `SIP`, `Q.850` … as written. */
  readonly protocol: string;
  /** A SIP status, or a cause of Q.850. */
  readonly cause: number | undefined;
  readonly text: string | undefined;
}

/** The Reason values that can be read, in their order. */
export function reasons(message: WithHeaders): Reason[] {
  return readableValues(message, "Reason", parseReason);
}

/** The values of one header line, or of a URI's Reason component, that can be read. */
export function parseReasons(text: string): Reason[] {
  return splitList(text)
    .slice(0, maxValues)
    .map((value) => readable(() => parseReason(value)))
    .filter((value) => value !== undefined);
}

/** @throws SipParseError malformed_header, malformed_parameter, duplicate_parameter */
function parseReason(text: string): Reason {
  const semicolon = text.indexOf(";");
  const end = semicolon === -1 ? text.length : semicolon;
  const protocol = text.slice(0, end).trim();
  if (!isToken(protocol)) throw new SipParseError("malformed_header", 0, "Reason");
  const params = parseParams(text, end, "Reason");
  return { protocol, cause: numberParam(params, "cause", 999), text: paramText(params, "text") };
}

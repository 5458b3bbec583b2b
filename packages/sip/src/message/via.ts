import { SipParseError } from "../errors.ts";
import { COLON, hostAt, isDigitCode, isTokenCode, parseDecimal, skipSpace } from "./grammar.ts";
import { ipv6Address } from "./ipv6-reference.ts";
import { type Params, parseParams, serialiseParams } from "./params.ts";
import { serialiseHost } from "./uri.ts";

const BRACKET = 91;

/** One value of a Via header (RFC 3261 §20.42). */
export interface Via {
  /** Name and version as written, only where they are not SIP/2.0 (RFC 3261 §25.1, sent-protocol). */
  readonly protocol?: string;
  /** Upper case: "UDP", "TCP", "TLS", "WS", "WSS" … */
  readonly transport: string;
  /** sent-by host, lower case, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  /** branch, received, rport, maddr, ttl … */
  readonly params: Params;
}

/**
 * One Via value, or the first of a comma list: what follows the comma is not looked at.
 * @param start with `end` a range of a longer text; positions of errors count in `text`
 * @throws SipParseError malformed_header, malformed_parameter, duplicate_parameter
 */
export function parseVia(text: string, start = 0, end = text.length): Via {
  let at = start;
  let transport: string;
  let protocol: string | undefined;
  if (text.startsWith("SIP/2.0/UDP ", start)) {
    transport = "UDP";
    at += 12;
  } else if (text.startsWith("SIP/2.0/TCP ", start)) {
    transport = "TCP";
    at += 12;
  } else {
    // LWS may stand around the slashes (SLASH of §25.1), and a request of another version has its own here.
    const name = tokenIn(text, at, end);
    const version = tokenIn(text, afterSlash(text, name.end, end), end);
    if (name.text.toUpperCase() !== "SIP" || version.text !== "2.0")
      protocol = `${name.text}/${version.text}`;
    const transportToken = tokenIn(text, afterSlash(text, version.end, end), end);
    transport = transportToken.text.toUpperCase();
    at = transportToken.end;
    if (skipSpace(text, at, end) === at) throw new SipParseError("malformed_header", at, "Via");
  }
  const hostStart = skipSpace(text, at, end);
  let host: string | undefined;
  if (hostStart < end && text.charCodeAt(hostStart) === BRACKET) {
    at = text.indexOf("]", hostStart) + 1;
    if (at !== 0 && at <= end) host = ipv6Address(text.slice(hostStart + 1, at - 1));
  } else {
    host = hostAt(text, hostStart, end);
    at = hostStart + host.length;
  }
  if (host === undefined || host === "") throw new SipParseError("malformed_header", hostStart, "Via");
  at = skipSpace(text, at, end);
  if (at === end || text.charCodeAt(at) !== COLON) {
    const params = parseParams(text, at, "Via", end, true);
    return protocol === undefined ? { transport, host, params } : { protocol, transport, host, params };
  }
  const portStart = skipSpace(text, at + 1, end);
  at = portStart;
  while (at < end && isDigitCode(text.charCodeAt(at))) at++;
  const port = parseDecimal(text, 65535, portStart, at);
  if (port < 1) throw new SipParseError("malformed_header", portStart, "Via");
  const params = parseParams(text, at, "Via", end, true);
  return protocol === undefined
    ? { transport, host, port, params }
    : { protocol, transport, host, port, params };
}

function tokenIn(text: string, from: number, limit: number): { text: string; end: number } {
  const start = skipSpace(text, from, limit);
  let end = start;
  while (end < limit && isTokenCode(text.charCodeAt(end))) end++;
  if (end === start) throw new SipParseError("malformed_header", start, "Via");
  return { text: text.slice(start, end), end };
}

function afterSlash(text: string, from: number, end: number): number {
  const at = skipSpace(text, from, end);
  if (at === end || text.charCodeAt(at) !== 47) throw new SipParseError("malformed_header", at, "Via");
  return at + 1;
}

export function serialiseVia(via: Via): string {
  const port = via.port === undefined ? "" : `:${via.port}`;
  return `${via.protocol ?? "SIP/2.0"}/${via.transport} ${serialiseHost(via.host)}${port}${serialiseParams(via.params)}`;
}

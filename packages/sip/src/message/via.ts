import { isIPv6 } from "node:net";
import { SipParseError } from "../errors.ts";
import { COLON, isDigitCode, isHostCode, isTokenCode, parseDecimal, skipSpace } from "./grammar.ts";
import { type Params, parseParams, serialiseParams } from "./params.ts";
import { serialiseHost } from "./uri.ts";

/** One value of a Via header (RFC 3261 §20.42). */
export interface Via {
  /** Upper case: "UDP", "TCP", "TLS", "WS", "WSS" … */
  readonly transport: string;
  /** sent-by host, lower case, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  /** branch, received, rport, maddr, ttl … */
  readonly params: Params;
}

const prefixes = new Map([
  ["SIP/2.0/UDP ", "UDP"],
  ["SIP/2.0/TCP ", "TCP"],
  ["SIP/2.0/TLS ", "TLS"],
]);

/**
 * One Via value (a list is split before).
 * @throws SipParseError malformed_header, malformed_parameter, duplicate_parameter, unsupported_version
 */
export function parseVia(text: string): Via {
  let transport = prefixes.get(text.slice(0, 12));
  let at = 12;
  if (transport === undefined) {
    // LWS may stand around the slashes (SLASH of §25.1).
    at = expectToken(text, 0, "SIP", "malformed_header");
    at = expectToken(text, expectSlash(text, at), "2.0", "unsupported_version");
    const start = skipSpace(text, expectSlash(text, at));
    at = endOfToken(text, start);
    transport = text.slice(start, at).toUpperCase();
    if (transport === "" || skipSpace(text, at) === at)
      throw new SipParseError("malformed_header", at, "Via");
  }
  const hostStart = skipSpace(text, at);
  let host: string;
  if (text.charCodeAt(hostStart) === 91) {
    at = text.indexOf("]", hostStart) + 1;
    host = text.slice(hostStart + 1, at - 1).toLowerCase();
    if (at === 0 || !isIPv6(host) || host.includes("%"))
      throw new SipParseError("malformed_header", hostStart, "Via");
  } else {
    at = hostStart;
    while (at < text.length && isHostCode(text.charCodeAt(at))) at++;
    if (at === hostStart) throw new SipParseError("malformed_header", at, "Via");
    host = text.slice(hostStart, at).toLowerCase();
  }
  at = skipSpace(text, at);
  if (text.charCodeAt(at) !== COLON) return { transport, host, params: parseParams(text, at, "Via") };
  const portStart = skipSpace(text, at + 1);
  at = portStart;
  while (at < text.length && isDigitCode(text.charCodeAt(at))) at++;
  const port = parseDecimal(text.slice(portStart, at), 65535);
  if (port < 1) throw new SipParseError("malformed_header", portStart, "Via");
  return { transport, host, port, params: parseParams(text, at, "Via") };
}

function endOfToken(text: string, start: number): number {
  let end = start;
  while (end < text.length && isTokenCode(text.charCodeAt(end))) end++;
  return end;
}

function expectToken(
  text: string,
  from: number,
  token: string,
  code: "malformed_header" | "unsupported_version",
): number {
  const start = skipSpace(text, from);
  const end = endOfToken(text, start);
  if (text.slice(start, end).toUpperCase() !== token) throw new SipParseError(code, start, "Via");
  return end;
}

function expectSlash(text: string, from: number): number {
  const at = skipSpace(text, from);
  if (text.charCodeAt(at) !== 47) throw new SipParseError("malformed_header", at, "Via");
  return at + 1;
}

export function serialiseVia(via: Via): string {
  const port = via.port === undefined ? "" : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${serialiseHost(via.host)}${port}${serialiseParams(via.params)}`;
}

import { SipParseError } from "../errors.ts";
import { afterDigits, afterSpace, COLON, decimalIn, endOfRun, TOKEN } from "./grammar.ts";
import { ipv6Address } from "./ipv6-reference.ts";
import { type Params, readParams, serialiseParams } from "./params.ts";
import { hostIn, type Source, sourceOf } from "./source.ts";
import { serialiseHost } from "./uri.ts";
import { WordTable } from "./word-table.ts";

const SLASH = 47;
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

/** Name, version and transport of nearly every Via, to the space after them. */
const usual = new WordTable<string>();
for (const transport of ["UDP", "TCP", "TLS"]) usual.add(`SIP/2.0/${transport} `, transport);
const usualLength = "SIP/2.0/UDP ".length;

/**
 * One Via value, or the first of a comma list: what follows the comma is not looked at.
 * @throws SipParseError malformed_header, malformed_parameter, duplicate_parameter
 */
export function parseVia(text: string): Via {
  return readVia(sourceOf(text), 0, text.length);
}

/** As `parseVia`, for a range of the text; positions of errors count in the whole. */
export function readVia(source: Source, start: number, end: number): Via {
  const { text, codes } = source;
  let at = start;
  let protocol: string | undefined;
  let transport = end - start < usualLength ? undefined : usual.find(codes, start, start + usualLength);
  if (transport !== undefined) at += usualLength;
  else {
    // LWS may stand around the slashes (SLASH of §25.1), and a request of another version has its own here.
    const nameStart = afterSpace(codes, at, end);
    const nameEnd = afterToken(codes, nameStart, end);
    const versionStart = afterSlash(codes, nameEnd, end);
    const versionEnd = afterToken(codes, versionStart, end);
    const name = text.slice(nameStart, nameEnd);
    const version = text.slice(versionStart, versionEnd);
    if (name.toUpperCase() !== "SIP" || version !== "2.0") protocol = `${name}/${version}`;
    const transportStart = afterSlash(codes, versionEnd, end);
    at = afterToken(codes, transportStart, end);
    transport = text.slice(transportStart, at).toUpperCase();
    if (afterSpace(codes, at, end) === at) throw new SipParseError("malformed_header", at, "Via");
  }
  const hostStart = afterSpace(codes, at, end);
  let host: string | undefined;
  if (hostStart < end && codes[hostStart] === BRACKET) {
    at = text.indexOf("]", hostStart) + 1;
    if (at !== 0 && at <= end) host = ipv6Address(text.slice(hostStart + 1, at - 1));
  } else {
    host = hostIn(source, hostStart, end);
    at = hostStart + host.length;
  }
  if (host === undefined || host === "") throw new SipParseError("malformed_header", hostStart, "Via");
  at = afterSpace(codes, at, end);
  if (at === end || codes[at] !== COLON) {
    const params = readParams(source, at, end, "Via", true);
    return protocol === undefined ? { transport, host, params } : { protocol, transport, host, params };
  }
  const portStart = afterSpace(codes, at + 1, end);
  at = afterDigits(codes, portStart, end);
  const port = decimalIn(codes, 65535, portStart, at);
  if (port < 1) throw new SipParseError("malformed_header", portStart, "Via");
  const params = readParams(source, at, end, "Via", true);
  return protocol === undefined
    ? { transport, host, port, params }
    : { protocol, transport, host, port, params };
}

function afterToken(codes: Uint8Array, start: number, limit: number): number {
  const end = endOfRun(codes, TOKEN, start, limit);
  if (end === start) throw new SipParseError("malformed_header", start, "Via");
  return end;
}

/** Position of what follows the slash and the space around it. */
function afterSlash(codes: Uint8Array, from: number, end: number): number {
  const at = afterSpace(codes, from, end);
  if (at === end || codes[at] !== SLASH) throw new SipParseError("malformed_header", at, "Via");
  return afterSpace(codes, at + 1, end);
}

export function serialiseVia(via: Via): string {
  const port = via.port === undefined ? "" : `:${via.port}`;
  return `${via.protocol ?? "SIP/2.0"}/${via.transport} ${serialiseHost(via.host)}${port}${serialiseParams(via.params)}`;
}

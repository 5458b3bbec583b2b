import { SipParseError } from "../errors.ts";
import { isToken, isTokenCode, parseDecimal, splitList } from "./grammar.ts";
import type { Headers } from "./headers.ts";
import { type NameAddr, parseNameAddr } from "./name-addr.ts";
import type { Uri } from "./uri.ts";
import { parseVia, type Via } from "./via.ts";

export interface SipRequest {
  readonly kind: "request";
  readonly method: string;
  readonly uri: Uri;
  /** The Request-URI as it came, and as it is sent: `serialiseMessage` writes this, not `uri`. */
  readonly uriText: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface SipResponse {
  readonly kind: "response";
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export type SipMessage = SipRequest | SipResponse;

/** What the typed readers need: a message, or anything else with headers. */
export interface WithHeaders {
  readonly headers: Headers;
}

/**
 * The typed readers parse a header at the first call and keep the value until that header changes.
 * Each throws SipParseError: missing_header, or what breaks the value's grammar. On a message from
 * `parseMessage`, `topVia`, `from`, `to`, `callId`, `cseq`, `maxForwards` never throw: they are checked there.
 */
export function topVia(message: WithHeaders): Via {
  const { typed } = message.headers;
  if (typed.topVia === undefined) {
    const line = required(message.headers, "Via");
    const first = line.includes(",") ? splitList(line)[0] : line;
    typed.topVia = parseVia(first ?? "");
  }
  return typed.topVia;
}

/** All Via values, topmost first. */
export function vias(message: WithHeaders): readonly Via[] {
  const { typed } = message.headers;
  if (typed.via === undefined) {
    required(message.headers, "Via");
    typed.via = message.headers.list("Via").map(parseVia);
  }
  return typed.via;
}

export function from(message: WithHeaders): NameAddr {
  const { typed } = message.headers;
  typed.from ??= parseNameAddr(required(message.headers, "From"), "From");
  return typed.from;
}

export function to(message: WithHeaders): NameAddr {
  const { typed } = message.headers;
  typed.to ??= parseNameAddr(required(message.headers, "To"), "To");
  return typed.to;
}

/** Call-ID as written: it compares byte by byte (RFC 3261 §20.8). */
export function callId(message: WithHeaders): string {
  const value = required(message.headers, "Call-ID");
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) <= 32) throw new SipParseError("malformed_header", i, "Call-ID");
  }
  if (value === "") throw new SipParseError("malformed_header", 0, "Call-ID");
  return value;
}

/** RFC 3261 §20.16: a number below 2^31 and a method. */
export function cseq(message: WithHeaders): { readonly seq: number; readonly method: string } {
  const { typed } = message.headers;
  if (typed.cseq === undefined) {
    const value = required(message.headers, "CSeq");
    let end = 0;
    while (end < value.length && isTokenCode(value.charCodeAt(end))) end++;
    // Leading zeros are digits too, so the length says nothing about the number.
    const seq = parseDecimal(trimZeros(value.slice(0, end)), 0x7fff_ffff);
    if (seq === -1) throw new SipParseError("malformed_header", 0, "CSeq");
    const method = value.slice(end).trim();
    if (!isToken(method)) throw new SipParseError("malformed_header", end, "CSeq");
    typed.cseq = { seq, method };
  }
  return typed.cseq;
}

function trimZeros(digits: string): string {
  let start = 0;
  while (start < digits.length - 1 && digits.charCodeAt(start) === 48) start++;
  return start === 0 ? digits : digits.slice(start);
}

/** Contact values, "*" for the star of RFC 3261 §10.2.2, an empty array where there is no Contact. */
export function contacts(message: WithHeaders): readonly NameAddr[] | "*" {
  const { typed } = message.headers;
  if (typed.contact === undefined) {
    const values = message.headers.list("Contact");
    typed.contact =
      values.length === 1 && values[0] === "*" ? "*" : values.map((value) => parseNameAddr(value, "Contact"));
  }
  return typed.contact;
}

/** Route values, the next hop first; empty where there is none. */
export function routes(message: WithHeaders): readonly NameAddr[] {
  const { typed } = message.headers;
  typed.route ??= message.headers.list("Route").map((value) => parseNameAddr(value, "Route"));
  return typed.route;
}

/** Record-Route values in the order written; empty where there is none. */
export function recordRoutes(message: WithHeaders): readonly NameAddr[] {
  const { typed } = message.headers;
  typed["record-route"] ??= message.headers
    .list("Record-Route")
    .map((value) => parseNameAddr(value, "Record-Route"));
  return typed["record-route"];
}

/** RFC 3261 §20.22: 0 to 255; undefined where there is none. */
export function maxForwards(message: WithHeaders): number | undefined {
  return number(message.headers, "Max-Forwards", 255);
}

/** RFC 3261 §20.14, in bytes; undefined where there is none. */
export function contentLength(message: WithHeaders): number | undefined {
  return number(message.headers, "Content-Length", 0xffff_ffff);
}

function number(headers: Headers, name: string, maximum: number): number | undefined {
  const value = headers.get(name);
  if (value === undefined) return undefined;
  const parsed = parseDecimal(trimZeros(value), maximum);
  if (parsed === -1) throw new SipParseError("malformed_header", 0, name);
  return parsed;
}

function required(headers: Headers, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw new SipParseError("missing_header", 0, name);
  return value;
}

import { SipParseError } from "../errors.ts";
import {
  afterDigits,
  afterSpace,
  afterVisible,
  decimalIn,
  endOfRun,
  parseDecimal,
  TOKEN,
} from "./grammar.ts";
import type { Headers } from "./headers.ts";
import { type NameAddr, parseNameAddr } from "./name-addr.ts";
import { type Source, sourceOf } from "./source.ts";
import type { Uri } from "./uri.ts";
import { parseVia, type Via } from "./via.ts";
import { WordTable } from "./word-table.ts";

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
  typed.topVia ??= parseVia(required(message.headers, "Via"));
  return typed.topVia;
}

/** All Via values, topmost first. */
export function vias(message: WithHeaders): readonly Via[] {
  const { typed } = message.headers;
  if (typed.via === undefined) {
    required(message.headers, "Via");
    typed.via = message.headers.list("Via").map((value) => parseVia(value));
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
  const { typed } = message.headers;
  typed.callId ??= parseCallId(required(message.headers, "Call-ID"));
  return typed.callId;
}

/** @throws SipParseError malformed_header when it is no Call-ID: empty, or with a space in it */
export function parseCallId(text: string): string {
  return readCallId(sourceOf(text), 0, text.length);
}

/** As `parseCallId`, for a range of the text. */
export function readCallId({ text, codes }: Source, start: number, end: number): string {
  const visibleEnd = afterVisible(codes, start, end);
  if (visibleEnd < end || start === end) throw new SipParseError("malformed_header", visibleEnd, "Call-ID");
  return text.slice(start, end);
}

const methods = new WordTable<string>();
const known =
  "INVITE ACK BYE CANCEL OPTIONS REGISTER INFO PRACK UPDATE REFER NOTIFY SUBSCRIBE MESSAGE PUBLISH";
for (const method of known.split(" ")) methods.add(method, method);

/** The method in a range of the text; those that there are share one string each. */
export function methodIn({ text, codes }: Source, start: number, end: number): string {
  return methods.find(codes, start, end) ?? text.slice(start, end);
}

/** RFC 3261 §20.16: a number below 2^31 and a method. */
export interface CSeq {
  readonly seq: number;
  readonly method: string;
}

export function cseq(message: WithHeaders): CSeq {
  const { typed } = message.headers;
  typed.cseq ??= parseCSeq(required(message.headers, "CSeq"));
  return typed.cseq;
}

/** @throws SipParseError malformed_header */
export function parseCSeq(text: string, start = 0): CSeq {
  return readCSeq(sourceOf(text), start, text.length);
}

/** As `parseCSeq`, for a range of the text. */
export function readCSeq(source: Source, start: number, end: number): CSeq {
  const { codes } = source;
  const numberEnd = afterDigits(codes, start, end);
  const seq = decimalIn(codes, 0x7fff_ffff, start, numberEnd);
  if (seq === -1) throw new SipParseError("malformed_header", start, "CSeq");
  const methodStart = afterSpace(codes, numberEnd, end);
  if (methodStart === numberEnd) throw new SipParseError("malformed_header", numberEnd, "CSeq");
  const methodEnd = endOfRun(codes, TOKEN, methodStart, end);
  if (methodEnd === methodStart || afterSpace(codes, methodEnd, end) !== end) {
    throw new SipParseError("malformed_header", methodStart, "CSeq");
  }
  return { seq, method: methodIn(source, methodStart, methodEnd) };
}

/** Contact values, "*" for the star of RFC 3261 §10.2.2, an empty array where there is no Contact. */
export function contacts(message: WithHeaders): readonly NameAddr[] | "*" {
  const { typed } = message.headers;
  if (typed.contact === undefined) {
    const values = message.headers.list("Contact");
    typed.contact = values.length === 1 && values[0] === "*" ? "*" : addresses(values, "Contact");
  }
  return typed.contact;
}

function addresses(values: readonly string[], header: string): NameAddr[] {
  const parsed: NameAddr[] = [];
  for (const value of values) parsed.push(parseNameAddr(value, header));
  return parsed;
}

/** Route values, the next hop first; empty where there is none. */
export function routes(message: WithHeaders): readonly NameAddr[] {
  const { typed } = message.headers;
  typed.route ??= addresses(message.headers.list("Route"), "Route");
  return typed.route;
}

/** Record-Route values in the order written; empty where there is none. */
export function recordRoutes(message: WithHeaders): readonly NameAddr[] {
  const { typed } = message.headers;
  typed.recordRoute ??= addresses(message.headers.list("Record-Route"), "Record-Route");
  return typed.recordRoute;
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
  const parsed = parseDecimal(value, maximum);
  if (parsed === -1) throw new SipParseError("malformed_header", 0, name);
  return parsed;
}

function required(headers: Headers, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw new SipParseError("missing_header", 0, name);
  return value;
}

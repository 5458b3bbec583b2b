import { SipParseError } from "../errors.ts";
import { decodeText } from "./escape.ts";
import { afterSpace, COLON, decimalIn, endOfRun, isSpaceCode, SP, TAB, TOKEN } from "./grammar.ts";
import { bits, type HeaderName, headerName, headerNameAsOurs } from "./header-names.ts";
import { Headers } from "./headers.ts";
import { methodIn, readCallId, readCSeq, type SipMessage } from "./message.ts";
import { type NameAddr, readNameAddr } from "./name-addr.ts";
import { salvage } from "./salvage.ts";
import { codesOf, type Source, sourceOf } from "./source.ts";
import { readUri, type Uri } from "./uri.ts";
import { readVia } from "./via.ts";
import { Word } from "./word-table.ts";

const LF = 10;
const CR = 13;
const STAR = 42;
const SLASH = 47;

/** Bounds of what is parsed at all; a message beyond them is refused, not cut. */
export interface ParseLimits {
  /** Whole message, bytes. */
  readonly messageBytes: number;
  /** Start line and header lines together, bytes. */
  readonly headerBytes: number;
  /** Header lines, folded ones counted once. */
  readonly headers: number;
  /** One line, in characters, folds included. */
  readonly lineLength: number;
}

export const defaultParseLimits: ParseLimits = {
  messageBytes: 65_536,
  headerBytes: 32_768,
  headers: 256,
  lineLength: 8_192,
};

export interface ParseOptions {
  readonly limits?: Partial<ParseLimits>;
}

const endOfHeaders = Buffer.from("\r\n\r\n");
const noBody = Buffer.alloc(0);

/**
 * One message: a datagram, or what a `StreamFramer` cut. Bytes after Content-Length are ignored, and
 * without one the body is the rest (RFC 3261 §18.3). The body is a view on `bytes`.
 *
 * Checked here: start line, mandatory headers, headers that may stand once, top Via, From, To,
 * Call-ID, CSeq, Max-Forwards. Everything else is parsed by its typed reader when it is asked for.
 * @throws SipParseError; for a request with a readable Via its `partial` is enough for `createResponse`
 */
export function parseMessage(bytes: Buffer, options?: ParseOptions): SipMessage {
  try {
    return parse(bytes, options?.limits ? { ...defaultParseLimits, ...options.limits } : defaultParseLimits);
  } catch (error) {
    if (error instanceof SipParseError) error.partial = salvage(bytes);
    throw error;
  }
}

function parse(received: Buffer, limits: ParseLimits): SipMessage {
  if (received.length > limits.messageBytes)
    throw new SipParseError("message_too_large", limits.messageBytes);
  // RFC 3261 §7.5: empty lines before the start line are ignored.
  let start = 0;
  while (received[start] === CR && received[start + 1] === LF) start += 2;
  const bytes = start === 0 ? received : received.subarray(start);
  const end = bytes.indexOf(endOfHeaders);
  if (end === -1) throw new SipParseError("unterminated_header", bytes.length);
  if (end > limits.headerBytes) throw new SipParseError("header_too_large", limits.headerBytes);
  // The last line keeps its CRLF, so that every line ends in one.
  const source = headerBlock(bytes, end + 2);

  const lineEnd = endOfLine(source.text, 0);
  if (lineEnd > limits.lineLength) throw new SipParseError("header_too_large", limits.lineLength);
  const startLine = isStatusLine(source) ? statusLine(source, lineEnd) : requestLine(source, lineEnd);
  const scan = scanHeaders(source, lineEnd + 2, limits);
  checkPresent(scan.seen);
  const { headers } = scan;
  const body = bodyOf(bytes, end + 4, scan.contentLength);
  if (startLine.kind === "response") {
    return { kind: "response", status: startLine.status, reason: startLine.reason, headers, body };
  }
  const { method, uri, uriText } = startLine;
  if (headers.typed.cseq?.method !== method) throw new SipParseError("cseq_method_mismatch", 0, "CSeq");
  return { kind: "request", method, uri, uriText, headers, body };
}

function headerBlock(bytes: Buffer, end: number): Source {
  const text = bytes.toString("utf8", 0, end);
  // As many UTF-16 units as bytes: they are ASCII, as nearly always, and the bytes are their codes.
  if (text.length === end && !text.includes("\ufffd")) return { text, codes: bytes };
  const decoded = decodeText(bytes, 0, end);
  return { text: decoded, codes: codesOf(decoded) };
}

interface Scan {
  readonly headers: Headers;
  /** Bits of the counted headers that were seen. */
  seen: number;
  contentLength: number;
}

/** Splits the header block into lines, and parses the headers that every message is checked for. */
function scanHeaders(source: Source, start: number, limits: ParseLimits): Scan {
  const { text, codes } = source;
  const block = { text };
  const scan: Scan = { headers: new Headers(), seen: 0, contentLength: -1 };
  const { headers } = scan;
  for (let at = start; at < text.length; ) {
    const end = endOfLine(text, at);
    const colon = text.indexOf(":", at);
    const name = headerNameAsOurs(source, at, colon);
    const valueStart = colon + 2;
    // Nearly every line: a name spelled as we do it, one space, a value that is not continued.
    if (
      name !== undefined &&
      valueStart < end &&
      codes[colon + 1] === SP &&
      (codes[valueStart] as number) > SP &&
      (codes[end - 1] as number) > SP &&
      !isContinued(source, end)
    ) {
      checkLimits(headers.size, at, end, limits);
      headers.appendLine(name, block, at, end + 2);
      if (name.bit !== 0) check(scan, name, source, valueStart, end);
      at = end + 2;
    } else at = readOddLine(scan, source, at, end, limits);
  }
  return scan;
}

/** RFC 3261 §7.3.1: a line that begins with a space or a tab continues the one before. */
function isContinued({ text, codes }: Source, end: number): boolean {
  return end + 2 < text.length && isSpaceCode(codes[end + 2] as number);
}

function checkLimits(lines: number, start: number, end: number, limits: ParseLimits): void {
  if (end - start > limits.lineLength) throw new SipParseError("header_too_large", start);
  if (lines >= limits.headers) throw new SipParseError("too_many_headers", start);
}

/**
 * A line in any form that the grammar has, brought into ours.
 * @param at where it begins
 * @param firstEnd where its first part ends
 * @returns where the next line begins
 */
function readOddLine(scan: Scan, source: Source, at: number, firstEnd: number, limits: ParseLimits): number {
  const { text, codes } = source;
  let end = firstEnd;
  while (isContinued(source, end)) end = endOfLine(text, end + 2);
  const nameEnd = endOfRun(codes, TOKEN, at, end);
  // HCOLON of RFC 3261 §25.1: spaces and tabs may stand before the colon.
  const colon = afterSpace(codes, nameEnd, end);
  if (nameEnd === at || codes[colon] !== COLON) throw new SipParseError("malformed_header_line", at);
  checkLimits(scan.headers.size, at, end, limits);
  let valueStart = colon + 1;
  let valueEnd = end;
  while (valueStart < end && isBlank(codes[valueStart] as number)) valueStart++;
  while (valueEnd > valueStart && isBlank(codes[valueEnd - 1] as number)) valueEnd--;
  const name = headerName(text.slice(at, nameEnd));
  const written = text.slice(valueStart, valueEnd);
  const value = end === firstEnd ? written : unfold(written);
  scan.headers.appendLine(name, { text: `${name.prefix}${value}\r\n` });
  if (name.bit !== 0) check(scan, name, sourceOf(value), 0, value.length);
  return end + 2;
}

/**
 * Position of the CRLF that ends the line at `at`. A CR or LF on its own is refused: copied into an
 * answer or written to a log it could start a line of its own.
 */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\r", at);
  if (text.indexOf("\n", at) !== end + 1) throw new SipParseError("malformed_header_line", at);
  return end;
}

function isBlank(code: number): boolean {
  return code === SP || code === TAB || code === CR || code === LF;
}

/** Each fold, with the white space around it, becomes one space. No expression: its time would grow with a square. */
function unfold(value: string): string {
  let text = "";
  for (const part of value.split("\r\n")) {
    const inner = part.trim();
    if (inner !== "") text += text === "" ? inner : ` ${inner}`;
  }
  return text;
}

/** Parses one of the headers that carry a bit; its value is the given range of the text. */
function check(scan: Scan, name: HeaderName, source: Source, start: number, end: number): void {
  const { bit } = name;
  if ((scan.seen & bit) !== 0) {
    // Only the topmost Via matters here, and a Content-Length repeated as it was does no harm.
    if (bit === bits.via) return;
    if (bit === bits.contact) {
      scan.headers.typed.contact = undefined;
      return;
    }
    if (
      bit === bits.contentLength &&
      decimalIn(source.codes, maximumLength, start, end) === scan.contentLength
    )
      return;
    throw new SipParseError("duplicate_header", 0, name.display);
  }
  scan.seen |= bit;
  try {
    readChecked(scan, bit, source, start, end);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw new SipParseError(error.code, error.position - start, error.header);
  }
}

const maximumLength = 0xffff_ffff;

function readChecked(scan: Scan, bit: number, source: Source, start: number, end: number): void {
  const { typed } = scan.headers;
  switch (bit) {
    case bits.via:
      typed.topVia = readVia(source, start, end);
      break;
    case bits.from:
      typed.from = readNameAddr(source, start, end, "From");
      break;
    case bits.to:
      typed.to = readNameAddr(source, start, end, "To");
      break;
    case bits.callId:
      typed.callId = readCallId(source, start, end);
      break;
    case bits.cseq:
      typed.cseq = readCSeq(source, start, end);
      break;
    case bits.maxForwards:
      if (decimalIn(source.codes, 255, start, end) === -1) {
        throw new SipParseError("malformed_header", start, "Max-Forwards");
      }
      break;
    case bits.contact:
      typed.contact = contactIn(source, start, end);
      break;
    case bits.contentLength:
      scan.contentLength = decimalIn(source.codes, maximumLength, start, end);
      if (scan.contentLength === -1) throw new SipParseError("malformed_header", start, "Content-Length");
  }
}

/**
 * A single Contact, for the reader that nearly every caller goes on to ask: here its codes are at hand. What is
 * a list or cannot be read is left to that reader, which says what is wrong: a Contact nobody needs breaks nothing.
 */
function contactIn(source: Source, start: number, end: number): NameAddr[] | undefined {
  const comma = source.text.indexOf(",", start);
  if ((comma !== -1 && comma < end) || source.codes[start] === STAR) return undefined;
  try {
    return [readNameAddr(source, start, end, "Contact")];
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

const mandatory: readonly [bit: number, name: string][] = [
  [bits.via, "Via"],
  [bits.from, "From"],
  [bits.to, "To"],
  [bits.callId, "Call-ID"],
  [bits.cseq, "CSeq"],
];
const mandatoryBits = bits.via | bits.from | bits.to | bits.callId | bits.cseq;

function checkPresent(seen: number): void {
  if ((seen & mandatoryBits) === mandatoryBits) return;
  for (const [bit, name] of mandatory) {
    if ((seen & bit) === 0) throw new SipParseError("missing_header", 0, name);
  }
}

interface RequestLine {
  readonly kind: "request";
  readonly method: string;
  readonly uri: Uri;
  readonly uriText: string;
}
interface StatusLine {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
}

function isStatusLine({ text, codes }: Source): boolean {
  return codes[3] === SLASH && text.slice(0, 3).toUpperCase() === "SIP";
}

function statusLine(source: Source, end: number): StatusLine {
  const { text, codes } = source;
  const space = text.indexOf(" ");
  const versionEnd = space === -1 || space > end ? end : space;
  checkVersion(source, 0, versionEnd);
  const statusEnd = versionEnd + 4;
  const status = end < statusEnd ? -1 : decimalIn(codes, 699, versionEnd + 1, statusEnd);
  // The space before an empty reason is often left out.
  if (status < 100 || (end > statusEnd && codes[statusEnd] !== SP)) {
    throw new SipParseError("malformed_start_line", versionEnd);
  }
  return { kind: "response", status, reason: text.slice(statusEnd + 1, end) };
}

function requestLine(source: Source, end: number): RequestLine {
  const { text, codes } = source;
  const first = endOfRun(codes, TOKEN, 0, end);
  const last = text.lastIndexOf(" ", end);
  if (first === 0 || last <= first || codes[first] !== SP) {
    throw new SipParseError("malformed_start_line", 0);
  }
  checkVersion(source, last + 1, end);
  // A space inside is refused by the URI's own grammar.
  const uri = readUri(source, first + 1, last);
  return { kind: "request", method: methodIn(source, 0, first), uri, uriText: text.slice(first + 1, last) };
}

const version2 = new Word("SIP/2.0");

/** RFC 3261 §7.1: compared without case, always written in upper case. */
function checkVersion({ text, codes }: Source, start: number, end: number): void {
  if (end - start === version2.length && version2.standsAt(codes, start)) return;
  const version = text.slice(start, end);
  if (version.toUpperCase() === "SIP/2.0") return;
  throw new SipParseError(isVersion(version) ? "unsupported_version" : "malformed_start_line", start);
}

/** SIP, but another version: that is answered with 505; anything else is not SIP. */
function isVersion(text: string): boolean {
  return /^SIP\/[0-9]{1,9}\.[0-9]{1,9}$/i.test(text);
}

function bodyOf(bytes: Buffer, start: number, contentLength: number): Buffer {
  const end = contentLength === -1 ? bytes.length : start + contentLength;
  if (end > bytes.length) throw new SipParseError("content_length_mismatch", 0, "Content-Length");
  return end === start ? noBody : bytes.subarray(start, end);
}

import { SipParseError } from "../errors.ts";
import { decodeText } from "./escape.ts";
import { isSpaceCode, isToken, isTokenCode, parseDecimal, SP, skipSpace, TAB } from "./grammar.ts";
import { bits, type HeaderName, headerAsWritten, headerNameIn } from "./header-names.ts";
import { Headers } from "./headers.ts";
import { checkCallId, parseCSeq, type SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { isPlainAddress, isPlainVia } from "./plain-forms.ts";
import { salvage } from "./salvage.ts";
import { parseUriIn, type Uri } from "./uri.ts";
import { parseVia } from "./via.ts";

const LF = 10;
const CR = 13;
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

function parse(bytes: Buffer, limits: ParseLimits): SipMessage {
  if (bytes.length > limits.messageBytes) throw new SipParseError("message_too_large", limits.messageBytes);
  // RFC 3261 §7.5: empty lines before the start line are ignored.
  let start = 0;
  while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2;
  const end = bytes.indexOf(endOfHeaders, start);
  if (end === -1) throw new SipParseError("unterminated_header", bytes.length);
  if (end - start > limits.headerBytes) throw new SipParseError("header_too_large", limits.headerBytes);
  // The last line keeps its CRLF, so that every line ends in one.
  const text = decodeText(bytes, start, end + 2);

  const lineEnd = endOfLine(text, 0);
  if (lineEnd > limits.lineLength) throw new SipParseError("header_too_large", limits.lineLength);
  const startLine = isStatusLine(text) ? statusLine(text, lineEnd) : requestLine(text, lineEnd);
  const scan = scanHeaders(text, lineEnd + 2, limits);
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

interface Scan {
  readonly headers: Headers;
  /** Bits of the counted headers that were seen. */
  seen: number;
  contentLength: number;
}

/** Splits the header block into lines, and parses the headers that every message is checked for. */
function scanHeaders(text: string, start: number, limits: ParseLimits): Scan {
  const headers = new Headers();
  const scan: Scan = { headers, seen: 0, contentLength: -1 };
  for (let at = start, end = 0; at < text.length; at = end + 2) {
    end = endOfLine(text, at);
    let folded = false;
    // RFC 3261 §7.3.1: a line that begins with a space or a tab continues the one before.
    while (end + 2 < text.length && isSpaceCode(text.charCodeAt(end + 2))) {
      folded = true;
      end = endOfLine(text, end + 2);
    }
    if (end - at > limits.lineLength) throw new SipParseError("header_too_large", at);
    if (headers.size >= limits.headers) throw new SipParseError("too_many_headers", at);
    const colon = text.indexOf(":", at);
    if (colon === -1 || colon > end) throw new SipParseError("malformed_header_line", at);
    const usual = folded ? undefined : headerAsWritten(text, at, colon);
    const name = usual ?? nameBefore(text, at, colon);
    let valueStart = usual === undefined ? colon + 1 : colon + 2;
    let valueEnd = end;
    while (valueStart < end && isBlank(text.charCodeAt(valueStart))) valueStart++;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
    if (usual !== undefined && valueStart === colon + 2 && valueEnd === end) {
      headers.appendLine(name, text.slice(at, end + 2));
      if (name.bit !== 0) check(scan, name, text, valueStart, valueEnd);
    } else {
      const written = text.slice(valueStart, valueEnd);
      const value = folded ? unfold(written) : written;
      headers.appendLine(name, `${name.prefix}${value}\r\n`);
      if (name.bit === 0) continue;
      if (folded) check(scan, name, value, 0, value.length);
      else check(scan, name, text, valueStart, valueEnd);
    }
  }
  return scan;
}
/** HCOLON of RFC 3261 §25.1: spaces and tabs may stand before the colon. */
function nameBefore(text: string, start: number, colon: number): HeaderName {
  let end = start;
  while (end < colon && isTokenCode(text.charCodeAt(end))) end++;
  if (end === start || skipSpace(text, end, colon) !== colon) {
    throw new SipParseError("malformed_header_line", start);
  }
  return headerNameIn(text, start, end);
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

/** Parses one of the headers that carry a bit; its value is the given range of `text`. */
function check(scan: Scan, name: HeaderName, text: string, start: number, end: number): void {
  const { bit } = name;
  if ((scan.seen & bit) !== 0) {
    // Only the topmost Via matters here, and a Content-Length repeated as it was does no harm.
    if (bit === bits.via) return;
    if (bit === bits.contentLength && parseDecimal(text, maximumLength, start, end) === scan.contentLength)
      return;
    throw new SipParseError("duplicate_header", 0, name.display);
  }
  scan.seen |= bit;
  try {
    readChecked(scan, bit, text, start, end);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw new SipParseError(error.code, error.position - start, error.header);
  }
}

const maximumLength = 0xffff_ffff;

function readChecked(scan: Scan, bit: number, text: string, start: number, end: number): void {
  const { typed } = scan.headers;
  switch (bit) {
    case bits.via:
      if (!isPlainVia(text, start)) typed.topVia = parseVia(text, start, end);
      break;
    case bits.from:
      if (!isPlainAddress(text, start)) typed.from = parseNameAddr(text, "From", start, end);
      break;
    case bits.to:
      if (!isPlainAddress(text, start)) typed.to = parseNameAddr(text, "To", start, end);
      break;
    case bits.callId:
      checkCallId(text, start, end);
      break;
    case bits.cseq:
      typed.cseq = parseCSeq(text, start, end);
      break;
    case bits.maxForwards:
      if (parseDecimal(text, 255, start, end) === -1) {
        throw new SipParseError("malformed_header", start, "Max-Forwards");
      }
      break;
    case bits.contentLength:
      scan.contentLength = parseDecimal(text, maximumLength, start, end);
      if (scan.contentLength === -1) throw new SipParseError("malformed_header", start, "Content-Length");
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

function isStatusLine(text: string): boolean {
  return text.charCodeAt(3) === SLASH && text.slice(0, 3).toUpperCase() === "SIP";
}

function statusLine(text: string, end: number): StatusLine {
  const space = text.indexOf(" ");
  const versionEnd = space === -1 || space > end ? end : space;
  checkVersion(text, 0, versionEnd);
  const statusEnd = versionEnd + 4;
  const status = end < statusEnd ? -1 : parseDecimal(text, 699, versionEnd + 1, statusEnd);
  // The space before an empty reason is often left out.
  if (status < 100 || (end > statusEnd && text.charCodeAt(statusEnd) !== SP)) {
    throw new SipParseError("malformed_start_line", versionEnd);
  }
  return { kind: "response", status, reason: text.slice(statusEnd + 1, end) };
}

function requestLine(text: string, end: number): RequestLine {
  const first = text.indexOf(" ");
  const last = text.lastIndexOf(" ", end);
  if (first === -1 || last <= first) throw new SipParseError("malformed_start_line", 0);
  const method = text.slice(0, first);
  if (!isToken(method)) throw new SipParseError("malformed_start_line", 0);
  checkVersion(text, last + 1, end);
  // A space inside is refused by the URI's own grammar.
  const uri = parseUriIn(text, first + 1, last);
  return { kind: "request", method, uri, uriText: text.slice(first + 1, last) };
}

/** RFC 3261 §7.1: compared without case, always written in upper case. */
function checkVersion(text: string, start: number, end: number): void {
  if (end - start === 7 && text.startsWith("SIP/2.0", start)) return;
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

import { SipParseError } from "../errors.ts";
import { isToken, parseDecimal, SP, TAB } from "./grammar.ts";
import { bits, type HeaderName, headerName } from "./header-names.ts";
import { Headers } from "./headers.ts";
import { callId, contentLength, cseq, from, maxForwards, type SipMessage, to, topVia } from "./message.ts";
import { salvage } from "./salvage.ts";
import { parseUri } from "./uri.ts";

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
  let text = bytes.toString("utf8", start, end + 2);
  // Old devices send names in Latin-1; read so rather than as replacement characters.
  if (text.includes("\ufffd")) text = bytes.toString("latin1", start, end + 2);

  const lineEnd = text.indexOf("\r\n");
  if (lineEnd > limits.lineLength) throw new SipParseError("header_too_large", limits.lineLength);
  const names: HeaderName[] = [];
  const values: string[] = [];
  const seen = scanHeaders(text, lineEnd + 2, names, values, limits);
  const headers = Headers.fromParsed(names, values);
  const startLine = text.slice(0, lineEnd);
  if (startLine.includes("\r") || startLine.includes("\n")) {
    throw new SipParseError("malformed_start_line", 0);
  }
  const message = isStatusLine(startLine)
    ? statusLine(startLine, headers)
    : requestLine(startLine, headers, seen);
  checkMandatory(message, seen);
  return withBody(message, bytes, end + 4, seen);
}

type Bodyless<T> = T extends SipMessage ? Omit<T, "body"> : never;

/** Splits the header block into lines; gives back the bits of the counted headers that were seen. */
function scanHeaders(
  text: string,
  start: number,
  names: HeaderName[],
  values: string[],
  limits: ParseLimits,
): number {
  let seen = 0;
  let at = start;
  while (at < text.length) {
    let end = text.indexOf("\r\n", at);
    let folded = false;
    // RFC 3261 §7.3.1: a line that begins with a space or a tab continues the one before.
    for (let next = text.charCodeAt(end + 2); next === SP || next === TAB; ) {
      folded = true;
      end = text.indexOf("\r\n", end + 2);
      next = text.charCodeAt(end + 2);
    }
    if (end - at > limits.lineLength) throw new SipParseError("header_too_large", at);
    if (names.length >= limits.headers) throw new SipParseError("too_many_headers", at);
    const colon = text.indexOf(":", at);
    if (colon === -1 || colon >= end) throw new SipParseError("malformed_header_line", at);
    let nameEnd = colon;
    while (nameEnd > at && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--;
    const name = headerName(text.slice(at, nameEnd));
    if (name.bit === 0) {
      if (!isToken(name.display)) throw new SipParseError("malformed_header_line", at);
    } else {
      if ((seen & name.bit & single) !== 0) throw new SipParseError("duplicate_header", 0, name.display);
      seen |= name.bit;
    }
    let valueStart = colon + 1;
    let valueEnd = end;
    while (valueStart < end && isBlank(text.charCodeAt(valueStart))) valueStart++;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
    const value = text.slice(valueStart, valueEnd);
    names.push(name);
    values.push(folded ? unfold(value) : value);
    at = end + 2;
  }
  // One pass for all lines: after the CRLFs are accounted for, no CR or LF may be left.
  if (hasBareLineBreak(text)) throw new SipParseError("malformed_header_line", 0);
  return seen;
}

const single = bits.from | bits.to | bits.callId | bits.cseq | bits.maxForwards;
const mandatory = bits.via | bits.from | bits.to | bits.callId | bits.cseq;

function isBlank(code: number): boolean {
  return code === SP || code === TAB || code === 13 || code === 10;
}

function unfold(value: string): string {
  return value.replace(/\r\n[ \t]+/g, " ");
}

/** A CR or LF that is not part of a CRLF could start a header line of its own when copied into an answer. */
function hasBareLineBreak(text: string): boolean {
  let from = 0;
  for (;;) {
    const cr = text.indexOf("\r", from);
    const lf = text.indexOf("\n", from);
    if (cr === -1 && lf === -1) return false;
    if (cr === -1 || lf !== cr + 1) return true;
    from = lf + 1;
  }
}

function isStatusLine(line: string): boolean {
  return line.length >= 4 && line.slice(0, 4).toUpperCase() === "SIP/";
}

function statusLine(line: string, headers: Headers): Bodyless<SipMessage> {
  const space = line.indexOf(" ");
  const version = space === -1 ? line : line.slice(0, space);
  if (version.toUpperCase() !== "SIP/2.0") throw new SipParseError("unsupported_version", 4);
  const statusText = line.slice(space + 1, space + 4);
  const status = statusText.length === 3 ? parseDecimal(statusText, 699) : -1;
  const after = line.charCodeAt(space + 4);
  if (status < 100 || !(Number.isNaN(after) || after === SP)) {
    throw new SipParseError("malformed_start_line", space + 1);
  }
  return { kind: "response", status, reason: line.slice(space + 5), headers };
}

function requestLine(line: string, headers: Headers, seen: number): Bodyless<SipMessage> {
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  const method = line.slice(0, first);
  if (first <= 0 || last === first || !isToken(method)) throw new SipParseError("malformed_start_line", 0);
  const version = line.slice(last + 1);
  if (version.toUpperCase() !== "SIP/2.0") {
    // RFC 3261 §7.1: SIP with another number is answered with 505; anything else is not SIP.
    const code = isVersion(version) ? "unsupported_version" : "malformed_start_line";
    throw new SipParseError(code, last + 1);
  }
  const uriText = line.slice(first + 1, last);
  try {
    return { kind: "request", method, uri: parseUri(uriText), uriText, headers };
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    // A missing header is the graver fault, and says more.
    if ((seen & mandatory) !== mandatory) checkMandatoryPresent(seen);
    throw new SipParseError(error.code, first + 1 + error.position);
  }
}

function isVersion(text: string): boolean {
  return /^SIP\/[0-9]{1,9}\.[0-9]{1,9}$/i.test(text);
}

function checkMandatoryPresent(seen: number): void {
  const missing = mandatory & ~seen;
  if (missing === 0) return;
  const name =
    missing & bits.via
      ? "Via"
      : missing & bits.from
        ? "From"
        : missing & bits.to
          ? "To"
          : missing & bits.callId
            ? "Call-ID"
            : "CSeq";
  throw new SipParseError("missing_header", 0, name);
}

function checkMandatory(message: Bodyless<SipMessage>, seen: number): void {
  checkMandatoryPresent(seen);
  topVia(message);
  from(message);
  to(message);
  callId(message);
  const { method } = cseq(message);
  if (message.kind === "request" && method !== message.method) {
    throw new SipParseError("cseq_method_mismatch", 0, "CSeq");
  }
  if (seen & bits.maxForwards) maxForwards(message);
}

function withBody(message: Bodyless<SipMessage>, bytes: Buffer, start: number, seen: number): SipMessage {
  let end = bytes.length;
  if (seen & bits.contentLength) {
    const length = contentLength(message) ?? 0;
    const lines = message.headers.getAll("Content-Length");
    if (lines.length > 1 && lines.some((line) => line !== lines[0])) {
      throw new SipParseError("duplicate_header", 0, "Content-Length");
    }
    end = start + length;
    if (end > bytes.length) throw new SipParseError("content_length_mismatch", 0, "Content-Length");
  }
  const body = end === start ? noBody : bytes.subarray(start, end);
  return { ...message, body };
}

import { SipParseError } from "../errors.ts";
import {
  COMMA,
  EQUALS,
  endOfQuoted,
  foldLineBreaks,
  isTokenCode,
  QUOTE,
  quote,
  SP,
  skipSpace,
  TAB,
  unquote,
} from "../message/grammar.ts";

/** What one line of an authentication header may cost us; more is refused, never cut. */
const limits = { characters: 8_192, values: 16, params: 64 } as const;

/** A challenge, credentials or information of any scheme (RFC 3261 §25.1 `challenge`, RFC 7235 §2.1). */
export interface AuthValue {
  /** Lower case. */
  readonly scheme: string;
  /** Lower-case name to value, quotes and escapes taken off; each name once. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * The values of one header line. SIP gives each challenge a line of its own (RFC 3261 §7.3.1); several in one
 * line, as HTTP writes them, are read too.
 * @param header named in errors
 * @throws SipParseError header_too_large, malformed_header, malformed_parameter, duplicate_parameter
 */
export function parseAuthValues(text: string, header: string): AuthValue[] {
  if (text.length > limits.characters) throw new SipParseError("header_too_large", limits.characters, header);
  const values: AuthValue[] = [];
  let params: Map<string, string> | undefined;
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const end = endOfToken(text, at, header);
    const after = skipSpace(text, end);
    if (params !== undefined && text.charCodeAt(after) === EQUALS) {
      at = readParam(text, at, end, after + 1, params, header);
      if (at < text.length && text.charCodeAt(at) !== COMMA)
        throw new SipParseError("malformed_parameter", at, header);
    } else {
      if (values.length === limits.values) throw new SipParseError("header_too_large", at, header);
      params = new Map();
      values.push({ scheme: text.slice(at, end).toLowerCase(), params });
      at = after;
    }
    while (at < text.length && text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  if (values.length === 0) throw new SipParseError("malformed_header", 0, header);
  return values;
}

/**
 * Parameters without a scheme, as Authentication-Info has them (RFC 3261 §20.6, RFC 7615 §3).
 * @throws SipParseError as `parseAuthValues`
 */
export function parseAuthParams(text: string, header: string): ReadonlyMap<string, string> {
  const [value, ...others] = parseAuthValues(`- ${text}`, header);
  if (value === undefined || others.length > 0) throw new SipParseError("malformed_header", 0, header);
  return value.params;
}

function readParam(
  text: string,
  nameStart: number,
  nameEnd: number,
  afterEquals: number,
  params: Map<string, string>,
  header: string,
): number {
  const start = skipSpace(text, afterEquals);
  let end: number;
  if (text.charCodeAt(start) === QUOTE) {
    end = endOfQuoted(text, start);
    if (end === -1) throw new SipParseError("malformed_parameter", start, header);
  } else {
    // Wider than a token: devices leave URIs and base64 without their quotes.
    end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === COMMA || code === SP || code === TAB) break;
      if (code < 32 || code === QUOTE || code === 127)
        throw new SipParseError("malformed_parameter", end, header);
    }
    if (end === start) throw new SipParseError("malformed_parameter", start, header);
  }
  const count = params.size;
  if (count === limits.params) throw new SipParseError("header_too_large", nameStart, header);
  params.set(text.slice(nameStart, nameEnd).toLowerCase(), unquote(text.slice(start, end)));
  if (params.size === count) throw new SipParseError("duplicate_parameter", nameStart, header);
  return skipSpace(text, end);
}

function endOfToken(text: string, start: number, header: string): number {
  let end = start;
  while (end < text.length && isTokenCode(text.charCodeAt(end))) end++;
  if (end === start) throw new SipParseError("malformed_header", start, header);
  return end;
}

/** A parameter to write: undefined is left out. */
export type AuthParam = readonly [name: string, value: string | undefined, form: "quoted" | "token"];

/** Parameters as they stand in a header. A line break in a value becomes a space. */
export function serialiseAuthParams(params: readonly AuthParam[]): string {
  let text = "";
  for (const [name, value, form] of params) {
    if (value === undefined) continue;
    const written = form === "token" ? value : quote(foldLineBreaks(value));
    text += `${text === "" ? "" : ", "}${name}=${written}`;
  }
  return text;
}

import { SipParseError } from "../errors.ts";
import { escapeUri, unescapeUri } from "./escape.ts";
import {
  afterDigits,
  COLON,
  decimalIn,
  EQUALS,
  endOfRun,
  IN_URI,
  isDigitCode,
  isUriCode,
  PLAIN_USER,
  SEMICOLON,
  TOKEN,
  URI_PARAM,
} from "./grammar.ts";
import { ipv6Address } from "./ipv6-reference.ts";
import { noParams, type Params, readParamName } from "./params.ts";
import { hostIn, lowerCaseIn, type Source, sourceOf } from "./source.ts";

const HASH = 35;
const STAR = 42;
const PLUS = 43;
const AT = 64;
const BRACKET = 91;

/** RFC 3261 §19.1. User, password and parameters are unescaped; `headers` is what follows `?`, as written. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  readonly user?: string;
  readonly password?: string;
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  /** 1 to 65535; absent where the URI has none. */
  readonly port?: number;
  readonly params: Params;
  readonly headers: string | undefined;
}

/** RFC 3966. `number` is as written, with its visual separators. */
export interface TelUri {
  readonly scheme: "tel";
  readonly number: string;
  readonly params: Params;
}

/** Any other absolute URI: a request to one gets 416. */
export interface OtherUri {
  readonly scheme: string;
  readonly raw: string;
}

export type Uri = SipUri | TelUri | OtherUri;

export function isSipUri(uri: Uri): uri is SipUri {
  return uri.scheme === "sip" || uri.scheme === "sips";
}

export function isTelUri(uri: Uri): uri is TelUri {
  return uri.scheme === "tel";
}

/** @throws SipParseError malformed_uri, malformed_parameter, duplicate_parameter */
export function parseUri(text: string): Uri {
  return readUri(sourceOf(text), 0, text.length);
}

/** As `parseUri`, for a range of the text; positions of errors count in the whole. */
export function readUri(source: Source, start: number, end: number): Uri {
  const { text, codes } = source;
  // Nearly every URI: no slice, no comparison of strings.
  if (
    end - start > 4 &&
    codes[start] === 115 &&
    codes[start + 1] === 105 &&
    codes[start + 2] === 112 &&
    codes[start + 3] === COLON
  ) {
    return readSipUri(source, "sip", start + 4, end);
  }
  // RFC 3986 §3.1: letters, digits, + - .
  const colon = endOfRun(codes, TOKEN, start, end);
  const scheme = lowerCaseIn(source, start, colon);
  const percent = scheme.indexOf("%");
  if (percent !== -1) throw new SipParseError("malformed_uri", start + percent);
  if (colon === start || colon === end || codes[colon] !== COLON) {
    throw new SipParseError("malformed_uri", colon);
  }
  if (scheme === "sip" || scheme === "sips") return readSipUri(source, scheme, colon + 1, end);
  for (let at = colon; at < end; at++) {
    at = endOfRun(codes, IN_URI, at, end);
    if (at < end && codes[at] !== AT) throw new SipParseError("malformed_uri", at);
  }
  if (colon + 1 === end) throw new SipParseError("malformed_uri", end);
  return scheme === "tel" ? readTelUri(source, colon + 1, end) : { scheme, raw: text.slice(start, end) };
}

function checkVisible(codes: Uint8Array, start: number, end: number): void {
  const visible = endOfRun(codes, IN_URI, start, end);
  if (visible < end) throw new SipParseError("malformed_uri", visible);
}

function readSipUri(source: Source, scheme: "sip" | "sips", start: number, end: number): SipUri {
  const { text, codes } = source;
  // The user part may hold ; ? and /, so the @ is looked for first.
  const found = text.indexOf("@", start);
  const at = found < end ? found : -1;
  const hostStart = at === -1 ? start : at + 1;
  let rest: number;
  let host: string | undefined;
  if (hostStart < end && codes[hostStart] === BRACKET) {
    rest = text.indexOf("]", hostStart) + 1;
    if (rest !== 0 && rest <= end) host = ipv6Address(text.slice(hostStart + 1, rest - 1));
  } else {
    host = hostIn(source, hostStart, end);
    rest = hostStart + host.length;
  }
  if (host === undefined || host === "") throw new SipParseError("malformed_uri", hostStart);
  let port: number | undefined;
  if (rest < end && codes[rest] === COLON) {
    const portStart = rest + 1;
    rest = afterDigits(codes, portStart, end);
    port = decimalIn(codes, 65535, portStart, rest);
    if (port < 1) throw new SipParseError("malformed_uri", portStart);
  }
  let params = noParams;
  let headers: string | undefined;
  if (rest < end) {
    const question = text.indexOf("?", rest);
    const paramsEnd = question === -1 || question >= end ? end : question;
    if (paramsEnd > rest) params = readUriParams(source, rest, paramsEnd);
    if (paramsEnd < end) {
      checkVisible(codes, paramsEnd, end);
      headers = text.slice(paramsEnd + 1, end);
    }
  }
  if (at === -1) {
    return port === undefined ? { scheme, host, params, headers } : { scheme, host, port, params, headers };
  }
  let user = text.slice(start, at);
  if (endOfRun(codes, PLAIN_USER, start, at) !== at) {
    checkVisible(codes, start, at);
    const colon = user.indexOf(":");
    if (colon !== -1) {
      const userEnd = start + colon;
      if (colon === 0) throw new SipParseError("malformed_uri", start);
      const password = unescapeUri(text.slice(userEnd + 1, at), userEnd + 1);
      user = unescapeUri(text.slice(start, userEnd), start);
      return port === undefined
        ? { scheme, user, password, host, params, headers }
        : { scheme, user, password, host, port, params, headers };
    }
    user = unescapeUri(user, start);
  }
  if (at === start) throw new SipParseError("malformed_uri", start);
  return port === undefined
    ? { scheme, user, host, params, headers }
    : { scheme, user, host, port, params, headers };
}

function readUriParams(source: Source, start: number, end: number): Params {
  const { text, codes } = source;
  const params = new Map<string, string>();
  let at = start;
  while (at < end) {
    if (codes[at] !== SEMICOLON) throw new SipParseError("malformed_uri", at);
    const nameEnd = endOfRun(codes, URI_PARAM, at + 1, end);
    let next = nameEnd;
    while (next < end && codes[next] === EQUALS) next = endOfRun(codes, URI_PARAM, next + 1, end);
    if (next < end && codes[next] !== SEMICOLON) throw new SipParseError("malformed_uri", next);
    if (nameEnd === at + 1) throw new SipParseError("malformed_parameter", nameEnd);
    let name = readParamName(source, at + 1, nameEnd);
    if (name.includes("%")) name = unescapeUri(name, at + 1).toLowerCase();
    const value = nameEnd === next ? "" : unescapeUri(text.slice(nameEnd + 1, next), nameEnd + 1);
    // RFC 3261 §19.1.1 allows each once; baresip adds its account's transport to a URI that has it, and means the same.
    if ((params.get(name) ?? value) !== value) throw new SipParseError("duplicate_parameter", at + 1);
    params.set(name, value);
    at = next;
  }
  return params;
}

function readTelUri(source: Source, start: number, end: number): TelUri {
  const { text, codes } = source;
  // RFC 3966 §3: global (+ and digits) or local (digits, hex letters, * and #), each with separators.
  let numberEnd = start;
  let digits = 0;
  for (; numberEnd < end; numberEnd++) {
    const code = codes[numberEnd] as number;
    if (code === SEMICOLON) break;
    if (code === PLUS ? numberEnd !== start : !isPhoneCode(code)) {
      throw new SipParseError("malformed_uri", numberEnd);
    }
    if (isDigitCode(code) || code === STAR || code === HASH || (code | 32) >= 97) digits++;
  }
  if (digits === 0) throw new SipParseError("malformed_uri", start);
  const number = text.slice(start, numberEnd);
  return {
    scheme: "tel",
    number,
    params: numberEnd === end ? noParams : readUriParams(source, numberEnd, end),
  };
}

function isPhoneCode(code: number): boolean {
  if (isDigitCode(code)) return true;
  const letter = code | 32;
  if (letter >= 97 && letter <= 102) return true;
  // # ( ) * - .
  return code === HASH || (code >= 40 && code <= 42) || code === 45 || code === 46;
}

/** A telephone number without its visual separators (RFC 3966 §5.1.1): "+1-201-555.0123" → "+12015550123". */
export function stripVisualSeparators(number: string): string {
  return number.replace(/[-.()]/g, "");
}

/** The URI as it stands in a request line or between `<` and `>`; never holds a space or a line break. */
export function serialiseUri(uri: Uri): string {
  if (isSipUri(uri)) {
    let text = `${uri.scheme}:`;
    if (uri.user !== undefined) {
      text += escapeUri(uri.user, "user");
      if (uri.password !== undefined) text += `:${escapeUri(uri.password, "password")}`;
      text += "@";
    }
    text += serialiseHost(uri.host);
    if (uri.port !== undefined) text += `:${uri.port}`;
    text += serialiseUriParams(uri.params);
    return uri.headers === undefined ? text : `${text}?${withoutSpace(uri.headers)}`;
  }
  if (isTelUri(uri)) return `tel:${withoutSpace(uri.number)}${serialiseUriParams(uri.params)}`;
  return withoutSpace(uri.raw);
}

/** A host as written on the wire: an IPv6 address gets its brackets. */
export function serialiseHost(host: string): string {
  return withoutSpace(host.includes(":") ? `[${host}]` : host);
}

function serialiseUriParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    text += `;${escapeUri(name, "param")}`;
    if (value !== "") text += `=${escapeUri(value, "param")}`;
  }
  return text;
}

/** Without what breaks a URI: what the parser refuses, and nothing that it takes. */
function withoutSpace(text: string): string {
  let kept = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isUriCode(code) || code === AT) continue;
    kept += text.slice(from, i);
    from = i + 1;
  }
  return from === 0 ? text : kept + text.slice(from);
}

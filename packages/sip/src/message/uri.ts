import { SipParseError } from "../errors.ts";
import { escapeUri, unescapeUri } from "./escape.ts";
import {
  COLON,
  EQUALS,
  hostAt,
  isDigitCode,
  isTokenCode,
  isUriBreak,
  lowerCase,
  parseDecimal,
  SEMICOLON,
} from "./grammar.ts";
import { ipv6Address } from "./ipv6-reference.ts";
import { noParams, type Params, paramName } from "./params.ts";

const HASH = 35;
const PERCENT = 37;
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
  return parseUriIn(text, 0, text.length);
}

/** As `parseUri`, for a range of a longer text; positions of errors count in `text`. */
export function parseUriIn(text: string, start: number, end: number): Uri {
  // Nearly every URI: no slice, no comparison of strings.
  if (
    end - start > 4 &&
    text.charCodeAt(start) === 115 &&
    text.charCodeAt(start + 1) === 105 &&
    text.charCodeAt(start + 2) === 112 &&
    text.charCodeAt(start + 3) === COLON
  ) {
    return parseSipUri(text, "sip", start + 4, end);
  }
  let colon = start;
  while (colon < end && text.charCodeAt(colon) !== COLON) {
    const code = text.charCodeAt(colon);
    // RFC 3986 §3.1: letters, digits, + - .
    if (!(isTokenCode(code) && code !== PERCENT)) throw new SipParseError("malformed_uri", colon);
    colon++;
  }
  if (colon === start || colon === end) throw new SipParseError("malformed_uri", colon);
  const scheme = lowerCase(text, start, colon);
  if (scheme === "sip" || scheme === "sips") return parseSipUri(text, scheme, colon + 1, end);
  for (let i = colon; i < end; i++) {
    if (isUriBreak(text.charCodeAt(i)) && text.charCodeAt(i) !== AT)
      throw new SipParseError("malformed_uri", i);
  }
  if (colon + 1 === end) throw new SipParseError("malformed_uri", end);
  return scheme === "tel" ? parseTelUri(text, colon + 1, end) : { scheme, raw: text.slice(start, end) };
}

function checkVisible(text: string, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (isUriBreak(text.charCodeAt(i))) throw new SipParseError("malformed_uri", i);
  }
}

function parseSipUri(text: string, scheme: "sip" | "sips", start: number, end: number): SipUri {
  // The user part may hold ; ? and /, so the @ is looked for first.
  const found = text.indexOf("@", start);
  const at = found < end ? found : -1;
  const hostStart = at === -1 ? start : at + 1;
  let hostEnd = hostStart;
  let host: string | undefined;
  if (text.charCodeAt(hostStart) === BRACKET && hostStart < end) {
    hostEnd = text.indexOf("]", hostStart) + 1;
    if (hostEnd !== 0 && hostEnd <= end) host = ipv6Address(text.slice(hostStart + 1, hostEnd - 1));
  } else {
    host = hostAt(text, hostStart, end);
    hostEnd = hostStart + host.length;
  }
  if (host === undefined || host === "") throw new SipParseError("malformed_uri", hostStart);
  let rest = hostEnd;
  let port: number | undefined;
  if (rest < end && text.charCodeAt(rest) === COLON) {
    const portStart = rest + 1;
    rest = portStart;
    while (rest < end && isDigitCode(text.charCodeAt(rest))) rest++;
    port = parseDecimal(text, 65535, portStart, rest);
    if (port < 1) throw new SipParseError("malformed_uri", portStart);
  }
  let params = noParams;
  let headers: string | undefined;
  if (rest < end) {
    const question = text.indexOf("?", rest);
    const paramsEnd = question === -1 || question >= end ? end : question;
    if (paramsEnd > rest) params = parseUriParams(text, rest, paramsEnd);
    if (paramsEnd < end) {
      checkVisible(text, paramsEnd, end);
      headers = text.slice(paramsEnd + 1, end);
    }
  }
  if (at === -1) {
    return port === undefined ? { scheme, host, params, headers } : { scheme, host, port, params, headers };
  }
  checkVisible(text, start, at);
  const colon = text.indexOf(":", start);
  const userEnd = colon < at && colon !== -1 ? colon : at;
  if (userEnd === start) throw new SipParseError("malformed_uri", start);
  const user = unescapeUri(text.slice(start, userEnd), start);
  if (userEnd === at) {
    return port === undefined
      ? { scheme, user, host, params, headers }
      : { scheme, user, host, port, params, headers };
  }
  const password = unescapeUri(text.slice(userEnd + 1, at), userEnd + 1);
  return port === undefined
    ? { scheme, user, password, host, params, headers }
    : { scheme, user, password, host, port, params, headers };
}

function parseUriParams(text: string, start: number, end: number): Params {
  const params = new Map<string, string>();
  let at = start;
  while (at < end) {
    if (text.charCodeAt(at) !== SEMICOLON) throw new SipParseError("malformed_uri", at);
    let equals = -1;
    let next = at + 1;
    for (; next < end; next++) {
      const code = text.charCodeAt(next);
      if (code === SEMICOLON) break;
      if (code === EQUALS && equals === -1) equals = next;
      if (isUriBreak(code)) throw new SipParseError("malformed_uri", next);
    }
    const nameEnd = equals === -1 ? next : equals;
    if (nameEnd === at + 1) throw new SipParseError("malformed_parameter", nameEnd);
    let name = paramName(text, at + 1, nameEnd);
    if (name.includes("%")) name = unescapeUri(name, at + 1).toLowerCase();
    const value = equals === -1 ? "" : unescapeUri(text.slice(equals + 1, next), equals + 1);
    // RFC 3261 §19.1.1 allows each once; baresip adds its account's transport to a URI that has it, and means the same.
    if ((params.get(name) ?? value) !== value) throw new SipParseError("duplicate_parameter", at + 1);
    params.set(name, value);
    at = next;
  }
  return params;
}

function parseTelUri(text: string, start: number, end: number): TelUri {
  // RFC 3966 §3: global (+ and digits) or local (digits, hex letters, * and #), each with separators.
  let numberEnd = start;
  let digits = 0;
  for (; numberEnd < end; numberEnd++) {
    const code = text.charCodeAt(numberEnd);
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
    params: numberEnd === end ? noParams : parseUriParams(text, numberEnd, end),
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
    if (!isUriBreak(code) || code === AT) continue;
    kept += text.slice(from, i);
    from = i + 1;
  }
  return from === 0 ? text : kept + text.slice(from);
}

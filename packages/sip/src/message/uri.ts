import { isIPv6 } from "node:net";
import { SipParseError } from "../errors.ts";
import { escapeUri, unescapeUri } from "./escape.ts";
import { foldLineBreaks, isDigitCode, isHostCode, isTokenCode, parseDecimal } from "./grammar.ts";
import { noParams, type Params } from "./params.ts";

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
  const colon = text.indexOf(":");
  if (colon <= 0) throw new SipParseError("malformed_uri", 0);
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === "sip" || scheme === "sips") return parseSipUri(text, scheme, colon + 1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Nothing that ends or breaks a URI where one stands in a header: space, controls, quotes, <>.
    if (code <= 32 || code === 34 || code === 60 || code === 62 || code === 127) {
      throw new SipParseError("malformed_uri", i);
    }
    if (i < colon && !(isTokenCode(code) && code !== 37)) throw new SipParseError("malformed_uri", i);
  }
  return scheme === "tel" ? parseTelUri(text, colon + 1) : { scheme, raw: text };
}

function parseSipUri(text: string, scheme: "sip" | "sips", start: number): SipUri {
  const at = text.indexOf("@", start);
  const hostStart = at === -1 ? start : at + 1;
  let hostEnd: number;
  let host: string;
  if (text.charCodeAt(hostStart) === 91) {
    hostEnd = text.indexOf("]", hostStart) + 1;
    host = text.slice(hostStart + 1, hostEnd - 1).toLowerCase();
    if (hostEnd === 0 || !isIPv6(host) || host.includes("%"))
      throw new SipParseError("malformed_uri", hostStart);
  } else {
    hostEnd = hostStart;
    while (hostEnd < text.length && isHostCode(text.charCodeAt(hostEnd))) hostEnd++;
    if (hostEnd === hostStart) throw new SipParseError("malformed_uri", hostStart);
    host = text.slice(hostStart, hostEnd).toLowerCase();
  }
  let end = hostEnd;
  let port: number | undefined;
  if (text.charCodeAt(end) === 58) {
    const portStart = end + 1;
    end = portStart;
    while (end < text.length && isDigitCode(text.charCodeAt(end))) end++;
    port = parseDecimal(text.slice(portStart, end), 65535);
    if (port < 1) throw new SipParseError("malformed_uri", portStart);
  }
  let params = noParams;
  let headers: string | undefined;
  if (end < text.length) {
    const question = text.indexOf("?", end);
    const paramsEnd = question === -1 ? text.length : question;
    if (paramsEnd > end) params = parseUriParams(text, end, paramsEnd);
    if (question !== -1) {
      headers = text.slice(question + 1);
      checkVisible(headers, question + 1);
    }
  }
  if (at === -1) {
    return port === undefined ? { scheme, host, params, headers } : { scheme, host, port, params, headers };
  }
  const uri: Mutable<SipUri> = { scheme, host, params, headers };
  const colon = text.indexOf(":", start);
  const userEnd = colon === -1 || colon > at ? at : colon;
  if (userEnd === start) throw new SipParseError("malformed_uri", start);
  const user = text.slice(start, userEnd);
  checkVisible(user, start);
  uri.user = unescapeUri(user, start);
  if (userEnd < at) {
    const password = text.slice(userEnd + 1, at);
    checkVisible(password, userEnd + 1);
    uri.password = unescapeUri(password, userEnd + 1);
  }
  if (port !== undefined) uri.port = port;
  return uri;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function checkVisible(text: string, position: number): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code === 34 || code === 60 || code === 62 || code === 64 || code === 127) {
      throw new SipParseError("malformed_uri", position + i);
    }
  }
}

function parseUriParams(text: string, start: number, end: number): Params {
  const params = new Map<string, string>();
  let at = start;
  while (at < end) {
    if (text.charCodeAt(at) !== 59) throw new SipParseError("malformed_uri", at);
    let next = text.indexOf(";", at + 1);
    if (next === -1 || next > end) next = end;
    const part = text.slice(at + 1, next);
    checkVisible(part, at + 1);
    const equals = part.indexOf("=");
    const name = unescapeUri(equals === -1 ? part : part.slice(0, equals), at + 1).toLowerCase();
    if (name === "") throw new SipParseError("malformed_parameter", at + 1);
    if (params.has(name)) throw new SipParseError("duplicate_parameter", at + 1);
    params.set(name, equals === -1 ? "" : unescapeUri(part.slice(equals + 1), at + 2 + equals));
    at = next;
  }
  return params;
}

function parseTelUri(text: string, start: number): TelUri {
  const semicolon = text.indexOf(";", start);
  const end = semicolon === -1 ? text.length : semicolon;
  const number = text.slice(start, end);
  // RFC 3966 §3: global (+ and digits) or local (digits, hex letters, * and #), each with separators.
  if (!/^\+?[0-9A-Fa-f*#\-.()]+$/.test(number)) throw new SipParseError("malformed_uri", start);
  return {
    scheme: "tel",
    number,
    params: semicolon === -1 ? noParams : parseUriParams(text, end, text.length),
  };
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

function withoutSpace(text: string): string {
  return /[\s<>"]/.test(text) ? foldLineBreaks(text).replace(/[\s<>"]/g, "") : text;
}

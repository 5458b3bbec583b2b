import { SipParseError } from "../errors.ts";
import {
  EQUALS,
  endOfQuoted,
  isTokenCode,
  isValueCode,
  QUOTE,
  quote,
  SEMICOLON,
  SP,
  skipSpace,
  TAB,
  unquote,
} from "./grammar.ts";

/**
 * Parameters in the order written: lower-case name to value, "" when the name stands alone. A header
 * parameter's value is as written, quotes included (see `paramText`); a URI parameter's is unescaped.
 */
export type Params = ReadonlyMap<string, string>;

export const noParams: Params = new Map();

/**
 * Header parameters from `start`, where `text` has its first semicolon or ends.
 * @param header named in errors
 * @throws SipParseError malformed_parameter, duplicate_parameter (RFC 3261 §7.3.1: once each)
 */
export function parseParams(text: string, start: number, header?: string): Params {
  let at = skipSpace(text, start);
  if (at === text.length) return noParams;
  const params = new Map<string, string>();
  while (at < text.length) {
    if (text.charCodeAt(at) !== SEMICOLON) throw new SipParseError("malformed_parameter", at, header);
    const nameStart = skipSpace(text, at + 1);
    let nameEnd = nameStart;
    while (nameEnd < text.length && isTokenCode(text.charCodeAt(nameEnd))) nameEnd++;
    if (nameEnd === nameStart) throw new SipParseError("malformed_parameter", nameStart, header);
    const name = text.slice(nameStart, nameEnd).toLowerCase();
    at = skipSpace(text, nameEnd);
    let value = "";
    if (text.charCodeAt(at) === EQUALS) {
      const valueStart = skipSpace(text, at + 1);
      const valueEnd = endOfValue(text, valueStart);
      if (valueEnd <= valueStart) throw new SipParseError("malformed_parameter", valueStart, header);
      value = text.slice(valueStart, valueEnd);
      at = skipSpace(text, valueEnd);
    }
    if (params.has(name)) throw new SipParseError("duplicate_parameter", nameStart, header);
    params.set(name, value);
  }
  return params;
}

function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return endOfQuoted(text, start);
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === SEMICOLON || code === SP || code === TAB) break;
    if (!isValueCode(code)) return -1;
    end++;
  }
  return end;
}

/** Header parameters as text, each with its semicolon; a value that needs quotes and has none gets them. */
export function serialiseParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    text += value === "" ? `;${name}` : `;${name}=${isPlainValue(value) ? value : quoteOnce(value)}`;
  }
  return text;
}

function isPlainValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (!isValueCode(value.charCodeAt(i))) return false;
  return true;
}

function quoteOnce(value: string): string {
  return value.charCodeAt(0) === QUOTE && endOfQuoted(value, 0) === value.length ? value : quote(value);
}

/** Value of a header parameter with quotes and escapes taken off; undefined where the name is absent. */
export function paramText(params: Params, name: string): string | undefined {
  const value = params.get(name);
  return value === undefined ? undefined : unquote(value);
}

/** `params` with `name` (lower case) set, or taken out when `value` is undefined; "" stands alone. */
export function withParam(params: Params, name: string, value: string | undefined): Params {
  const copy = new Map(params);
  if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

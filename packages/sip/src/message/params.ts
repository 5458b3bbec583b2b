import { SipParseError } from "../errors.ts";
import {
  COMMA,
  EQUALS,
  endOfQuoted,
  isTokenCode,
  isValueCode,
  lowerCase,
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

/** Names that nearly every message has, by length and first letter: found without cutting the name out. */
const usual: (string[] | undefined)[] = [];
for (const name of "branch rport received tag transport lr user maddr ttl method expires q ob".split(" ")) {
  const slot = name.length * 32 + (name.charCodeAt(0) & 31);
  usual[slot] ??= [];
  usual[slot].push(name);
}

/** The parameter name in a range of `text`, in lower case. */
export function paramName(text: string, start: number, end: number): string {
  const candidates = usual[(end - start) * 32 + (text.charCodeAt(start) & 31)];
  if (candidates !== undefined) {
    for (const name of candidates) if (text.startsWith(name, start)) return name;
  }
  return lowerCase(text, start, end);
}

/**
 * Header parameters in a range of `text` that begins at the first semicolon, or is empty.
 * @param header named in errors
 * @param inList a comma ends them, rather than being an error
 * @throws SipParseError malformed_parameter, duplicate_parameter (RFC 3261 §7.3.1: once each)
 */
export function parseParams(
  text: string,
  start: number,
  header?: string,
  end = text.length,
  inList = false,
): Params {
  let at = skipSpace(text, start, end);
  if (at === end) return noParams;
  const params = new Map<string, string>();
  let count = 0;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === COMMA && inList) break;
    if (code !== SEMICOLON) throw new SipParseError("malformed_parameter", at, header);
    const nameStart = skipSpace(text, at + 1, end);
    let nameEnd = nameStart;
    while (nameEnd < end && isTokenCode(text.charCodeAt(nameEnd))) nameEnd++;
    if (nameEnd === nameStart) throw new SipParseError("malformed_parameter", nameStart, header);
    const name = paramName(text, nameStart, nameEnd);
    at = skipSpace(text, nameEnd, end);
    let value = "";
    if (at < end && text.charCodeAt(at) === EQUALS) {
      const valueStart = skipSpace(text, at + 1, end);
      const valueEnd = endOfValue(text, valueStart, end);
      if (valueEnd <= valueStart) throw new SipParseError("malformed_parameter", valueStart, header);
      value = text.slice(valueStart, valueEnd);
      at = skipSpace(text, valueEnd, end);
    }
    params.set(name, value);
    if (params.size !== ++count) throw new SipParseError("duplicate_parameter", nameStart, header);
  }
  return params;
}

/** -1 where a quoted string does not close, or a character stands that cannot. */
function endOfValue(text: string, start: number, limit: number): number {
  if (start < limit && text.charCodeAt(start) === QUOTE) return endOfQuoted(text, start, limit);
  let end = start;
  while (end < limit) {
    const code = text.charCodeAt(end);
    if (!isValueCode(code)) {
      return code === SEMICOLON || code === SP || code === TAB || code === COMMA ? end : -1;
    }
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

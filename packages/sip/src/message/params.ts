import { SipParseError } from "../errors.ts";
import {
  afterQuoted,
  afterSpace,
  COMMA,
  EQUALS,
  endOfQuoted,
  endOfRun,
  isValueCode,
  QUOTE,
  quote,
  SEMICOLON,
  SP,
  TAB,
  TOKEN,
  unquote,
  VALUE,
} from "./grammar.ts";
import { lowerCaseIn, type Source, sourceOf } from "./source.ts";
import { WordTable } from "./word-table.ts";

/**
 * Parameters in the order written: lower-case name to value, "" when the name stands alone. A header
 * parameter's value is as written, quotes included (see `paramText`); a URI parameter's is unescaped.
 */
export type Params = ReadonlyMap<string, string>;

export const noParams: Params = new Map();

/** Names that nearly every message has. */
const usual = new WordTable<string>();
for (const name of "branch rport received tag transport lr user maddr ttl method expires q ob".split(" ")) {
  usual.add(name, name);
}

/** The parameter name in a range of the text, in lower case. */
export function readParamName(source: Source, start: number, end: number): string {
  return usual.find(source.codes, start, end) ?? lowerCaseIn(source, start, end);
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
  return readParams(sourceOf(text), start, end, header, inList);
}

/** As `parseParams`. */
export function readParams(
  source: Source,
  start: number,
  end: number,
  header: string | undefined,
  inList: boolean,
): Params {
  const { text, codes } = source;
  let at = afterSpace(codes, start, end);
  if (at === end) return noParams;
  const params = new Map<string, string>();
  let count = 0;
  while (at < end) {
    const code = codes[at];
    if (code === COMMA && inList) break;
    if (code !== SEMICOLON) throw new SipParseError("malformed_parameter", at, header);
    const nameStart = afterSpace(codes, at + 1, end);
    const nameEnd = endOfRun(codes, TOKEN, nameStart, end);
    if (nameEnd === nameStart) throw new SipParseError("malformed_parameter", nameStart, header);
    const name = readParamName(source, nameStart, nameEnd);
    at = afterSpace(codes, nameEnd, end);
    let value = "";
    if (at < end && codes[at] === EQUALS) {
      const valueStart = afterSpace(codes, at + 1, end);
      const valueEnd = endOfValue(codes, valueStart, end);
      if (valueEnd <= valueStart) throw new SipParseError("malformed_parameter", valueStart, header);
      value = text.slice(valueStart, valueEnd);
      at = afterSpace(codes, valueEnd, end);
    }
    params.set(name, value);
    if (params.size !== ++count) throw new SipParseError("duplicate_parameter", nameStart, header);
  }
  return params;
}

/** -1 where a quoted string does not close, or a character stands that cannot. */
function endOfValue(codes: Uint8Array, start: number, limit: number): number {
  if (start < limit && codes[start] === QUOTE) return afterQuoted(codes, start, limit);
  const end = endOfRun(codes, VALUE, start, limit);
  if (end === limit) return end;
  const code = codes[end];
  return code === SEMICOLON || code === SP || code === TAB || code === COMMA ? end : -1;
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

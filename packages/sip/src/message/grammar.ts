/**
 * Character classes and small scanners of RFC 3261 §25.1. All of them walk the text once, forwards:
 * no regular expression that could backtrack is used on anything that the network sends.
 */

// Classes of characters, a bit each.
export const TOKEN = 1;
/** Host names and IPv4 addresses; the underscore is none by the RFC, but stands in names of real private networks. */
export const HOST = 2;
/** The same without capitals. */
export const LOWER_HOST = 4;
/** Unquoted values of header parameters: token and host, and what real devices put in tags and cookies besides. */
export const VALUE = 8;
/** Stays as it is in lower case, as nothing beyond ASCII surely does. */
export const LOWER = 16;
/** Anywhere in a URI, but for its one `@`: no space, controls, quotes, `<`, `>`; a second `@` would say two hosts. */
export const IN_URI = 32;
/** User part of a URI that is what it stands for: no escapes, no colon before a password. */
export const PLAIN_USER = 64;
/** Name of a URI parameter; its value may hold the equals sign too. */
export const URI_PARAM = 128;

// One entry for every UTF-16 unit: a look-up needs no comparison before it.
const classes = new Uint8Array(65_536);
function mark(flag: number, holds: (character: string) => boolean): void {
  for (let code = 0; code < 65_536; code++) {
    if (holds(String.fromCharCode(code))) classes[code] = (classes[code] ?? 0) | flag;
  }
}
mark(TOKEN, (character) => /[A-Za-z0-9\-.!%*_+`'~]/.test(character));
mark(HOST, (character) => /[A-Za-z0-9\-._]/.test(character));
mark(LOWER_HOST, (character) => /[a-z0-9\-._]/.test(character));
mark(VALUE, (character) => /[A-Za-z0-9\-.!%*_+`'~[\]:=@/?&$()#^{}|\\\u0080-\uffff]/.test(character));
mark(LOWER, (character) => /[^A-Z\u0080-\uffff]/.test(character));
mark(IN_URI, (character) => /[^\0- "<>@\x7f]/.test(character));
mark(PLAIN_USER, (character) => /[^\0- "<>@\x7f%:]/.test(character));
mark(URI_PARAM, (character) => /[^\0- "<>@\x7f;=]/.test(character));

export const SP = 32;
export const TAB = 9;
export const QUOTE = 34;
export const COMMA = 44;
export const COLON = 58;
export const SEMICOLON = 59;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const BACKSLASH = 92;

export function isTokenCode(code: number): boolean {
  return ((classes[code] ?? 0) & TOKEN) !== 0;
}

export function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isSpaceCode(code: number): boolean {
  return code === SP || code === TAB;
}

/** May stand in an unquoted parameter value; letters beyond ASCII are let through. */
export function isValueCode(code: number): boolean {
  return ((classes[code] ?? 0) & VALUE) !== 0;
}

/**
 * First position from `at` up to `end` whose character is not of that class. Wherever a text is walked through,
 * it is done by this and its neighbours: a loop is several times faster beside the table that it looks into.
 * @param codes see `Source`
 */
export function endOfRun(codes: Uint8Array, flag: number, at: number, end: number): number {
  let i = at;
  while (i < end && ((classes[codes[i] as number] as number) & flag) !== 0) i++;
  return i;
}

/** As `skipSpace`, in codes. */
export function afterSpace(codes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (codes[i] === 32 || codes[i] === 9)) i++;
  return i;
}

/** As `endOfQuoted`, in codes. */
export function afterQuoted(codes: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = codes[i];
    if (code === 34) return i + 1;
    if (code === 92) i++;
  }
  return -1;
}

/** First position from `at` up to `end` that holds no digit. */
export function afterDigits(codes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (codes[i] as number) >= 48 && (codes[i] as number) <= 57) i++;
  return i;
}

/** First position from `at` up to `end` that holds a space or a control character. */
export function afterVisible(codes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (codes[i] as number) > 32) i++;
  return i;
}

/** As `parseDecimal`, in codes. */
export function decimalIn(codes: Uint8Array, maximum: number, start: number, end: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (codes[i] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > maximum) return -1;
  }
  return value;
}

/** May stand anywhere in a URI, but for its one `@`. */
export function isUriCode(code: number): boolean {
  return ((classes[code] ?? 0) & IN_URI) !== 0;
}

/** `text` is a token of RFC 3261 §25.1: a method, a header name, a parameter name. */
export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) if (!isTokenCode(text.charCodeAt(i))) return false;
  return true;
}

/** First position from `at` up to `end` that holds no space or tab (folding is undone before). */
export function skipSpace(text: string, at: number, end = text.length): number {
  let i = at;
  while (i < end) {
    const code = text.charCodeAt(i);
    if (code !== SP && code !== TAB) break;
    i++;
  }
  return i;
}

/** Position after the closing quote of the quoted string that opens at `at`, or -1 when it never closes. */
export function endOfQuoted(text: string, at: number, end = text.length): number {
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
  }
  return -1;
}

/** The text that a quoted string stands for; text without quotes is given back as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE) return text;
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

/** `text` as a quoted string of RFC 3261 §25.1. */
export function quote(text: string): string {
  return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, "\\$&") : text}"`;
}

/** A line break of any kind, with what folds it, becomes one space: nothing we send grows a header line. */
export function foldLineBreaks(text: string): string {
  return text.includes("\r") || text.includes("\n") ? text.replace(/[\r\n]+/g, " ") : text;
}

/**
 * Elements of a comma-separated header value, trimmed, empty ones left out; commas in quoted strings
 * and in `<>` do not separate (RFC 3261 §7.3.1).
 */
export function splitList(text: string): string[] {
  if (!text.includes(",")) {
    const only = text.trim();
    return only === "" ? [] : [only];
  }
  const elements: string[] = [];
  let start = 0;
  let inAngles = false;
  let quotesClose = true;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? COMMA : text.charCodeAt(i);
    if (code === COMMA) {
      if (inAngles && i < text.length) continue;
      const element = text.slice(start, i).trim();
      if (element !== "") elements.push(element);
      start = i + 1;
    } else if (code === LESS) inAngles = true;
    else if (code === GREATER) inAngles = false;
    else if (code === QUOTE && !inAngles && quotesClose) {
      const end = endOfQuoted(text, i);
      // One that never closes is looked for once: else every escaped quote after it would be tried, too.
      if (end === -1) quotesClose = false;
      else i = end - 1;
    }
  }
  return elements;
}

/**
 * Decimal number of at most `maximum` (below 2^49) in a range of `text`; digits alone, leading zeros
 * too; -1 for anything else.
 */
export function parseDecimal(text: string, maximum: number, start = 0, end = text.length): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!isDigitCode(code)) return -1;
    value = value * 10 + (code - 48);
    if (value > maximum) return -1;
  }
  return value;
}

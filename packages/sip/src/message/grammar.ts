/**
 * Character classes and small scanners of RFC 3261 §25.1. All of them walk the text once, forwards:
 * no regular expression that could backtrack is used on anything that the network sends.
 */

const TOKEN = 1;
const DIGIT = 2;
const HOST = 4;
const VALUE = 8;
const UPPER = 16;
const URI_BREAK = 32;

// One entry for every UTF-16 unit: a look-up needs no comparison before it.
const classes = new Uint8Array(65_536);
function mark(characters: string, flag: number): void {
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    classes[code] = (classes[code] ?? 0) | flag;
  }
}
const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
mark(alphanumeric, TOKEN | HOST | VALUE);
mark("-.!%*_+`'~", TOKEN);
mark("0123456789", DIGIT);
// The underscore is no host character by the RFC, but stands in names of real private networks.
mark("-._", HOST);
// Unquoted parameter values: token and host, and what real devices put in tags and cookies besides.
mark("-.!%*_+`'~[]:=@/?&$()#^{}|\\", VALUE);

for (let code = 128; code < 65_536; code++) classes[code] = VALUE | UPPER;
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", UPPER);
// Ends or breaks a URI where one stands in a header; a second @ would say two different hosts.
for (let code = 0; code <= 32; code++) classes[code] = (classes[code] ?? 0) | URI_BREAK;
mark('"<>@\x7f', URI_BREAK);

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

/** May not stand unescaped anywhere in a URI but for the one `@`: space, controls, quotes, `<`, `>`, `@`. */
export function isUriBreak(code: number): boolean {
  return ((classes[code] ?? 0) & URI_BREAK) !== 0;
}

/** May stand in an unquoted parameter value; letters beyond ASCII are let through. */
export function isValueCode(code: number): boolean {
  return ((classes[code] ?? 0) & VALUE) !== 0;
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

/** A range of `text` in lower case; nothing is done twice where nothing has to change. */
export function lowerCase(text: string, start: number, end: number): string {
  let seen = 0;
  for (let i = start; i < end; i++) seen |= classes[text.charCodeAt(i)] ?? 0;
  const part = text.slice(start, end);
  return (seen & UPPER) === 0 ? part : part.toLowerCase();
}

/** The host name or IPv4 address that begins at `start`, in lower case; "" where none does. */
export function hostAt(text: string, start: number, limit: number): string {
  let seen = 0;
  let end = start;
  for (; end < limit; end++) {
    const flags = classes[text.charCodeAt(end)] ?? 0;
    if ((flags & HOST) === 0) break;
    seen |= flags;
  }
  const host = text.slice(start, end);
  return (seen & UPPER) === 0 ? host : host.toLowerCase();
}

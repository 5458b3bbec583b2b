import { endOfRun, HOST, LOWER, LOWER_HOST } from "./grammar.ts";

/**
 * Text that is being parsed, beside the codes of its characters. Nearly all of parsing is looking at one
 * character after the other, and an array of bytes gives one in a quarter of the time of `charCodeAt`.
 */
export interface Source {
  readonly text: string;
  /**
   * One for each UTF-16 unit of `text`; what follows after the last is of no meaning. No rule of the grammar
   * tells characters beyond ASCII apart, so that all of them have the code 255 here.
   */
  readonly codes: Uint8Array;
}

/** Lent to one text after the other: parsing one never begins another. All but very long values fit. */
const scratch = Buffer.allocUnsafeSlow(4_096);

/** A source that is good until the next call; nothing may keep it. */
export function sourceOf(text: string): Source {
  // No UTF-16 unit takes more than three bytes of UTF-8. As many bytes as units: they are ASCII.
  if (text.length * 3 <= scratch.length && scratch.write(text) === text.length) {
    return { text, codes: scratch };
  }
  return { text, codes: codesOf(text) };
}

/** Codes of their own for a text. */
export function codesOf(text: string): Uint8Array {
  const codes = Buffer.allocUnsafe(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i) < 128 ? text.charCodeAt(i) : 255;
  return codes;
}

/** A range of the text in lower case; nothing is done twice where nothing has to change. */
export function lowerCaseIn({ text, codes }: Source, start: number, end: number): string {
  const part = text.slice(start, end);
  return endOfRun(codes, LOWER, start, end) === end ? part : part.toLowerCase();
}

/** The host name or IPv4 address that begins at `start`, in lower case; "" where none does. */
export function hostIn({ text, codes }: Source, start: number, limit: number): string {
  const lowerEnd = endOfRun(codes, LOWER_HOST, start, limit);
  const end = endOfRun(codes, HOST, lowerEnd, limit);
  return end === lowerEnd ? text.slice(start, end) : text.slice(start, end).toLowerCase();
}

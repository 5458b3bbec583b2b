import { SipParseError } from "../errors.ts";
import { parseDecimal } from "../message/grammar.ts";
import type { WithHeaders } from "../message/message.ts";
import { type Params, paramText } from "../message/params.ts";

/** Values of one header that are looked at; further ones are ignored. */
export const maxValues = 32;

/** What `read` gives; undefined where it finds the grammar broken. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/**
 * Values of a header that informs and does not decide: each by itself, in order, without those that cannot be read. A
 * call is not refused for what a network on its way has written of it.
 */
export function readableValues<T>(
  message: WithHeaders,
  name: string,
  parse: (text: string) => T | undefined,
): T[] {
  const values: T[] = [];
  for (const text of message.headers.list(name).slice(0, maxValues)) {
    const value = readable(() => parse(text));
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** A parameter's value that is one of a set of words: lower case. */
export function wordParam(params: Params, name: string): string | undefined {
  return paramText(params, name)?.toLowerCase();
}

/** A parameter's value that is a whole number; undefined where it is none, or above `maximum`. */
export function numberParam(params: Params, name: string, maximum: number): number | undefined {
  return numberOf(paramText(params, name), maximum);
}

/** A header's value that is a whole number; undefined where it is none, or above `maximum`. */
export function numberOf(text: string | undefined, maximum: number): number | undefined {
  const value = parseDecimal(text ?? "", maximum);
  return value === -1 ? undefined : value;
}

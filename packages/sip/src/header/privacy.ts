import { isToken } from "../message/grammar.ts";
import type { WithHeaders } from "../message/message.ts";

const maxWords = 16;

/**
 * What the caller wants withheld (RFC 3323 §4.2, `id` of RFC 3325, `history` of RFC 7044), lower case: `header`, `session`,
 * `user`, `id`, `history`, `critical`, or `none`. Empty where the request does not say.
 */
export function privacy(message: WithHeaders): ReadonlySet<string> {
  return privacyOf(message.headers.getAll("Privacy").join(";"));
}

/** The words of one Privacy value. The RFC has semicolons between them; commas are met with, too. */
export function privacyOf(text: string): ReadonlySet<string> {
  const words = text.split(/[;,]/, maxWords).map((word) => word.trim().toLowerCase());
  return new Set(words.filter(isToken));
}

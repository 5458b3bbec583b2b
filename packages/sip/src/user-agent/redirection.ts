import { readable } from "../header/readable.ts";
import { contacts, type SipResponse } from "../message/message.ts";
import type { NameAddr } from "../message/name-addr.ts";
import { paramText } from "../message/params.ts";

/** As many targets of one redirection as are looked at. */
const maxContacts = 32;

/**
 * The targets of a 3xx, most preferred first (RFC 3261 §8.1.3.4, §20.10); undefined for another response, and where there
 * is none that can be read.
 */
export function redirectionTargets(response: SipResponse): readonly NameAddr[] | undefined {
  if (response.status < 300 || response.status > 399) return undefined;
  const values = readable(() => contacts(response));
  if (values === undefined || values === "*" || values.length === 0) return undefined;
  return values.slice(0, maxContacts).sort((a, b) => preference(b) - preference(a));
}

/** q, 0 to 1; without one a target is as good as any. */
function preference({ params }: NameAddr): number {
  const q = Number(paramText(params, "q") ?? 1);
  return q >= 0 && q <= 1 ? q : 1;
}

import { isSipUri, isTelUri, type NameAddr, type Uri } from "@ringdown/sip";
import { isE164 } from "../store/agent-fields.ts";

/** RFC 3966 §3: characters of a number that only help the eye. */
const VISUAL_SEPARATORS = /[-.()]/g;

function readNumber(written: string, separators: boolean): string | undefined {
  if (written.length > 64) return undefined;
  const number = separators ? written.replace(VISUAL_SEPARATORS, "") : written;
  return isE164(number) ? number : undefined;
}

/** The user of a URI without the parameters that a telephone-subscriber may carry (RFC 3261 §19.1.6). */
function subscriber(user: string): string {
  const semicolon = user.indexOf(";");
  return semicolon < 0 ? user : user.slice(0, semicolon);
}

/**
 * The caller's number in E.164, or undefined (spec §2 rule 4). A `tel:` URI may carry visual separators, and so may
 * the user part where `user=phone` says that it is a telephone-subscriber. Neither the display name nor any other
 * header counts.
 */
export function callerNumber(from: NameAddr): string | undefined {
  const { uri } = from;
  if (isTelUri(uri)) return readNumber(uri.number, true);
  if (!isSipUri(uri) || uri.user === undefined) return undefined;
  const phone = uri.params.get("user")?.toLowerCase() === "phone";
  return readNumber(subscriber(uri.user), phone);
}

/** Whom a Request-URI asks for: the user part, or the number of a `tel:` URI in E.164 where it is one. */
export function calledUser(uri: Uri): string | undefined {
  if (isTelUri(uri)) return readNumber(uri.number, true) ?? uri.number;
  if (!isSipUri(uri) || uri.user === undefined || uri.user === "") return undefined;
  const user = subscriber(uri.user);
  return user.startsWith("+") ? (readNumber(user, true) ?? user) : user;
}

/** A URI's user for a record: what a person would look for. */
export function shownUser(uri: Uri): string {
  if (isTelUri(uri)) return uri.number;
  if (isSipUri(uri)) return uri.user ?? uri.host;
  return "raw" in uri ? uri.raw : "";
}

import { isIP } from "node:net";
import { parseDecimal } from "../message/grammar.ts";
import { contacts, type SipResponse, topVia } from "../message/message.ts";
import { isSipUri, serialiseUri } from "../message/uri.ts";
import type { Address } from "./registration-types.ts";

/** Seconds; longer ones are not believed. */
const maxSeconds = 604_800;
const maxRoutes = 16;

/**
 * Seconds for which the registrar holds our binding: of the Contact that is ours, else Expires, else what we asked for
 * (RFC 3261 §10.2.4). Never more than asked for: a registrar may shorten alone.
 * @param contactUser ours is known by its user part: host and port may come back as a NAT has them
 * @param contact the URI that we sent, where several have that user part
 */
export function grantedExpiry(
  response: SipResponse,
  contactUser: string,
  contact: string,
  asked: number,
): number {
  let granted: number | undefined;
  for (const { uri, params } of contactsOf(response)) {
    if (!isSipUri(uri) || uri.user !== contactUser) continue;
    const expires = seconds(params.get("expires"));
    const isExact = serialiseUri({ ...uri, headers: undefined }) === contact;
    if (isExact && expires !== undefined) return Math.min(expires, asked);
    if (expires !== undefined) granted = Math.max(granted ?? 0, expires);
  }
  return Math.min(granted ?? secondsOf(response, "Expires") ?? asked, asked);
}

function contactsOf(response: SipResponse) {
  try {
    const values = contacts(response);
    return values === "*" ? [] : values;
  } catch {
    // Another device's Contact that nobody can read must not cost us our registration.
    return [];
  }
}

/** Where a 3xx sends us: the first SIP URI, without anything that would change the request. */
export function redirectUri(response: SipResponse, secure: boolean): string | undefined {
  for (const { uri } of contactsOf(response)) {
    if (!isSipUri(uri) || (secure && uri.scheme !== "sips")) continue;
    const { user: _user, password: _password, ...server } = uri;
    return serialiseUri({ ...server, headers: undefined });
  }
  return undefined;
}

/** Where the peer saw our request come from (RFC 3581 §4); undefined where it does not say. */
export function observedAddress(response: SipResponse): Address | undefined {
  const { host, port, params } = topVia(response);
  const received = params.get("received")?.replace(/^\[|\]$/g, "");
  const rport = parseDecimal(params.get("rport") ?? "", 65_535);
  const seen = received ?? (rport > 0 ? host : undefined);
  if (seen === undefined || isIP(seen) === 0) return undefined;
  return { host: seen.toLowerCase(), port: rport > 0 ? rport : (port ?? 5060) };
}

/** Seconds of Retry-After, which may go on with a comment and parameters (RFC 3261 §20.33). */
export function retryAfter(response: SipResponse): number | undefined {
  return secondsOf(response, "Retry-After");
}

export function minExpires(response: SipResponse): number | undefined {
  return secondsOf(response, "Min-Expires");
}

/** Seconds of Flow-Timer (RFC 5626 §4.4.1 and §11.2). */
export function flowTimer(response: SipResponse): number | undefined {
  return secondsOf(response, "Flow-Timer");
}

/** Service-Route or Path values in order, as written; too many are none. */
export function routeValues(response: SipResponse, name: "Service-Route" | "Path"): string[] {
  const values = response.headers.list(name);
  return values.length > maxRoutes ? [] : values;
}

export function secondsOf(response: SipResponse, name: string): number | undefined {
  return seconds(/^\d{1,12}/.exec(response.headers.get(name) ?? "")?.[0]);
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,12}$/.test(text)) return undefined;
  return Math.min(Number(text), maxSeconds);
}

/** Final responses that say nothing about us: another target, or another time, may do. */
export function isServerTrouble(status: number): boolean {
  return (
    status === 408 || status === 480 || (status >= 500 && status < 600 && status !== 501 && status !== 505)
  );
}

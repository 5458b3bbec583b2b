import { unescapeUri } from "../message/escape.ts";
import { isToken } from "../message/grammar.ts";
import { isSipUri, type Uri } from "../message/uri.ts";
import { maxValues } from "./readable.ts";

export type UriHeaders = readonly (readonly [name: string, value: string])[];

/**
 * The header components of a SIP URI (what follows its `?`), unescaped, 32 at most. They are the words of whoever wrote
 * the URI: RFC 3261 §19.1.5 warns against putting them into a request unseen.
 * @throws SipParseError malformed_uri
 */
export function uriHeaders(uri: Uri): UriHeaders {
  if (!isSipUri(uri) || uri.headers === undefined) return [];
  const headers: (readonly [string, string])[] = [];
  for (const part of uri.headers.split("&", maxValues)) {
    const equals = part.indexOf("=");
    if (equals === -1) continue;
    const name = unescapeUri(part.slice(0, equals), 0);
    if (isToken(name)) headers.push([name, unescapeUri(part.slice(equals + 1), 0)]);
  }
  return headers;
}

/** Value of the first header component of that name, in any case. */
export function uriHeader(headers: UriHeaders, name: string): string | undefined {
  return headers.find(([one]) => one.toLowerCase() === name)?.[1];
}

/** Header components as they stand behind the `?`. */
export function serialiseUriHeaders(headers: UriHeaders): string {
  // encodeURIComponent leaves alone just what RFC 3261 §25.1 calls unreserved.
  return headers
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`)
    .join("&");
}

/** The URI without its header components. */
export function withoutUriHeaders(uri: Uri): Uri {
  return isSipUri(uri) && uri.headers !== undefined ? { ...uri, headers: undefined } : uri;
}

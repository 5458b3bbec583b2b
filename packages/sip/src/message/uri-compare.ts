import { unescapeUri } from "./escape.ts";
import type { Params } from "./params.ts";
import { isSipUri, isTelUri, type SipUri, stripVisualSeparators, type TelUri, type Uri } from "./uri.ts";

/**
 * Parameters that make two SIP URIs differ when one has it and the other has not (RFC 3261 §19.1.4).
 * Its examples add transport: without it another one may be resolved.
 */
const deciding = ["user", "ttl", "method", "maddr", "transport"];

/** Two URIs name the same by RFC 3261 §19.1.4 (sip, sips) or RFC 3966 §4 (tel); others by their text. */
export function equalUris(a: Uri, b: Uri): boolean {
  if (isSipUri(a)) return isSipUri(b) && equalSipUris(a, b);
  if (isTelUri(a)) return isTelUri(b) && equalTelUris(a, b);
  return !isSipUri(b) && !isTelUri(b) && a.raw === b.raw;
}

function equalSipUris(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    a.user === b.user &&
    a.password === b.password &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port &&
    deciding.every((name) => a.params.has(name) === b.params.has(name)) &&
    sharedParamsMatch(a.params, b.params) &&
    equalHeaders(a.headers, b.headers)
  );
}

function sharedParamsMatch(a: Params, b: Params): boolean {
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}

/** Header components are never ignored; their order does not count. */
function equalHeaders(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return normalHeaders(a) === normalHeaders(b);
}

function normalHeaders(text: string): string {
  const parts = text.split("&").map((part) => {
    const equals = part.indexOf("=");
    if (equals === -1) return decode(part).toLowerCase();
    return `${decode(part.slice(0, equals)).toLowerCase()}=${decode(part.slice(equals + 1))}`;
  });
  return parts.sort().join("\n");
}

function decode(text: string): string {
  try {
    return unescapeUri(text, 0);
  } catch {
    return text;
  }
}

function equalTelUris(a: TelUri, b: TelUri): boolean {
  if (stripVisualSeparators(a.number).toLowerCase() !== stripVisualSeparators(b.number).toLowerCase()) {
    return false;
  }
  return (
    a.params.size === b.params.size &&
    [...a.params.keys()].every((name) => b.params.has(name)) &&
    sharedParamsMatch(a.params, b.params)
  );
}

import { isIPv4, isIPv6 } from "node:net";

/**
 * The address that stands between the brackets of an IPv6 reference, in lower case; undefined where none does, or one
 * with a zone, which means something to its sender alone.
 *
 * RFC 3261's grammar, taken from RFC 2373, makes three colons before an IPv4 address. RFC 5118 §4.10 has both forms
 * tolerated: the third is left out, so that what we write is right. Nowhere else is it taken.
 */
export function ipv6Address(text: string): string | undefined {
  const address = text.toLowerCase();
  if (isIPv6(address)) return address.includes("%") ? undefined : address;
  const colons = address.indexOf(":::");
  if (colons === -1 || !isIPv4(address.slice(colons + 3))) return undefined;
  const mended = address.slice(0, colons) + address.slice(colons + 1);
  return isIPv6(mended) ? mended : undefined;
}

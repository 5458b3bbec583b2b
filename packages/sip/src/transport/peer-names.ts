import { isIP, SocketAddress } from "node:net";
import { SipParseError } from "../errors.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import { withoutZone } from "./local-address.ts";

/** What Node shows of a peer's certificate. */
export interface ShownCertificate {
  /** "DNS:a.example, URI:sip:example.com, IP Address:192.0.2.1"; values with odd characters stand in JSON quotes. */
  readonly subjectaltname?: string | undefined;
  readonly subject?: { readonly CN?: string | readonly string[] } | undefined;
}

/**
 * The names that a certificate speaks for in SIP (RFC 5922 §7.1), lower case: the hosts of its `sip:` URIs without a
 * user; where it has none of these its DNS names; where it has no alternative names at all its common name. IP
 * addresses, which the RFC leaves open, count as names of their own.
 */
export function certificateNames(certificate: ShownCertificate): string[] {
  const { subjectaltname } = certificate;
  if (subjectaltname === undefined || subjectaltname === "") {
    const { CN } = certificate.subject ?? {};
    return typeof CN === "string" && isDnsName(CN) ? [CN.toLowerCase()] : [];
  }
  const uris: string[] = [];
  const dns: string[] = [];
  const addresses: string[] = [];
  for (const [type, value] of alternativeNames(subjectaltname)) {
    if (type === "DNS") dns.push(value.toLowerCase());
    else if (type === "IP Address" && isIP(value) !== 0) addresses.push(canonicalAddress(value));
    else if (type === "URI") uris.push(...domainOf(value));
  }
  return [...(uris.length > 0 ? uris : dns), ...addresses];
}

/**
 * Whether one of the names is the wanted one: whole and letter for letter but for case (RFC 5922 §7.2).
 * @param wildcards let "*.example.com" stand for one label more, which the RFC forbids and large providers use
 */
export function bearsName(names: readonly string[], wanted: string, wildcards = false): boolean {
  const name = wantedName(wanted);
  if (names.includes(name)) return true;
  const dot = name.indexOf(".");
  return wildcards && isIP(name) === 0 && dot > 0 && names.includes(`*${name.slice(dot)}`);
}

/** A name as certificates are compared by it: lower case, no final dot; an address in its shortest form. */
export function wantedName(name: string): string {
  const bare = name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
  if (isIP(bare) !== 0) return canonicalAddress(withoutZone(bare));
  return bare.toLowerCase().replace(/\.$/, "");
}

function canonicalAddress(address: string): string {
  return new SocketAddress({ address, family: isIP(address) === 6 ? "ipv6" : "ipv4" }).address;
}

function domainOf(uriText: string): string[] {
  try {
    const uri = parseUri(uriText);
    // "sips" is no scheme that a certificate may name, and a user's URI stands for that user alone.
    return isSipUri(uri) && uri.scheme === "sip" && uri.user === undefined ? [wantedName(uri.host)] : [];
  } catch (error) {
    if (error instanceof SipParseError) return [];
    throw error;
  }
}

function isDnsName(text: string): boolean {
  return text.length <= 253 && /^(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9-]{1,63}$/i.test(text);
}

/** Splits Node's text. A quoted value may hold commas and colons, and must not be taken for several (CVE-2021-44532). */
function* alternativeNames(text: string): Generator<[type: string, value: string]> {
  let at = 0;
  while (at < text.length) {
    const colon = text.indexOf(":", at);
    if (colon === -1) return;
    const type = text.slice(at, colon);
    let end: number;
    if (text[colon + 1] === '"') {
      end = endOfQuoted(text, colon + 1);
      if (end === -1) return;
      yield [type, unquoted(text.slice(colon + 1, end))];
    } else {
      const comma = text.indexOf(", ", colon);
      end = comma === -1 ? text.length : comma;
      yield [type, text.slice(colon + 1, end)];
    }
    at = end + 2;
  }
}

/** "" is nobody's name. */
function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : "";
  } catch {
    return "";
  }
}

function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

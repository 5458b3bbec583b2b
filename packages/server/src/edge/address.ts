import { isIP, isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * A network or a single address in canonical form. `bits` is the prefix length within the family
 * (32 or 128 is one address). IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) is held as its IPv4.
 */
export interface Network {
  family: 4 | 6;
  /** First address of the network, as a number: 32 or 128 bits. */
  base: bigint;
  bits: number;
  /** Canonical text: dotted quad, or RFC 5952; `/bits` only where it is not a single address. */
  text: string;
}

const MAPPED_PREFIX = 0xffffn;
const WIDTH = { 4: 32, 6: 128 } as const;

function toNumber(bytes: readonly number[]): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function addressText(family: 4 | 6, value: bigint): string {
  const bytes: number[] = [];
  for (let shift = WIDTH[family] - 8; shift >= 0; shift -= 8)
    bytes.push(Number((value >> BigInt(shift)) & 0xffn));
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

function networkOf(family: 4 | 6, value: bigint, bits: number): Network {
  const base = maskTo(family, value, bits);
  const address = addressText(family, base);
  return { family, base, bits, text: bits === WIDTH[family] ? address : `${address}/${bits}` };
}

/** `value` with all but its first `bits` bits cleared. */
export function maskTo(family: 4 | 6, value: bigint, bits: number): bigint {
  const rest = BigInt(WIDTH[family] - bits);
  return (value >> rest) << rest;
}

/**
 * Reads one address as a transport reports it: a zone (`%eth0`) is put aside, IPv4-mapped IPv6 becomes IPv4.
 * Undefined where the text is not an IP address. Forms like `127.1` or `0x7f.0.0.1` are none.
 */
export function parseAddress(text: string): Network | undefined {
  const zone = text.indexOf("%");
  const bare = zone < 0 ? text : text.slice(0, zone);
  if (isIP(bare) === 0) return undefined;
  if (isIPv4(bare)) return networkOf(4, toNumber(ipaddr.IPv4.parse(bare).toByteArray()), 32);
  const value = toNumber(ipaddr.IPv6.parse(bare).toByteArray());
  if (value >> 32n === MAPPED_PREFIX) return networkOf(4, value & 0xffffffffn, 32);
  return networkOf(6, value, 128);
}

/** Canonical text of an address, or the text as it stands where it is none (for records and logs). */
export function canonicalAddress(text: string): string {
  return parseAddress(text)?.text ?? text;
}

export type NetworkReading = { ok: true; network: Network } | { ok: false; reason: string };

function refuse(reason: string): NetworkReading {
  return { ok: false, reason };
}

function bitsOf(text: string, family: 4 | 6): number | undefined {
  if (!/^\d{1,3}$/.test(text) || (text.length > 1 && text.startsWith("0"))) return undefined;
  const bits = Number(text);
  return bits <= WIDTH[family] ? bits : undefined;
}

/**
 * Reads an entry of an access list: IPv4, IPv6 or CIDR. Host bits of a CIDR are cleared. What can never be the
 * source of a packet (unspecified, multicast, broadcast) is refused, and so is what only looks like an address;
 * `reason` is a sentence that says what is wrong.
 */
export function parseNetwork(input: string): NetworkReading {
  const text = input.trim();
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  if (text === "")
    return refuse("ip is empty: write an IPv4 or IPv6 address, or a network like 203.0.113.0/24.");
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  if (host.includes("%")) return refuse(`ip ${shown} carries a zone: write the address without it.`);
  if (isIP(host) === 0) {
    if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) || /^\[.*\](:\d+)?$/.test(text)) {
      return refuse(`ip ${shown} carries a port or brackets: write the bare address.`);
    }
    if (text.includes("*") || /^[\d.]+\s*-\s*[\d.]+$/.test(text)) {
      return refuse(`ip ${shown} is a range: write it as a network in CIDR form, like 203.0.113.0/24.`);
    }
    if (/^(?=.*[a-z])[a-z0-9.-]+$/i.test(text) && !/^0x/i.test(text)) {
      return refuse(`ip ${shown} is a name: write the addresses that it stands for.`);
    }
    return refuse(`ip ${shown} is not an IPv4 or IPv6 address, nor a network in CIDR form.`);
  }
  const address = parseAddress(host);
  if (address === undefined) return refuse(`ip ${shown} is not an IPv4 or IPv6 address.`);
  let network = address;
  if (slash >= 0) {
    const written = isIPv4(host) ? 4 : 6;
    const bits = bitsOf(text.slice(slash + 1), written);
    if (bits === undefined) {
      return refuse(
        `ip ${shown} has a prefix length that is not a whole number from 0 to ${WIDTH[written]}.`,
      );
    }
    if (written === 6 && address.family === 4) {
      if (bits < 96) return refuse(`ip ${shown} mixes IPv4-mapped and other IPv6: write the IPv4 network.`);
      network = networkOf(4, address.base, bits - 96);
    } else network = networkOf(written, address.base, bits);
  }
  const never = neverASource(network);
  if (never !== undefined) return refuse(`ip ${shown} is ${never}: no call can come from there.`);
  return { ok: true, network };
}

function neverASource(network: Network): string | undefined {
  if (network.family === 4) {
    if (network.bits === 32 && network.base === 0n) return "the unspecified address";
    if (network.base === 0xffffffffn) return "the broadcast address";
    if (network.bits >= 4 && network.base >> 28n === 0xen) return "multicast";
    return undefined;
  }
  if (network.bits === 128 && network.base === 0n) return "the unspecified address";
  if (network.bits >= 8 && network.base >> 120n === 0xffn) return "multicast";
  return undefined;
}

/** Whether a network is so wide (IPv4 shorter than /8, IPv6 shorter than /32) that listing it is probably a mistake. */
export function isVeryWide(network: Network): boolean {
  return network.family === 4 ? network.bits < 8 : network.bits < 32;
}

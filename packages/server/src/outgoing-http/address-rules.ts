// Which addresses requests may go to that somebody else than the operator has named: not into the operator's own network.
import ipaddr from "ipaddr.js";
import { maskTo, type Network, parseAddress } from "../edge/address.ts";

/** What is allowed besides the internet: nothing, all, or these networks. */
export type PrivateNetworks = "none" | "all" | readonly Network[];

/** Well-known prefix of NAT64 (RFC 6052 §2.1): the IPv4 behind it is what counts. */
const NAT64 = "rfc6052";

/**
 * Whether a request may go there. Only what is reachable by everyone counts as the internet: no loopback, private,
 * shared (RFC 6598), link-local, unique local, multicast or reserved address, and none that wraps up another one.
 * @param address an IP literal; anything else is refused
 */
export function isAllowedAddress(address: string, allowed: PrivateNetworks): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  if (allowed === "all") return true;
  if (allowed !== "none" && allowed.some((network) => contains(network, parsed))) return true;
  const literal = ipaddr.parse(parsed.text);
  const range = literal.range();
  if (range !== NAT64 || !(literal instanceof ipaddr.IPv6)) return range === "unicast";
  const inner = literal.toByteArray().slice(12).join(".");
  return isAllowedAddress(inner, allowed);
}

function contains(network: Network, address: Network): boolean {
  const { family, base, bits } = network;
  return family === address.family && maskTo(family, address.base, bits) === base;
}

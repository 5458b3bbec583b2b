import { BlockList, isIP, isIPv4 } from "node:net";

const unusable = new BlockList();
unusable.addSubnet("0.0.0.0", 8, "ipv4"); // this network, RFC 1122 §3.2.1.3
unusable.addSubnet("224.0.0.0", 3, "ipv4"); // multicast, reserved, broadcast
unusable.addAddress("::", "ipv6");
unusable.addSubnet("fe80::", 10, "ipv6"); // link-local: of no use without its interface
unusable.addSubnet("ff00::", 8, "ipv6");

/**
 * Whether a request can be sent to an address that DNS gave. Unspecified, multicast, broadcast, link-local and
 * IPv4-mapped addresses cannot be anybody's, and would have us send where nobody meant to. Private and
 * loopback addresses can: most PBXs have one.
 */
export function isUsableAddress(address: string): boolean {
  const family = isIP(address);
  // A BlockList takes a mapped address for its IPv4.
  if (family === 6 && /^::ffff:/i.test(address)) return false;
  return family !== 0 && !unusable.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

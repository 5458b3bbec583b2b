import type { networkInterfaces } from "node:os";

const wildcards = ["0.0.0.0", "::"];

/**
 * The address that peers are told when nothing is configured: what the listeners are bound to, where that is an address;
 * else the first one of this machine that reaches beyond it, IPv4 before IPv6, real before container bridges; loopback
 * where there is no other.
 * @param listeners addresses that the SIP listeners are bound to
 */
export function publicAddressOf(
  interfaces: ReturnType<typeof networkInterfaces>,
  listeners: readonly string[],
): string {
  const bound = listeners[0];
  if (bound !== undefined && !listeners.some((host) => wildcards.includes(host))) return bound;
  const candidates = Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ internal, address }) => !internal && !isLinkLocal(address))
      .map(({ address, family }) => ({
        address,
        rank: (family === "IPv4" ? 0 : 2) + (/^(docker|br-|veth|virbr)/.test(name) ? 1 : 0),
      })),
  );
  candidates.sort((a, b) => a.rank - b.rank);
  return candidates[0]?.address ?? "127.0.0.1";
}

/** RFC 3927, RFC 4291 §2.5.6: no router passes these on. */
function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}

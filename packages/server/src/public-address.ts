import type { networkInterfaces } from "node:os";

/**
 * The address that peers are told when nothing is configured: the first one of this machine that reaches beyond it,
 * IPv4 before IPv6, real before container bridges; loopback where there is no other.
 */
export function publicAddressOf(interfaces: ReturnType<typeof networkInterfaces>): string {
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

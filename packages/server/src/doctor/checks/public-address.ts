// The address that peers are told: how it was found, and whether they can send there.
import { parseAddress } from "../../edge/address.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";

export interface PublicAddressFacts {
  readonly address: string;
  readonly origin: "configured" | "bound" | "interface";
  /** This machine's own addresses. */
  readonly own: readonly string[];
  /** Where registrars see us, where that is another address than ours. */
  readonly seenAs: readonly string[];
  /** Peers that are configured by address, or were found: access list, routes, registrations. */
  readonly peers: readonly string[];
}

export type Reach = "loopback" | "private" | "public";

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6: no router of the internet leads there. */
export function reachOf(address: string): Reach | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const { family, base } = parsed;
  if (family === 6) {
    if (base === 1n) return "loopback";
    return base >> 121n === 0x7en || base >> 118n === 0x3fan ? "private" : "public";
  }
  const [a = 0, b = 0] = parsed.text.split(".").map(Number);
  if (a === 127) return "loopback";
  const isPrivate =
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254);
  return isPrivate ? "private" : "public";
}

const origins = {
  configured: "set by RINGDOWN_PUBLIC_ADDRESS",
  bound: "which RINGDOWN_SIP binds to",
  interface: "found on a network interface",
} as const;

export function judgePublicAddress(facts: PublicAddressFacts): Finding {
  const { address, origin, own, seenAs, peers } = facts;
  const check = "address";
  const told = `Peers are told ${address}, ${origins[origin]}`;
  const [seen] = seenAs.filter((other) => other !== address);
  const beyond = peers.find((peer) => reachOf(peer) === "public");
  const reach = reachOf(address);
  const forward = "and forward the SIP port (UDP, TCP) and the media ports (UDP) to this machine";
  if (origin === "configured" && seen !== undefined && reachOf(seen) === "public") {
    return fail(
      check,
      `${told}, but a registrar sees us come from ${seen}: audio sent to ${address} will not arrive.`,
      `Set RINGDOWN_PUBLIC_ADDRESS=${seen}, or leave it out where only registrations are used.`,
    );
  }
  if (reach === "loopback") {
    return beyond === undefined && origin !== "interface"
      ? ok(check, `${told}: only programs on this machine can call.`)
      : warn(
          check,
          `${told}: only programs on this machine can call.`,
          "Let RINGDOWN_SIP listen on an address of the network, or set RINGDOWN_PUBLIC_ADDRESS.",
        );
  }
  if (reach === "private" && seen !== undefined) {
    return warn(
      check,
      `${told}; a registrar sees us as ${seen}. Calls by registration are told that; calls of a trunk are not.`,
      `Set RINGDOWN_PUBLIC_ADDRESS=${seen} where trunks call you, ${forward}.`,
    );
  }
  if (reach === "private" && beyond !== undefined) {
    return warn(
      check,
      `${told}: it is private, and ${beyond} lies beyond your network: its audio will not arrive.`,
      `Set RINGDOWN_PUBLIC_ADDRESS to your router's address outside, ${forward}.`,
    );
  }
  if (origin === "configured" && !own.includes(address)) {
    return ok(check, `${told}; no interface here has it, so a router must forward SIP and media ports.`);
  }
  return ok(check, reach === "private" ? `${told}: private, for peers in your own network.` : `${told}.`);
}

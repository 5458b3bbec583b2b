import { BlockList, isIPv4, isIPv6 } from "node:net";

/** One address of this machine, as `os.networkInterfaces()` lists them. */
export interface InterfaceAddress {
  readonly address: string;
  /** "192.0.2.7/24"; null where the system does not say. */
  readonly cidr: string | null;
  readonly internal: boolean;
}
export type InterfaceTable = { readonly [name: string]: readonly InterfaceAddress[] | undefined };

/**
 * The address of this machine that a remote can reach it by, where a listener is bound to a wildcard:
 * for loopback the loopback literal; for a remote in the subnet of an interface that interface's address;
 * for this machine's own addresses that address; else the public address where one of the remote's
 * family is configured, else the first address that leads outside.
 * @param remoteAddress IP literal
 * @param interfaces as `os.networkInterfaces()` gives it
 * @returns IP literal; the loopback literal on a machine that has nothing else of that family
 */
export function localAddressFor(
  remoteAddress: string,
  interfaces: InterfaceTable,
  publicAddress?: string,
): string {
  const family = isIPv6(remoteAddress) ? "ipv6" : "ipv4";
  const loopback = family === "ipv6" ? "::1" : "127.0.0.1";
  if (remoteAddress === "::1" || (family === "ipv4" && remoteAddress.startsWith("127."))) return loopback;
  const isFamily = family === "ipv6" ? isIPv6 : isIPv4;
  const outside: string[] = [];
  for (const addresses of Object.values(interfaces)) {
    for (const { address, cidr, internal } of addresses ?? []) {
      if (internal || !isFamily(address)) continue;
      if (address === remoteAddress || inSubnet(remoteAddress, cidr, family)) return address;
      // A link-local address is of use to its own subnet alone (RFC 4291 §2.5.6).
      if (!address.toLowerCase().startsWith("fe80:")) outside.push(address);
    }
  }
  if (publicAddress !== undefined && isFamily(publicAddress)) return publicAddress;
  return outside[0] ?? loopback;
}

/** An address as messages carry it: its zone ("fe80::1%eth0", RFC 4007) means nothing to anybody else. */
export function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}

/** The first 64 bits of an IPv6 address as sockets write it: the network that a host chooses its addresses in. */
export function network64(address: string): string {
  const [head = "", tail] = withoutZone(address).split("::");
  const groups = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  while (groups.length + last.length < 8) groups.push("0");
  return [...groups, ...last].slice(0, 4).join(":");
}

function inSubnet(address: string, cidr: string | null, family: "ipv4" | "ipv6"): boolean {
  const slash = cidr?.lastIndexOf("/") ?? -1;
  if (cidr === null || slash === -1) return false;
  const list = new BlockList();
  list.addSubnet(cidr.slice(0, slash), Number(cidr.slice(slash + 1)), family);
  // A link-local remote comes with its interface ("fe80::1%eth0"), which no address may have here.
  return list.check(withoutZone(address), family);
}

const cachedAddresses = 4_096;
const cacheMs = 30_000;

/**
 * `localAddressFor` with what it found kept for a while, since interfaces come and go. The system is asked for them
 * once in that time, however many sources the network cares to forge.
 */
export class LocalAddresses {
  readonly #readInterfaces: () => InterfaceTable;
  readonly #publicAddress: string | undefined;
  readonly #known = new Map<string, string>();
  #interfaces: InterfaceTable = {};
  #until = Number.NEGATIVE_INFINITY;

  constructor(readInterfaces: () => InterfaceTable, publicAddress: string | undefined) {
    this.#readInterfaces = readInterfaces;
    this.#publicAddress = publicAddress;
  }

  /** @param now ms, monotonic */
  towards(remoteAddress: string, now: number): string {
    if (now >= this.#until) {
      this.#until = now + cacheMs;
      this.#interfaces = this.#readInterfaces();
      this.#known.clear();
    }
    const known = this.#known.get(remoteAddress);
    if (known !== undefined) return known;
    if (this.#known.size >= cachedAddresses) this.#known.clear();
    const address = localAddressFor(remoteAddress, this.#interfaces, this.#publicAddress);
    this.#known.set(remoteAddress, address);
    return address;
  }
}

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { dnsName } from "../locate/dns.ts";

export type HostsTable = ReadonlyMap<string, readonly string[]>;

const longestFile = 1_000_000;
const addressesOfName = 16;

/** Reads `hosts(5)`: an address, then names; `#` begins a comment. Lines that are no such thing are passed over. */
export function parseHosts(text: string): HostsTable {
  const table = new Map<string, string[]>();
  for (const line of text.slice(0, longestFile).split("\n")) {
    const [address, ...names] = (line.split("#", 1)[0] ?? "").trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const written of names) {
      const name = dnsName(written);
      if (name === undefined) continue;
      const addresses = table.get(name) ?? [];
      if (addresses.length < addressesOfName && !addresses.includes(address)) addresses.push(address);
      table.set(name, addresses);
    }
  }
  return table;
}

/**
 * Addresses that this machine gives a name by itself. `localhost` and names below it are loopback even where no file
 * says so, and are never asked for outside (RFC 6761 §6.3).
 * @returns undefined where the name is DNS's business
 */
export function localAddresses(name: string, table: HostsTable): readonly string[] | undefined {
  const listed = table.get(name);
  if (listed !== undefined) return listed;
  return isLocalhost(name) ? ["127.0.0.1", "::1"] : undefined;
}

export function isLocalhost(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

/** The machine's table, read again when it is older than five seconds; empty where it cannot be read. */
export class HostsFile {
  readonly #path: string;
  #table: Promise<HostsTable> | undefined;
  #readAt = 0;

  constructor(path = "/etc/hosts") {
    this.#path = path;
  }

  table(): Promise<HostsTable> {
    const now = performance.now();
    if (this.#table === undefined || now - this.#readAt > 5_000) {
      this.#readAt = now;
      this.#table = readFile(this.#path, "utf8").then(parseHosts, () => new Map());
    }
    return this.#table;
  }
}

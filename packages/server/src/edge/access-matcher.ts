import { maskTo, type Network, parseAddress } from "./address.ts";

/** Whose access list holds an address: in memory, and changed at once when a list changes. */
export interface AccessMatcher {
  /** Whether this organization lists the address. An address that cannot be read is listed by none. */
  lists(organizationId: string, address: string): boolean;
  /** The organizations that list the address, in no particular order. */
  listedBy(address: string): ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Longest-prefix tables without the trie: one hash table for each prefix length in use, so that a look-up costs at
 * most one probe a length (33 + 129), however long the lists are.
 */
export class NetworkTable<Value> {
  readonly #tables = {
    4: new Map<number, Map<bigint, Set<Value>>>(),
    6: new Map<number, Map<bigint, Set<Value>>>(),
  };

  add(network: Network, value: Value): void {
    const family = this.#tables[network.family];
    const table = family.get(network.bits) ?? new Map<bigint, Set<Value>>();
    family.set(network.bits, table);
    const values = table.get(network.base) ?? new Set<Value>();
    table.set(network.base, values);
    values.add(value);
  }

  remove(network: Network, value: Value): void {
    const family = this.#tables[network.family];
    const table = family.get(network.bits);
    const values = table?.get(network.base);
    if (table === undefined || values === undefined) return;
    values.delete(value);
    if (values.size === 0) table.delete(network.base);
    if (table.size === 0) family.delete(network.bits);
  }

  /** Calls `visit` with the values of each network that holds the address, until it answers true. */
  visit(address: Network, visit: (values: ReadonlySet<Value>) => boolean): boolean {
    for (const [bits, table] of this.#tables[address.family]) {
      const values = table.get(maskTo(address.family, address.base, bits));
      if (values !== undefined && visit(values)) return true;
    }
    return false;
  }
}

/** The access lists of all organizations as one table. */
export class AccessTable implements AccessMatcher {
  readonly #table = new NetworkTable<string>();

  add(organizationId: string, network: Network): void {
    this.#table.add(network, organizationId);
  }

  remove(organizationId: string, network: Network): void {
    this.#table.remove(network, organizationId);
  }

  lists(organizationId: string, address: string): boolean {
    const parsed = parseAddress(address);
    return (
      parsed !== undefined && this.#table.visit(parsed, (organizations) => organizations.has(organizationId))
    );
  }

  listedBy(address: string): ReadonlySet<string> {
    const parsed = parseAddress(address);
    if (parsed === undefined) return NONE;
    const found = new Set<string>();
    this.#table.visit(parsed, (organizations) => {
      for (const organization of organizations) found.add(organization);
      return false;
    });
    return found;
  }
}

/** A fixed set of networks, such as the trusted proxies. */
export class NetworkSet {
  readonly #table = new NetworkTable<true>();

  constructor(networks: Iterable<Network>) {
    for (const network of networks) this.#table.add(network, true);
  }

  has(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== undefined && this.#table.visit(parsed, () => true);
  }
}

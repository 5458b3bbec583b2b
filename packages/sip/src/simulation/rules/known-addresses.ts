import type { Facts } from "../facts.ts";
import type { Attached, Packet } from "../network.ts";
import type { Party, Report, Rule } from "./rule.ts";

/** Nobody sends to an address that nobody has told it: not by its own application, nor in a message, nor as a source. */
export class KnownAddressRule implements Rule {
  readonly name = "only to known addresses";
  readonly #report: Report;
  readonly #all: () => readonly Attached[];
  readonly #known = new Map<Attached, Set<string>>();

  /** @param all who there is */
  constructor(report: Report, all: () => readonly Attached[]) {
    this.#report = report;
    this.#all = all;
  }

  /** An application has been told of another, or of all. */
  introduce(to: Attached, whom: Attached): void {
    this.#of(to).add(placeOf(whom));
  }

  sent(facts: Facts, party: Party, { to, toPort, transport }: Packet): void {
    const place = `${to} ${toPort}`;
    // The port of a connection that they opened is not one that they listen on.
    const isConnection = transport !== "udp" && toPort >= 40_000;
    if (!isConnection && !this.#of(party.at).has(place))
      this.#report(party, `sends ${facts.method} to ${place}, of which it has never heard`);
  }

  arriving(_facts: Facts, party: Party, packet: Packet): void {
    const known = this.#of(party.at);
    const all = this.#all();
    if (known.size >= all.length) return;
    for (const other of all) {
      const place = placeOf(other);
      if (known.has(place)) continue;
      const isSource = other.address === packet.from;
      if (isSource || packet.bytes.includes(other.address)) known.add(place);
    }
  }

  #of(at: Attached): Set<string> {
    let known = this.#known.get(at);
    if (known === undefined) {
      known = new Set();
      this.#known.set(at, known);
    }
    return known;
  }
}

function placeOf({ address, port }: Attached): string {
  return `${address} ${port}`;
}

import type { Facts } from "../facts.ts";
import type { Packet } from "../network.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

/** ms, timers H and J: until then a server remembers what it has said. */
const memory = 32_000;

interface Given {
  readonly at: number;
  readonly status: number;
  readonly bytes: Buffer;
}

/**
 * RFC 3261 §17.2: a server gives one transaction one final response, however often it is asked, and nothing else after
 * it. From a proxy several may come, one of each fork (§16.7).
 */
export class OneAnswerRule implements Rule {
  readonly name = "one answer";
  readonly #report: Report;
  readonly #given = new Map<Party, Map<string, Given>>();

  constructor(report: Report) {
    this.#report = report;
  }

  sent(facts: Facts, party: Party, { bytes, at }: Packet): void {
    const { status, branch, method, toTag, seq } = facts;
    if (status === 0) return;
    // A restarted proxy passes on what it knows nothing of.
    if (!party.isUserAgent && party.at.incarnation > 1) return;
    if (status > 100 && toTag === "") this.#report(party, `${describe(facts)} has no To tag`);
    let finals = this.#given.get(party);
    if (finals === undefined) {
      finals = new Map();
      this.#given.set(party, finals);
    }
    const key = party.isUserAgent ? `${branch} ${method}` : `${branch} ${method} ${toTag}`;
    const given = finals.get(key);
    if (given === undefined || at - given.at >= memory) {
      if (status >= 200) finals.set(key, { at, status, bytes });
    } else if (given.bytes !== bytes && !given.bytes.equals(bytes)) {
      this.#report(
        party,
        `answers ${method} ${seq} with ${given.status} and then with ${describe(facts)}${given.status === status ? ", which differs" : ""}`,
      );
    }
  }

  restarted(party: Party): void {
    this.#given.delete(party);
  }
}

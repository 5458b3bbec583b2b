import type { Facts } from "../facts.ts";
import type { Packet } from "../network.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

interface Known {
  readonly party: Party;
  readonly byMethod: Map<string, Buffer>;
}

/**
 * RFC 3261 §8.1.1.7: a branch stands for one request, for ever and everywhere. It is said again byte for byte; its
 * CANCEL and the ACK to a refusal alone share it (§9.1, §17.1.1.3).
 */
export class BranchRule implements Rule {
  readonly name = "one branch, one request";
  readonly #report: Report;
  readonly #known = new Map<string, Known>();

  constructor(report: Report) {
    this.#report = report;
  }

  sent(facts: Facts, party: Party, { bytes }: Packet): void {
    if (facts.status !== 0) return;
    const { branch, method } = facts;
    if (!branch.startsWith("z9hG4bK")) this.#report(party, `${describe(facts)} has no branch`);
    if (party.isUserAgent && facts.vias !== 1)
      this.#report(party, `${describe(facts)} sets out with ${facts.vias} Via`);
    const known = this.#known.get(branch);
    if (known === undefined) {
      if (method === "CANCEL") this.#report(party, `CANCEL ${facts.seq} of no request`);
      this.#known.set(branch, { party, byMethod: new Map([[method, bytes]]) });
      return;
    }
    if (known.party !== party) this.#report(party, `${describe(facts)} has another's branch`);
    const before = known.byMethod.get(method);
    if (before === undefined) {
      known.byMethod.set(method, bytes);
      const isPartOfInvite = (method === "CANCEL" || method === "ACK") && known.byMethod.has("INVITE");
      if (!isPartOfInvite) this.#report(party, `${describe(facts)} has the branch of another request`);
    } else if (before !== bytes && !before.equals(bytes)) {
      // §18.1.1: one that was too large for UDP, and went by it after all, says so in its Via.
      known.byMethod.set(method, bytes);
      if (withoutTransport(before) !== withoutTransport(bytes))
        this.#report(party, `${describe(facts)} changes as it is repeated`);
    }
  }
}

function withoutTransport(bytes: Buffer): string {
  return bytes.toString("latin1").replace(/\r\nVia: SIP\/2\.0\/\w+/, "\r\nVia: ");
}

import type { Facts } from "../facts.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

/**
 * RFC 3261 §12.2.1.1: in a dialog each new request of one side has a higher CSeq number than all before; a dialog goes on
 * from the request that made it. Outside dialogs the same holds for each Call-ID (§10.2, §22.2). ACK and CANCEL have
 * their INVITE's number.
 */
export class SequenceRule implements Rule {
  readonly name = "CSeq rises";
  readonly #report: Report;
  /** The newest number of each side of each dialog, and of each Call-ID outside any. */
  readonly #last = new Map<string, number>();
  readonly #seen = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
  }

  sent(facts: Facts, party: Party): void {
    const { status, method, branch, seq, callId, fromTag, toTag } = facts;
    if (status !== 0 || !party.isUserAgent || method === "ACK" || method === "CANCEL") return;
    if (this.#seen.has(branch)) return;
    this.#seen.add(branch);
    const outside = `${party.id} ${callId}`;
    const key = toTag === "" ? outside : `${outside} ${fromTag} ${toTag}`;
    // A dialog goes on from the request that made it, when the other's tag was not known yet.
    const last = this.#last.get(key) ?? this.#last.get(`${outside} ${fromTag}`);
    if (last !== undefined && seq <= last)
      this.#report(party, `sends ${describe(facts)} after number ${last}`);
    this.#last.set(key, seq);
    if (toTag === "") this.#last.set(`${outside} ${fromTag}`, seq);
  }
}

import type { Facts } from "../facts.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

/** What may still be said: what acknowledges, and what belongs to a subscription, which ends by itself (RFC 5057). */
const afterTheEnd = new Set(["ACK", "CANCEL", "NOTIFY", "SUBSCRIBE"]);

/** RFC 3261 §15.1: whoever has said BYE, or has answered one, says nothing new in that dialog. */
export class DialogEndRule implements Rule {
  readonly name = "nothing after the end";
  readonly #report: Report;
  /** Ended dialogs by side, with what ended them. */
  readonly #ended = new Map<string, string>();
  readonly #seen = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
  }

  sent(facts: Facts, party: Party): void {
    if (!party.isUserAgent || facts.toTag === "") return;
    const { method, status, branch } = facts;
    if (status !== 0) {
      if (method === "BYE" && status >= 200 && status < 300)
        this.#end(keyOf(party, facts, "theirs"), "the other's BYE");
      return;
    }
    if (this.#seen.has(branch)) return;
    this.#seen.add(branch);
    const key = keyOf(party, facts, "ours");
    const ended = this.#ended.get(key);
    if (ended !== undefined && !afterTheEnd.has(method))
      this.#report(party, `sends ${describe(facts)} after ${ended}`);
    if (method === "BYE") this.#end(key, "its BYE");
  }

  arrived(facts: Facts, party: Party): void {
    const { method, status } = facts;
    // It has to be said again, with credentials.
    if (method === "BYE" && (status === 401 || status === 407))
      this.#ended.delete(keyOf(party, facts, "ours"));
  }

  #end(key: string, by: string): void {
    if (!this.#ended.has(key)) this.#ended.set(key, by);
  }
}

/** @param whose request it is, or is a response to */
function keyOf(party: Party, { callId, fromTag, toTag }: Facts, whose: "ours" | "theirs"): string {
  const [local, remote] = whose === "ours" ? [fromTag, toTag] : [toTag, fromTag];
  return `${party.id} ${callId} ${local} ${remote}`;
}

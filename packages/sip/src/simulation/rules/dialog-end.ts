import type { Flow } from "../../environment.ts";
import type { Facts } from "../facts.ts";
import type { Packet } from "../network.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

/** What may still be said: what acknowledges, and what belongs to a subscription, which ends by itself (RFC 5057). */
const afterTheEnd = new Set(["ACK", "CANCEL", "NOTIFY", "SUBSCRIBE"]);

interface End {
  /** What ended the session, for people. */
  readonly by: string;
  readonly party: Party;
  /** Our last BYE was refused, and the dialog stands: it may be said once more. */
  isRefused: boolean;
  /** Where that BYE went over a connection and has no answer. */
  waitsFor: string | undefined;
}

/**
 * RFC 3261 §15.1.1: the session is over once a BYE has gone out, whatever becomes of it, and nothing new is said in it. The
 * dialog is over with a 2xx, 408 or 481 to the BYE, or without any answer: then no BYE may follow either. Any other refusal
 * (401, 407, 500, 503 …) leaves the dialog, and it may be said again; so does a connection that breaks, which is a 503 to what
 * waited for its answer there (§8.1.3.1). §15.1.2: whoever has answered a BYE is silent as well.
 */
export class DialogEndRule implements Rule {
  readonly name = "nothing after the end";
  readonly #report: Report;
  /** Ended sessions by dialog and side. */
  readonly #ended = new Map<string, End>();
  readonly #seen = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
  }

  sent(facts: Facts, party: Party, { transport, to }: Packet): void {
    if (!party.isUserAgent || facts.toTag === "") return;
    const { method, status, branch } = facts;
    if (status !== 0) {
      if (method === "BYE" && status >= 200 && status < 300)
        this.#end(keyOf(party, facts, "theirs"), party, "the other's BYE", undefined);
      return;
    }
    if (this.#seen.has(branch)) return;
    this.#seen.add(branch);
    const key = keyOf(party, facts, "ours");
    const ended = this.#ended.get(key);
    const isAllowed = afterTheEnd.has(method) || (method === "BYE" && ended?.isRefused === true);
    if (ended !== undefined && !isAllowed) this.#report(party, `sends ${describe(facts)} after ${ended.by}`);
    if (method === "BYE") this.#end(key, party, "its BYE", transport === "udp" ? undefined : to);
  }

  /** Before it is taken: whoever is challenged repeats the BYE at once. */
  arriving(facts: Facts, party: Party): void {
    const { method, status } = facts;
    if (method !== "BYE" || status < 200) return;
    const ended = this.#ended.get(keyOf(party, facts, "ours"));
    if (ended === undefined) return;
    ended.waitsFor = undefined;
    if (status >= 300 && status !== 408 && status !== 481) ended.isRefused = true;
  }

  closed({ remoteAddress }: Flow, party: Party): void {
    for (const ended of this.#ended.values()) {
      if (ended.party === party && ended.waitsFor === remoteAddress) ended.isRefused = true;
    }
  }

  #end(key: string, party: Party, by: string, waitsFor: string | undefined): void {
    const ended = this.#ended.get(key);
    if (ended === undefined) this.#ended.set(key, { by, party, isRefused: false, waitsFor });
    else Object.assign(ended, { isRefused: false, waitsFor });
  }
}

/** @param whose request it is, or is a response to */
function keyOf(party: Party, { callId, fromTag, toTag }: Facts, whose: "ours" | "theirs"): string {
  const [local, remote] = whose === "ours" ? [fromTag, toTag] : [toTag, fromTag];
  return `${party.id} ${callId} ${local} ${remote}`;
}

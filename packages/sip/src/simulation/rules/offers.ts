import type { Flow } from "../../environment.ts";
import type { Facts } from "../facts.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

/** ms, 64·T1: a request that is no INVITE has failed when it has had no response for so long (timer F). */
const patience = 32_000;

/** What one side of a dialog owes and is owed. An offer is named by the message that carried it. */
interface Exchange {
  ours: string | undefined;
  /** When `ours` was made. */
  since: number;
  /** More than one only until the second is refused. */
  readonly theirs: Set<string>;
}

/**
 * RFC 3264 §4, RFC 6337 §2: in one dialog there is one offer at a time. Nobody makes one while its own has no answer, or
 * the other's none; nobody answers one while its own is under way (491). Offers and answers travel in INVITE and its
 * 2xx and ACK, in reliable provisional responses and PRACK (RFC 3262), and in UPDATE (RFC 3311).
 */
export class OfferRule implements Rule {
  readonly name = "one offer at a time";
  readonly #report: Report;
  readonly #now: () => number;
  readonly #exchanges = new Map<Party, Map<string, Exchange>>();
  /** Offers of INVITEs that make dialogs: known before the dialogs are. */
  readonly #initial = new Map<string, string>();
  /** INVITEs without an offer, by side and branch: they ask for one. */
  readonly #asking = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(report: Report, now: () => number) {
    this.#report = report;
    this.#now = now;
  }

  sent(facts: Facts, party: Party): void {
    if (!party.isUserAgent || !this.#isFirst(facts, party, "sent")) return;
    if (facts.status === 0) this.#sentRequest(facts, party);
    else if (facts.toTag !== "") this.#sentResponse(facts, party);
  }

  arriving(facts: Facts, party: Party): void {
    if (!party.isUserAgent || !this.#isFirst(facts, party, "came")) return;
    if (facts.status === 0) this.#requestCame(facts, party);
    else if (facts.toTag !== "") this.#responseCame(facts, party);
  }

  /** What is left without notice will be said again. */
  arrived(facts: Facts, party: Party, isDropped: boolean): void {
    if (!isDropped || !party.isUserAgent || facts.status !== 0 || facts.toTag === "") return;
    this.#exchange(party, facts, "theirs").theirs.delete(`${facts.method} ${facts.seq}`);
    this.#seen.delete(keyOf(facts, party, "came"));
  }

  /** Requests that waited for an answer over that connection have failed, and their offers with them. Responses are said again. */
  closed(_flow: Flow, party: Party): void {
    for (const exchange of this.#exchanges.get(party)?.values() ?? []) {
      if (isInRequest(exchange.ours)) exchange.ours = undefined;
    }
  }

  restarted(party: Party): void {
    this.#exchanges.delete(party);
  }

  #sentRequest(facts: Facts, party: Party): void {
    const { method, seq, hasSdp, toTag, callId, fromTag, rseq } = facts;
    if (method === "INVITE" && !hasSdp) this.#asking.add(`${party.id} ${facts.branch}`);
    if (toTag === "") {
      if (method === "INVITE" && hasSdp)
        this.#initial.set(`${party.id} ${callId} ${fromTag}`, `INVITE ${seq}`);
      return;
    }
    const exchange = this.#exchange(party, facts, "ours");
    if (method === "ACK") exchange.theirs.delete(`2xx ${seq}`);
    else if (method === "PRACK" && exchange.theirs.delete(`1xx ${rseq}`)) {
      if (!hasSdp) this.#report(party, `${describe(facts)} has no answer to the offer that it acknowledges`);
    } else if (hasSdp && method !== "INFO") this.#offer(exchange, `${method} ${seq}`, facts, party);
  }

  #sentResponse(facts: Facts, party: Party): void {
    const { method, seq, status, hasSdp, rseq } = facts;
    const exchange = this.#exchange(party, facts, "theirs");
    const request = `${method} ${seq}`;
    if (status >= 300) exchange.theirs.delete(request);
    else if (hasSdp && (status >= 200 || rseq > 0)) {
      if (exchange.theirs.delete(request)) {
        if (exchange.ours !== undefined)
          this.#report(
            party,
            `answers in ${describe(facts)} while its offer in ${exchange.ours} has no answer`,
          );
      } else if (method === "INVITE" && this.#asking.delete(`${party.id} ${facts.branch}`)) {
        this.#offer(exchange, rseq > 0 ? `1xx ${rseq}` : `2xx ${seq}`, facts, party);
      }
    }
  }

  #requestCame(facts: Facts, party: Party): void {
    const { method, seq, hasSdp, toTag, callId, fromTag, rseq } = facts;
    if (method === "INVITE" && !hasSdp) this.#asking.add(`${party.id} ${facts.branch}`);
    if (toTag === "") {
      if (method === "INVITE" && hasSdp)
        this.#initial.set(`${party.id} ${callId} ${fromTag}`, `INVITE ${seq}`);
      return;
    }
    const exchange = this.#exchange(party, facts, "theirs");
    if (method === "ACK" && exchange.ours === `2xx ${seq}`) exchange.ours = undefined;
    else if (method === "PRACK" && exchange.ours === `1xx ${rseq}`) exchange.ours = undefined;
    else if (hasSdp && (method === "INVITE" || method === "UPDATE" || method === "PRACK"))
      exchange.theirs.add(`${method} ${seq}`);
  }

  #responseCame(facts: Facts, party: Party): void {
    const { method, seq, status, hasSdp, rseq, branch } = facts;
    if (status < 200 && rseq === 0) return;
    const exchange = this.#exchange(party, facts, "ours");
    if (exchange.ours === `${method} ${seq}`) {
      if (status >= 200 || hasSdp) exchange.ours = undefined;
    } else if (method === "INVITE" && status < 300 && hasSdp && this.#asking.has(`${party.id} ${branch}`)) {
      const dialog = `${party.id} ${branch} ${facts.toTag}`;
      // The first that brings it; what comes later says it again.
      if (this.#seen.has(dialog)) return;
      this.#seen.add(dialog);
      exchange.theirs.add(rseq > 0 ? `1xx ${rseq}` : `2xx ${seq}`);
    }
  }

  #offer(exchange: Exchange, what: string, facts: Facts, party: Party): void {
    const { theirs, since } = exchange;
    const now = this.#now();
    const hasFailed =
      isInRequest(exchange.ours) && !exchange.ours.startsWith("INVITE ") && now - since >= patience;
    const ours = hasFailed ? undefined : exchange.ours;
    if (ours !== undefined)
      this.#report(party, `offers in ${describe(facts)} while its offer in ${ours} has no answer`);
    const [pending] = theirs;
    if (pending !== undefined)
      this.#report(party, `offers in ${describe(facts)} while it has not answered the other's in ${pending}`);
    exchange.ours = what;
    exchange.since = now;
  }

  /** @param whose request it is, or is a response to */
  #exchange(party: Party, { callId, fromTag, toTag }: Facts, whose: "ours" | "theirs"): Exchange {
    const key = whose === "ours" ? `${callId} ${fromTag} ${toTag}` : `${callId} ${toTag} ${fromTag}`;
    let exchanges = this.#exchanges.get(party);
    if (exchanges === undefined) {
      exchanges = new Map();
      this.#exchanges.set(party, exchanges);
    }
    let exchange = exchanges.get(key);
    if (exchange === undefined) {
      const initial = this.#initial.get(`${party.id} ${callId} ${fromTag}`);
      const isOurs = whose === "ours";
      const theirs = new Set(isOurs || initial === undefined ? [] : [initial]);
      exchange = { ours: isOurs ? initial : undefined, since: this.#now(), theirs };
      exchanges.set(key, exchange);
    }
    return exchange;
  }

  #isFirst(facts: Facts, party: Party, way: "sent" | "came"): boolean {
    const key = keyOf(facts, party, way);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

function isInRequest(offer: string | undefined): offer is string {
  return offer !== undefined && !/^[12]xx /.test(offer);
}

function keyOf({ branch, method, status, rseq, toTag }: Facts, party: Party, way: "sent" | "came"): string {
  return `${way} ${party.id} ${branch} ${method} ${status} ${rseq} ${toTag}`;
}

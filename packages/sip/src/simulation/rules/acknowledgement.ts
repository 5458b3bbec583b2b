import type { Flow } from "../../environment.ts";
import type { Facts } from "../facts.ts";
import type { Party, Report, Rule } from "./rule.ts";

/** ms, 64·T1: as long as a client transaction waits for a response, and then for further 2xx. */
const patience = 32_000;

interface Success {
  readonly party: Party;
  readonly seq: number;
  acknowledgements: number;
}

/**
 * RFC 3261 §13.2.2.4: every 2xx to an INVITE gets an ACK, each time that it comes. The first ACK may take its time,
 * where somebody has to find the answer that goes with it.
 */
export class AcknowledgementRule implements Rule {
  readonly name = "an ACK for each 2xx";
  readonly #report: Report;
  readonly #now: () => number;
  /** By the tags and number that the ACK has too. */
  readonly #successes = new Map<string, Success>();
  /** When each INVITE was sent first, and by whom, by branch. */
  readonly #sent = new Map<string, { readonly at: number; readonly by: Party }>();
  /** Those who lost a connection, and with it requests that waited for an answer. */
  readonly #excused = new Set<Party>();
  #acknowledged = 0;

  constructor(report: Report, now: () => number) {
    this.#report = report;
    this.#now = now;
  }

  sent(facts: Facts, party: Party): void {
    if (facts.status !== 0 || !party.isUserAgent) return;
    if (facts.method === "INVITE") {
      if (!this.#sent.has(facts.branch)) this.#sent.set(facts.branch, { at: this.#now(), by: party });
    } else if (facts.method === "ACK") {
      // An ACK to a refusal finds none.
      const success = this.#successes.get(keyOf(facts));
      if (success !== undefined) success.acknowledgements++;
    }
  }

  arriving(facts: Facts, party: Party): void {
    if (!isSuccess(facts) || !party.isUserAgent) return;
    const key = keyOf(facts);
    let success = this.#successes.get(key);
    if (success === undefined) {
      success = { party, seq: facts.seq, acknowledgements: 0 };
      this.#successes.set(key, success);
    }
    this.#acknowledged = success.acknowledgements;
  }

  arrived(facts: Facts, party: Party, isDropped: boolean): void {
    if (!isSuccess(facts) || !party.isUserAgent) return;
    const key = keyOf(facts);
    const success = this.#successes.get(key);
    if (isDropped) {
      if (success?.acknowledgements === 0) this.#successes.delete(key);
      const sent = this.#sent.get(facts.branch);
      // What an earlier life has asked for concerns nobody.
      if (sent?.by === party && this.#now() - sent.at < patience && !this.#excused.has(party))
        this.#report(party, `takes no notice of a 2xx to INVITE ${facts.seq}`);
    } else if (this.#acknowledged > 0 && success?.acknowledgements === this.#acknowledged) {
      this.#report(party, `does not repeat its ACK ${facts.seq}`);
    }
  }

  closed(_flow: Flow, party: Party): void {
    this.#excused.add(party);
  }

  restarted(party: Party): void {
    for (const [key, success] of this.#successes) if (success.party === party) this.#successes.delete(key);
  }

  finished(): void {
    for (const { party, seq, acknowledgements } of this.#successes.values()) {
      if (acknowledgements === 0) this.#report(party, `never acknowledges a 2xx to INVITE ${seq}`);
    }
  }
}

function isSuccess({ method, status }: Facts): boolean {
  return method === "INVITE" && status >= 200 && status < 300;
}

function keyOf({ callId, fromTag, toTag, seq }: Facts): string {
  return `${callId} ${fromTag} ${toTag} ${seq}`;
}

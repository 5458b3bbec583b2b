import type { Facts } from "../facts.ts";
import type { Packet } from "../network.ts";
import { describe, type Party, type Report, type Rule } from "./rule.ts";

/** RFC 3261 §17.1.2.1: a request is sent eleven times in 64·T1 at most, a 2xx as often, a provisional one each minute. */
const byItself = 12;

interface Repeated {
  readonly bytes: Buffer;
  times: number;
}

/** Nobody sends one message for ever: some times by itself, and once for each message of that call that came in. */
export class RepetitionRule implements Rule {
  readonly name = "no endless repetition";
  readonly #report: Report;
  readonly #arrivals = new Map<string, number>();
  readonly #repeated = new Map<string, Repeated>();

  constructor(report: Report) {
    this.#report = report;
  }

  sent(facts: Facts, party: Party, { bytes }: Packet): void {
    const key = `${party.id} ${facts.branch} ${facts.method} ${facts.status}`;
    let repeated = this.#repeated.get(key);
    if (repeated === undefined || repeated.bytes !== bytes) {
      repeated = { bytes, times: 0 };
      this.#repeated.set(key, repeated);
    }
    const limit = byItself + (this.#arrivals.get(`${party.id} ${facts.callId}`) ?? 0);
    if (++repeated.times === limit + 1) this.#report(party, `sends ${describe(facts)} ${limit + 1} times`);
  }

  arriving(facts: Facts, party: Party): void {
    const key = `${party.id} ${facts.callId}`;
    this.#arrivals.set(key, (this.#arrivals.get(key) ?? 0) + 1);
  }
}

import { type AddressRecord, type DnsAnswer, type DnsQuestion, type DnsRecord, questionKey } from "./dns.ts";
import type { LocateTraceEntry } from "./located.ts";

const longestAliasChain = 8;
const questionsInAll = 64;

export type Resolution<R extends DnsRecord = DnsRecord> =
  /** `ttl`: seconds, the least of the aliases on the way; Infinity where there were none. */
  | { kind: "records"; records: R[]; additional: readonly AddressRecord[]; ttl: number }
  | { kind: "absent"; reason: "nxdomain" | "nodata" }
  | { kind: "failed"; sentence: string }
  /** Asked for, not here yet. */
  | { kind: "pending" };

/**
 * The answers that are here, read as if each question were put for the first time: what is looked up and missing
 * becomes a question to ask; what is here is written into the trace where the procedure came to it.
 */
export class Answers {
  readonly trace: LocateTraceEntry[] = [];
  readonly #known: ReadonlyMap<string, DnsAnswer>;
  readonly #missing = new Map<string, DnsQuestion>();
  readonly #traced = new Set<string>();

  constructor(known: ReadonlyMap<string, DnsAnswer>) {
    this.#known = known;
  }

  get missing(): DnsQuestion[] {
    return [...this.#missing.values()];
  }

  decide(sentence: string): void {
    this.trace.push({ kind: "decision", sentence });
  }

  /** Looks records up, along aliases (RFC 1034 §3.6.2), of which there may be so many. @param name as `dnsName` gives it */
  resolve<T extends DnsQuestion["type"]>(name: string, type: T): Resolution<Extract<DnsRecord, { type: T }>> {
    const visited = new Set<string>();
    let ttl = Number.POSITIVE_INFINITY;
    for (let owner = name; ; ) {
      if (visited.has(owner)) return { kind: "failed", sentence: `the aliases of ${name} lead in a circle` };
      if (visited.size >= longestAliasChain)
        return { kind: "failed", sentence: `the aliases of ${name} lead on and on` };
      visited.add(owner);
      const answer = this.#look({ name: owner, type });
      if (answer === undefined) return { kind: "pending" };
      if (answer === "too many")
        return { kind: "failed", sentence: "it takes more questions than the limit allows" };
      if (answer.outcome === "failed") return { kind: "failed", sentence: answer.sentence };
      if (answer.outcome === "absent") return { kind: "absent", reason: answer.reason };
      const records: Extract<DnsRecord, { type: T }>[] = [];
      for (const record of answer.records) {
        if (record.type === "CNAME") {
          ttl = Math.min(ttl, record.ttl);
          owner = record.target;
        } else if (isOfType(record, type)) records.push(record);
      }
      if (records.length > 0) return { kind: "records", records, additional: answer.additional, ttl };
      if (visited.has(owner) && owner === [...visited].at(-1)) return { kind: "absent", reason: "nodata" };
    }
  }

  #look(question: DnsQuestion): DnsAnswer | "too many" | undefined {
    const key = questionKey(question);
    const answer = this.#known.get(key);
    if (answer === undefined) {
      if (this.#known.size + this.#missing.size >= questionsInAll && !this.#missing.has(key))
        return "too many";
      this.#missing.set(key, question);
    } else if (!this.#traced.has(key)) {
      this.#traced.add(key);
      this.trace.push({ kind: "question", question, answer });
    }
    return answer;
  }
}

function isOfType<T extends DnsQuestion["type"]>(
  record: DnsRecord,
  type: T,
): record is Extract<DnsRecord, { type: T }> {
  return record.type === type;
}

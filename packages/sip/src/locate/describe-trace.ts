import type { DnsAnswer, DnsRecord } from "./dns.ts";
import type { LocateTraceEntry } from "./located.ts";

const sources: Record<DnsAnswer["source"], string> = {
  server: "",
  cache: " (remembered)",
  stale: " (remembered beyond its time, as asking failed)",
  hosts: " (this machine's hosts file)",
};

/** A trace as lines for people: each question, its answer indented below, and the decisions between. */
export function describeTrace(trace: readonly LocateTraceEntry[]): string[] {
  return trace.flatMap((entry) => {
    if (entry.kind === "decision") return [`→ ${entry.sentence}`];
    const { question, answer } = entry;
    return [
      `? ${question.name} ${question.type}${sources[answer.source]}`,
      ...answerLines(answer).map((line) => `    ${line}`),
    ];
  });
}

function answerLines(answer: DnsAnswer): string[] {
  if (answer.outcome === "failed") return [`failed: ${answer.sentence}`];
  const records = answer.records.map(recordLine);
  if (answer.outcome === "absent") {
    const what = answer.reason === "nxdomain" ? "no such name" : "no such records";
    return [...records, answer.ttl === undefined ? what : `${what} (for ${answer.ttl} s)`];
  }
  const beside = answer.additional.map((record) => `+ ${recordLine(record)}`);
  return [...records, ...beside, ...(answer.dropped > 0 ? [`and ${answer.dropped} more, put aside`] : [])];
}

/** As a zone file writes it. Data of others: what could move a terminal's cursor is escaped. */
function recordLine(record: DnsRecord): string {
  const head = `${record.name} ${record.ttl} ${record.type}`;
  switch (record.type) {
    case "A":
    case "AAAA":
      return `${head} ${record.address}`;
    case "CNAME":
      return `${head} ${record.target}`;
    case "SRV":
      return `${head} ${record.priority} ${record.weight} ${record.port} ${printable(record.target)}`;
    case "NAPTR":
      return `${head} ${record.order} ${record.preference} ${[record.flags, record.services, record.regexp].map((text) => `"${printable(text)}"`).join(" ")} ${printable(record.replacement)}`;
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\${character.charCodeAt(0)}`);
}

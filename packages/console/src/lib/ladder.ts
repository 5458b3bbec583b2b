import type { CapturedMessage } from "../api/types.ts";

export interface Arrow {
  message: CapturedMessage;
  /** Columns, from 0. */
  from: number;
  to: number;
  /** `INVITE`, `180 Ringing`. */
  label: string;
  kind: "request" | "progress" | "success" | "failure" | "other";
  /** ms since the first message. */
  after: number;
  /** The very same as one before. */
  isRepeated: boolean;
}

export interface Ladder {
  /** Who stands above the columns; ours is `us`. */
  hosts: string[];
  us: number;
  arrows: Arrow[];
}

function hostOf(end: string): string {
  return end.slice(0, end.lastIndexOf(":"));
}

/** Messages as arrows between hosts. Ours stands behind the first of the others: between the two that it joins. */
export function ladderOf(messages: readonly CapturedMessage[]): Ladder {
  const others: string[] = [];
  for (const { direction, source, destination } of messages) {
    const host = hostOf(direction === "in" ? source : destination);
    if (!others.includes(host)) others.push(host);
  }
  const [first = "", ...rest] = others;
  const hosts = [first, "Ringdown", ...rest];
  const columnOf = (host: string): number => (host === first ? 0 : 2 + rest.indexOf(host));
  const start = Date.parse(messages[0]?.at ?? "");
  const seen = new Set<string>();
  const arrows = messages.map((message): Arrow => {
    const { direction, source, destination } = message;
    const other = columnOf(hostOf(direction === "in" ? source : destination));
    const key = `${direction} ${source} ${message.message}`;
    const isRepeated = seen.has(key);
    seen.add(key);
    return {
      ...{ message, isRepeated },
      ...(direction === "in" ? { from: other, to: 1 } : { from: 1, to: other }),
      ...labelOf(message.line),
      after: Date.parse(message.at) - start,
    };
  });
  return { hosts, us: 1, arrows };
}

function labelOf(line: string): Pick<Arrow, "label" | "kind"> {
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(line);
  if (response !== null) {
    const [, status = "", reason = ""] = response;
    const kind = status < "200" ? "progress" : status < "300" ? "success" : "failure";
    return { label: `${status} ${reason}`.trim(), kind };
  }
  const request = /^(\S{1,32}) \S+ SIP\/2\.0$/.exec(line);
  if (request !== null) return { label: request[1] ?? "", kind: "request" };
  return { label: line === "" ? "no SIP" : line.slice(0, 40), kind: "other" };
}

import type { TransportName } from "@ringdown/sip";

/** Where a message came from or went, `host:port` with IPv6 in brackets. */
export interface CapturedMessage {
  /** Epoch milliseconds. */
  at: number;
  direction: "in" | "out";
  transport: TransportName;
  source: string;
  destination: string;
  /** The same for all messages of one transaction; null where nothing says which. */
  transaction: string | null;
  /** The message, secrets masked, each of its bytes a character (latin1). */
  text: string;
}

/** Bytes as people read them: what is no UTF-8 stays as it is. */
export function readable(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/** `INVITE sip:…` is INVITE; `SIP/2.0 180 Ringing` is 180. */
export function startLine(text: string): string {
  const end = text.search(/\r?\n/);
  return (end < 0 ? text : text.slice(0, end)).slice(0, 512);
}

/** First value of a header, without what it is folded into. */
export function headerOf(text: string, name: string, compact?: string): string | undefined {
  const names = compact === undefined ? name : `(?:${name}|${compact})`;
  return new RegExp(`^${names}[ \\t]*:[ \\t]*(.*)$`, "im").exec(text.slice(0, 8192))?.[1]?.trim();
}

/** The last session description that either side sent. @param messages in order of time */
export function lastDescriptions(messages: readonly CapturedMessage[]): {
  theirs: string | undefined;
  ours: string | undefined;
} {
  const last = (direction: CapturedMessage["direction"]): string | undefined => {
    for (const { direction: which, text } of messages.toReversed()) {
      if (which !== direction) continue;
      const body = text.slice(text.indexOf("\r\n\r\n") + 4);
      if (body.startsWith("v=0")) return body;
    }
    return undefined;
  };
  return { theirs: last("in"), ours: last("out") };
}

// Captured messages for people: as text, and by transaction.
import type { CapturedMessage } from "./captured-message.ts";
import { headerOf, readable, startLine } from "./captured-message.ts";

export interface ShownMessage extends Omit<CapturedMessage, "at" | "text"> {
  at: string;
  /** The start line. */
  line: string;
  message: string;
}

export interface ShownTransaction {
  id: string | null;
  method: string;
  source: string;
  destination: string;
  startedAt: string;
  endedAt: string;
  /** The final status; null: there was none. */
  status: number | null;
  messages: ShownMessage[];
}

export function shownMessage({ at, text, ...rest }: CapturedMessage): ShownMessage {
  return {
    at: new Date(at).toISOString(),
    ...rest,
    line: readable(startLine(text)),
    message: readable(text),
  };
}

/** A head line, the message, an empty line, for each. */
export function asText(messages: readonly CapturedMessage[]): string {
  return messages
    .map(({ at, transport, source, destination, text }) => {
      const head = `--- ${new Date(at).toISOString()} ${transport.toUpperCase()} ${source} -> ${destination}`;
      return `${head}\n${readable(text).replace(/\r\n/g, "\n").trimEnd()}\n\n`;
    })
    .join("");
}

/** In the order in which they began; repetitions stand with what they repeat. */
export function asTransactions(messages: readonly CapturedMessage[]): ShownTransaction[] {
  const byKey = new Map<string, ShownTransaction>();
  for (const [index, one] of messages.entries()) {
    // The direction of a transaction's request is in its id; what nobody parsed stands with the message that it repeats.
    const key = one.transaction ?? repeated(messages, index)?.transaction ?? `alone ${index}`;
    const shown = shownMessage(one);
    const status = statusOf(one.text);
    const known = byKey.get(key);
    if (known === undefined) {
      byKey.set(key, {
        id: one.transaction,
        method: methodOf(one.text),
        ...(status === undefined
          ? { source: one.source, destination: one.destination }
          : { source: one.destination, destination: one.source }),
        ...{ startedAt: shown.at, endedAt: shown.at },
        status: status !== undefined && status >= 200 ? status : null,
        messages: [shown],
      });
      continue;
    }
    known.endedAt = shown.at;
    if (status !== undefined && status >= 200) known.status = status;
    known.messages.push(shown);
  }
  return [...byKey.values()];
}

/** The message of which this one is the very same again. */
function repeated(messages: readonly CapturedMessage[], index: number): CapturedMessage | undefined {
  const one = messages[index];
  return messages.slice(0, index).find((other) => other.transaction !== null && other.text === one?.text);
}

function statusOf(text: string): number | undefined {
  const status = /^SIP\/2\.0 (\d{3})/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}

function methodOf(text: string): string {
  const method = /\s(\S{1,32})$/.exec(headerOf(text, "cseq") ?? "")?.[1];
  return method ?? startLine(text).split(" ", 1)[0] ?? "";
}

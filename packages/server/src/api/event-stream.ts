// Server-sent events (WHATWG HTML §9.2) in place of an answer.
import type { FastifyReply } from "fastify";

/** Bytes that may wait for a reader who does not read. */
const MAX_WAITING = 256 * 1024;

export interface EventStream {
  /** Bounded: a reader who does not read is cut off. */
  write(text: string): void;
  /** Does nothing but keep proxies and browsers from taking the stream for dead. */
  beat(): void;
  end(): void;
  onClose(action: () => void): void;
}

/** The answer begins, and is the caller's from here on. */
export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Accel-Buffering": "no",
  });
  raw.flushHeaders();
  const write = (text: string): void => {
    if (raw.writableLength > MAX_WAITING) raw.destroy();
    else if (!raw.destroyed) raw.write(text);
  };
  return {
    write,
    beat: () => write(":\n\n"),
    end: () => void raw.end(),
    onClose: (action) => void raw.on("close", action),
  };
}

/** One event: its type, and all else as JSON. */
export function eventText({ type, ...data }: { type: string }): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

// How an MCP client speaks with its server here: through the one place that judges addresses.
import { Readable } from "node:stream";
import type { FetchLike } from "@modelcontextprotocol/client";
import type { OutgoingHttp } from "../outgoing-http/outgoing-http.ts";

/** Bytes of one answer: lists of tools with their schemas are the largest. */
const MOST_BYTES = 1024 * 1024;
/** A response with these may not have a body. */
const BODILESS = [101, 204, 205, 304];

/** @param timeoutMs for each request, its whole answer included */
export function mcpFetch(http: Pick<OutgoingHttp, "stream">, timeoutMs: number): FetchLike {
  return async (url, { method = "GET", headers, body, signal } = {}) => {
    // Messages that a server sends by itself are not waited for: a connection would stand open as long as the call does.
    if (method === "GET") return new Response(null, { status: 405 });
    const answer = await http.stream({
      ...{ method, url: String(url), timeoutMs, maxBytes: MOST_BYTES },
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === "string" && { body }),
      ...(signal && { signal }),
    });
    const { status } = answer;
    const bodiless = BODILESS.includes(status);
    if (bodiless) answer.body.destroy();
    const text = bodiless ? null : (Readable.toWeb(answer.body) as ReadableStream<Uint8Array>);
    return new Response(text, { status, headers: answer.headers });
  };
}

import { EventSourceParserStream } from "eventsource-parser/stream";
import { ApiError, api } from "./client.ts";
import type { ChatMessage } from "./types.ts";

/** What comes while an agent answers by text, in the order in which it comes. */
export type ChatEvent =
  | { type: "text"; text: string }
  | { type: "function"; id: string; name: string; arguments: string }
  | {
      type: "functionResult";
      id: string;
      name: string;
      output: string;
      failed: boolean;
      /** What a call would have done. */
      wouldHave?: string;
    }
  | { type: "end"; outcome: "open" | "transferred" | "ended" };

/**
 * One turn of the agent. @param messages all of the chat so far; none: he greets; @param draft as its draft has it, where there is one
 * @throws ApiError, and AbortError
 */
export async function* chatTurn(
  agentId: string,
  messages: ChatMessage[],
  draft: boolean,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  const { data, error, response } = await api.POST("/api/v2/agents/{id}/chat", {
    params: { path: { id: agentId } },
    body: { messages, draft },
    parseAs: "stream",
    signal,
  });
  if (error !== undefined || !data) {
    const { code = "unknown", message = `The server answered ${response.status}.` } = (error ??
      {}) as Partial<ApiError>;
    throw new ApiError(response.status, code, message);
  }
  const reader = (data as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const told = JSON.parse(value.data) as Record<string, unknown>;
      if (value.event === "error") throw new ApiError(0, String(told.code), String(told.message));
      yield { type: value.event, ...told } as ChatEvent;
      if (value.event === "end") return;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  throw new ApiError(0, "no_answer", "The answer broke off.");
}

// POST /v1/chat/completions, streamed by server-sent events, as OpenAI has it and many others copy it.
import type { ServerResponse } from "node:http";
import type { Faulty, Script } from "./script.ts";

export interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { role: string; content?: unknown; tool_calls?: unknown; tool_call_id?: string }[];
  tools?: { type: string; function: { name: string; description?: string; parameters?: unknown } }[];
  /** JSON mode, where it was asked for. */
  response_format?: unknown;
}

export interface ChatReply extends Faulty {
  text?: string;
  /** Arguments as JSON text: may be malformed on purpose. They are sent in pieces of a few characters. */
  toolCalls?: { name: string; arguments: string }[];
  /** ms between two tokens; 0 by default. */
  tokenMs?: number;
}

export type ChatScript = Script<ChatReply, ChatRequest>;

/** The last thing that the user has said. */
export function lastUserText({ messages }: ChatRequest): string {
  const content = messages.findLast(({ role }) => role === "user")?.content;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: string }) => part.text ?? "").join(" ");
}

export async function answerChat(
  request: ChatRequest,
  reply: ChatReply,
  response: ServerResponse,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  const { text = "", toolCalls = [], tokenMs = 0 } = reply;
  const head = { id: "chatcmpl-1", created: 1, model: request.model };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  if (request.stream !== true) {
    response.setHeader("Content-Type", "application/json").end(
      JSON.stringify({
        ...head,
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
        usage,
      }),
    );
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  const send = (delta: object, finish: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices })}\n\n`);
  };
  if (reply.fault === "garbage") {
    response.end("data: {not json at all\n\ndata: [DONE]\n\n");
    return;
  }
  send({ role: "assistant", content: "" });
  const tokens = text.match(/\s*\S+/g) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (reply.fault === "drop" && index >= tokens.length / 2) {
      response.destroy();
      return;
    }
    if (tokenMs > 0) await wait(tokenMs);
    send({ content: token });
  }
  for (const [index, call] of toolCalls.entries()) {
    const opening = { index, id: `call_${index + 1}`, type: "function" };
    send({ tool_calls: [{ ...opening, function: { name: call.name, arguments: "" } }] });
    for (const piece of call.arguments.match(/[\s\S]{1,5}/g) ?? [])
      send({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  send({}, toolCalls.length > 0 ? "tool_calls" : "stop");
  response.write(
    `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [], usage })}\n\n`,
  );
  response.end("data: [DONE]\n\n");
}

// One answer of a language model, as it comes.
import type { llm } from "@livekit/agents";
import { VoiceError } from "../errors.ts";
import { reasonOf } from "./provider-error.ts";

/** Characters of one answer: a model that does not stop is stopped. */
const MOST_TEXT = 20_000;
/** ms between two parts of it. */
const PATIENCE_MS = 60_000;

export interface TokenUsage {
  promptTokens: number;
  completionTokens: number;
}

export interface AnswerRequest {
  history: llm.ChatContext;
  tools?: llm.ToolContext;
  /** It has to answer with what it knows. */
  withoutTools?: boolean;
  signal: AbortSignal;
  /** Tokens are added to it. */
  usage: TokenUsage;
  onText?(text: string): void;
}

/** @throws VoiceError `provider_failed`, also where `signal` came first */
export async function streamedAnswer(
  model: llm.LLM,
  { history, tools, withoutTools = false, signal, usage, onText }: AnswerRequest,
): Promise<{ text: string; calls: llm.FunctionCall[] }> {
  let failure: unknown;
  const onError = (event: { error: unknown }): void => {
    failure = event.error;
  };
  model.on("error", onError);
  const stream = model.chat({
    chatCtx: history,
    connOptions: { maxRetry: 0, retryIntervalMs: 300, timeoutMs: PATIENCE_MS },
    ...(tools !== undefined && { toolCtx: tools }),
    ...(withoutTools && { toolChoice: "none" as const }),
  });
  const stop = (): void => stream.close();
  signal.addEventListener("abort", stop, { once: true });
  let text = "";
  const calls: llm.FunctionCall[] = [];
  try {
    for await (const { delta, usage: counted } of stream) {
      if (signal.aborted) break;
      if (counted !== undefined) {
        usage.promptTokens += counted.promptTokens;
        usage.completionTokens += counted.completionTokens;
      }
      if (delta?.toolCalls !== undefined) calls.push(...delta.toolCalls);
      if (!delta?.content) continue;
      text += delta.content;
      if (text.length > MOST_TEXT) throw new Error("the answer is too long");
      onText?.(delta.content);
    }
  } catch (error) {
    failure ??= error;
  } finally {
    signal.removeEventListener("abort", stop);
    model.off("error", onError);
    stream.close();
  }
  if (signal.aborted) failure = new Error("no answer in time");
  if (failure !== undefined) throw new VoiceError("provider_failed", { detail: reasonOf(failure) });
  return { text, calls };
}

// One question to an agent's language models, with their fallback: no functions, no talk around it.
import { llm } from "@livekit/agents";
import { VoiceError } from "../errors.ts";
import { initialiseLiveKit } from "../session/livekit.ts";
import { createLanguageModel } from "./livekit-models.ts";
import type { ModelProviders } from "./model-providers.ts";
import { reasonOf } from "./provider-error.ts";

/** Characters of an answer: a model that does not stop is stopped. */
const MOST_TEXT = 20_000;

export interface ModelAnswer {
  text: string;
  usage: { promptTokens: number; completionTokens: number };
}

/**
 * @param instructions what the model has to do
 * @param text what it has to do it with; who wrote it is not to be trusted
 * @throws VoiceError `provider_failed`
 */
export async function askModel(
  models: ModelProviders["llm"],
  instructions: string,
  text: string,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  initialiseLiveKit();
  const model = createLanguageModel(models);
  const chatCtx = llm.ChatContext.empty();
  chatCtx.addMessage({ role: "system", content: instructions });
  chatCtx.addMessage({ role: "user", content: text });
  let failure: unknown;
  model.on("error", (event: { error: unknown }) => {
    failure = event.error;
  });
  const stream = model.chat({
    chatCtx,
    connOptions: { maxRetry: 0, retryIntervalMs: 300, timeoutMs: 60_000 },
  });
  const stop = (): void => stream.close();
  signal.addEventListener("abort", stop, { once: true });
  let answer = "";
  const usage = { promptTokens: 0, completionTokens: 0 };
  try {
    for await (const { delta, usage: counted } of stream) {
      if (counted !== undefined) {
        usage.promptTokens += counted.promptTokens;
        usage.completionTokens += counted.completionTokens;
      }
      answer += delta?.content ?? "";
      if (answer.length > MOST_TEXT) throw new Error("the answer is too long");
    }
  } catch (error) {
    failure ??= error;
  } finally {
    signal.removeEventListener("abort", stop);
    stream.close();
    await model.aclose();
  }
  if (signal.aborted) failure ??= new Error("no answer in time");
  if (failure !== undefined) throw new VoiceError("provider_failed", { detail: reasonOf(failure) });
  return { text: answer, usage };
}

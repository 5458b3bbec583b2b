// One question to an agent's language models, with their fallback: no functions, no talk around it.
import { llm } from "@livekit/agents";
import { initialiseLiveKit } from "../session/livekit.ts";
import { createLanguageModel } from "./livekit-models.ts";
import type { ModelProviders } from "./model-providers.ts";
import { streamedAnswer, type TokenUsage } from "./streamed-answer.ts";

export interface ModelAnswer {
  text: string;
  usage: TokenUsage;
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
  const history = llm.ChatContext.empty();
  history.addMessage({ role: "system", content: instructions });
  history.addMessage({ role: "user", content: text });
  const usage: TokenUsage = { promptTokens: 0, completionTokens: 0 };
  try {
    return { text: (await streamedAnswer(model, { history, signal, usage })).text, usage };
  } finally {
    await model.aclose();
  }
}

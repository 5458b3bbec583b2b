// Providers as LiveKit Agents' models, each kind with those that it falls back to.
import { llm, stt, tts, type VAD } from "@livekit/agents";
import { STT as DeepgramStt, TTS as DeepgramTts } from "@livekit/agents-plugin-deepgram";
import { TTS as ElevenLabsTts } from "@livekit/agents-plugin-elevenlabs";
import { LLM as OpenAiLlm, STT as OpenAiStt } from "@livekit/agents-plugin-openai";
import type { LanguageModel, ModelProviders, Speaker, Transcriber } from "./model-providers.ts";
import { SpeechApi } from "./speech-api.ts";

/** Seconds that a language model may take to its first word before the next one is asked. */
const LLM_PATIENCE_S = 5;
/** ms that a transcription may take. */
const STT_PATIENCE_MS = 5_000;
/** Hz; what an OpenAI voice has, and no phone needs more. */
const VOICE_RATE = 24_000;

export interface ModelOptions {
  /** BCP 47. */
  language: string;
  /** Cuts utterances for transcribers that take whole ones. */
  vad: VAD;
  /** Speaks where nobody else can. */
  lastVoice: tts.TTS;
}

export interface Models {
  llm: llm.LLM;
  stt: stt.STT;
  tts: tts.TTS;
  close(): Promise<void>;
}

export function createModels(providers: ModelProviders, { language, vad, lastVoice }: ModelOptions): Models {
  const models = {
    llm: createLanguageModel(providers.llm),
    stt: createTranscriber(providers.stt, language, vad),
    tts: createVoice(providers.tts, language, lastVoice),
  };
  return {
    ...models,
    close: async () => {
      await Promise.allSettled([models.stt.close(), models.tts.close()]);
    },
  };
}

/** Those in turn. @param language BCP 47; @param vad cuts utterances for those that take whole ones */
export function createTranscriber(
  transcribers: readonly Transcriber[],
  language: string,
  vad: VAD,
): stt.FallbackAdapter {
  return new stt.FallbackAdapter({
    sttInstances: transcribers.map((one) => quiet(transcriber(one, language))),
    vad,
    attemptTimeoutMs: STT_PATIENCE_MS,
    maxRetryPerSTT: 1,
    retryIntervalMs: 300,
  });
}

/** Those in turn, and `lastVoice` where none of them speaks. */
export function createVoice(speakers: ModelProviders["tts"], language: string, lastVoice: tts.TTS): tts.TTS {
  const voices = [...speakers.map((one) => quiet(speaker(one, language))), quiet(lastVoice)];
  return voices.length === 1
    ? lastVoice
    : new tts.FallbackAdapter({ ttsInstances: voices, maxRetryPerTTS: 0, recoveryDelayMs: 10_000 });
}

/** Those in turn, each asked where the one before fails. */
export function createLanguageModel(models: ModelProviders["llm"]): llm.LLM {
  return new llm.FallbackAdapter({
    llms: models.map((one) => quiet(languageModel(one))),
    attemptTimeout: LLM_PATIENCE_S,
    // Where there is another one, it is asked instead.
    maxRetryPerLLM: models.length > 1 ? 0 : 1,
    retryInterval: 0.3,
  });
}

/** What goes wrong with one of several is told by the whole; an `error` event that nobody hears would end the process. */
function quiet<Model extends { on(event: "error", listener: () => void): unknown }>(model: Model): Model {
  model.on("error", () => undefined);
  return model;
}

function languageModel({ baseUrl, apiKey, model }: LanguageModel): llm.LLM {
  return new OpenAiLlm({ model, apiKey, baseURL: baseUrl });
}

function transcriber({ protocol, baseUrl, apiKey, model }: Transcriber, language: string): stt.STT {
  switch (protocol) {
    case "openai":
      return new OpenAiStt({
        ...{ model, apiKey, baseURL: baseUrl, useRealtime: false },
        // ISO 639-1, as the API wants it.
        language: language.split("-")[0] ?? "en",
      });
    case "deepgram":
      return new DeepgramStt({
        ...{ model, apiKey, language, baseUrl: baseUrl.replace(/^http/, "ws") },
        ...{ interimResults: true, smartFormat: true, noDelay: true },
      });
  }
}

function speaker({ protocol, baseUrl, apiKey, model, voice }: Speaker, language: string): tts.TTS {
  switch (protocol) {
    case "openai":
      return new SpeechApi({ baseUrl, apiKey, model, voice });
    case "deepgram":
      return new DeepgramTts({ ...{ model, apiKey, baseUrl }, encoding: "linear16", sampleRate: VOICE_RATE });
    case "elevenlabs":
      return new ElevenLabsTts({
        ...{ model, apiKey, baseURL: baseUrl, voiceId: voice, encoding: "pcm_22050" as const },
        // Sentence by sentence, as they come: nothing waits for more text.
        ...{ autoMode: true, language: language.split("-")[0] ?? "en" },
      });
  }
}

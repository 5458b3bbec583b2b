// The providers that an agent by models may use, as their public documentation names addresses and models. What is a default here an
// agent's fields can say otherwise.

export const PROVIDER_NAMES = [
  "openai",
  "anthropic",
  "google",
  "groq",
  "xai",
  "deepgram",
  "elevenlabs",
  "local",
] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

export interface ProviderKind {
  /** Undefined: it has to be given. */
  readonly baseUrl: string | undefined;
  /** Whether it works without a key. */
  readonly keyless: boolean;
  /** Variables of the environment: its key, its address. */
  readonly variables: { readonly key: string; readonly baseUrl?: string };
  /** Default model; "" where one has to be named. Undefined: it has no such service. */
  readonly llm?: string;
  readonly stt?: { readonly protocol: "openai" | "deepgram"; readonly model: string };
  readonly tts?: {
    readonly protocol: "openai" | "elevenlabs" | "deepgram";
    readonly model: string;
    /** "": one has to be named. */
    readonly voice: string;
  };
  /** Speech to speech, as OpenAI Realtime has it. Model and voice: "" is what the provider takes where none is named. */
  readonly realtime?: { readonly model: string; readonly voice: string; readonly transcriber: string };
  /** Path that a key can be tried with, by GET. */
  readonly probe: string;
}

export const PROVIDERS: Readonly<Record<ProviderName, ProviderKind>> = {
  openai: {
    baseUrl: "https://api.openai.com/v1",
    keyless: false,
    variables: { key: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
    llm: "gpt-4.1-mini",
    stt: { protocol: "openai", model: "gpt-4o-mini-transcribe" },
    tts: { protocol: "openai", model: "gpt-4o-mini-tts", voice: "alloy" },
    realtime: { model: "gpt-realtime", voice: "marin", transcriber: "gpt-4o-mini-transcribe" },
    probe: "/models",
  },
  anthropic: {
    baseUrl: "https://api.anthropic.com/v1",
    keyless: false,
    variables: { key: "ANTHROPIC_API_KEY" },
    llm: "claude-haiku-4-5",
    probe: "/models",
  },
  google: {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    keyless: false,
    variables: { key: "GOOGLE_API_KEY" },
    llm: "gemini-2.5-flash",
    probe: "/models",
  },
  groq: {
    baseUrl: "https://api.groq.com/openai/v1",
    keyless: false,
    variables: { key: "GROQ_API_KEY" },
    llm: "llama-3.3-70b-versatile",
    stt: { protocol: "openai", model: "whisper-large-v3-turbo" },
    probe: "/models",
  },
  xai: {
    baseUrl: "https://api.x.ai/v1",
    keyless: false,
    variables: { key: "XAI_API_KEY" },
    llm: "grok-3-mini",
    realtime: { model: "grok-voice-latest", voice: "", transcriber: "" },
    probe: "/models",
  },
  deepgram: {
    baseUrl: "https://api.deepgram.com",
    keyless: false,
    variables: { key: "DEEPGRAM_API_KEY" },
    stt: { protocol: "deepgram", model: "nova-3" },
    tts: { protocol: "deepgram", model: "aura-2-thalia-en", voice: "aura-2-thalia-en" },
    probe: "/v1/projects",
  },
  elevenlabs: {
    baseUrl: "https://api.elevenlabs.io/v1",
    keyless: false,
    variables: { key: "ELEVEN_API_KEY" },
    tts: { protocol: "elevenlabs", model: "eleven_flash_v2_5", voice: "EXAVITQu4vr4xnSDxMaL" },
    probe: "/user",
  },
  // Ollama, vLLM, LocalAI, a gateway: whatever has OpenAI's paths.
  local: {
    baseUrl: undefined,
    keyless: true,
    variables: { key: "LOCAL_API_KEY", baseUrl: "LOCAL_BASE_URL" },
    llm: "",
    stt: { protocol: "openai", model: "whisper-1" },
    tts: { protocol: "openai", model: "tts-1", voice: "alloy" },
    realtime: { model: "", voice: "", transcriber: "whisper-1" },
    probe: "/models",
  },
};

export function isProviderName(text: string): text is ProviderName {
  return (PROVIDER_NAMES as readonly string[]).includes(text);
}

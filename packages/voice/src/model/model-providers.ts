// Who listens, thinks and speaks for an agent by models: in the order in which they are tried. Plain data: it crosses a process boundary.

interface Endpoint {
  /** As the operator knows it: "openai", "groq" …: names it in timeline and log. */
  provider: string;
  /** An `http:` or `https:` URL. */
  baseUrl: string;
  apiKey: string;
}

export interface LanguageModel extends Endpoint {
  /** Chat completions as OpenAI has them, which many others copy. */
  protocol: "openai";
  model: string;
}

export interface Transcriber extends Endpoint {
  /** `openai`: whole utterances by HTTP. `deepgram`: as it is spoken, by WebSocket. */
  protocol: "openai" | "deepgram";
  model: string;
}

export interface Speaker extends Endpoint {
  protocol: "openai" | "elevenlabs" | "deepgram";
  model: string;
  voice: string;
}

/** Speech to speech: hears, thinks and speaks. */
export interface RealtimeProvider extends Endpoint {
  /** OpenAI Realtime by WebSocket, which others copy. */
  protocol: "openai";
  model: string;
  /** "": the provider's own. */
  voice: string;
  /** Writes down what the caller says; "": the provider's own. */
  transcriber: string;
}

export interface ModelProviders {
  /** Of mode `realtime`: the three below are its fallback, and the first two are empty where there is none. */
  realtime?: RealtimeProvider;
  /** At least one. */
  llm: readonly LanguageModel[];
  /** At least one. */
  stt: readonly Transcriber[];
  /** The offline voice comes after them: an agent is never without one. */
  tts: readonly Speaker[];
}

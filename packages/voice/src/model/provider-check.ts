// Whether a provider does what a call wants of it: asked once, for as little as it can be asked, over the path that calls take.
import { WebSocket } from "ws";
import type { LanguageModel, RealtimeProvider, Speaker, Transcriber } from "./model-providers.ts";
import { reasonOf } from "./provider-error.ts";
import { realtimeUrl } from "./realtime/realtime-socket.ts";
import { errorOf, fields } from "./realtime/realtime-wire.ts";

export type CheckedProvider =
  | { service: "llm"; provider: LanguageModel }
  | { service: "stt"; provider: Transcriber }
  | { service: "tts"; provider: Speaker }
  | { service: "realtime"; provider: RealtimeProvider };

export type ProviderAnswer =
  /** Milliseconds to the first of its answer, the connection included. */
  | { ok: true; ms: number }
  /** @param status of HTTP; 0: none came. @param reason its words, bounded, without the key */
  | { ok: false; status: number; reason: string };

/** Bytes that are read of an answer. */
const MOST_BYTES = 64 * 1024;
/** Hz of the half second of silence that a transcriber gets. */
const RATE = 16_000;
const SILENCE = Buffer.alloc(RATE);
const WORDS = "Hello.";

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** @param patience milliseconds */
export async function checkProvider(asked: CheckedProvider, patience = 15_000): Promise<ProviderAnswer> {
  const signal = AbortSignal.timeout(patience);
  const { apiKey } = asked.provider;
  const started = performance.now();
  try {
    await ask(asked, signal);
    return { ok: true, ms: Math.round(performance.now() - started) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = signal.aborted
      ? `nothing came within ${patience / 1000} s`
      : reasonOf(cause).replaceAll(apiKey, "…");
    return { ok: false, status: error instanceof Refusal ? error.status : 0, reason };
  }
}

function ask(asked: CheckedProvider, signal: AbortSignal): Promise<unknown> {
  switch (asked.service) {
    case "llm":
      return askLanguageModel(asked.provider, signal);
    case "stt":
      return asked.provider.protocol === "deepgram"
        ? listenByDeepgram(asked.provider, signal)
        : transcribe(asked.provider, signal);
    case "tts":
      return asked.provider.protocol === "elevenlabs"
        ? speakByElevenLabs(asked.provider, signal)
        : speak(asked.provider, signal);
    case "realtime":
      return talk(asked.provider, signal);
  }
}

async function askLanguageModel(
  { baseUrl, apiKey, model }: LanguageModel,
  signal: AbortSignal,
): Promise<void> {
  const messages = [{ role: "user", content: "Answer with the one word: yes" }];
  const answer = await post(`${base(baseUrl)}/chat/completions`, {
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model, messages, stream: true }),
    signal,
  });
  if (!answer.includes('"choices"')) throw new Refusal(200, "what it answers is no chat completion");
}

async function transcribe({ baseUrl, apiKey, model }: Transcriber, signal: AbortSignal): Promise<void> {
  const body = new FormData();
  body.set("model", model);
  body.set("file", new Blob([wav(SILENCE)], { type: "audio/wav" }), "silence.wav");
  const headers = { Authorization: `Bearer ${apiKey}` };
  const answer = await post(`${base(baseUrl)}/audio/transcriptions`, { headers, body, signal });
  if (!answer.includes('"text"')) throw new Refusal(200, "what it answers is no transcription");
}

async function speak(
  { baseUrl, apiKey, model, voice, protocol }: Speaker,
  signal: AbortSignal,
): Promise<void> {
  const isDeepgram = protocol === "deepgram";
  const query = new URLSearchParams({ model, encoding: "linear16", sample_rate: "24000" });
  const url = isDeepgram ? `${base(baseUrl)}/v1/speak?${query}` : `${base(baseUrl)}/audio/speech`;
  const said = isDeepgram ? { text: WORDS } : { model, voice, input: WORDS, response_format: "pcm" };
  const answer = await post(url, {
    headers: {
      Authorization: `${isDeepgram ? "Token" : "Bearer"} ${apiKey}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(said),
    signal,
  });
  if (answer === "") throw new Refusal(200, "it gives no sound");
}

function listenByDeepgram({ baseUrl, apiKey, model }: Transcriber, signal: AbortSignal): Promise<void> {
  const query = new URLSearchParams({ model, encoding: "linear16", sample_rate: String(RATE) });
  return converse(
    `${base(baseUrl).replace(/^http/, "ws")}/v1/listen?${query}`,
    { Authorization: `Token ${apiKey}` },
    signal,
    (send) => {
      send(SILENCE);
      send(JSON.stringify({ type: "CloseStream" }));
    },
    // It closes when it has heard all.
    (event) => event === undefined || event.type === "Results" || event.type === "Metadata",
  );
}

function speakByElevenLabs({ baseUrl, apiKey, model, voice }: Speaker, signal: AbortSignal): Promise<void> {
  const query = new URLSearchParams({ model_id: model, output_format: "pcm_22050" });
  const path = `/text-to-speech/${encodeURIComponent(voice)}/multi-stream-input?${query}`;
  return converse(
    `${base(baseUrl).replace(/^http/, "ws")}${path}`,
    { "xi-api-key": apiKey },
    signal,
    (send) => send(JSON.stringify({ text: `${WORDS} `, context_id: "check", flush: true })),
    (event) => {
      if (event?.error !== undefined) throw new Refusal(0, String(event.message ?? event.error));
      return typeof event?.audio === "string";
    },
  );
}

function talk({ baseUrl, apiKey, model }: RealtimeProvider, signal: AbortSignal): Promise<void> {
  return converse(
    realtimeUrl(baseUrl, model),
    { Authorization: `Bearer ${apiKey}` },
    signal,
    (send) => {
      send(JSON.stringify({ type: "response.create", response: { instructions: `Say: ${WORDS}` } }));
    },
    (event) => {
      if (event?.type === "error") throw new Refusal(0, errorOf(event.error).message);
      const response = fields(event?.response);
      if (event?.type === "response.done" && response.status === "failed")
        throw new Refusal(0, errorOf(fields(response.status_details).error).message);
      return event?.type === "response.done" || /^response\..*delta$/.test(String(event?.type));
    },
  );
}

/**
 * One conversation by WebSocket, until `isAnswer` is true of what comes; undefined is its regular end.
 * @throws Refusal
 */
function converse(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  begin: (send: (data: string | Buffer) => void) => void,
  isAnswer: (event: Readonly<Record<string, unknown>> | undefined) => boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = new WebSocket(url, { headers, maxPayload: 8 * 1024 * 1024, perMessageDeflate: false });
  const judge = (event: Readonly<Record<string, unknown>> | undefined): void => {
    try {
      if (isAnswer(event)) resolve();
      else if (event === undefined) reject(new Refusal(0, "it closed the connection without an answer"));
    } catch (error) {
      reject(error);
    }
  };
  socket.on("open", () => begin((data) => socket.send(data)));
  socket.on("message", (data) => {
    try {
      judge(fields(JSON.parse(String(data))));
    } catch {
      reject(new Refusal(0, "what it sends is not what its protocol has"));
    }
  });
  socket.on("unexpected-response", (_request, response) => {
    response.resume();
    reject(new Refusal(response.statusCode ?? 0, response.statusMessage ?? ""));
  });
  socket.on("error", reject);
  socket.on("close", (code, reason) => {
    if (code === 1_000 || code === 1_005) judge(undefined);
    else reject(new Refusal(0, String(reason) || `it broke the connection off (${code})`));
  });
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise.finally(() => socket.terminate());
}

/** @returns the beginning of the answer. @throws Refusal with the provider's own words */
async function post(url: string, request: RequestInit): Promise<string> {
  const response = await fetch(url, { ...request, method: "POST", redirect: "error" });
  let body = "";
  for await (const chunk of response.body ?? []) {
    body += Buffer.from(chunk as Uint8Array).toString("latin1");
    if (response.ok || body.length > MOST_BYTES) break;
  }
  if (!response.ok) throw new Refusal(response.status, wordsOf(body));
  return body;
}

/** `{"error": {"message": …}}`, or what is like it. */
function wordsOf(body: string): string {
  try {
    const { error, message, err_msg, detail } = fields(JSON.parse(body));
    const told = [fields(error).message, error, message, err_msg, fields(detail).message];
    return told.find((one) => typeof one === "string") ?? "";
  } catch {
    return "";
  }
}

function base(url: string): string {
  return url.replace(/\/+$/, "");
}

function wav(pcm: Buffer): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(44 + pcm.length);
  const view = new DataView(file.buffer);
  const word = (at: number, text: string): void => {
    for (let index = 0; index < 4; index++) view.setUint8(at + index, text.charCodeAt(index));
  };
  word(0, "RIFF");
  view.setUint32(4, 36 + pcm.length, true);
  word(8, "WAVE");
  word(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, pcm.length, true);
  file.set(pcm, 44);
  return file;
}

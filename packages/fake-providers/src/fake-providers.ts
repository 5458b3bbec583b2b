// One server on a port of the system's choice that is all providers at once: each path is some provider's own.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import { answerChat, type ChatRequest, type ChatScript, lastUserText } from "./chat-completions.ts";
import {
  answerRealtime,
  type ClientEvent,
  type RealtimeConnectionScript,
  type RealtimeScript,
} from "./realtime.ts";
import { type Fault, type Faulty, Script } from "./script.ts";
import { answerSpeech, SPEECH_RATE, type SpeechScript, speakBySocket, toneFor } from "./speech.ts";
import { type TranscriptionScript, transcribeBySocket } from "./transcription.ts";

const refusals: Partial<Record<Fault, number>> = { refuse: 500, unauthorised: 401, quota: 429 };
const MOST_BYTES = 32 * 1024 * 1024;

export class FakeProviders {
  /** Answers with what was said to it. */
  readonly chat: ChatScript = new Script((request) => ({ text: `You said: ${lastUserText(request)}` }));
  /** A tone as long as the text. */
  readonly speech: SpeechScript;
  readonly transcription: TranscriptionScript = new Script(() => ({ text: "hello there" }));
  /** Speech to speech: answers each turn of the caller's, which `transcription` says the words of. */
  readonly realtime: RealtimeScript = new Script(({ items }) => ({
    text: `You said: ${items.findLast(({ role }) => role === "user")?.text ?? "nothing"}`,
  }));
  readonly realtimeConnections: RealtimeConnectionScript = new Script(() => ({}));
  /** What realtime clients have sent, sound left out. */
  readonly realtimeEvents: ClientEvent[] = [];
  /** Keys that were shown, by `Authorization`, `xi-api-key` or the like. */
  readonly keys = new Set<string>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor() {
    this.speech = new Script(({ text }) => ({ pcm: toneFor(text, SPEECH_RATE) }));
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    const sockets = new WebSocketServer({ noServer: true });
    this.#server.on("upgrade", (request, socket, head) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      this.#noteKey(request);
      const wait = (ms: number) => this.#wait(ms);
      const model = url.searchParams.get("model") ?? "";
      const isRealtime = url.pathname === "/v1/realtime";
      const opening = isRealtime ? this.realtimeConnections.next({ model }) : {};
      if (opening.fault === "hang") return;
      const status = opening.fault === undefined ? undefined : refusals[opening.fault];
      if (status !== undefined) {
        socket.end(`HTTP/1.1 ${status} Scripted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (connection) => {
        connection.on("error", () => undefined);
        const voice = /^\/v1\/text-to-speech\/([^/]+)\/multi-stream-input$/.exec(url.pathname)?.[1];
        if (url.pathname === "/v1/listen") {
          const rate = Number(url.searchParams.get("sample_rate") ?? 16_000);
          transcribeBySocket(connection, this.transcription, rate, wait);
        } else if (voice !== undefined) {
          const rate = Number(/^pcm_(\d+)$/.exec(url.searchParams.get("output_format") ?? "")?.[1] ?? 22_050);
          speakBySocket(connection, this.speech, voice, rate, wait);
        } else if (opening.fault === "drop") connection.terminate();
        else if (opening.fault === "garbage") connection.send("{not json");
        else if (isRealtime) {
          const { realtime: script, transcription } = this;
          const onEvent = (event: ClientEvent): void => void this.realtimeEvents.push(event);
          answerRealtime(connection, { ...{ model, script, transcription, tone: toneFor }, wait, onEvent });
        } else connection.close(4_404, "no such path");
      });
    });
  }

  static async start(): Promise<FakeProviders> {
    const fake = new FakeProviders();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Base URL as an OpenAI client wants it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  #noteKey({ headers }: IncomingMessage): void {
    for (const value of [headers.authorization, headers["xi-api-key"]])
      if (typeof value === "string") this.keys.add(value.replace(/^(Bearer|Token) /, ""));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    this.#noteKey(request);
    const wait = (ms: number) => this.#wait(ms);
    switch (`${request.method} ${request.url?.split("?")[0]}`) {
      case "POST /v1/chat/completions": {
        const asked = JSON.parse(body.toString()) as ChatRequest;
        const reply = this.chat.next(asked);
        if (await this.#spoiled(reply, response)) return;
        await answerChat(asked, reply, response, wait);
        return;
      }
      case "POST /v1/audio/speech": {
        const { input, voice } = JSON.parse(body.toString()) as { input: string; voice: string };
        const reply = this.speech.next({ text: input, voice });
        if (await this.#spoiled(reply, response)) return;
        await answerSpeech(reply, response);
        return;
      }
      case "POST /v1/audio/transcriptions": {
        const reply = this.transcription.next({ bytes: body.length });
        if (await this.#spoiled(reply, response)) return;
        if (reply.fault === "drop") response.destroy();
        else if (reply.fault === "garbage") response.end("<html>");
        else response.setHeader("Content-Type", "application/json").end(JSON.stringify({ text: reply.text }));
        return;
      }
      default:
        response.writeHead(404).end();
    }
  }

  /** @returns whether the fault was the whole answer */
  async #spoiled({ fault, delayMs }: Faulty, response: ServerResponse): Promise<boolean> {
    if (delayMs !== undefined) await this.#wait(delayMs);
    if (fault === "hang") return true;
    const status = fault === undefined ? undefined : refusals[fault];
    if (status === undefined) return false;
    response
      .writeHead(status, { "Content-Type": "application/json" })
      .end(JSON.stringify({ error: { message: `scripted: ${fault}`, type: fault } }));
    return true;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw new Error("too large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

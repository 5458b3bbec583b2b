// The connection to a realtime model: opened, lost, opened again, and given up with a reason that can be told.
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { reasonOf } from "../provider-error.ts";

export interface RealtimeSocketOptions {
  /** As the operator knows it. */
  provider: string;
  /** An `http:` or `https:` base, as an OpenAI client has it. */
  baseUrl: string;
  apiKey: string;
  model: string;
  onOpen(): void;
  /** One event, read but not judged. */
  onEvent(event: Readonly<Record<string, unknown>>): void;
  /** It was open, and is tried again by itself. */
  onLost(reason: string): void;
  /** Nothing more will come. */
  onDead(reason: string): void;
}

/** ms for the upgrade. */
const PATIENCE_MS = 5_000;
/** ms before each further attempt. */
const PAUSES_MS = [200, 1_000];
/** ms after which a connection counts as one that held: its loss is no repetition. */
const HELD_MS = 30_000;
const MOST_EVENT_BYTES = 8 * 1024 * 1024;
/** Bytes that may wait to be sent: a line that takes none holds a minute of sound. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** Answers to an upgrade that another attempt would get again. */
const FINAL_STATUS: Readonly<Record<number, string>> = {
  401: "refuses the key",
  403: "refuses the key",
  404: "has no realtime model at this address",
  429: "has no quota left for this key",
};

/** `https://host/v1` and a model as the URL of its socket. */
export function realtimeUrl(baseUrl: string, model: string): string {
  const url = new URL(`${baseUrl.replace(/\/+$/, "").replace(/\/realtime$/, "")}/realtime`);
  url.protocol = url.protocol.replace(/^http/, "ws");
  if (model !== "") url.searchParams.set("model", model);
  return url.toString();
}

export class RealtimeSocket {
  readonly #options: RealtimeSocketOptions;
  #socket: WebSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #openedAt = 0;
  #closed = false;

  constructor(options: RealtimeSocketOptions) {
    this.#options = options;
    this.#connect();
  }

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** @returns false: it is not open, or takes nothing more */
  send(event: object): boolean {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MOST_WAITING_BYTES) return false;
    socket.send(JSON.stringify(event));
    return true;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket?.readyState === WebSocket.OPEN) socket.close();
    else socket?.terminate();
  }

  /** What the provider has said leaves no hope. */
  giveUp(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#options.onDead(reason);
  }

  #connect(): void {
    const { baseUrl, apiKey, model, provider } = this.#options;
    let socket: WebSocket;
    try {
      socket = new WebSocket(realtimeUrl(baseUrl, model), {
        headers: { Authorization: `Bearer ${apiKey}` },
        handshakeTimeout: PATIENCE_MS,
        maxPayload: MOST_EVENT_BYTES,
        perMessageDeflate: false,
      });
    } catch (error) {
      // An address that is none, or a key that no header can hold.
      queueMicrotask(() => this.giveUp(`${provider} cannot be asked: ${reasonOf(error)}`));
      return;
    }
    this.#socket = socket;
    let why = `${provider} has closed the connection`;
    socket.on("error", (error) => {
      why = `${provider} cannot be reached: ${reasonOf(error)}`;
    });
    socket.on("unexpected-response", (_request, response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      response.resume();
      const final = FINAL_STATUS[status];
      if (final !== undefined && socket === this.#socket) this.giveUp(`${provider} ${final} (${status})`);
      else {
        why = `${provider} answers ${status}`;
        socket.terminate();
        this.#gone(socket, why);
      }
    });
    socket.on("open", () => {
      if (socket !== this.#socket) return;
      this.#openedAt = Date.now();
      this.#options.onOpen();
    });
    socket.on("message", (data, isBinary) => {
      if (socket !== this.#socket || isBinary) return;
      const event = eventOf(String(data));
      if (event !== undefined) this.#options.onEvent(event);
    });
    socket.on("close", () => this.#gone(socket, why));
  }

  #gone(socket: WebSocket, why: string): void {
    if (this.#closed || socket !== this.#socket) return;
    this.#socket = undefined;
    const held = this.#openedAt > 0 && Date.now() - this.#openedAt >= HELD_MS;
    const wasOpen = this.#openedAt > 0;
    this.#openedAt = 0;
    if (held) this.#attempts = 0;
    const pause = PAUSES_MS[this.#attempts++];
    if (pause === undefined) {
      this.giveUp(why);
      return;
    }
    this.#timer = setTimeout(() => this.#connect(), pause);
    if (wasOpen) this.#options.onLost(why);
  }
}

/** What is no object is no event. */
function eventOf(text: string): Record<string, unknown> | undefined {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event === "object" && event !== null && !Array.isArray(event))
      return event as Record<string, unknown>;
  } catch {
    // Not JSON.
  }
  return undefined;
}

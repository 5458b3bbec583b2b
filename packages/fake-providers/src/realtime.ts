// Speech to speech by WebSocket, as OpenAI Realtime has it: the server finds the caller's turns in the sound and answers each.
import type { WebSocket } from "ws";
import type { Faulty, Script } from "./script.ts";
import type { TranscriptionScript } from "./transcription.ts";

/** Hz, in and out. */
export const REALTIME_RATE = 24_000;

/** One answer that is wanted. */
export interface RealtimeRequest {
  model: string;
  /** Of the session, with what this answer adds. */
  instructions: string;
  /** The conversation so far: what was said and what functions gave, oldest first. */
  items: RealtimeItem[];
  tools: string[];
  /** It was asked for, and does not follow from the caller's turn. */
  asked: boolean;
}

export interface RealtimeItem {
  id: string;
  type: string;
  role?: string;
  text: string;
}

/**
 * Faults: `refuse`, `quota` and `unauthorised` fail the answer (`response.done`, an `error`); `hang` gives none; `drop` breaks the
 * connection in the middle of a sentence; `garbage` sends what is no event, and then none.
 */
export interface RealtimeReply extends Faulty {
  text?: string;
  /** In place of a tone as long as the text: signed 16-bit little-endian, 24 kHz. */
  pcm?: Buffer;
  toolCalls?: { name: string; arguments: string }[];
  /** ms between two pieces of sound of 200 ms each; 10 by default: it comes far faster than it is heard. */
  paceMs?: number;
}

export type RealtimeScript = Script<RealtimeReply, RealtimeRequest>;
/** A connection: `refuse`, `unauthorised`, `quota` and `hang` are its answer; `drop` breaks it at once, `garbage` sends what is no event. */
export type RealtimeConnectionScript = Script<Faulty, { model: string }>;

/** Events of the client, sound left out. */
export type ClientEvent = Record<string, unknown> & { type: string };

export interface RealtimeOptions {
  model: string;
  script: RealtimeScript;
  /** What the caller's turns are taken for. */
  transcription: TranscriptionScript;
  tone(text: string, sampleRate: number): Buffer;
  wait(ms: number): Promise<void>;
  onEvent(event: ClientEvent): void;
}

/** Loudest sample of what counts as silence. */
const QUIET = 500;
const PIECE = (REALTIME_RATE / 5) * 2;

interface Session {
  instructions: string;
  tools: string[];
  silenceMs: number;
  createResponse: boolean;
  interruptResponse: boolean;
  transcribes: boolean;
}

export function answerRealtime(socket: WebSocket, options: RealtimeOptions): void {
  new FakeRealtime(socket, options).begin();
}

class FakeRealtime {
  readonly #socket: WebSocket;
  readonly #options: RealtimeOptions;
  readonly #items: (RealtimeItem & { audioMs?: number })[] = [];
  readonly #session: Session = {
    ...{ instructions: "", tools: [], silenceMs: 500 },
    ...{ createResponse: true, interruptResponse: true, transcribes: false },
  };
  #ids = 0;
  #active: { id: string; cancelled: boolean } | undefined;
  /** Milliseconds of sound that have come. */
  #heardMs = 0;
  #loudMs = 0;
  #silentMs = 0;
  #turn: string | undefined;

  constructor(socket: WebSocket, options: RealtimeOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  begin(): void {
    this.#send({ type: "session.created", session: { type: "realtime", model: this.#options.model } });
    this.#socket.on("message", (data) => this.#onEvent(JSON.parse(String(data)) as ClientEvent));
  }

  #id(kind: string): string {
    return `${kind}_${++this.#ids}`;
  }

  #send(event: object): void {
    if (this.#socket.readyState === this.#socket.OPEN)
      this.#socket.send(JSON.stringify({ event_id: this.#id("event"), ...event }));
  }

  #error(message: string, code: string, cause?: ClientEvent, type = "invalid_request_error"): void {
    const event_id = cause?.event_id ?? null;
    this.#send({ type: "error", error: { type, code, message, param: null, event_id } });
  }

  #onEvent(event: ClientEvent): void {
    if (event.type === "input_audio_buffer.append") {
      this.#hear(Buffer.from(String(event.audio), "base64"));
      return;
    }
    this.#options.onEvent(event);
    switch (event.type) {
      case "session.update":
        this.#update(event);
        break;
      case "input_audio_buffer.clear":
        this.#turn = undefined;
        this.#loudMs = this.#silentMs = 0;
        this.#send({ type: "input_audio_buffer.cleared" });
        break;
      case "conversation.item.create":
        this.#create(event);
        break;
      case "conversation.item.delete":
        this.#delete(event);
        break;
      case "conversation.item.truncate":
        this.#truncate(event);
        break;
      case "response.create":
        if (this.#active !== undefined)
          this.#error(
            `Conversation already has an active response in progress: ${this.#active.id}.`,
            "conversation_already_has_active_response",
            event,
          );
        else void this.#respond(event.response as ResponseSettings | undefined, true);
        break;
      case "response.cancel":
        if (this.#active === undefined)
          this.#error("Cancellation failed: no active response found", "response_cancel_not_active", event);
        else this.#active.cancelled = true;
        break;
      default:
        this.#error(`Invalid value: '${event.type}'.`, "invalid_value", event);
    }
  }

  #update(event: ClientEvent): void {
    const session = event.session as SessionUpdate;
    if (session.type !== "realtime") {
      this.#error("Missing required parameter: 'session.type'.", "missing_required_parameter", event);
      return;
    }
    const mine = this.#session;
    if (session.instructions !== undefined) mine.instructions = session.instructions;
    if (session.tools !== undefined) mine.tools = session.tools.map(({ name }) => name);
    const input = session.audio?.input;
    if (input?.transcription) mine.transcribes = true;
    if (input?.turn_detection) {
      mine.silenceMs = input.turn_detection.silence_duration_ms ?? mine.silenceMs;
      mine.createResponse = input.turn_detection.create_response ?? true;
      mine.interruptResponse = input.turn_detection.interrupt_response ?? true;
    }
    this.#send({ type: "session.updated", session });
  }

  #create(event: ClientEvent): void {
    const item = event.item as ItemResource;
    const text =
      item.output ?? item.content?.map((part) => part.text ?? part.transcript ?? "").join("") ?? "";
    const id = item.id ?? this.#id("item");
    if (this.#items.some((one) => one.id === id)) {
      this.#error(`Item with ID ${id} already exists.`, "invalid_value", event);
      return;
    }
    const previous = this.#items.at(-1)?.id ?? null;
    this.#items.push({ id, type: item.type, ...(item.role && { role: item.role }), text });
    this.#send({ type: "conversation.item.added", previous_item_id: previous, item: { ...item, id } });
    this.#send({ type: "conversation.item.done", previous_item_id: previous, item: { ...item, id } });
  }

  #delete(event: ClientEvent): void {
    const at = this.#items.findIndex(({ id }) => id === event.item_id);
    if (at < 0) {
      this.#error(`Item with ID ${event.item_id} not found.`, "item_delete_invalid_item_id", event);
      return;
    }
    this.#items.splice(at, 1);
    this.#send({ type: "conversation.item.deleted", item_id: event.item_id });
  }

  #truncate(event: ClientEvent): void {
    const item = this.#items.find(({ id }) => id === event.item_id);
    const end = Number(event.audio_end_ms);
    if (item?.audioMs === undefined) {
      this.#error(`Item with ID ${event.item_id} has no audio.`, "item_truncate_invalid_item_id", event);
      return;
    }
    if (!(end > 0) || end > item.audioMs) {
      const message = `Audio content of ${item.audioMs}ms is already shorter than ${end}ms`;
      this.#error(message, "invalid_value", event);
      return;
    }
    item.text = item.text.slice(0, Math.floor((item.text.length * end) / item.audioMs));
    item.audioMs = end;
    const { item_id, audio_end_ms } = event;
    this.#send({ type: "conversation.item.truncated", item_id, content_index: 0, audio_end_ms });
  }

  #hear(sound: Buffer): void {
    let peak = 0;
    for (let at = 0; at + 1 < sound.length; at += 2) peak = Math.max(peak, Math.abs(sound.readInt16LE(at)));
    const ms = (sound.length / 2 / REALTIME_RATE) * 1000;
    this.#heardMs += ms;
    if (peak > QUIET) {
      this.#loudMs += ms;
      this.#silentMs = 0;
      if (this.#turn !== undefined || this.#loudMs < 60) return;
      this.#turn = this.#id("item");
      this.#send({
        type: "input_audio_buffer.speech_started",
        audio_start_ms: Math.max(0, Math.round(this.#heardMs - this.#loudMs - 300)),
        item_id: this.#turn,
      });
      if (this.#session.interruptResponse && this.#active !== undefined) this.#active.cancelled = true;
      return;
    }
    this.#silentMs += ms;
    if (this.#silentMs > 100 && this.#turn === undefined) this.#loudMs = 0;
    if (this.#turn !== undefined && this.#silentMs >= this.#session.silenceMs) this.#endTurn(this.#turn);
  }

  #endTurn(id: string): void {
    this.#turn = undefined;
    this.#loudMs = 0;
    this.#send({
      type: "input_audio_buffer.speech_stopped",
      audio_end_ms: Math.round(this.#heardMs),
      item_id: id,
    });
    const previous = this.#items.at(-1)?.id ?? null;
    this.#send({ type: "input_audio_buffer.committed", previous_item_id: previous, item_id: id });
    const item: RealtimeItem = { id, type: "message", role: "user", text: "" };
    this.#items.push(item);
    this.#send({
      type: "conversation.item.added",
      previous_item_id: previous,
      item: { id, type: "message", role: "user", content: [{ type: "input_audio", transcript: null }] },
    });
    const transcript = this.#options.transcription.next({ bytes: 0 });
    item.text = transcript.text;
    void this.#transcribe(id, transcript);
    if (!this.#session.createResponse) return;
    if (this.#active !== undefined && !this.#active.cancelled)
      this.#error(
        `Conversation already has an active response in progress: ${this.#active.id}.`,
        "conversation_already_has_active_response",
      );
    else void this.#respond(undefined, false);
  }

  async #transcribe(item_id: string, { text, fault, delayMs }: Faulty & { text: string }): Promise<void> {
    if (!this.#session.transcribes || fault === "hang") return;
    await this.#options.wait(delayMs ?? 50);
    const where = { item_id, content_index: 0 };
    const type = "conversation.item.input_audio_transcription";
    if (fault !== undefined) {
      const error = { type: "transcription_error", code: "audio_unintelligible", message: "scripted" };
      this.#send({ type: `${type}.failed`, ...where, error });
      return;
    }
    for (const delta of text.split(/(?<= )/)) this.#send({ type: `${type}.delta`, ...where, delta });
    this.#send({ type: `${type}.completed`, ...where, transcript: text });
  }

  async #respond(settings: ResponseSettings | undefined, asked: boolean): Promise<void> {
    // The one that was cancelled ends first.
    while (this.#active !== undefined) await this.#options.wait(5);
    const response = { id: this.#id("resp"), cancelled: false };
    this.#active = response;
    const { model, script, wait } = this.#options;
    const reply = script.next({
      ...{ model, asked, tools: [...this.#session.tools] },
      instructions: settings?.instructions ?? this.#session.instructions,
      items: this.#items.map(({ id, type, role, text }) => ({ id, type, ...(role && { role }), text })),
    });
    if (reply.delayMs !== undefined) await wait(reply.delayMs);
    const metadata = settings?.metadata ?? null;
    if (reply.fault === "hang") return;
    const done = (status: string, status_details: object | null, usage: object | null): void => {
      this.#active = undefined;
      this.#send({
        type: "response.done",
        response: { id: response.id, object: "realtime.response", status, status_details, metadata, usage },
      });
    };
    this.#send({ type: "response.created", response: { id: response.id, status: "in_progress", metadata } });
    switch (reply.fault) {
      case "refuse":
        done("failed", { type: "failed", error: { type: "server_error", message: "scripted" } }, null);
        return;
      case "quota":
        done(
          "failed",
          {
            type: "failed",
            error: {
              type: "insufficient_quota",
              code: "insufficient_quota",
              message: "You exceeded your current quota",
            },
          },
          null,
        );
        return;
      case "unauthorised":
        this.#error("Incorrect API key provided.", "invalid_api_key");
        this.#socket.close();
        return;
      case "garbage":
        this.#socket.send("{not json");
        this.#socket.send(Buffer.from([0, 1, 2, 3]));
        this.#socket.send(JSON.stringify(["an", "array"]));
        this.#send({ type: "response.output_audio.delta", response_id: response.id, item_id: 7, delta: {} });
        return;
      default:
    }
    let sent = 0;
    if (reply.text !== undefined) sent = await this.#speak(response, reply, reply.text);
    if (sent < 0) return;
    for (const call of response.cancelled ? [] : (reply.toolCalls ?? [])) this.#call(response.id, call);
    const tokens = { input_tokens: 40, output_tokens: Math.round(sent / 50), total_tokens: 40 };
    done(
      response.cancelled ? "cancelled" : "completed",
      response.cancelled ? { type: "cancelled", reason: "client_cancelled" } : null,
      {
        ...tokens,
        total_tokens: tokens.input_tokens + tokens.output_tokens,
        input_token_details: { audio_tokens: 30, text_tokens: 10, cached_tokens: 0 },
        output_token_details: { audio_tokens: tokens.output_tokens, text_tokens: 0 },
      },
    );
  }

  /** @returns milliseconds that were sent; -1: the connection was broken in the middle */
  async #speak(
    response: { id: string; cancelled: boolean },
    { pcm, fault, paceMs = 10 }: RealtimeReply,
    text: string,
  ): Promise<number> {
    const sound = pcm ?? this.#options.tone(text, REALTIME_RATE);
    const id = this.#id("item");
    const where = { response_id: response.id, item_id: id, output_index: 0, content_index: 0 };
    const item = { id, type: "message", role: "assistant", status: "in_progress", content: [] };
    const previous = this.#items.at(-1)?.id ?? null;
    const mine: RealtimeItem & { audioMs: number } = {
      id,
      type: "message",
      role: "assistant",
      text,
      audioMs: 0,
    };
    this.#items.push(mine);
    this.#send({ type: "response.output_item.added", response_id: response.id, output_index: 0, item });
    this.#send({ type: "conversation.item.added", previous_item_id: previous, item });
    this.#send({ type: "response.content_part.added", ...where, part: { type: "audio", transcript: "" } });
    const words = text.split(/(?<= )/);
    const pieces = Math.ceil(sound.length / PIECE);
    for (let piece = 0; piece < pieces && !response.cancelled; piece++) {
      const share = (at: number): number => Math.ceil((words.length * at) / pieces);
      const delta = words.slice(share(piece), share(piece + 1)).join("");
      if (delta !== "") this.#send({ type: "response.output_audio_transcript.delta", ...where, delta });
      const part = sound.subarray(piece * PIECE, (piece + 1) * PIECE);
      this.#send({ type: "response.output_audio.delta", ...where, delta: part.toString("base64") });
      mine.audioMs += Math.round((part.length / 2 / REALTIME_RATE) * 1000);
      await this.#options.wait(paceMs);
      if (fault === "drop" && piece >= pieces / 3) {
        this.#socket.terminate();
        return -1;
      }
    }
    const part = { type: "audio", transcript: text };
    this.#send({ type: "response.output_audio.done", ...where });
    this.#send({ type: "response.output_audio_transcript.done", ...where, transcript: text });
    this.#send({ type: "response.content_part.done", ...where, part });
    const status = response.cancelled ? "incomplete" : "completed";
    const whole = { ...item, status, content: [part] };
    this.#send({ type: "response.output_item.done", response_id: response.id, output_index: 0, item: whole });
    this.#send({ type: "conversation.item.done", previous_item_id: previous, item: whole });
    return mine.audioMs;
  }

  /** A function call comes in pieces. */
  #call(response_id: string, { name, arguments: given }: { name: string; arguments: string }): void {
    const id = this.#id("item");
    const call_id = this.#id("call");
    const item = { id, type: "function_call", status: "in_progress", call_id, name, arguments: "" };
    this.#items.push({ id, type: "function_call", text: given });
    this.#send({ type: "response.output_item.added", response_id, output_index: 1, item });
    const where = { response_id, item_id: id, output_index: 1, call_id };
    for (let at = 0; at < given.length; at += 7)
      this.#send({
        type: "response.function_call_arguments.delta",
        ...where,
        delta: given.slice(at, at + 7),
      });
    this.#send({ type: "response.function_call_arguments.done", ...where, name, arguments: given });
    const whole = { ...item, status: "completed", arguments: given };
    this.#send({ type: "response.output_item.done", response_id, output_index: 1, item: whole });
  }
}

interface SessionUpdate {
  type?: string;
  instructions?: string;
  tools?: { name: string }[];
  audio?: {
    input?: {
      transcription?: object | null;
      turn_detection?: {
        silence_duration_ms?: number;
        create_response?: boolean;
        interrupt_response?: boolean;
      } | null;
    };
  };
}

interface ResponseSettings {
  instructions?: string;
  metadata?: object;
}

interface ItemResource {
  id?: string;
  type: string;
  role?: string;
  output?: string;
  content?: { text?: string; transcript?: string }[];
}

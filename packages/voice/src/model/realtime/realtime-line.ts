// A realtime model as LiveKit Agents wants it. LiveKit's own plugin for it has an `error` of its socket, and an event that is no JSON,
// end the process, and with it every call: so this one is ours.
import { randomUUID } from "node:crypto";
import { llm, type metrics } from "@livekit/agents";
import type { AudioFrame } from "@livekit/rtc-node";
import { Resampler } from "../../audio/resampler.ts";
import { listeningRate } from "../../session/listening-windows.ts";
import type { RealtimeProvider } from "../model-providers.ts";
import { RealtimeAnswer } from "./realtime-answer.ts";
import { RealtimeSocket } from "./realtime-socket.ts";
import {
  count,
  errorOf,
  fields,
  isFinal,
  itemCreate,
  REALTIME_RATE,
  type SessionSettings,
  sessionUpdate,
  text,
} from "./realtime-wire.ts";

export interface RealtimeHooks {
  /** Whether the caller's voice may cut the agent off now. */
  mayInterrupt(): boolean;
  onSpeaking(speaking: boolean): void;
  /** The caller's turn is over, and an answer is due. */
  onTurnEnded(): void;
  /** What he has said; comes beside the answer. */
  onTurn(words: string): void;
  onFirstWord(): void;
  onFirstSound(): void;
  /** An answer has failed or was lost. The model may be asked again. */
  onFailure(reason: string): void;
  /** Nothing more will come. */
  onDead(reason: string): void;
}

export interface RealtimeLineOptions {
  provider: RealtimeProvider;
  /** ISO 639-1; undefined: any. */
  language: string | undefined;
  /** Milliseconds of silence that end the caller's turn. */
  silence: number;
  /** Hz of the leg. */
  sampleRate: number;
  hooks: RealtimeHooks;
}

/** Milliseconds that an answer that was asked for may take to begin. */
const PATIENCE_MS = 10_000;
/** Milliseconds until the provider's first event on a connection, the time to make it included. */
const READY_PATIENCE_MS = 4_000;
/** Milliseconds that a cancelled answer may take to end before the next one is asked for. */
const CANCEL_PATIENCE_MS = 1_500;
/** Milliseconds that the words of the caller's last turn are waited for before a model is given up: who goes on answers them. */
const LAST_WORDS_MS = 1_000;
/** Windows of 32 ms that wait for the connection: the caller's first words are not lost to it. */
const MOST_WAITING = 94;

interface Asked {
  readonly id: string;
  readonly response: Record<string, unknown>;
  readonly resolve: (event: llm.GenerationCreatedEvent) => void;
  readonly reject: (error: Error) => void;
  isSent: boolean;
}

export class RealtimeSpeech extends llm.RealtimeModel {
  readonly #provider: RealtimeProvider;
  readonly line: RealtimeLine;

  static async open(options: RealtimeLineOptions): Promise<RealtimeSpeech> {
    const up = await Resampler.create(listeningRate, REALTIME_RATE);
    return new RealtimeSpeech(options, up, await Resampler.create(REALTIME_RATE, options.sampleRate));
  }

  private constructor(options: RealtimeLineOptions, up: Resampler, down: Resampler) {
    super({
      ...{ messageTruncation: true, turnDetection: true, userTranscription: true, audioOutput: true },
      ...{ autoToolReplyGeneration: false, manualFunctionCalls: true, midSessionChatCtxUpdate: true },
      ...{ midSessionInstructionsUpdate: true, midSessionToolsUpdate: true, perResponseToolChoice: true },
    });
    this.#provider = options.provider;
    this.line = new RealtimeLine(this, options, up, down);
  }

  override get model(): string {
    return this.#provider.model;
  }

  override get provider(): string {
    return this.#provider.provider;
  }

  override session(): RealtimeLine {
    return this.line;
  }

  override close(): Promise<void> {
    return this.line.close();
  }
}

/** The conversation with the model: one for a call. */
export class RealtimeLine extends llm.RealtimeSession {
  readonly #options: RealtimeLineOptions;
  readonly #hooks: RealtimeHooks;
  readonly #settings: SessionSettings;
  readonly #up: Resampler;
  readonly #down: Resampler;
  readonly #socket: RealtimeSocket;
  /** What has been said and done, as the model knows it. */
  readonly #context = llm.ChatContext.empty();
  readonly #asked: Asked[] = [];
  readonly #waiting: string[] = [];
  #tools = llm.ToolContext.empty();
  #toolChoice: llm.ToolChoice = "auto";
  #answer: RealtimeAnswer | undefined;
  /** The answer that the server is at, one that was cancelled included. */
  #busyWith: string | undefined;
  /** A turn of the caller's has no answer yet. */
  #isDue = false;
  /** What the caller has said is not written down yet. */
  #isUnwritten = false;
  #lastWords: (() => void) | undefined;
  #closed = false;
  #readiness: NodeJS.Timeout | undefined;

  constructor(model: RealtimeSpeech, options: RealtimeLineOptions, up: Resampler, down: Resampler) {
    super(model);
    const { provider, hooks } = options;
    this.#options = options;
    this.#hooks = hooks;
    this.#up = up;
    this.#down = down;
    this.#settings = {
      ...{ model: provider.model, voice: provider.voice, instructions: "", tools: this.#tools },
      ...{ language: options.language, transcriber: provider.transcriber, silence: options.silence },
      answers: true,
    };
    this.#socket = new RealtimeSocket({
      ...provider,
      onOpen: () => this.#begin(),
      onEvent: (event) => this.#onEvent(event),
      onLost: (reason) => this.#onLost(reason),
      onDead: (reason) => this.#onDead(reason),
    });
    this.#expectReady();
  }

  get chatCtx(): llm.ChatContext {
    return this.#context.copy();
  }

  get tools(): llm.ToolContext {
    return this.#tools.copy();
  }

  /** 16 kHz. */
  hear(window: Int16Array): void {
    if (this.#closed) return;
    const samples = this.#up.process(window);
    const audio = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString("base64");
    if (this.#socket.open) this.#socket.send({ type: "input_audio_buffer.append", audio });
    else if (this.#waiting.push(audio) > MOST_WAITING) this.#waiting.shift();
  }

  /** Whether turns of the caller's are answered; what he says is written down either way. */
  set answers(on: boolean) {
    if (this.#settings.answers === on) return;
    this.#settings.answers = on;
    this.#update();
    if (!on) this.#isDue = false;
  }

  /** What the agent has said by another voice. */
  told(words: string): void {
    this.#add(llm.ChatMessage.create({ role: "assistant", content: words }));
  }

  override pushAudio(frame: AudioFrame): void {
    this.hear(frame.data);
  }

  override async updateInstructions(instructions: string): Promise<void> {
    this.#settings.instructions = instructions;
    this.#update();
  }

  override async updateTools(tools: llm.ToolContext): Promise<void> {
    this.#tools = tools;
    this.#settings.tools = tools;
    this.#update();
  }

  override updateOptions({ toolChoice }: { toolChoice?: llm.ToolChoice | null }): void {
    this.#toolChoice = toolChoice ?? "auto";
  }

  /** What the model does not know yet is told; of its own words, those that nobody heard are taken back. */
  override async updateChatCtx(context: llm.ChatContext): Promise<void> {
    const wanted = new Set(context.items.map(({ id }) => id));
    for (const item of [...this.#context.items])
      if (item.type === "message" && item.role === "assistant" && !wanted.has(item.id)) this.#forget(item.id);
    for (const item of context.items) if (this.#context.getById(item.id) === undefined) this.#add(item);
  }

  override generateReply(
    instructions?: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<llm.GenerationCreatedEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<llm.GenerationCreatedEvent>();
    const id = `answer_${randomUUID()}`;
    const response: Record<string, unknown> = {
      metadata: { client_event_id: id },
      // Those of one answer stand in place of the session's.
      ...(instructions !== undefined && {
        instructions: `${this.#settings.instructions}\n\n${instructions}`,
      }),
      ...(this.#toolChoice !== "auto" && { tool_choice: toolChoice(this.#toolChoice) }),
    };
    const timer = setTimeout(() => settle(new llm.RealtimeError("no answer in time")), PATIENCE_MS);
    const asked: Asked = {
      ...{ id, response, isSent: false },
      resolve: (event) => {
        clearTimeout(timer);
        resolve(event);
      },
      reject: (error) => {
        clearTimeout(timer);
        reject(error);
      },
    };
    const settle = (error: Error): void => {
      this.#take(id);
      asked.reject(error);
    };
    signal?.addEventListener("abort", () => settle(new llm.RealtimeError("not wanted any more")), {
      once: true,
    });
    if (this.#closed) settle(new llm.RealtimeError("the line is closed"));
    else {
      this.#asked.push(asked);
      this.#ask();
    }
    return promise;
  }

  override async commitAudio(): Promise<void> {
    this.#socket.send({ type: "input_audio_buffer.commit" });
  }

  override async clearAudio(): Promise<void> {
    this.#waiting.length = 0;
    this.#socket.send({ type: "input_audio_buffer.clear" });
  }

  override async interrupt(): Promise<void> {
    const answer = this.#answer;
    if (answer === undefined) return;
    this.#answer = undefined;
    answer.close();
    this.#cancel(answer.id);
  }

  override async truncate(heard: Parameters<llm.RealtimeSession["truncate"]>[0]): Promise<void> {
    const { messageId, audioTranscript } = heard;
    const item = this.#context.getById(messageId);
    if (item?.type !== "message") return;
    const received = this.#receivedMs.get(messageId) ?? 0;
    const audio_end_ms = Math.floor(Math.min(Math.max(0, count(heard.audioEndMs)), received));
    if (audio_end_ms === 0) {
      this.#forget(messageId);
      return;
    }
    item.content = [audioTranscript ?? ""];
    this.#socket.send({
      ...{ type: "conversation.item.truncate", item_id: messageId, content_index: 0, audio_end_ms },
    });
  }

  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#readiness);
    this.#socket.close();
    this.#drop("the call is over");
    this.#up.close();
    this.#down.close();
    await super.close();
  }

  /** Milliseconds of sound that have come for each item: nothing may be cut behind its end. */
  readonly #receivedMs = new Map<string, number>();

  /** A caller waits: who takes the connection and says nothing is given up. */
  #expectReady(): void {
    clearTimeout(this.#readiness);
    const reason = `${this.#options.provider.provider} says nothing`;
    this.#readiness = setTimeout(() => this.#socket.giveUp(reason), READY_PATIENCE_MS);
  }

  /** Leaves no hope, but for what the caller has just said. */
  #giveUp(message: string): void {
    if (this.#lastWords !== undefined) return;
    const reason = `${this.#options.provider.provider}: ${message}`;
    if (!this.#isUnwritten) {
      this.#socket.giveUp(reason);
      return;
    }
    const timer = setTimeout(() => this.#socket.giveUp(reason), LAST_WORDS_MS);
    this.#lastWords = () => {
      clearTimeout(timer);
      this.#socket.giveUp(reason);
    };
  }

  #update(): void {
    this.#socket.send(sessionUpdate(this.#settings));
  }

  /** A new connection knows nothing: what was said is told, as text. */
  #begin(): void {
    this.#update();
    this.#receivedMs.clear();
    for (const item of this.#context.items) {
      const event = item.type === "message" ? itemCreate(item) : undefined;
      if (event !== undefined) this.#socket.send(event);
    }
    for (const audio of this.#waiting.splice(0))
      this.#socket.send({ type: "input_audio_buffer.append", audio });
    for (const asked of this.#asked) asked.isSent = false;
    this.#ask();
  }

  #add(item: llm.ChatItem): void {
    const event = itemCreate(item);
    if (event === undefined) return;
    this.#context.items.push(item);
    this.#socket.send(event);
  }

  #forget(id: string): void {
    const at = this.#context.items.findIndex((item) => item.id === id);
    if (at < 0) return;
    this.#context.items.splice(at, 1);
    this.#socket.send({ type: "conversation.item.delete", item_id: id });
  }

  /** One answer at a time. */
  #ask(): void {
    const next = this.#asked[0];
    if (next === undefined || next.isSent || this.#busyWith !== undefined || !this.#socket.open) return;
    next.isSent = true;
    const { id: event_id, response } = next;
    this.#socket.send({ type: "response.create", event_id, response });
  }

  #take(id: string | undefined): Asked | undefined {
    const at = this.#asked.findIndex((one) => one.id === id);
    return at < 0 ? undefined : this.#asked.splice(at, 1)[0];
  }

  #cancel(response_id: string): void {
    this.#socket.send({ type: "response.cancel", response_id });
    const timer = setTimeout(() => this.#free(response_id), CANCEL_PATIENCE_MS);
    timer.unref();
  }

  #free(response: string | undefined): void {
    if (response !== this.#busyWith) return;
    this.#busyWith = undefined;
    this.#ask();
  }

  // --- what the connection tells

  #onLost(reason: string): void {
    this.#expectReady();
    const wasOwed = this.#answer !== undefined || this.#isDue;
    this.#answer?.close();
    this.#answer = undefined;
    this.#busyWith = undefined;
    this.#isDue = false;
    if (wasOwed) this.#hooks.onFailure(reason);
  }

  #onDead(reason: string): void {
    clearTimeout(this.#readiness);
    this.#drop(reason);
    this.#hooks.onDead(reason);
  }

  #drop(reason: string): void {
    this.#answer?.close();
    this.#answer = undefined;
    for (const asked of this.#asked.splice(0)) asked.reject(new llm.RealtimeError(reason));
  }

  #onEvent(event: Readonly<Record<string, unknown>>): void {
    const id = text(event.item_id) ?? "";
    if (typeof event.type === "string") clearTimeout(this.#readiness);
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        this.#hooks.onSpeaking(true);
        if (this.#hooks.mayInterrupt()) this.emit("input_speech_started", {});
        break;
      case "input_audio_buffer.speech_stopped":
        this.#isDue = this.#settings.answers;
        this.#isUnwritten = true;
        this.#hooks.onSpeaking(false);
        this.emit("input_speech_stopped", { userTranscriptionEnabled: true });
        if (this.#isDue) this.#hooks.onTurnEnded();
        break;
      case "conversation.item.added":
      case "conversation.item.created":
        this.#onItem(fields(event.item));
        break;
      case "conversation.item.input_audio_transcription.completed":
        this.#onTranscript(id, (text(event.transcript) ?? "").trim());
        break;
      case "conversation.item.input_audio_transcription.failed":
        this.#onTranscript(id, "");
        break;
      case "response.created":
        this.#onCreated(fields(event.response));
        break;
      case "response.output_item.added":
        if (fields(event.item).type === "message") this.#of(event)?.begin(text(fields(event.item).id) ?? "");
        break;
      case "response.output_audio.delta":
      case "response.audio.delta":
        this.#onSound(event, id, text(event.delta));
        break;
      case "response.output_audio_transcript.delta":
      case "response.audio_transcript.delta":
        this.#onWords(event, id, text(event.delta) ?? "", true);
        break;
      case "response.output_text.delta":
      case "response.text.delta":
        this.#onWords(event, id, text(event.delta) ?? "", false);
        break;
      case "response.function_call_arguments.delta":
        this.#of(event)?.argumentsOf(id, text(event.delta) ?? "");
        break;
      case "response.output_item.done":
        this.#onItemDone(event);
        break;
      case "response.done":
        this.#onDone(fields(event.response));
        break;
      case "error":
        this.#onError(event.error);
        break;
      default:
    }
  }

  /** The answer that an event is of; undefined: one that is not wanted any more. */
  #of(event: Readonly<Record<string, unknown>>): RealtimeAnswer | undefined {
    const response = text(event.response_id);
    return response === undefined || response === this.#answer?.id ? this.#answer : undefined;
  }

  #onItem(item: Readonly<Record<string, unknown>>): void {
    const id = text(item.id);
    if (id === undefined || item.type !== "message" || this.#context.getById(id) !== undefined) return;
    const { role } = item;
    if (role !== "user" && role !== "assistant") return;
    this.#context.items.push(llm.ChatMessage.create({ id, role, content: [] }));
  }

  #onTranscript(itemId: string, transcript: string): void {
    this.#isUnwritten = false;
    if (transcript !== "") {
      const item = this.#context.getById(itemId);
      if (item?.type === "message") item.content = [transcript];
      this.#hooks.onTurn(transcript);
      this.emit("input_audio_transcription_completed", { itemId, transcript, isFinal: true });
    }
    this.#lastWords?.();
  }

  #onCreated(response: Readonly<Record<string, unknown>>): void {
    const id = text(response.id);
    if (id === undefined) return;
    this.#busyWith = id;
    const wanted = text(fields(response.metadata).client_event_id);
    const asked =
      this.#take(wanted) ??
      (wanted === undefined && this.#asked[0]?.isSent === true && !this.#isDue
        ? this.#asked.shift()
        : undefined);
    if (asked === undefined) {
      // Given up meanwhile; or the caller's turn ended as answers were turned off.
      if (wanted !== undefined || !this.#settings.answers) {
        this.#cancel(id);
        return;
      }
      this.#isDue = false;
    }
    this.#answer?.close();
    const answer = new RealtimeAnswer(id, this.#down, this.#options.sampleRate);
    this.#answer = answer;
    const generation = answer.generation(asked !== undefined);
    asked?.resolve(generation);
    this.emit("generation_created", generation);
  }

  #onSound(event: Readonly<Record<string, unknown>>, id: string, base64: string | undefined): void {
    const answer = this.#of(event);
    if (answer === undefined || base64 === undefined || id === "") return;
    this.#first(answer);
    this.#hooks.onFirstSound();
    answer.sound(id, base64);
    this.#receivedMs.set(id, answer.message(id)?.ms ?? 0);
  }

  #onWords(event: Readonly<Record<string, unknown>>, id: string, delta: string, isSpoken: boolean): void {
    const answer = this.#of(event);
    if (answer === undefined || id === "") return;
    this.#first(answer);
    answer.words(id, delta, isSpoken);
  }

  #first(answer: RealtimeAnswer): void {
    if (answer.firstAt === undefined) this.#hooks.onFirstWord();
  }

  #onItemDone(event: Readonly<Record<string, unknown>>): void {
    const answer = this.#of(event);
    const item = fields(event.item);
    const id = text(item.id) ?? "";
    if (answer === undefined) return;
    if (item.type === "function_call") {
      if (!answer.call(item)) this.#hooks.onFailure("a call of a function that names none");
      else if (this.#context.getById(id) === undefined)
        this.#context.items.push(
          llm.FunctionCall.create({
            ...{ id, callId: text(item.call_id) ?? "", name: text(item.name) ?? "" },
            args: text(item.arguments) ?? "{}",
          }),
        );
      return;
    }
    const said = this.#context.getById(id);
    if (said?.type === "message") said.content = [answer.message(id)?.text ?? ""];
    answer.end(id);
  }

  #onDone(response: Readonly<Record<string, unknown>>): void {
    const id = text(response.id);
    const answer = this.#answer?.id === id ? this.#answer : undefined;
    if (answer !== undefined) {
      this.#answer = undefined;
      answer.close();
    }
    this.#count(response, answer);
    this.#free(id);
    if (response.status !== "failed" || answer === undefined) return;
    const { code, message } = errorOf(fields(response.status_details).error);
    if (isFinal(code)) this.#giveUp(message);
    else this.#hooks.onFailure(message);
  }

  #onError(error: unknown): void {
    const { code, message, cause } = errorOf(error);
    if (isFinal(code)) {
      this.#giveUp(message);
      return;
    }
    const asked = this.#take(cause);
    if (asked !== undefined) {
      asked.reject(new llm.RealtimeError(message));
      this.#hooks.onFailure(message);
      return;
    }
    // The caller has spoken into an answer that may not be cut: his turn is answered after it.
    if (code === "conversation_already_has_active_response" && this.#isDue) {
      this.#isDue = false;
      this.generateReply().then(
        (generation) => this.emit("generation_created", { ...generation, userInitiated: false }),
        () => undefined,
      );
    }
  }

  #count(response: Readonly<Record<string, unknown>>, answer: RealtimeAnswer | undefined): void {
    const usage = fields(response.usage);
    const input = fields(usage.input_token_details);
    const output = fields(usage.output_token_details);
    const cached = fields(input.cached_tokens_details);
    const timestamp = answer?.createdAt ?? Date.now();
    const durationMs = Date.now() - timestamp;
    const { provider, model } = this.#options.provider;
    const told: metrics.RealtimeModelMetrics = {
      ...{ type: "realtime_model_metrics", label: "ringdown.Realtime", timestamp, durationMs },
      requestId: text(response.id) ?? "",
      ttftMs: answer?.firstAt === undefined ? -1 : answer.firstAt - timestamp,
      cancelled: response.status === "cancelled",
      inputTokens: count(usage.input_tokens),
      outputTokens: count(usage.output_tokens),
      totalTokens: count(usage.total_tokens),
      tokensPerSecond: durationMs > 0 ? (count(usage.output_tokens) * 1000) / durationMs : 0,
      inputTokenDetails: {
        ...{ audioTokens: count(input.audio_tokens), textTokens: count(input.text_tokens), imageTokens: 0 },
        cachedTokens: count(input.cached_tokens),
        cachedTokensDetails: {
          ...{ audioTokens: count(cached.audio_tokens), textTokens: count(cached.text_tokens) },
          imageTokens: 0,
        },
      },
      outputTokenDetails: {
        ...{ audioTokens: count(output.audio_tokens), textTokens: count(output.text_tokens), imageTokens: 0 },
      },
      metadata: { modelProvider: provider, modelName: model },
    };
    this.emit("metrics_collected", told);
  }
}

function toolChoice(choice: llm.ToolChoice): unknown {
  return typeof choice === "string" ? choice : { type: "function", name: choice.function.name };
}

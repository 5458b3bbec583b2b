// One answer of a realtime model as it comes in: sound, words and calls of functions as the streams that a session reads.
import { ReadableStream, type ReadableStreamDefaultController } from "node:stream/web";
import { llm } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import type { Resampler } from "../../audio/resampler.ts";
import { REALTIME_RATE, text } from "./realtime-wire.ts";

/** Milliseconds of sound of one answer that are kept: a model that does not stop is not waited for. */
const MOST_MS = 300_000;
const MOST_ARGUMENTS = 100_000;

/** Takes what comes until it is closed, and nothing after it. */
class Channel<Part> {
  readonly stream: ReadableStream<Part>;
  #controller: ReadableStreamDefaultController<Part> | undefined;

  constructor() {
    this.stream = new ReadableStream<Part>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = undefined;
        },
      },
      { highWaterMark: Number.POSITIVE_INFINITY },
    );
  }

  write(part: Part): void {
    this.#controller?.enqueue(part);
  }

  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}

interface Message {
  readonly words: Channel<string>;
  readonly sound: Channel<AudioFrame>;
  told(modalities: ("text" | "audio")[]): void;
  ms: number;
  text: string;
}

export class RealtimeAnswer {
  readonly id: string;
  readonly createdAt = Date.now();
  /** Epoch ms of its first word or sound. */
  firstAt: number | undefined;
  readonly #resampler: Resampler;
  readonly #sampleRate: number;
  readonly #messages = new Map<string, Message>();
  readonly #all = new Channel<llm.MessageGeneration>();
  readonly #calls = new Channel<llm.FunctionCall>();
  readonly #arguments = new Map<string, string>();
  #closed = false;

  /** @param resampler from its rate to the leg's, `sampleRate` */
  constructor(id: string, resampler: Resampler, sampleRate: number) {
    this.id = id;
    this.#resampler = resampler;
    this.#sampleRate = sampleRate;
  }

  /** As a session takes it. */
  generation(userInitiated: boolean): llm.GenerationCreatedEvent {
    return {
      ...{ messageStream: this.#all.stream, functionStream: this.#calls.stream },
      ...{ userInitiated, responseId: this.id },
    };
  }

  message(itemId: string): Message | undefined {
    return this.#messages.get(itemId);
  }

  begin(itemId: string): Message {
    const known = this.#messages.get(itemId);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<("text" | "audio")[]>();
    const message: Message = { words: new Channel(), sound: new Channel(), told: resolve, ms: 0, text: "" };
    this.#messages.set(itemId, message);
    this.#all.write({
      ...{ messageId: itemId, textStream: message.words.stream, audioStream: message.sound.stream },
      modalities: promise,
    });
    return message;
  }

  /** @param base64 signed 16-bit little-endian */
  sound(itemId: string, base64: string): void {
    if (this.#closed) return;
    const message = this.begin(itemId);
    const bytes = Buffer.from(base64, "base64");
    const samples = bytes.length >> 1;
    if (samples === 0 || message.ms > MOST_MS) return;
    this.firstAt ??= Date.now();
    message.told(["audio", "text"]);
    message.ms += (samples / REALTIME_RATE) * 1000;
    const pcm = new Int16Array(samples);
    for (let index = 0; index < samples; index++) pcm[index] = bytes.readInt16LE(index * 2);
    const heard = this.#resampler.process(pcm);
    if (heard.length > 0) message.sound.write(new AudioFrame(heard, this.#sampleRate, 1, heard.length));
  }

  /** @param isSpoken false: an answer in words alone, which the offline voice speaks */
  words(itemId: string, delta: string, isSpoken: boolean): void {
    if (this.#closed || delta === "") return;
    const message = this.begin(itemId);
    if (!isSpoken) message.told(["text"]);
    this.firstAt ??= Date.now();
    message.text += delta;
    message.words.write(delta);
  }

  argumentsOf(itemId: string, delta: string): void {
    const so = this.#arguments.get(itemId) ?? "";
    if (so.length < MOST_ARGUMENTS) this.#arguments.set(itemId, so + delta);
  }

  /** @returns false: it is no function call that could be run */
  call(item: Readonly<Record<string, unknown>>): boolean {
    const id = text(item.id);
    const callId = text(item.call_id);
    const name = text(item.name);
    if (id === undefined || callId === undefined || name === undefined || name === "") return false;
    const args = (text(item.arguments) || this.#arguments.get(id) || "{}").slice(0, MOST_ARGUMENTS);
    if (!this.#closed) this.#calls.write(llm.FunctionCall.create({ id, callId, name, args }));
    return true;
  }

  end(itemId: string): void {
    const message = this.#messages.get(itemId);
    if (message === undefined) return;
    message.told(["audio", "text"]);
    message.words.close();
    message.sound.close();
  }

  /** Nothing more comes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const itemId of this.#messages.keys()) this.end(itemId);
    this.#all.close();
    this.#calls.close();
  }
}

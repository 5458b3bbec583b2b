import { Worker } from "node:worker_threads";
import { VoiceError } from "../errors.ts";
import type { SynthesisReply, SynthesisRequest } from "./flite-worker.ts";
import { PhraseCache } from "./phrase-cache.ts";

/** Text to PCM. What the conversation needs of a voice; tests put a fake in its place. */
export interface SpeechEngine {
  /**
   * @param text one sentence, cleaned
   * @param sampleRate Hz of the PCM wanted
   * @throws VoiceError `tts_failed`, `tts_timeout`
   */
  synthesise(text: string, voice: string, sampleRate: number): Promise<Int16Array>;
}

/** The part of a worker thread that the engine uses. */
export interface SynthesisThread {
  postMessage(request: SynthesisRequest): void;
  on(event: "message", listener: (reply: SynthesisReply) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

export interface FliteEngineOptions {
  /** Bytes of PCM kept: 8 MB are eight minutes at 8 kHz. */
  cacheBytes?: number;
  /** Requests waiting at once, over all calls of this process. */
  maxPending?: number;
  /** Milliseconds after which a synthesis is given up and the thread replaced. */
  timeoutMs?: number;
  /** Milliseconds without work after which the thread is let go, with its 50 MB; the phrases stay. */
  idleMs?: number;
  startThread?: () => SynthesisThread;
}

interface Pending {
  request: SynthesisRequest;
  key: string;
  attempts: number;
  timer: ReturnType<typeof setTimeout>;
  resolve(pcm: Int16Array): void;
  reject(error: VoiceError): void;
}

/** flite in a worker thread, with a cache of phrases before it. One for a process. */
export class FliteEngine implements SpeechEngine {
  readonly #cache: PhraseCache;
  readonly #maxPending: number;
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  readonly #startThread: () => SynthesisThread;
  readonly #pending = new Map<number, Pending>();
  readonly #asked = new Map<string, Promise<Int16Array>>();
  #thread: SynthesisThread | undefined;
  #nextId = 1;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FliteEngineOptions = {}) {
    this.#cache = new PhraseCache(options.cacheBytes ?? 8 * 1024 * 1024);
    this.#maxPending = options.maxPending ?? 256;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#idleMs = options.idleMs ?? 5000;
    this.#startThread =
      options.startThread ??
      (() =>
        new Worker(new URL("./flite-worker.ts", import.meta.url), {
          name: "flite",
          execArgv: [],
          resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
        }));
  }

  synthesise(text: string, voice: string, sampleRate: number): Promise<Int16Array> {
    const key = `${voice} ${sampleRate} ${text}`;
    const kept = this.#cache.get(key);
    if (kept !== undefined) return Promise.resolve(kept);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    if (this.#pending.size >= this.#maxPending) {
      return Promise.reject(
        new VoiceError("tts_failed", { detail: "too many texts are waiting for the voice" }),
      );
    }
    const promise = new Promise<Int16Array>((resolve, reject) => {
      const request: SynthesisRequest = { id: this.#nextId++, text, voice, sampleRate };
      const timer = setTimeout(() => this.#onTimeout(request.id), this.#timeoutMs);
      this.#pending.set(request.id, { request, key, attempts: 1, timer, resolve, reject });
      this.#send(request);
    });
    this.#asked.set(key, promise);
    const forget = () => this.#asked.delete(key);
    promise.then(forget, forget);
    return promise;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const thread = this.#thread;
    this.#thread = undefined;
    this.#failAll("the voice was closed");
    await thread?.terminate();
  }

  #send(request: SynthesisRequest): void {
    clearTimeout(this.#idleTimer);
    if (this.#thread === undefined) {
      const thread = this.#startThread();
      thread.on("message", (reply) => this.#onReply(reply));
      thread.on("error", (error) => this.#onThreadLost(thread, error.message));
      thread.on("exit", () => this.#onThreadLost(thread, "the voice's thread ended"));
      this.#thread = thread;
    }
    this.#thread.ref();
    this.#thread.postMessage(request);
  }

  #onReply(reply: SynthesisReply): void {
    const pending = this.#take(reply.id);
    if (pending === undefined) return;
    if ("pcm" in reply) {
      this.#cache.set(pending.key, reply.pcm);
      pending.resolve(reply.pcm);
    } else pending.reject(new VoiceError("tts_failed", { detail: reply.error }));
    if (this.#pending.size === 0) this.#rest();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    return pending;
  }

  #rest(): void {
    this.#thread?.unref();
    this.#idleTimer = setTimeout(() => this.#letGo(), this.#idleMs);
    this.#idleTimer.unref();
  }

  #letGo(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.terminate();
  }

  #onTimeout(id: number): void {
    this.#take(id)?.reject(new VoiceError("tts_timeout"));
    // The thread is stuck in it; what waits behind is asked again of a new one.
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#onThreadLost(thread, "the voice was stuck");
    void thread.terminate();
  }

  /** A crash is survived: each waiting text is tried once more on a new thread, then given up. */
  #onThreadLost(thread: SynthesisThread, why: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const pending of [...this.#pending.values()]) {
      if (pending.attempts >= 2) {
        this.#take(pending.request.id)?.reject(new VoiceError("tts_failed", { detail: why }));
        continue;
      }
      pending.attempts++;
      this.#send(pending.request);
    }
  }

  #failAll(why: string): void {
    for (const id of [...this.#pending.keys()]) {
      this.#take(id)?.reject(new VoiceError("tts_failed", { detail: why }));
    }
  }
}

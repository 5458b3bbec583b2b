import { Worker } from "node:worker_threads";
import { VoiceError } from "../errors.ts";
import type { Phrase } from "./phrase-grammar.ts";
import { loadPocketsphinx } from "./pocketsphinx-library.ts";
import type { RecogniserReply, RecogniserRequest } from "./recogniser-worker.ts";

/** Speech to words of a grammar. Tests put a fake in its place. */
export interface Recogniser {
  /** Gets ready for the phrases, so that the first utterance does not wait for it. */
  prepare(phrases: readonly Phrase[]): Promise<void>;
  /** @returns the words said; empty: no phrase was. @param pcm 16 kHz @throws VoiceError `stt_failed` */
  recognise(phrases: readonly Phrase[], pcm: Int16Array): Promise<string>;
}

/** Utterances waiting at once, over all calls of this process. */
const mostPending = 64;
/** Milliseconds after which an answer is of no use to a caller who waits. */
const patience = 4000;
/** Milliseconds without work after which the thread is let go, with its 30 MB. */
const idleMs = 60_000;

interface Pending {
  timer: ReturnType<typeof setTimeout>;
  resolve(text: string): void;
  reject(error: VoiceError): void;
}

/** @returns undefined where pocketsphinx is not installed: speech is off then, keys go on. */
export function createRecogniser(): Recogniser | undefined {
  return loadPocketsphinx() === undefined ? undefined : new PocketsphinxRecogniser();
}

/** pocketsphinx in a worker thread, one for a process. A thread that is lost fails what it was asked; the next is a new one. */
export class PocketsphinxRecogniser implements Recogniser {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  async prepare(phrases: readonly Phrase[]): Promise<void> {
    await this.#ask((id) => ({ id, type: "prepare", phrases }));
  }

  recognise(phrases: readonly Phrase[], pcm: Int16Array): Promise<string> {
    return this.#ask((id) => ({ id, type: "recognise", phrases, pcm }));
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#lost(worker, "the recogniser was closed");
    await worker.terminate();
  }

  #ask(request: (id: number) => RecogniserRequest): Promise<string> {
    if (this.#pending.size >= mostPending) {
      return Promise.reject(new VoiceError("stt_failed", { detail: "too many utterances are waiting" }));
    }
    clearTimeout(this.#idleTimer);
    const worker = this.#running();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#lost(worker, "the recogniser was stuck");
        void worker.terminate();
      }, patience);
      this.#pending.set(id, { timer, resolve, reject });
      worker.ref();
      worker.postMessage(request(id));
    });
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("./recogniser-worker.ts", import.meta.url), {
      name: "pocketsphinx",
      execArgv: [],
      // It holds no more than an utterance in JavaScript; the decoder's memory is C's.
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    });
    worker.on("message", (reply: RecogniserReply) => this.#onReply(reply));
    worker.on("error", (error) => this.#lost(worker, error instanceof Error ? error.message : String(error)));
    worker.on("exit", () => this.#lost(worker, "the recogniser's thread ended"));
    this.#worker = worker;
    return worker;
  }

  #onReply(reply: RecogniserReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    if ("error" in reply) pending.reject(new VoiceError("stt_failed", { detail: reply.error }));
    else pending.resolve(reply.text);
    if (this.#pending.size > 0) return;
    this.#worker?.unref();
    this.#idleTimer = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      void worker?.terminate();
    }, idleMs);
    this.#idleTimer.unref();
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new VoiceError("stt_failed", { detail: why }));
    }
    this.#pending.clear();
  }
}

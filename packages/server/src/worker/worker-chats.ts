// Chats by text beside the calls of one worker: it has loaded what they need, and a chat costs it next to nothing.
import type { ChatEnd, ChatEvent, ModelAnswer, RunFunction } from "@ringdown/voice";
import type { CommandArguments } from "./protocol.ts";
import { WorkerError } from "./worker-error.ts";

export interface WorkerChatsOptions {
  loadVoice(): Promise<Pick<typeof import("@ringdown/voice"), "askModel" | "chatByText">>;
  emit(chatId: string, event: ChatEvent): void;
  runFunction(agentId: string, chatId: string): RunFunction;
}

const MOST_CHATS = 50;
const MOST_QUESTIONS = 20;
/** ms for an answer, with its fallback. */
const QUESTION_MS = 60_000;

export class WorkerChats {
  readonly #options: WorkerChatsOptions;
  readonly #running = new Map<string, AbortController>();
  readonly #asking = new Set<AbortController>();

  constructor(options: WorkerChatsOptions) {
    this.#options = options;
  }

  /** @throws VoiceError, WorkerError */
  async run({ chatId, profile, messages, context }: CommandArguments<"chat">): Promise<ChatEnd> {
    if (this.#running.size >= MOST_CHATS)
      throw new WorkerError("busy", "As many chats run as may: try again later.");
    const controller = new AbortController();
    this.#running.set(chatId, controller);
    try {
      const { chatByText } = await this.#options.loadVoice();
      return await chatByText(profile, messages, context, {
        onEvent: (event) => this.#options.emit(chatId, event),
        signal: controller.signal,
        runFunction: this.#options.runFunction(profile.id, chatId),
      });
    } finally {
      this.#running.delete(chatId);
    }
  }

  /** @throws VoiceError, WorkerError */
  async ask({ models, instructions, text }: CommandArguments<"askModel">): Promise<ModelAnswer> {
    if (this.#asking.size >= MOST_QUESTIONS)
      throw new WorkerError("busy", "As many questions are asked as may be: try again later.");
    const controller = new AbortController();
    this.#asking.add(controller);
    try {
      const { askModel } = await this.#options.loadVoice();
      const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(QUESTION_MS)]);
      return await askModel(models, instructions, text, signal);
    } finally {
      this.#asking.delete(controller);
    }
  }

  cancel(chatId: string): void {
    this.#running.get(chatId)?.abort();
  }

  close(): void {
    for (const controller of [...this.#running.values(), ...this.#asking]) controller.abort();
  }
}

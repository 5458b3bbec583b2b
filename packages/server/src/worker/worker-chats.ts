// Chats by text beside the calls of one worker: it has loaded what they need, and a chat costs it next to nothing.
import type { ChatEnd, ChatEvent } from "@ringdown/voice";
import type { CommandArguments } from "./protocol.ts";
import { WorkerError } from "./worker-error.ts";

export interface WorkerChatsOptions {
  chatByText(): Promise<typeof import("@ringdown/voice").chatByText>;
  emit(chatId: string, event: ChatEvent): void;
}

const MOST_CHATS = 50;

export class WorkerChats {
  readonly #options: WorkerChatsOptions;
  readonly #running = new Map<string, AbortController>();

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
      const chat = await this.#options.chatByText();
      return await chat(profile, messages, context, {
        onEvent: (event) => this.#options.emit(chatId, event),
        signal: controller.signal,
      });
    } finally {
      this.#running.delete(chatId);
    }
  }

  cancel(chatId: string): void {
    this.#running.get(chatId)?.abort();
  }

  close(): void {
    for (const controller of this.#running.values()) controller.abort();
  }
}

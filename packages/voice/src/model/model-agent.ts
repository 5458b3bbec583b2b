import type { ReadableStream } from "node:stream/web";
import { llm, stt, voice } from "@livekit/agents";
import type { AudioFrame } from "@livekit/rtc-node";

export interface ModelAgentHooks {
  /** The caller's turn is over. @returns false: nothing is answered */
  onTurn(text: string): boolean;
  /** Whether these words count: those that do not are no words to the session. */
  counts(text: string, isFinal: boolean): boolean;
  onFirstToken(): void;
  onFirstSound(): void;
  /** Text of what is being said, as it goes to the voice; undefined: it is whole. */
  onSpoken(text: string | undefined): void;
}

/** A message of a conversation. */
export interface Said {
  role: string;
  content: string;
}

/** The agent that a session with a model sees. */
export class ModelAgent extends voice.Agent {
  readonly #hooks: ModelAgentHooks;

  /** @param history what was said before, by another model */
  constructor(
    instructions: string,
    tools: readonly llm.FunctionTool[],
    hooks: ModelAgentHooks,
    history: readonly Said[] = [],
  ) {
    const chatCtx = llm.ChatContext.empty();
    for (const { role, content } of history)
      if ((role === "user" || role === "assistant") && content !== "") chatCtx.addMessage({ role, content });
    super({ instructions, tools: [...tools], chatCtx });
    this.#hooks = hooks;
  }

  override async onUserTurnCompleted(
    ...[, message]: Parameters<voice.Agent["onUserTurnCompleted"]>
  ): Promise<void> {
    if (!this.#hooks.onTurn(message.textContent ?? "")) throw new voice.StopResponse();
  }

  override async sttNode(
    ...[audio, settings]: Parameters<voice.Agent["sttNode"]>
  ): ReturnType<voice.Agent["sttNode"]> {
    const events = await voice.Agent.default.sttNode(this, audio, settings);
    return events && filtered(events, (event) => this.#isCounted(event));
  }

  override async llmNode(
    ...[context, tools, settings]: Parameters<voice.Agent["llmNode"]>
  ): ReturnType<voice.Agent["llmNode"]> {
    const chunks = await voice.Agent.default.llmNode(this, context, tools, settings);
    return chunks && observed(chunks, () => this.#hooks.onFirstToken());
  }

  override async ttsNode(
    ...[text, settings]: Parameters<voice.Agent["ttsNode"]>
  ): Promise<ReadableStream<AudioFrame> | null> {
    const frames = await voice.Agent.default.ttsNode(this, text, settings);
    return frames && observed(frames, () => this.#hooks.onFirstSound());
  }

  override async transcriptionNode(
    ...[text, settings]: Parameters<voice.Agent["transcriptionNode"]>
  ): ReturnType<voice.Agent["transcriptionNode"]> {
    const spoken = await voice.Agent.default.transcriptionNode(this, text, settings);
    return (
      spoken &&
      passed(
        spoken,
        (part) => this.#hooks.onSpoken(typeof part === "string" ? part : part.text),
        () => this.#hooks.onSpoken(undefined),
      )
    );
  }

  #isCounted(event: stt.SpeechEvent | string): boolean {
    if (typeof event === "string") return true;
    const text = event.alternatives?.[0]?.text;
    if (text === undefined || text === "") return true;
    return this.#hooks.counts(text, event.type === stt.SpeechEventType.FINAL_TRANSCRIPT);
  }
}

function filtered<Part>(stream: ReadableStream<Part>, keep: (part: Part) => boolean): ReadableStream<Part> {
  return stream.pipeThrough(
    new TransformStream<Part, Part>({
      transform: (part, controller) => {
        if (keep(part)) controller.enqueue(part);
      },
    }),
  );
}

function observed<Part>(stream: ReadableStream<Part>, first: () => void): ReadableStream<Part> {
  let isFirst = true;
  return passed(stream, () => {
    if (isFirst) first();
    isFirst = false;
  });
}

function passed<Part>(
  stream: ReadableStream<Part>,
  part: (part: Part) => void,
  end: () => void = () => undefined,
): ReadableStream<Part> {
  return stream.pipeThrough(
    new TransformStream<Part, Part>({
      transform: (one, controller) => {
        part(one);
        controller.enqueue(one);
      },
      flush: end,
    }),
  );
}

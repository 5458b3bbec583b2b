// A turn with an agent by text: its instructions, its language models with their fallback and its functions are those of a call. What
// needs a phone leg is told, not done.
import { llm } from "@livekit/agents";
import type { AgentProfile, RunFunction } from "../agent-profile.ts";
import { initialiseLiveKit } from "../session/livekit.ts";
import { createLanguageModel } from "./livekit-models.ts";
import { instructionsFor } from "./model-instructions.ts";
import { MOST_TOOL_STEPS, modelTools, type NamedTool, type ToolHost } from "./model-tools.ts";
import { reasonOf } from "./provider-error.ts";
import { streamedAnswer, type TokenUsage } from "./streamed-answer.ts";

/** What was before. `function`: one that the model has called, with what it was told. */
export type ChatMessage =
  | { role: "user" | "agent"; content: string }
  | { role: "function"; name: string; arguments: string; output: string };

export type ChatEvent =
  | { type: "text"; text: string }
  /** `id`: unique in the turn. `arguments`: JSON as the model wrote it. */
  | { type: "function"; id: string; name: string; arguments: string }
  | {
      type: "functionResult";
      id: string;
      name: string;
      output: string;
      failed: boolean;
      ms: number;
      /** What a call would have done here, in a sentence. */
      wouldHave?: string;
    };

export interface ChatEnd {
  /** What a call would do now: go on, be with somebody else, be over. */
  outcome: "open" | "transferred" | "ended";
  usage: TokenUsage;
}

export interface ChatContext {
  from: string;
  to: string;
  direction?: "inbound" | "outbound";
  context?: string;
  taskContext?: string;
}

export interface ChatOptions {
  onEvent(event: ChatEvent): void;
  signal: AbortSignal;
  /** Left out: the agent has no remote functions. */
  runFunction?: RunFunction | undefined;
}

const MOST_ARGUMENTS = 20_000;
/** ms for the whole turn. */
const TURN_MS = 60_000;

/** @throws VoiceError `provider_failed` */
export async function chatByText(
  profile: AgentProfile,
  messages: readonly ChatMessage[],
  context: ChatContext,
  { onEvent, signal, runFunction }: ChatOptions,
): Promise<ChatEnd> {
  if (profile.models === undefined) throw new Error(`the agent ${profile.username} has no models`);
  const { welcomeMessage } = profile;
  const usage: TokenUsage = { promptTokens: 0, completionTokens: 0 };
  const isGreeting = messages.length === 0;
  if (isGreeting && welcomeMessage.trim() !== "" && !welcomeMessage.startsWith("prompt:")) {
    onEvent({ type: "text", text: welcomeMessage });
    return { outcome: "open", usage };
  }
  initialiseLiveKit();
  const turn = new ChatTurn(profile, {
    ...{ onEvent, runFunction },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TURN_MS)]),
  });
  const model = createLanguageModel(profile.models.providers.llm);
  const history = historyOf(instructionsFor(profile, context, new Date()), messages, turn.tools);
  if (isGreeting) {
    const wish = welcomeMessage.trim() === "" ? "in one short sentence." : welcomeMessage.slice(7).trim();
    history.addMessage({ role: "system", content: `Greet the caller now. ${wish}` });
  }
  try {
    return { outcome: await turn.run(model, history, usage), usage };
  } finally {
    await model.aclose();
  }
}

class ChatTurn {
  readonly tools: readonly NamedTool[];
  readonly #onEvent: (event: ChatEvent) => void;
  readonly #signal: AbortSignal;
  #hasSpoken = false;
  #outcome: ChatEnd["outcome"] = "open";
  #wouldHave: string | undefined;

  constructor(profile: AgentProfile, { onEvent, signal, runFunction }: ChatOptions) {
    this.#onEvent = onEvent;
    this.#signal = signal;
    this.tools = modelTools(profile, { ...this.#host(), ...(runFunction && { runFunction }) });
  }

  async run(model: llm.LLM, history: llm.ChatContext, usage: TokenUsage): Promise<ChatEnd["outcome"]> {
    for (let step = 0; ; step++) {
      const { text, calls } = await streamedAnswer(model, {
        ...{ history, usage, signal: this.#signal },
        tools: new llm.ToolContext(this.tools.map(({ tool }) => tool)),
        withoutTools: step >= MOST_TOOL_STEPS,
        onText: (piece) => {
          this.#hasSpoken = true;
          this.#onEvent({ type: "text", text: piece });
        },
      });
      if (text !== "") history.addMessage({ role: "assistant", content: text });
      if (calls.length === 0 || step >= MOST_TOOL_STEPS) return this.#outcome;
      for (const [index, call] of calls.entries()) {
        const { output, failed } = await this.#carryOut(call, `${step + 1}.${index + 1}`);
        const { callId, name } = call;
        history.insert([call, llm.FunctionCallOutput.create({ callId, name, output, isError: failed })]);
        if (this.#outcome !== "open") return this.#outcome;
      }
    }
  }

  async #carryOut(call: llm.FunctionCall, id: string): Promise<{ output: string; failed: boolean }> {
    const known = this.tools.find(({ tool }) => tool.name === call.name);
    const name = known?.name ?? call.name.slice(0, 100);
    const startedAt = performance.now();
    this.#onEvent({ type: "function", id, name, arguments: call.args.slice(0, MOST_ARGUMENTS) });
    this.#wouldHave = undefined;
    const { output, failed } = await this.#resultOf(known, call);
    this.#onEvent({
      ...{ type: "functionResult", id, name, output, failed },
      ms: Math.round(performance.now() - startedAt),
      ...(this.#wouldHave !== undefined && { wouldHave: this.#wouldHave }),
    });
    return { output, failed };
  }

  async #resultOf(
    known: NamedTool | undefined,
    call: llm.FunctionCall,
  ): Promise<{ output: string; failed: boolean }> {
    const fault = (output: string) => ({ output, failed: true });
    if (known === undefined) {
      call.args = "{}";
      return fault(`There is no function ${JSON.stringify(call.name.slice(0, 100))}.`);
    }
    const given = argumentsOf(call.args);
    if (given === undefined) {
      // Providers refuse a history whose arguments are no JSON.
      call.args = "{}";
      return fault("The arguments are no JSON object: call it again with one.");
    }
    try {
      const output = await known.run(given, { waitForPlayout: async () => undefined, signal: this.#signal });
      return { output: output ?? "", failed: false };
    } catch (error) {
      return fault(error instanceof llm.ToolError ? error.message : `It failed: ${reasonOf(error)}`);
    }
  }

  #host(): ToolHost {
    const turn = this;
    return {
      get hasSpoken() {
        return turn.#hasSpoken;
      },
      speak: async (text) => {
        this.#onEvent({ type: "text", text: this.#hasSpoken ? ` ${text}` : text });
        this.#hasSpoken = true;
      },
      transfer: async (name, notification) => {
        this.#outcome = "transferred";
        const told =
          notification === undefined ? "" : `, who answers is told ${JSON.stringify(notification)}`;
        this.#wouldHave = `put the caller through by ${JSON.stringify(name)}${told}`;
        return "The caller is being put through.";
      },
      end: () => {
        this.#outcome = "ended";
        this.#wouldHave = "ended the call";
      },
      sendDtmf: async (digits) => {
        this.#wouldHave = `sent the keys ${digits}`;
      },
      takeMessage: async (maxSeconds) => {
        this.#wouldHave = `recorded a message of at most ${maxSeconds} seconds`;
        return Math.min(maxSeconds, 10);
      },
    };
  }
}

/** @returns undefined: no JSON object */
export function argumentsOf(text: string): Record<string, unknown> | undefined {
  if (text.length > MOST_ARGUMENTS) return undefined;
  try {
    const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function historyOf(
  instructions: string,
  messages: readonly ChatMessage[],
  tools: readonly NamedTool[],
): llm.ChatContext {
  const history = llm.ChatContext.empty();
  // LiveKit keeps the order of time; what is told here has none.
  let createdAt = Date.now() - messages.length - 1;
  history.addMessage({ role: "system", content: instructions, createdAt });
  for (const [index, message] of messages.entries()) {
    createdAt += 1;
    if (message.role !== "function") {
      const role = message.role === "agent" ? "assistant" : "user";
      history.addMessage({ role, content: message.content, createdAt });
      continue;
    }
    const name = tools.find((one) => one.name === message.name)?.tool.name;
    if (name === undefined) continue;
    const callId = `call_before_${index}`;
    const args = argumentsOf(message.arguments) === undefined ? "{}" : message.arguments;
    history.insert([
      llm.FunctionCall.create({ callId, name, args, createdAt }),
      llm.FunctionCallOutput.create({ callId, name, output: message.output, isError: false, createdAt }),
    ]);
  }
  return history;
}

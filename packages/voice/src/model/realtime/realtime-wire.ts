// What goes over the wire of OpenAI Realtime, as its reference has it: written from LiveKit's objects, read without trust.
import { llm } from "@livekit/agents";

/** Hz of its sound, in and out. */
export const REALTIME_RATE = 24_000;

type Fields = Readonly<Record<string, unknown>>;

export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}

export interface SessionSettings {
  model: string;
  /** "": the provider's own. */
  voice: string;
  instructions: string;
  tools: llm.ToolContext;
  /** ISO 639-1; undefined: any. */
  language: string | undefined;
  /** Transcribes what the caller says; "": the provider's own. */
  transcriber: string;
  /** Milliseconds. */
  silence: number;
  /** Whether the caller's turns are answered. */
  answers: boolean;
}

export function sessionUpdate(settings: SessionSettings): object {
  const { model, voice, instructions, tools, language, transcriber, silence, answers } = settings;
  const format = { type: "audio/pcm", rate: REALTIME_RATE };
  return {
    type: "session.update",
    session: {
      type: "realtime",
      ...(model !== "" && { model }),
      instructions,
      output_modalities: ["audio"],
      audio: {
        input: {
          format,
          transcription: {
            ...(transcriber !== "" && { model: transcriber }),
            ...(language !== undefined && { language }),
          },
          // The agent decides here whether he is interrupted: his first words, and what he owes to say, are not.
          turn_detection: {
            ...{ type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: silence },
            ...{ create_response: answers, interrupt_response: false },
          },
        },
        output: { format, ...(voice !== "" && { voice }) },
      },
      tools: tools.flatten().flatMap((tool) =>
        llm.isFunctionTool(tool)
          ? [
              {
                ...{ type: "function", name: tool.name, description: tool.description },
                parameters: llm.toJsonSchema(tool.parameters),
              },
            ]
          : [],
      ),
      tool_choice: "auto",
    },
  };
}

/** An item that the server does not have yet; undefined: it has no place there. */
export function itemCreate(item: llm.ChatItem): object | undefined {
  switch (item.type) {
    case "message": {
      const content = item.textContent ?? "";
      if (content === "") return undefined;
      const role = item.role === "developer" ? "system" : item.role;
      const type = role === "assistant" ? "output_text" : "input_text";
      return create({ id: item.id, type: "message", role, content: [{ type, text: content }] });
    }
    case "function_call": {
      const { id, callId: call_id, name, args } = item;
      return create({ id, type: "function_call", call_id, name, arguments: args });
    }
    case "function_call_output":
      return create({
        ...{ id: item.id, type: "function_call_output", call_id: item.callId },
        output: item.output,
      });
    default:
      return undefined;
  }
}

function create(item: object): object {
  return { type: "conversation.item.create", item };
}

/** What an `error`, or a failed answer, says: its code, and a sentence. */
export function errorOf(error: unknown): { code: string; message: string; cause: string | undefined } {
  const { code, type, message, event_id } = fields(error);
  return {
    code: text(code) ?? text(type) ?? "",
    message: (text(message) ?? "it failed without a reason").slice(0, 300),
    cause: text(event_id),
  };
}

/** Another attempt would get the same. */
export function isFinal(code: string): boolean {
  return /^(insufficient_quota|invalid_api_key|account_deactivated|billing_hard_limit_reached|model_not_found)$/.test(
    code,
  );
}

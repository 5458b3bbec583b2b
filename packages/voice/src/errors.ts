/** Every way this package fails, with the sentence a person reads. The code is stable: log, record, API and console show it. */
const catalogue = {
  conversation_over: { status: 409, message: "The conversation on this call is over." },
  text_empty: { status: 400, message: "There is nothing to say: the text holds no speakable character." },
  text_too_long: { status: 400, message: "The text to say is too long." },
  too_many_says: { status: 429, message: "Too many texts are already waiting to be said on this call." },
  tts_failed: { status: 502, message: "The text could not be turned into speech." },
  tts_timeout: { status: 504, message: "Turning the text into speech took too long." },
  stt_failed: { status: 502, message: "What the caller said could not be recognised." },
  provider_failed: { status: 502, message: "The agent's language model gave no answer." },
  message_not_saved: { status: 500, message: "The caller's message could not be saved." },
} as const;

export type VoiceErrorCode = keyof typeof catalogue;

export class VoiceError extends Error {
  readonly code: VoiceErrorCode;
  /** The HTTP status an API answers with. */
  readonly status: number;

  constructor(code: VoiceErrorCode, options: { detail?: string; cause?: unknown } = {}) {
    const sentence = catalogue[code].message;
    super(options.detail === undefined ? sentence : `${sentence} (${options.detail})`, {
      cause: options.cause,
    });
    this.name = "VoiceError";
    this.code = code;
    this.status = catalogue[code].status;
  }
}

/** How a conversation ends of itself: the `endCode` and `endReason` of the call record. */
export const endCodes = {
  agent_goodbye: { by: "agent", reason: "The agent said goodbye." },
  caller_silent: { by: "agent", reason: "The caller gave no answer to the agent's prompts." },
  max_duration: { by: "system", reason: "The call reached its longest allowed duration." },
  provider_failed: {
    by: "system",
    reason: "The agent's language or speech provider failed again; the caller was told and the call ended.",
  },
  voice_failed: { by: "system", reason: "The agent's voice failed; the caller was told and the call ended." },
  conversation_failed: {
    by: "system",
    reason: "The conversation failed inside; the caller was told and the call ended.",
  },
} as const satisfies Record<string, { by: "agent" | "system"; reason: string }>;

export type EndCode = keyof typeof endCodes;

import type { AgentProfile, RunFunction } from "./agent-profile.ts";
import { startEcho } from "./echo/echo-conversation.ts";
import type { LegPort } from "./leg-port.ts";
import type { VoiceLog } from "./voice-log.ts";

/** One thing said by one side. Times are epoch milliseconds. */
export interface Turn {
  /** `person`: whom the caller has been put through to. */
  role: "agent" | "user" | "person";
  /** The agent's: what went out on the wire. All others': what was recognised; a key is written "[1]". */
  content: string;
  startedAt: number;
  endedAt: number;
  /** The agent was cut off; `content` ends where. */
  interrupted?: boolean;
}

/** A point in the call's timeline; further fields depend on `type` (docs/design/voice.md lists them). */
export interface TimelineEvent {
  type: string;
  /** Epoch milliseconds. */
  at: number;
  [field: string]: unknown;
}

export interface TakenMessage {
  path: string;
  seconds: number;
}

/** Why the conversation wants the call ended. It has said its last word by then. */
export interface ConversationEnd {
  by: "agent" | "system";
  /** Stable: see `endCodes` in `errors.ts`. */
  code: string;
  /** A sentence for a person. */
  reason: string;
}

/** All are called from the event loop, never from inside a media tick; none may throw. */
export interface ConversationEvents {
  onTurn(turn: Turn): void;
  onTimeline(event: TimelineEvent): void;
  onMessageTaken(message: TakenMessage): void;
  /**
   * The caller wants to be put through by that function. The agent has stepped back, and waits for `resume`.
   * @param notification what the agent has who answers told, in place of what the function has
   */
  onTransfer(name: string, notification?: string): void;
  /** At most once, and not after `stop()`. The owner hangs up. */
  onEnd(result: ConversationEnd): void;
}

export interface ConversationContext {
  /** The calling side, as the call record has it: the person's number, or the agent's where it calls. */
  from: string;
  /** The called user or number. */
  to: string;
  /** Outbound: the agent has called. Inbound where left out. */
  direction?: "inbound" | "outbound";
  /** What the agent is told of the person on the phone. */
  context?: string;
  /** What the agent is told of this one call: why it was made. */
  taskContext?: string;
  /** Where the next taken message goes; used when the leg has no `messagePath`. */
  messagePath?: () => string;
  /** Left out: the agent has no remote functions. */
  runFunction?: RunFunction;
  log?: VoiceLog;
}

export interface SayOptions {
  /** Default true: keys and the caller's voice may cut it off. */
  interruptible?: boolean;
}

export interface SuspendOptions {
  /** The agent goes on hearing the caller and his words go on into the transcript; nothing is done upon them. Default false. */
  listen?: boolean;
}

export type StopReason = "caller-hung-up" | "operator" | "drain";

export interface Conversation {
  /**
   * Says a text of the operator's or of call control's, after what is being said.
   * @returns when it has been heard or cut off.
   * @throws VoiceError `text_too_long`, `too_many_says`, `conversation_over`, `tts_failed`.
   */
  say(text: string, options?: SayOptions): Promise<void>;
  /**
   * The agent steps back: the caller talks to somebody else. Silent at once; keys, voice and silence of the caller bring about
   * nothing, and the call is not ended, however long it lasts. `say` still works. Again, it only changes how it listens.
   */
  suspend(options?: SuspendOptions): void;
  /**
   * The agent is back with the caller. Does nothing where it was not away.
   * @param note said first: what has become of the caller's wish
   * @param next name of a function that is carried out then
   */
  resume(note?: string, next?: string): void;
  /** Silent at once, everything released. Idempotent. A message being recorded is kept. */
  stop(reason: StopReason): Promise<void>;
}

/**
 * Listens to a leg that has no conversation, for phrases or (none given) for any voice. Loaded on first use.
 * @returns what ends it; @throws VoiceError `stt_failed` where this machine cannot
 */
export async function listenForSpeech(
  leg: Pick<LegPort, "sampleRate" | "addSink">,
  options: { phrases: readonly string[]; onSpeech(text: string | undefined): void; log?: VoiceLog },
): Promise<() => void> {
  return (await import("./session/speech-listener.ts")).listenForSpeech(leg, options);
}

/**
 * Puts an agent on a leg: it speaks first. What it needs (LiveKit Agents, voices) is loaded on first use;
 * `warmUp` does so ahead of time.
 */
export async function startConversation(
  profile: AgentProfile,
  leg: LegPort,
  events: ConversationEvents,
  context: ConversationContext,
): Promise<Conversation> {
  if (profile.mode === "echo") return startEcho(profile, leg, events);
  if (profile.mode === "pipeline" || profile.mode === "realtime") {
    const { startModelConversation } = await import("./model/model-conversation.ts");
    return startModelConversation(profile, leg, events, context);
  }
  const { startAttendant } = await import("./attendant/attendant-conversation.ts");
  return startAttendant(profile, leg, events, context);
}

/** Asks an agent's language models one thing. @throws VoiceError `provider_failed` */
export async function askModel(
  ...given: Parameters<typeof import("./model/ask-model.ts").askModel>
): Promise<import("./model/ask-model.ts").ModelAnswer> {
  return (await import("./model/ask-model.ts")).askModel(...given);
}

/** Answers a chat by text as the agent would on the phone. @throws VoiceError `provider_failed` */
export async function chatByText(
  ...given: Parameters<typeof import("./model/text-chat.ts").chatByText>
): Promise<import("./model/text-chat.ts").ChatEnd> {
  return (await import("./model/text-chat.ts")).chatByText(...given);
}

/** Asks a provider for as little as shows that a call can use it. Never rejects. @param patience milliseconds */
export async function checkProvider(
  ...given: Parameters<typeof import("./model/provider-check.ts").checkProvider>
): Promise<import("./model/provider-check.ts").ProviderAnswer> {
  return (await import("./model/provider-check.ts")).checkProvider(...given);
}

// What the parent and a call worker say to each other. Plain data only: it crosses a process boundary as JSON.
// A worker knows nothing of SIP or of the database; a leg is named by the parent.
import type { PortRange, QualitySample, ToneSpecification } from "@ringdown/media";
import type {
  AgentProfile,
  ChatContext,
  ChatEnd,
  ChatEvent,
  ChatMessage,
  FunctionOutcome,
  ModelAnswer,
} from "@ringdown/voice";

export type LanguageModels = NonNullable<AgentProfile["models"]>["providers"]["llm"];

type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue | undefined };

/** What the conversation of one call begins with, beside its agent. */
export interface ConversationInputs {
  direction: "inbound" | "outbound";
  /** What the agent shall know of the person, and of this one call. */
  context?: string;
  taskContext?: string;
}

/** Sent once, first. */
export interface WorkerSettings {
  /** This worker's own slice of the media ports, both ends included. */
  rtpPorts: PortRange;
}

/** How a leg's media went; the `quality` of the call record. */
export type Quality = { [name: string]: JsonValue | undefined };

export interface LegDescription {
  /** Our SDP: the answer to an offer, or an offer where the INVITE had none. */
  sdp: string;
  /** Settled codec; null while only our offer is made. */
  codec: string | null;
  /** The peer put us on hold, RFC 3264 §8.4. */
  onHold: boolean;
  /** The peer says that it sends audio. */
  audible: boolean;
  /** Keys can be sent to it as telephone events (RFC 4733). */
  telephoneEvents: boolean;
}

export interface LegClosed {
  codec: string | null;
  quality: Quality | null;
  /** How it was over time, oldest first. */
  qualitySamples: QualitySample[];
  recording: { path: string; seconds: number } | null;
}

/**
 * What somebody hears who waits. `tone`: for ever, its pauses with the noise of a line. `path`: a WAV file, played round and round; null: the
 * built-in melody. `quiet`: while somebody also talks with him.
 */
export type WaitingSound = { quiet?: boolean } & (
  | { type: "tone"; tone: ToneSpecification }
  | { type: "hold"; path: string | null }
);

/** How far a call of ours is. */
export type LineState = "ringing" | "answered";

/** Each command of the parent, and what the worker answers. */
export interface WorkerCommands {
  configure: { arguments: { settings: WorkerSettings }; result: null };
  /** Loads the modules that these agents' conversations need; media would stand still meanwhile, so before any leg. */
  preload: { arguments: { profiles: AgentProfile[] }; result: null };
  /** Loads voices and fixed phrases ahead of the first call. */
  warmUp: { arguments: { profiles: AgentProfile[] }; result: null };
  openLeg: {
    arguments: { legId: string; localAddress: string; offer: string | null };
    result: LegDescription;
  };
  /**
   * The answer to our offer, come with a 200 or an ACK. Early: with a 18x, of one of the phones that ring; another's may
   * follow, and the 200's counts.
   */
  acceptAnswer: { arguments: { legId: string; sdp: string; early: boolean }; result: LegDescription };
  /** A re-INVITE: null asks for our offer. */
  renegotiate: { arguments: { legId: string; offer: string | null }; result: LegDescription };
  /**
   * A dialog is to take the place of the leg's present one, with ports, conversation, bridge and recording as they are. null: gives our
   * offer, and nothing changes before `acceptSuccessor` brings its answer. Else the leg is with that peer at once.
   */
  openSuccessor: {
    arguments: { legId: string; localAddress: string; offer: string | null };
    result: LegDescription;
  };
  acceptSuccessor: { arguments: { legId: string; sdp: string }; result: LegDescription };
  /**
   * Of a leg that we made: audio both ways and the recording, before anybody speaks. `line`: it is listened to for the network's
   * tones and, once answered, for who it is that answers; null: nobody asks.
   */
  startMedia: {
    arguments: { legId: string; recordingPath: string | null; line: LineState | null };
    result: null;
  };
  /** The call is answered: audio both ways, recording (where they do not run yet), the conversation. */
  startLeg: {
    arguments: {
      legId: string;
      profile: AgentProfile;
      from: string;
      to: string;
      inputs: ConversationInputs;
      recordingPath: string | null;
      /** Path of a taken message without its number and ending. */
      messagePrefix: string;
    };
    result: null;
  };
  say: { arguments: { legId: string; text: string; interruptible: boolean }; result: null };
  sendDtmf: { arguments: { legId: string; digits: string }; result: null };
  /** A key of the leg's peer that came by signalling (INFO). */
  pressKey: { arguments: { legId: string; digit: string; durationMs: number }; result: null };
  /**
   * Joins two legs of this worker: each peer hears the other, and what was played to him who waited ends. While one holds, the
   * other hears his music, or `holdAudio`. A leg's own conversation goes before the other peer where it is not suspended.
   */
  bridge: { arguments: { legId: string; otherId: string; holdAudio: WaitingSound }; result: null };
  /** Takes a leg out of its bridge; both are alone again. Does nothing where there is none. */
  unbridge: { arguments: { legId: string }; result: null };
  /** What the leg hears while nobody says anything to it; null ends it. Not heard in a bridge. */
  playTone: { arguments: { legId: string; sound: WaitingSound | null }; result: null };
  /**
   * Says a text to this leg alone, without its conversation, in place of one that is being said. Answered when it was heard, or
   * when it was cut off by another one, the leg's end or an empty text.
   */
  announce: { arguments: { legId: string; text: string; voice: string | null }; result: { heard: boolean } };
  /** Ends what is announced. */
  hush: { arguments: { legId: string }; result: null };
  /** Waits for one of these keys (any, where empty); null when none was pressed in time, or the leg closed. */
  listenKeys: {
    arguments: { legId: string; keys: string; timeoutMs: number };
    result: { key: string | null };
  };
  /**
   * What is said on this leg, which has no conversation, comes as `speech` until it is bridged or closed. `phrases`: in lower case, what is
   * listened for; none: it is enough that a voice is heard.
   */
  listenSpeech: { arguments: { legId: string; phrases: string[] }; result: null };
  /** The leg's agent steps back, see `Conversation.suspend`. */
  suspendConversation: { arguments: { legId: string; listen: boolean }; result: null };
  /** It is back, says `note` first where there is one, and carries out the function `next`. */
  resumeConversation: {
    arguments: { legId: string; note: string | null; next: string | null };
    result: null;
  };
  /** What the leg's peer says and hears comes as `overheard` from now on, or no longer. */
  overhear: { arguments: { legId: string; on: boolean }; result: null };
  /** Ends ports, recorder and conversation; answered when all are released. */
  closeLeg: { arguments: { legId: string; reason: CloseReason }; result: LegClosed };
  /** A turn of a chat by text; what is said and done comes as `chat` meanwhile. */
  chat: {
    arguments: { chatId: string; profile: AgentProfile; messages: ChatMessage[]; context: ChatContext };
    result: ChatEnd;
  };
  /** Nobody waits for it any more. */
  cancelChat: { arguments: { chatId: string }; result: null };
  /** One question to language models. */
  askModel: {
    arguments: { models: LanguageModels; instructions: string; text: string };
    result: ModelAnswer;
  };
  /** Closes every leg and ends the process. */
  shutdown: { arguments: Record<never, never>; result: null };
}

export type CloseReason = "caller-hung-up" | "operator" | "drain";
export type CommandName = keyof WorkerCommands;
export type CommandArguments<Name extends CommandName> = WorkerCommands[Name]["arguments"];
export type CommandResult<Name extends CommandName> = WorkerCommands[Name]["result"];

export type Command = {
  [Name in CommandName]: { type: Name; requestId: number } & CommandArguments<Name>;
}[CommandName];

/** Parent to worker. */
export type ToWorker =
  | Command
  | { type: "ping"; sequence: number }
  | ({ type: "functionResult"; runId: number } & FunctionOutcome);

/** Something that happened on a leg. Times are epoch milliseconds. */
export type LegEvent =
  | {
      type: "turn";
      role: "agent" | "user" | "person";
      content: string;
      startedAt: number;
      endedAt: number;
      interrupted: boolean;
    }
  | { type: "timeline"; name: string; at: number; fields: { [name: string]: JsonValue | undefined } }
  /** The agent has stepped back: the caller is to be put through by that function. `resumeConversation` ends it. */
  | { type: "transferRequested"; name: string; notification?: string }
  | { type: "messageTaken"; path: string; seconds: number }
  | { type: "conversationEnded"; by: "agent" | "system"; code: string; reason: string }
  /** The peer of the leg this one is bridged to put it on hold, or resumed. */
  | { type: "otherHolds"; onHold: boolean }
  /** The leg this one was bridged to is closed: it is alone. Not told after `unbridge`. */
  | { type: "unbridged" }
  | { type: "mediaTimeout"; silentMs: number }
  /** Asked for by `overhear`: 16-bit PCM at 8 kHz, little-endian, the peer and what it hears in turns, as Base64; 100 ms each. */
  | { type: "overheard"; pcm: string }
  /** Asked for by `listenSpeech`; null: a voice that said none of the phrases. */
  | { type: "speech"; text: string | null };

export interface WorkerStats {
  legs: number;
  rssBytes: number;
  /** Milliseconds a media tick came late, 99th percentile since the start; null without a tick. */
  tickLatenessP99Ms: number | null;
}

/** A remote function that a model has called. */
export interface AgentFunctionRun {
  /** The leg's or the chat's id: what is run in one belongs together. */
  talkId: string;
  agentId: string;
  name: string;
  /** A model's: nothing is known of them but that they are JSON. */
  arguments: Record<string, unknown>;
}

/** Worker to parent. */
export type FromWorker =
  | { type: "result"; requestId: number; value: unknown }
  | { type: "failure"; requestId: number; code: string; message: string }
  | { type: "leg"; legId: string; event: LegEvent }
  | { type: "chat"; chatId: string; event: ChatEvent }
  /** A model wants one of its agent's remote functions run; `functionResult` answers. */
  | ({ type: "runFunction"; runId: number } & AgentFunctionRun)
  /** Nobody waits for it any more. */
  | { type: "cancelFunction"; runId: number }
  | { type: "pong"; sequence: number; stats: WorkerStats };

import type { ModelProviders } from "./model/model-providers.ts";

/** What an agent by models needs beside. */
export interface ModelSettings {
  providers: ModelProviders;
  /** Words that interrupt the agent; fewer, and he goes on. */
  interruptionWordCount: number;
  /** Milliseconds of silence after which a turn is over, where it sounds finished. */
  speechProcessingDelay: number;
  /** The same where it does not. */
  speakingTimeout: number;
  /** IANA name: the agent knows the time there. */
  timezone: string;
}

/** How one agent talks: what a conversation needs to know of it, and nothing of the database. */
export interface AgentProfile {
  id: string;
  username: string;
  title: string;
  mode: "attendant" | "echo" | "pipeline" | "realtime";
  /** The greeting; empty: the menu comes first. */
  welcomeMessage: string;
  agentInstructions: string;
  /** BCP 47, e.g. "en-US". */
  agentLang: string;
  /** A flite voice (see `tts/flite-voices.ts`); null: the default. */
  agentVoice: string | null;
  functions: AgentFunction[];
  /** Of an agent by models: functions that its owner carries out, by `runFunction`. */
  remoteFunctions?: RemoteFunction[];
  /** Seconds of the caller's silence, after the agent has finished, before a prompt. */
  callerResponseTimeout: number;
  /** After this many prompts without an answer the call is ended; 0: never. */
  callerResponseTimeoutHangupCounter: number;
  /** Seconds the agent must have spoken before a voice interrupts it; a key always does. */
  interruptionMinimumSpeakingTime: number;
  /** Seconds from the answer to the agent's goodbye. */
  maxCallDuration?: number;
  /** Spoken before all else; null: no notice. */
  recordingNotice: string | null;
  /** Milliseconds from the answer to the first word. */
  waitOnAnswer: number;
  /** Of an agent by models. */
  models?: ModelSettings;
}

/** All that a model is told of it. */
export interface RemoteFunction {
  /** Unique in the agent, `functions` included. */
  name: string;
  condition?: string;
  description: string;
  /** JSON schema of an object; none: it takes nothing. */
  parameters?: object;
}

export interface FunctionOutcome {
  /** What the model is told, failure or not. */
  output: string;
  failed: boolean;
}

/** Carries out a remote function. @param given the model's: not checked */
export type RunFunction = (
  name: string,
  given: Record<string, unknown>,
  signal: AbortSignal,
) => Promise<FunctionOutcome>;

interface MenuFunction {
  /** Unique in the agent; names the function in log, timeline and fallback. */
  name: string;
  /** The digit (0-9, * or #) that chooses it in the menu. */
  key?: string;
  /** What the caller wants when it applies, in a few words: spoken in the menu and listened for. */
  condition?: string;
}

export interface SayFunction extends MenuFunction {
  type: "say";
  text: string;
}

export interface TakeMessageFunction extends MenuFunction {
  type: "takeMessage";
  prompt?: string;
  /** Longest message, in seconds. */
  maxSeconds?: number;
}

export interface SendDtmfFunction extends MenuFunction {
  type: "sendDtmf";
  digits: string;
}

export interface EndCallFunction extends MenuFunction {
  type: "endCall";
  farewell?: string;
}

export interface TransferFunction extends MenuFunction {
  type: "transfer";
  /** Whom call control dials; of several the next is tried where one cannot be had. */
  destination: string | readonly string[];
  /** Spoken to who answers, alone. */
  transferNotification?: string;
  /** Name of the function that is carried out where nobody could be had. */
  fallback?: string;
}

export type AgentFunction =
  | SayFunction
  | TakeMessageFunction
  | SendDtmfFunction
  | EndCallFunction
  | TransferFunction;

import type { QualitySample } from "@ringdown/media";

/** What the store holds, as plain objects with the field names of spec §7 and facts §6. Times are ISO 8601 UTC with ms. */

export interface Organization {
  id: string;
  name: string;
  createdAt: string;
}

export const AGENT_MODES = ["attendant", "echo", "pipeline", "realtime"] as const;
export type AgentMode = (typeof AGENT_MODES)[number];

interface MenuFunction {
  /** Unique in the agent. */
  name: string;
  /** The digit (0-9, * or #) that chooses it in an attendant's menu. */
  key?: string;
  /** When it applies, in a few words. */
  condition?: string;
}

export const HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export type AgentFunction =
  | HttpFunction
  | McpFunction
  | (MenuFunction & { type: "say"; text: string })
  | (MenuFunction & { type: "takeMessage"; prompt?: string; maxSeconds?: number })
  | (MenuFunction & { type: "sendDtmf"; digits: string })
  | (MenuFunction & { type: "endCall"; farewell?: string })
  | (MenuFunction & {
      type: "transfer";
      destination: string | string[];
      transferNotification?: string;
      fallback?: string;
    });

/** What is to be found out in a call, and written down after it. */
export interface ReportingField {
  key: string;
  label: string;
  instructions?: string;
  values: { kind: "boolean" | "number" | "text" } | { kind: "choices"; choices: string[] };
}

/** Asks a server for a model. `functions/http-request.ts` tells how it is filled. */
export interface HttpFunction extends MenuFunction {
  type: "http";
  /** What it does and answers, for the model. */
  description: string;
  /** JSON schema of an object; left out: it takes none. */
  parameters?: Record<string, unknown>;
  /** GET where left out. */
  method?: HttpMethod;
  /** `{name}` is a parameter, `{{secret:NAME}}` a secret; in `headers` secrets alone. */
  url: string;
  headers?: Record<string, string>;
  /** Seconds for the whole answer. */
  timeout?: number;
}

/** A server of the Model Context Protocol: each of its tools is a function of the agent's. */
export interface McpFunction extends MenuFunction {
  type: "mcp";
  /** `{{secret:NAME}}` is a secret, here and in `headers`. */
  url: string;
  headers?: Record<string, string>;
  /** Which of them the agent has; all where left out. */
  tools?: string[];
  /** Seconds for each answer. */
  timeout?: number;
}

/** What an agent was, from one change on. */
export interface AgentVersion {
  /** From 1. */
  number: number;
  at: string;
  /** Who made it so. */
  by: string;
  /** Fields that differ from the version before. */
  changed: string[];
  settings: AgentSettings;
}

/** Changes that are not in force yet. */
export interface AgentDraft {
  at: string;
  by: string;
  /** Those fields alone that are to be others. */
  settings: Partial<AgentSettings>;
}

/** Everything of an agent that an operator may set. Ranges and defaults: `agent-fields.ts`. */
export interface AgentSettings {
  username: string;
  phoneNumbers: string[];
  title: string;
  description: string;
  mode: AgentMode;
  functions: AgentFunction[];
  welcomeMessage: string;
  agentInstructions: string;
  /** BCP 47. */
  agentLang: string;
  agentVoice: string | null;
  /** IANA name. */
  timezone: string;
  /** Seconds. */
  callerResponseTimeout: number;
  callerResponseTimeoutHangupCounter: number;
  interruptionWordCount: number;
  /** Seconds. */
  interruptionMinimumSpeakingTime: number;
  /** Milliseconds between words. */
  speakingTimeout: number;
  /** Milliseconds of silence after which a turn is over, where it sounds finished. */
  speechProcessingDelay: number;
  /** `provider/model`; null: the first provider's default. */
  agentModel: string | null;
  /** Asked where that one fails. */
  agentModelFallback: string | null;
  /** A provider, or `provider/model`; null: the first that there is. */
  agentSttEngine: string | null;
  /** Of mode `realtime`: a provider, or `provider/model`; null: the first that there is. */
  agentS2SEngine: string | null;
  /** Milliseconds from answer to the first word. */
  waitOnAnswer: number;
  /** Seconds that an agent that calls and waits for the person's first words waits at most. */
  waitToGreetTimeout: number;
  /** What the agent does where a machine answers its call. */
  onMachine: "continue" | "hangUp" | "leaveMessage";
  /** Left after the beep; empty: the greeting. */
  machineMessage: string;
  /** Who answers a transfer has to press 1. */
  confirmTransfers: boolean;
  /** Seconds for that. */
  transferConfirmTimeout: number;
  /** Who answers a transfer sees the agent's number, not the caller's. */
  useAgentNumberForTransfers: boolean;
  /** By a call of ours, or by asking the caller's own side (REFER). */
  transferMode: "bridge" | "refer";
  /** Where that side refuses or does not tell: by a call of ours. */
  transferReferFallback: boolean;
  /** The agent stays with the caller meanwhile, and who answers has to say the trigger. */
  attendedTransfers: boolean;
  /** null: yes; "any": anything; else a regular expression. */
  attendedTransferBridgeTrigger: string | null;
  /** The agent goes on listening after it has put the caller through. */
  monitorTransfers: boolean;
  /** What a caller hears who waits. */
  transferAudio: "ringback" | "music";
  /** The other side may send its end of a call on, by REFER or Replaces. */
  acceptTransfers: boolean;
  /** Seconds of ringing before the answer, 1 to 60; null: answered at once. */
  preAnswerRingTime: number | null;
  /** Whether a language model writes a summary and the outcome after each call. */
  callSummary: boolean;
  reportingFields: ReportingField[];
  /** Whether calls are recorded. */
  recording: boolean;
  autoRecordingNotification: "true" | "false" | "always";
  recordingNotificationPhrase: string;
  /** Seconds; null: no limit. */
  maxCallDuration: number | null;
  /** Calls at once; null: no limit but the node's. */
  maxConcurrentCalls: number | null;
}

export interface Agent extends AgentSettings {
  id: string;
  organizationId: string;
  createdAt: string;
  updatedAt: string;
}

export type AgentChange = { type: "created" | "updated" | "deleted"; agent: Agent };

/** What an organization has set of a provider of models. */
export interface ProviderRecord {
  organizationId: string;
  name: string;
  /** Another address than the provider's own. */
  baseUrl: string | null;
  sealedKey: string | null;
  updatedAt: string;
}

/** What functions send along by name. */
export interface NamedSecretRecord {
  organizationId: string;
  name: string;
  sealedValue: string;
  /** `host` or `host:port`: where it may be sent. */
  hosts: string[];
  updatedAt: string;
}

export interface TokenRecord {
  id: string;
  organizationId: string;
  /** The token with its middle left out. */
  masked: string;
  description: string;
  type: "admin";
  createdAt: string;
  /** `environment`: it is RINGDOWN_TOKEN. */
  origin: "api" | "environment";
}

/** owner: may change all; viewer: may look. */
export const USER_ROLES = ["owner", "viewer"] as const;
export type UserRole = (typeof USER_ROLES)[number];

/** A person who signs in to the console. */
export interface User {
  id: string;
  organizationId: string;
  /** Unique on the system in any case. */
  username: string;
  role: UserRole;
  /** Null: it was never set, and he cannot sign in. */
  passwordSetAt: string | null;
  lastSignInAt: string | null;
  createdAt: string;
}

export interface Session {
  user: User;
  /** If nobody comes with it until then. */
  expiresAt: string;
}

export interface AccessEntry {
  organizationId: string;
  /** Canonical: address, or network/length. */
  ip: string;
  label: string;
  createdAt: string;
}

export const REGISTRATION_TRANSPORTS = ["udp", "tcp", "tls"] as const;
export type RegistrationTransport = (typeof REGISTRATION_TRANSPORTS)[number];

/** An agent's account on an outside PBX (spec §4, facts §2). */
export interface RegistrationSettings {
  /** `user@domain`, canonical, without a scheme. */
  aor: string;
  /** The extension; name for authentication too, unless `authUsername` is another. */
  username: string;
  authUsername: string | null;
  /** The registrar's domain, as in a URI. */
  sipRealm: string;
  /** `host` or `host:port`: where REGISTER is sent, in place of the domain. */
  proxy: string | null;
  port: number | null;
  transport: RegistrationTransport;
  /** Whether to subscribe to what the PBX tells about (message-summary). */
  subscribe: boolean;
}

/** How it stood when that last changed: shown after a restart, until something new is known. */
export interface RegistrationOutcome {
  state: "registered" | "rejected" | "unreachable";
  lastCode: number | null;
  lastReason: string | null;
  at: string;
}

export interface RegistrationRecord extends RegistrationSettings {
  agentId: string;
  organizationId: string;
  /** As `Secrets.seal` made it. */
  sealedPassword: string | null;
  /** User part of our Contact: who sends a call to it has learned it from the registrar. */
  contactToken: string;
  outcome: RegistrationOutcome | null;
  createdAt: string;
  updatedAt: string;
}

/** Where an organization's calls go out (spec §3), and what is said there. */
export interface OutboundRouteRecord {
  id: string;
  organizationId: string;
  /** 0 is tried first. */
  position: number;
  /** As typed. */
  route: string;
  /** The one spelling of all that send the same way: once in an organization. */
  canonical: string;
  /** For digest, where the far side asks for it. */
  username: string | null;
  sealedPassword: string | null;
  /** +E.164 in From, in place of the agent's own number. */
  callerId: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What an organization may dial (spec §3). Each entry in its one spelling: `calls/dial/destination-settings.ts`. */
export interface DestinationSettings {
  /** ISO 3166 codes (`US`) and calling codes (`+44`); null: all. */
  readonly countries: readonly string[] | null;
  readonly premiumRate: boolean;
  readonly satellite: boolean;
  readonly emergency: boolean;
  /** `+19005550100`, `ext:911`, or what they begin with: `+1900*`. In spite of all that. */
  readonly allowed: readonly string[];
  readonly blocked: readonly string[];
  /** Hosts that a `sip:` URI may lead to: lower case, IPv6 without brackets. */
  readonly sipHosts: readonly string[];
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue | undefined };

export interface DialogTurn {
  role: "agent" | "user" | "person";
  content: string;
  startedAt: string;
  endedAt: string;
  interrupted?: boolean;
}

export interface CallTimelineEvent {
  type: string;
  at: string;
  [detail: string]: JsonValue | undefined;
}

export interface CallLegRecord {
  id: string;
  [detail: string]: JsonValue | undefined;
}

/** A message that a caller left. */
export interface CallMessage {
  /** When it was taken. */
  at: string;
  /** How long it is. */
  seconds: number;
  /** As `CallRecord.recording`. */
  recording: string;
}

export type CallState = "ringing" | "active" | "ended";
export type CallDirection = "inbound" | "outbound";

export interface CallRecord {
  id: string;
  organizationId: string;
  sipCallId: string;
  direction: CallDirection;
  state: CallState;
  agentId: string;
  from: string;
  to: string;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  /** Seconds from answer to end; 0 where it was never answered, null while it runs. */
  duration: number | null;
  endedBy: "caller" | "agent" | "system" | null;
  endCode: string | null;
  endReason: string | null;
  codec: string | null;
  legs: CallLegRecord[];
  callDialog: DialogTurn[];
  timeline: CallTimelineEvent[];
  /** Path below the data folder, with forward slashes; the API answers a URL in its place. */
  recording: string | null;
  messages: CallMessage[];
  quality: { [name: string]: JsonValue | undefined } | null;
  /** How that was over time, oldest first; left out of lists. */
  qualitySamples?: CallQualitySample[];
  /** What a language model wrote of it after its end; null: nobody was asked, or not yet. */
  report: CallReport | null;
}

/** A few seconds of a call's audio. */
export type CallQualitySample = Omit<QualitySample, "at"> & {
  /** The end of the time it is of. */
  at: string;
};

/** What is known of a call after it, in words and by the agent's `reportingFields`. */
export interface CallReport {
  /** null: no usable answer came. */
  summary: string | null;
  /** In a few words. */
  outcome: string | null;
  collectedData: { [key: string]: string | number | boolean | null };
  /** Why there is less than was asked for. */
  error?: string;
  usage: { promptTokens: number; completionTokens: number };
}

export type CallPatch = Partial<Omit<CallRecord, "id" | "organizationId">> & {
  /** Its end is to be followed up, by webhooks: until that is written down too, the next start does it. */
  followUp?: "due";
};

export interface CallFilters {
  state?: CallState;
  direction?: CallDirection;
  agentId?: string;
  /** With a `*` at the end: what begins so; `to` alike. */
  from?: string;
  to?: string;
  /** startedAt at or after. */
  since?: string;
  /** startedAt before. */
  until?: string;
}

export interface RejectedCall {
  id: string;
  at: string;
  /** The organization that may see it; null: only the operator's (the first). */
  organizationId: string | null;
  source: string;
  transport: string;
  from: string;
  to: string;
  code: string;
  /** SIP status; 0: no answer was sent. */
  status: number;
  hint: string;
  /** Refusals right after this one that were counted instead of stored, as they came too fast. */
  suppressed: number;
}

export type NewRejectedCall = Omit<RejectedCall, "id" | "at" | "suppressed" | "organizationId"> & {
  /** Now where left out. */
  at?: string;
  organizationId?: string | null;
};

/** A page of a list: at most `limit` (1 to 200) items, those after the cursor that an earlier page gave as `next`. */
export interface PageRequest {
  limit?: number;
  after?: string;
}

export interface Page<Item> {
  items: Item[];
  /** Cursor of the next page; null: this was the last. */
  next: string | null;
}

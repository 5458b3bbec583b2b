import { type Static, type TProperties, type TSchema, Type } from "@fastify/type-provider-typebox";
import { RING_SECONDS } from "../calls/ring-seconds.ts";
import { AGENT_DEFAULTS, E164_PATTERN, USERNAME_PATTERN } from "../store/agent-fields.ts";
import { MAX_LIMIT } from "../store/page.ts";
import { AGENT_MODES, HTTP_METHODS, USER_ROLES } from "../store/records.ts";

export const Closed = { additionalProperties: false } as const;

export function Nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

export const Time = Type.String({ format: "date-time", description: "ISO 8601, UTC, with milliseconds" });

/** The query of every call that needs a token, and what a route adds to it. */
export function query<Properties extends TProperties>(properties: Properties) {
  return Type.Object(
    {
      ...properties,
      token: Type.Optional(
        Type.String({ description: "The API token, where no Authorization header is sent" }),
      ),
      targetAccountId: Type.Optional(
        Type.String({
          maxLength: 64,
          description: "An organization or an agent; the token's organization if left out",
        }),
      ),
    },
    Closed,
  );
}

export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: "Items a page; 50 if left out" }),
  ),
  after: Type.Optional(Type.String({ maxLength: 200, description: "The `next` of the page before" })),
};

export const Next = Type.Union([Type.String(), Type.Null()], {
  description: "Give it as `after` to get the next page; null: this is the last",
});

/** The parameter of a path such as `/agents/{id}`. */
export const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

export const Failure = Type.Object({
  success: Type.Literal(false),
  code: Type.String({ description: "Stable; docs/design/api.md lists them" }),
  message: Type.String({ description: "A sentence for a person" }),
});

export function success<Properties extends TProperties>(properties: Properties) {
  return Type.Object({ success: Type.Literal(true), ...properties });
}

export const Done = success({ message: Type.String() });

const FAILURES: Record<number, string> = {
  400: "The request is not valid; `message` names the field",
  401: "No token, or one that is not known",
  403: "The token may not act for targetAccountId, or the user may only look",
  404: "There is no such thing",
  409: "In conflict with what is there",
  413: "The body is too large",
  415: "The body is not JSON",
  416: "The range lies outside the file",
  429: "Too many requests; see Retry-After",
  503: "Not now; try again",
};

/** The `response` part of a route's schema: its answers, and the failures that it can end in. */
export function answers(good: Record<number, TSchema>, ...failures: number[]): Record<number, TSchema> {
  const described = Object.fromEntries(
    [400, 401, 403, 429, ...failures].map((status) => [
      status,
      Type.Object(Failure.properties, { description: FAILURES[status] ?? "It failed" }),
    ]),
  );
  return { ...described, ...good };
}

// Agents

const Name = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$",
  description: "Unique in the agent, in any case",
  "x-must": "a name of letters, digits, blanks and _ . -, at most 64",
});
const Key = Type.Optional(
  Type.String({
    pattern: "^[0-9*#]$",
    description: "The digit that chooses it in an attendant's menu",
    "x-must": "one digit, * or #",
  }),
);
const Condition = Type.Optional(
  Type.String({ maxLength: 500, description: "When it applies, in a few words" }),
);
const menu = { name: Name, key: Key, condition: Condition };

const Digits = Type.String({
  pattern: "^[0-9A-D*#]{1,64}$",
  description: "DTMF (RFC 4733 events 0 to 15)",
  "x-must": "1 to 64 of the digits 0-9, A-D, * and #",
});

function ModelName(description: string) {
  return Type.String({
    pattern: "^[A-Za-z0-9_.:/@-]{1,128}$",
    "x-must": "provider/model, such as openai/gpt-4.1-mini",
    description,
  });
}

const RequestHeaders = Type.Optional(
  Type.Record(
    Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" }),
    Type.String({ maxLength: 2000, pattern: "^[\\x20-\\x7e]*$" }),
    { maxProperties: 20, description: "With {{secret:NAME}} where a key belongs" },
  ),
);
const AnswerSeconds = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 30, description: "Seconds for the whole answer; 10 if left out" }),
);

/** Where an MCP server is, and as whom it is asked. */
export const McpAddress = {
  url: Type.String({
    minLength: 1,
    maxLength: 2000,
    description:
      "Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host",
  }),
  headers: RequestHeaders,
  timeout: AnswerSeconds,
};

export const FunctionSchema = Type.Union([
  Type.Object(
    { type: Type.Literal("say"), ...menu, text: Type.String({ minLength: 1, maxLength: 4000 }) },
    Closed,
  ),
  Type.Object(
    {
      type: Type.Literal("takeMessage"),
      ...menu,
      prompt: Type.Optional(Type.String({ maxLength: 2000 })),
      maxSeconds: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 600, description: "Longest message, in seconds" }),
      ),
    },
    Closed,
  ),
  Type.Object({ type: Type.Literal("sendDtmf"), ...menu, digits: Digits }, Closed),
  Type.Object(
    {
      type: Type.Literal("transfer"),
      ...menu,
      destination: Type.Union(
        [
          Type.String({ minLength: 1, maxLength: 256 }),
          Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 8 }),
        ],
        { description: "As the target of a call out; of several the next is tried where one cannot be had" },
      ),
      transferNotification: Type.Optional(
        Type.String({ maxLength: 2000, description: "Spoken to who answers, alone" }),
      ),
      fallback: Type.Optional(
        Type.String({
          maxLength: 64,
          description: "Name of the function that follows where nobody could be had",
        }),
      ),
    },
    Closed,
  ),
  Type.Object(
    { type: Type.Literal("endCall"), ...menu, farewell: Type.Optional(Type.String({ maxLength: 2000 })) },
    Closed,
  ),
  Type.Object(
    {
      type: Type.Literal("http"),
      ...menu,
      description: Type.String({
        minLength: 1,
        maxLength: 1000,
        description:
          "What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it",
      }),
      parameters: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description: "JSON schema of an object: what the model gives it, and what that is checked by",
        }),
      ),
      method: Type.Optional(Type.Enum([...HTTP_METHODS], { description: "GET if left out" })),
      url: Type.String({
        minLength: 1,
        maxLength: 2000,
        description:
          "{name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH",
      }),
      headers: RequestHeaders,
      timeout: AnswerSeconds,
    },
    Closed,
  ),
  Type.Object(
    {
      type: Type.Literal("mcp"),
      ...menu,
      ...McpAddress,
      tools: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
          maxItems: 64,
          description:
            "Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL",
        }),
      ),
    },
    Closed,
  ),
]);

const d = AGENT_DEFAULTS;

/** What may be set of an agent, without its username. Numbers, units and names: facts §6. */
const settings = {
  phoneNumbers: Type.Array(
    Type.String({
      pattern: E164_PATTERN,
      "x-must": "an E.164 number: + and 7 to 15 digits, such as +15125550100",
    }),
    { maxItems: 100, uniqueItems: true, default: [], description: "E.164, each of one agent on the system" },
  ),
  title: Type.String({ maxLength: 200, default: d.title }),
  description: Type.String({ maxLength: 2000, default: d.description }),
  mode: Type.Enum([...AGENT_MODES], {
    default: d.mode,
    description:
      "attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself",
  }),
  functions: Type.Array(FunctionSchema, { maxItems: 50, default: [] }),
  welcomeMessage: Type.String({ maxLength: 4000, default: d.welcomeMessage, description: "The greeting" }),
  agentInstructions: Type.String({ maxLength: 100_000, default: d.agentInstructions }),
  agentLang: Type.Enum(["en-US", "multi", "es-MX", "es-ES", "es-US"], { default: d.agentLang }),
  agentVoice: Nullable(
    Type.String({
      pattern: "^[A-Za-z0-9_.:/-]{1,64}$",
      "x-must":
        "the name of a voice (at most 64 characters): an offline one, or provider/voice such as openai/alloy",
    }),
  ),
  timezone: Type.String({ maxLength: 64, default: d.timezone, description: "IANA name" }),
  callerResponseTimeout: Type.Number({
    minimum: 1,
    maximum: 300,
    default: d.callerResponseTimeout,
    description: "Seconds of silence before the caller is asked whether he is there",
  }),
  callerResponseTimeoutHangupCounter: Type.Integer({
    minimum: 0,
    maximum: 20,
    default: d.callerResponseTimeoutHangupCounter,
    description: "Such questions, unanswered, before the call is ended; 0: never",
  }),
  interruptionWordCount: Type.Integer({ minimum: 0, maximum: 50, default: d.interruptionWordCount }),
  interruptionMinimumSpeakingTime: Type.Number({
    minimum: 0,
    maximum: 60,
    default: d.interruptionMinimumSpeakingTime,
    description: "Seconds the agent must have spoken before a voice interrupts it",
  }),
  agentModel: Nullable(
    ModelName('The language model, as "openai/gpt-4.1-mini"; null: the first provider\'s default'),
  ),
  agentModelFallback: Nullable(ModelName("Asked where agentModel fails")),
  agentSttEngine: Nullable(
    ModelName(
      'Who transcribes: "deepgram", "openai", "groq", "local", or "openai/whisper-1"; null: the first there is',
    ),
  ),
  agentS2SEngine: Nullable(
    ModelName(
      'Of mode realtime, who hears and speaks: "openai", "xai", "local/model", or "openai/gpt-realtime"; null: the first there is. Where it fails, agentModel, agentSttEngine and agentVoice go on',
    ),
  ),
  speechProcessingDelay: Type.Integer({
    minimum: 200,
    maximum: 5_000,
    default: d.speechProcessingDelay,
    description:
      "Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not",
  }),
  speakingTimeout: Type.Integer({
    minimum: 100,
    maximum: 30_000,
    default: d.speakingTimeout,
    description: "Milliseconds between words that end a turn",
  }),
  waitOnAnswer: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: d.waitOnAnswer,
    description: "Milliseconds from the answer to the first word",
  }),
  waitToGreetTimeout: Type.Number({
    minimum: 1,
    maximum: 60,
    default: d.waitToGreetTimeout,
    description:
      "Seconds that an agent that calls with waitToGreet waits for the person's first words at most",
  }),
  onMachine: Type.Enum(["continue", "hangUp", "leaveMessage"], {
    default: d.onMachine,
    description:
      "Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words",
  }),
  machineMessage: Type.String({
    maxLength: 4000,
    default: d.machineMessage,
    description: "Left on a machine after its beep; empty: the greeting",
  }),
  confirmTransfers: Type.Boolean({
    default: d.confirmTransfers,
    description:
      "Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told",
  }),
  transferConfirmTimeout: Type.Integer({
    minimum: 5,
    maximum: 120,
    default: d.transferConfirmTimeout,
    description: "Seconds for that",
  }),
  useAgentNumberForTransfers: Type.Boolean({
    default: d.useAgentNumberForTransfers,
    description: "Who answers a transfer sees the agent's number; else the caller's",
  }),
  transferMode: Type.Enum(["bridge", "refer"], {
    default: d.transferMode,
    description:
      "bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)",
  }),
  transferReferFallback: Type.Boolean({
    default: d.transferReferFallback,
    description:
      "Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's",
  }),
  attendedTransfers: Type.Boolean({
    default: d.attendedTransfers,
    description:
      "The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers",
  }),
  attendedTransferBridgeTrigger: Nullable(
    Type.String({
      maxLength: 200,
      description:
        'What who answers has to say: null for yes, "any" for anything, else a regular expression (RE2: no look-around, no back-references)',
    }),
  ),
  monitorTransfers: Type.Boolean({
    default: d.monitorTransfers,
    description: "The agent goes on listening and writing down after it has put the caller through",
  }),
  transferAudio: Type.Enum(["ringback", "music"], {
    default: d.transferAudio,
    description:
      "What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him",
  }),
  acceptTransfers: Type.Boolean({
    default: d.acceptTransfers,
    description: "Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows",
  }),
  preAnswerRingTime: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 60,
      description: "Seconds of ringing before the answer; null: none",
    }),
  ),
  callSummary: Type.Boolean({
    default: d.callSummary,
    description:
      "Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline",
  }),
  reportingFields: Type.Array(
    Type.Object(
      {
        key: Type.String({
          pattern: "^[A-Za-z][A-Za-z0-9_]{0,63}$",
          "x-must": "a letter, then at most 63 letters, digits and underscores",
        }),
        label: Type.String({ minLength: 1, maxLength: 100 }),
        instructions: Type.Optional(
          Type.String({ maxLength: 2000, description: "What the value is to say, for the model" }),
        ),
        values: Type.Union([
          Type.Object({ kind: Type.Enum(["boolean", "number", "text"]) }, Closed),
          Type.Object(
            {
              kind: Type.Literal("choices"),
              choices: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
                minItems: 1,
                maxItems: 50,
                uniqueItems: true,
              }),
            },
            Closed,
          ),
        ]),
      },
      Closed,
    ),
    {
      maxItems: 30,
      default: [],
      description: "What is to be written down of each call, for `collectedData`",
    },
  ),
  recording: Type.Boolean({ default: d.recording, description: "Whether calls are recorded" }),
  autoRecordingNotification: Type.Enum(["true", "false", "always"], {
    default: d.autoRecordingNotification,
    description:
      "Whether recording is told: to all, to none, or (true) where the caller's number may require it",
  }),
  recordingNotificationPhrase: Type.String({ maxLength: 500, default: d.recordingNotificationPhrase }),
  maxCallDuration: Nullable(
    Type.Integer({ minimum: 10, maximum: 86_400, description: "Seconds; null: no limit" }),
  ),
  maxConcurrentCalls: Nullable(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      description: "Calls at once, above it 486; null: no limit",
    }),
  ),
};

const Username = Type.String({
  pattern: USERNAME_PATTERN,
  description: "Unique on the system in any case",
  "x-must": "1 to 64 letters, digits, dots, underscores and hyphens, at least one of them a letter",
});

const settingsOptional = Type.Partial(Type.Object(settings)).properties;

export const AgentCreate = Type.Object({ username: Username, ...settingsOptional }, Closed);
export const AgentPatch = Type.Object({ username: Type.Optional(Username), ...settingsOptional }, Closed);
export type AgentInput = Static<typeof AgentPatch>;

export const AgentSchema = Type.Object({
  id: Type.String(),
  organizationId: Type.String(),
  username: Type.String(),
  sipUris: Type.Array(Type.String(), { description: "What callers dial" }),
  ...settings,
  createdAt: Time,
  updatedAt: Time,
});

// Access list and tokens

export const WhitelistItem = Type.Object({
  userId: Type.String({ description: "The organization" }),
  label: Type.String(),
  timestamp: Type.Integer({ description: "Unix seconds" }),
  ip: Type.String({ description: "Canonical: an address, or network/length" }),
});

export const TokenItem = Type.Object({
  id: Type.String(),
  token: Type.String({ description: "Masked; whole only in the answer that made it" }),
  description: Type.String(),
  type: Type.Literal("admin"),
  timestamp: Type.Integer({ description: "Unix seconds" }),
  userId: Type.String({ description: "The organization" }),
});

export const UserSchema = Type.Object({
  id: Type.String(),
  organizationId: Type.String(),
  username: Type.String(),
  role: Type.Enum([...USER_ROLES]),
  passwordSetAt: Nullable(
    Type.String({ format: "date-time", description: "Null: never; he cannot sign in" }),
  ),
  lastSignInAt: Nullable(Time),
  createdAt: Time,
});

// Calls

const Details = Type.Record(Type.String(), Type.Unknown());

const Figure = (description: string) => Type.Optional(Type.Number({ description }));

const QualitySampleSchema = Type.Object(
  {
    at: Time,
    seconds: Type.Number({ description: "How long the time is that ended at that moment" }),
    packetsReceived: Type.Integer(),
    lostPercent: Figure("Of the packets sent here: never came"),
    latePercent: Figure("Came too late to be played"),
    jitterMs: Figure("RFC 3550; the highest in that time, as all ms here"),
    bufferMs: Figure("What the jitter buffer held back"),
    roundTripMs: Figure("By RTCP"),
    mos: Figure("Estimated quality heard here, 1 to 4.5 (E-model, simplified)"),
    remoteLostPercent: Figure("Of the packets sent there, as the other side reports by RTCP"),
    remoteJitterMs: Figure("As the other side reports"),
    remoteMos: Figure("Estimated quality heard by the other side"),
  },
  { description: "What nothing told is left out" },
);

export const CallSchema = Type.Object({
  id: Type.String(),
  organizationId: Type.String(),
  sipCallId: Type.String({ description: "The first leg's Call-ID" }),
  direction: Type.Enum(["inbound", "outbound"]),
  state: Type.Enum(["ringing", "active", "ended"]),
  agentId: Type.String(),
  from: Type.String(),
  to: Type.String(),
  startedAt: Time,
  answeredAt: Nullable(Time),
  endedAt: Nullable(Time),
  duration: Nullable(Type.Number({ description: "Seconds from answer to end" })),
  endedBy: Nullable(Type.Enum(["caller", "agent", "system"])),
  endCode: Nullable(Type.String()),
  endReason: Nullable(Type.String()),
  codec: Nullable(Type.String()),
  legs: Type.Array(Details),
  callDialog: Type.Array(
    Type.Object({
      role: Type.Enum(["agent", "user", "person"], {
        description: "person: whom the caller has been put through to (`monitorTransfers`)",
      }),
      content: Type.String(),
      startedAt: Type.String(),
      endedAt: Type.String(),
      interrupted: Type.Optional(Type.Boolean()),
    }),
  ),
  timeline: Type.Array(Details),
  recording: Nullable(Type.String({ description: "URL of the WAV: left the caller, right the agent" })),
  messages: Type.Array(
    Type.Object({
      at: Time,
      seconds: Type.Number(),
      recording: Type.String({ description: "URL of the WAV" }),
    }),
    { description: "What the caller left by takeMessage, in order" },
  ),
  quality: Nullable(Details),
  qualitySamples: Type.Optional(
    Type.Array(QualitySampleSchema, {
      maxItems: 240,
      description:
        "Of one call that has ended: how its audio was, oldest first, a sample each 5 s and fewer in long calls",
    }),
  ),
  report: Nullable(
    Type.Object(
      {
        summary: Nullable(Type.String()),
        outcome: Nullable(Type.String({ description: "In a few words" })),
        collectedData: Type.Record(
          Type.String(),
          Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
        ),
        error: Type.Optional(Type.String({ description: "Why there is less than was asked for" })),
        usage: Type.Object({ promptTokens: Type.Integer(), completionTokens: Type.Integer() }),
      },
      {
        description:
          "Written by the agent's language model after the call; null: nobody was asked, or not yet",
      },
    ),
  ),
  audioFindings: Type.Optional(
    Type.Array(Type.Object({ code: Type.String(), sentence: Type.String() }), {
      description:
        "Of one call that has ended: why one side heard nothing or little, and what to do, what matters most first; empty: the audio was well",
    }),
  ),
});

export const DtmfBody = Type.Object({ digits: Digits }, Closed);
export const SayBody = Type.Object({ text: Type.String({ minLength: 1, maxLength: 4000 }) }, Closed);

/** How one call out is made. */
export const callOutFields = {
  callerId: Type.Optional(
    Type.String({
      pattern: E164_PATTERN,
      description: "The number that is shown, in place of the route's or the agent's first",
      "x-must": "a number in E.164 form, such as +15125550100",
    }),
  ),
  greeting: Type.Optional(
    Type.String({ maxLength: 4000, description: "What is said first, in place of the welcomeMessage" }),
  ),
  waitToGreet: Type.Optional(
    Type.Boolean({ description: "Speak after the person did (at the latest after waitToGreetTimeout)" }),
  ),
  context: Type.Optional(
    Type.String({ maxLength: 20_000, description: "What the agent is told of the person" }),
  ),
  taskContext: Type.Optional(
    Type.String({ maxLength: 20_000, description: "What the agent is told of this one call" }),
  ),
};

export const CallOutBody = Type.Object(
  {
    target: Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        "+E.164, ext:1002 or pbx:1002, sip:user@host, or an agent's username; then commas (a second each) and digits " +
        "to be dialled after the answer: +15125550100,,,12",
    }),
    ...callOutFields,
    ringSeconds: Type.Optional(
      Type.Integer({
        minimum: RING_SECONDS.least,
        maximum: RING_SECONDS.most,
        description: `Seconds it may ring; ${RING_SECONDS.default} if left out`,
      }),
    ),
  },
  Closed,
);

const TransferDestination = Type.String({ minLength: 1, maxLength: 256 });

export const TransferBody = Type.Object(
  {
    destination: Type.Union(
      [TransferDestination, Type.Array(TransferDestination, { minItems: 1, maxItems: 8 })],
      {
        description: "As the target of a call out; of several the next is tried where one cannot be had",
      },
    ),
    transferNotification: Type.Optional(
      Type.String({
        maxLength: 2000,
        description: "Spoken to who answers, alone, before the caller is put through",
      }),
    ),
    confirm: Type.Optional(
      Type.Boolean({
        description:
          "Who answers presses 1 to take the call, 2 to decline, 3 to have the caller told of a call back",
      }),
    ),
    mode: Type.Optional(
      Type.Enum(["bridge", "refer"], { description: "As the agent's transferMode, which it is if left out" }),
    ),
    attended: Type.Optional(
      Type.Boolean({ description: "As the agent's attendedTransfers, which it is if left out" }),
    ),
    confirmTimeout: Type.Optional(
      Type.Integer({ minimum: 5, maximum: 120, description: "Seconds for that; 30 if left out" }),
    ),
    ringSeconds: Type.Optional(
      Type.Integer({
        minimum: RING_SECONDS.least,
        maximum: RING_SECONDS.most,
        description: "30 if left out",
      }),
    ),
    useAgentNumber: Type.Optional(
      Type.Boolean({
        description: "Who answers sees the agent's number; else the caller's, where it is one",
      }),
    ),
  },
  Closed,
);

export const RejectedCallSchema = Type.Object({
  id: Type.String(),
  at: Time,
  source: Type.String(),
  transport: Type.String(),
  from: Type.String(),
  to: Type.String(),
  code: Type.String(),
  status: Type.Integer({ description: "The SIP status sent; 0: none was" }),
  hint: Type.String({ description: "What to do about it" }),
  suppressed: Type.Integer({
    description: "Refusals right after it that were counted only, as they came too fast",
  }),
});

export const StatusSchema = Type.Object({
  ready: Type.Boolean(),
  draining: Type.Boolean(),
  listeners: Type.Array(Type.String()),
  databaseOpen: Type.Boolean(),
  callsRunning: Type.Integer(),
  domain: Type.String(),
  publicAddress: Type.String(),
});

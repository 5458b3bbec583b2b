import { Type } from "@fastify/type-provider-typebox";
import { RETRY_OUTCOMES, TASK_OUTCOMES, TASK_STATES, WEEKDAYS } from "../store/task-records.ts";
import { MAX_DELAY, MAX_RETRIES, MIN_DELAY } from "../tasks/retry-policy.ts";
import { callOutFields, Nullable, Time } from "./schemas.ts";

const Closed = { additionalProperties: false } as const;

export const MAX_TARGETS = 10_000;

const Target = Type.String({
  minLength: 1,
  maxLength: 256,
  description: "+E.164, ext:1002 or pbx:1002, sip:user@host, or an agent's username; then commas and digits",
});
const RetryOn = Type.Array(Type.Enum([...RETRY_OUTCOMES]), { maxItems: RETRY_OUTCOMES.length });
const Delay = Type.Integer({ minimum: MIN_DELAY, maximum: MAX_DELAY });

const RetryPolicy = Type.Object(
  {
    delaysSeconds: Type.Optional(
      Type.Array(Delay, {
        minItems: 1,
        maxItems: MAX_RETRIES,
        description: "Seconds from the end of each attempt to the next one; or steps",
      }),
    ),
    steps: Type.Optional(
      Type.Array(Type.Object({ delaySeconds: Delay, retryOn: Type.Optional(RetryOn) }, Closed), {
        minItems: 1,
        maxItems: MAX_RETRIES,
      }),
    ),
    retryOn: Type.Optional(
      Type.Array(Type.Enum([...RETRY_OUTCOMES]), {
        maxItems: RETRY_OUTCOMES.length,
        description: "Outcomes that are tried again; busy, no_answer and transient_failure if left out",
      }),
    ),
  },
  Closed,
);

const { callerId: _, ...spoken } = callOutFields;
const settings = {
  ...spoken,
  scheduledFor: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "Unix seconds; at once if left out",
    }),
  ),
  meta: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      maxProperties: 64,
      description: "Yours; told with the call",
    }),
  ),
  externalTaskId: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "Yours" })),
  goal: Type.Optional(
    Type.Object({ completionCriteria: Type.String({ minLength: 1, maxLength: 4000 }) }, Closed),
  ),
  retryPolicy: Type.Optional(RetryPolicy),
};

export const OutboundCallBody = Type.Object(
  {
    target: Type.Optional(Target),
    targets: Type.Optional(
      Type.Array(Type.Union([Target, Type.Object({ target: Target, ...settings }, Closed)]), {
        minItems: 1,
        maxItems: MAX_TARGETS,
        description: "A batch: targets, or objects with settings of their own over the shared ones",
      }),
    ),
    ...settings,
    scheduleSpacingSec: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 86_400, description: "Seconds between the calls of a batch" }),
    ),
    accountId: Type.Optional(
      Type.String({ maxLength: 64, description: "The agent that calls, as targetAccountId names it" }),
    ),
  },
  Closed,
);

export const TaskChangeBody = Type.Object(
  {
    target: Type.Optional(Target),
    ...Object.fromEntries(
      Object.entries(settings).map(([name, schema]) => [name, Type.Optional(Nullable(schema))]),
    ),
  },
  Closed,
);

export const TaskSchema = Type.Object({
  id: Type.String(),
  type: Type.Literal("call"),
  agentId: Type.String(),
  target: Type.String(),
  state: Type.Enum([...TASK_STATES]),
  waitingFor: Nullable(
    Type.Enum(["business_hours", "daily_limit", "concurrency", "schedule", "retry", "cooldown"], {
      description: "Why a pending task has not been called yet",
    }),
  ),
  notBefore: Nullable(Time),
  context: Nullable(Type.String()),
  taskContext: Nullable(Type.String()),
  greeting: Nullable(Type.String()),
  waitToGreet: Type.Boolean(),
  scheduledFor: Nullable(Type.Integer()),
  meta: Type.Unknown(),
  externalTaskId: Nullable(Type.String()),
  goal: Type.Unknown(),
  retryPolicy: Type.Unknown({ description: "null: it is called once" }),
  outcome: Nullable(Type.Enum([...TASK_OUTCOMES], { description: "Of the last attempt" })),
  reason: Nullable(Type.String({ description: "A sentence for a person" })),
  callId: Nullable(Type.String({ description: "The last attempt's call: GET /api/v2/calls/{id}" })),
  attempts: Type.Array(
    Type.Object({
      callId: Type.String(),
      startedAt: Time,
      endedAt: Nullable(Time),
      outcome: Nullable(Type.String()),
      sipStatus: Nullable(Type.Integer()),
      reason: Nullable(Type.String()),
      duration: Nullable(Type.Number({ description: "Seconds from answer to end" })),
    }),
  ),
  cancelRequested: Type.Boolean(),
  createdAt: Time,
  updatedAt: Time,
  startedAt: Nullable(Time),
  endedAt: Nullable(Time),
});

const Clock = Type.String({
  pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$",
  description: "HH:MM",
  "x-must": "a time of day such as 09:00",
});
const BusinessHours = Type.Object(
  {
    timezone: Type.String({ maxLength: 64, description: "IANA name, such as America/Chicago" }),
    days: Type.Array(Type.Enum([...WEEKDAYS]), { minItems: 1, maxItems: 7, uniqueItems: true }),
    start: Clock,
    end: Clock,
  },
  { ...Closed, description: "When calls may go out; an end at or before the start is on the day after" },
);
const Daily = Nullable(Type.Integer({ minimum: 0, maximum: 1_000_000 }));
const Cooldown = Type.Integer({ minimum: 0, maximum: 30 * 86_400 });
const daily = { calls: Daily, texts: Daily, tasks: Daily };
const cooldowns = { calls: Cooldown, texts: Cooldown };
const Concurrency = Type.Integer({
  minimum: 1,
  maximum: 1_000,
  description: "Calls of the queue at once",
});

export const TaskLimitsSchema = Type.Object({
  businessHours: Nullable(BusinessHours),
  daily: Type.Object(daily, {
    description: "A day, in the time zone of the business hours (UTC without); null: no limit",
  }),
  concurrencyPerRun: Concurrency,
  cooldowns: Type.Object(cooldowns, {
    description: "Seconds from the end of a call to a target to the next one to it",
  }),
});

export const TaskLimitsBody = Type.Object(
  {
    businessHours: Type.Optional(Nullable(BusinessHours)),
    daily: Type.Optional(Type.Partial(Type.Object(daily), Closed)),
    concurrencyPerRun: Type.Optional(Concurrency),
    cooldowns: Type.Optional(Type.Partial(Type.Object(cooldowns), Closed)),
  },
  Closed,
);

export const TaskStatsSchema = Type.Object({
  states: Type.Record(Type.String(), Type.Integer()),
  outcomes: Type.Record(Type.String(), Type.Integer(), { description: "Of tasks that are over" }),
  pending: Type.Record(Type.String(), Type.Integer(), {
    description: "How many are due, and for what the others wait",
  }),
});

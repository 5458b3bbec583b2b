/** The queue of outbound calls, as plain objects with the field names of facts §7. Times are ISO 8601 UTC where not said otherwise. */
import type { JsonValue } from "./records.ts";

export const TASK_STATES = ["pending", "processing", "running", "finished", "errored", "canceled"] as const;
/**
 * `pending`: to be called, now or later; `processing`: taken to be called this moment; `running`: its call was given out;
 * `finished`: somebody or something answered; `errored`: it was never answered, and no retry is left; `canceled`.
 */
export type TaskState = (typeof TASK_STATES)[number];

/** Outcomes that a retry policy may name (facts §7). */
export const RETRY_OUTCOMES = [
  "busy",
  "no_answer",
  "voicemail",
  "no_speech",
  "rejected",
  "transient_failure",
  "delivery_failed",
  "goal_incomplete",
  "no_response",
] as const;
export type RetryOutcome = (typeof RETRY_OUTCOMES)[number];

/** What became of one attempt. `goal_met`, `terminal_negative` and `canceled` always stop; so does `answered`, as no goal was judged. */
export const TASK_OUTCOMES = [
  ...RETRY_OUTCOMES,
  "answered",
  "goal_met",
  "terminal_negative",
  "canceled",
] as const;
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];

export interface RetryStep {
  /** Seconds from the end of the attempt before to this one. */
  delaySeconds: number;
  /** Outcomes after which this step is taken; the policy's own where left out. */
  retryOn?: RetryOutcome[];
}

export interface RetryPolicy {
  /** The first retry is steps[0]; at most ten. */
  steps: RetryStep[];
  retryOn: RetryOutcome[];
}

export interface TaskAttempt {
  callId: string;
  /** When the call was given out. */
  startedAt: string;
  endedAt: string | null;
  outcome: TaskOutcome | null;
  /** The SIP status that decided; 0 or null where none did. */
  sipStatus: number | null;
  /** A sentence for a person. */
  reason: string | null;
  /** Seconds from answer to end. */
  duration: number | null;
}

/** Why `dueAt` is when it is. `ready`: it may be called as soon as it is its turn. */
export type DueReason = "ready" | "schedule" | "retry" | "cooldown";

export interface TaskRecord {
  id: string;
  organizationId: string;
  /** Whose call it is. */
  agentId: string;
  /** As typed. */
  target: string;
  /** The one spelling of all that reach the same; cooldowns go by it. */
  targetKey: string;
  context: string | null;
  /** For this call only. */
  taskContext: string | null;
  /** In place of the agent's own; null: the agent's. */
  greeting: string | null;
  /** Whether the agent speaks only after the other side has. */
  waitToGreet: boolean;
  /** Unix seconds; null: at once. */
  scheduledFor: number | null;
  meta: { [name: string]: JsonValue | undefined } | null;
  externalTaskId: string | null;
  goal: { completionCriteria: string } | null;
  retryPolicy: RetryPolicy | null;
  state: TaskState;
  /** Epoch milliseconds: not before. What else holds it (hours, limits) is the organization's, and is not written on each. */
  dueAt: number;
  dueReason: DueReason;
  /** Of the last attempt; null before there was one. */
  outcome: TaskOutcome | null;
  reason: string | null;
  /** Of the last attempt. */
  callId: string | null;
  attempts: TaskAttempt[];
  /** Its running call is being ended on request. */
  cancelRequested: boolean;
  createdAt: string;
  updatedAt: string;
  /** Of the first attempt. */
  startedAt: string | null;
  /** When it was over for good. */
  endedAt: string | null;
}

export type NewTask = Pick<
  TaskRecord,
  | "agentId"
  | "target"
  | "targetKey"
  | "context"
  | "taskContext"
  | "greeting"
  | "waitToGreet"
  | "scheduledFor"
  | "meta"
  | "externalTaskId"
  | "goal"
  | "retryPolicy"
>;
export type TaskPatch = Partial<NewTask>;

export interface TaskFilters {
  state?: TaskState;
  agentId?: string;
  externalTaskId?: string;
  /** By its one spelling. */
  targetKey?: string;
  /** createdAt at or after. */
  since?: string;
  /** createdAt before. */
  until?: string;
}

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface BusinessHours {
  /** IANA name. */
  timezone: string;
  /** Days on which the hours begin. */
  days: Weekday[];
  /** `HH:MM`. */
  start: string;
  /** `HH:MM`; at or before `start`: on the day after. */
  end: string;
}

/** What an organization's queue keeps to. */
export interface TaskLimits {
  /** null: any time. */
  businessHours: BusinessHours | null;
  /** A day, in the time zone of the business hours (UTC without); null: no limit. */
  daily: { calls: number | null; texts: number | null; tasks: number | null };
  /** Calls of the queue at once. */
  concurrencyPerRun: number;
  /** Seconds from the end of a call (text) to a target to the next one to it. */
  cooldowns: { calls: number; texts: number };
}

export const DEFAULT_TASK_LIMITS: TaskLimits = {
  businessHours: null,
  daily: { calls: null, texts: null, tasks: null },
  concurrencyPerRun: 10,
  cooldowns: { calls: 0, texts: 0 },
};

export interface DailyCount {
  /** `YYYY-MM-DD`, in the organization's time zone. */
  date: string;
  calls: number;
  texts: number;
  tasks: number;
}

/** A task that is due, with what decides whether it may start. */
export interface DueTask {
  id: string;
  agentId: string;
  targetKey: string;
  /** When a call to the target last began or ended, epoch milliseconds; null: never. */
  lastCallAt: number | null;
}

export interface TaskStats {
  states: Record<TaskState, number>;
  /** Of tasks that are over, by their last outcome. */
  outcomes: Partial<Record<TaskOutcome, number>>;
  /** Of pending ones: how many are due, and for what the others wait. */
  pending: Record<DueReason, number>;
}

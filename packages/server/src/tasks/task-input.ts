// What a request asks to be called, as tasks: one, or a batch with what its targets share.
import type { Destination } from "../calls/dial/destination.ts";
import { AppError } from "../errors.ts";
import { newId } from "../store/ids.ts";
import type { JsonValue } from "../store/records.ts";
import type { TaskPatch, TaskRecord } from "../store/task-records.ts";
import { type RetryPolicyInput, readRetryPolicy } from "./retry-policy.ts";
import { targetKey } from "./target-key.ts";

/** How one call is made (facts §7). */
export interface TaskSettings {
  context?: string;
  taskContext?: string;
  greeting?: string;
  waitToGreet?: boolean;
  /** Unix seconds. */
  scheduledFor?: number;
  meta?: { [name: string]: JsonValue | undefined };
  externalTaskId?: string;
  goal?: { completionCriteria: string };
  retryPolicy?: RetryPolicyInput;
}

export interface TargetInput extends TaskSettings {
  target: string;
}

/** `target`, or `targets` with shared settings. */
export interface OutboundCallInput extends TaskSettings {
  target?: string;
  targets?: (string | TargetInput)[];
  /** Seconds between the beginnings of a batch's calls. */
  scheduleSpacingSec?: number;
}

export interface TaskContext {
  organizationId: string;
  agentId: string;
  /** What is refused is not queued. @throws AppError destination_invalid, destination_not_allowed */
  destination(target: string): Destination;
  /** Epoch milliseconds. */
  now: number;
}

/** How far ahead a call may be scheduled, seconds: a year. */
const MAX_AHEAD = 366 * 86_400;
/** Characters of JSON. */
const MAX_META = 16_000;

/**
 * The tasks of a request, all or none.
 * @throws AppError validation_failed, destination_invalid, destination_not_allowed; of a batch with the place of the target
 */
export function readOutboundCall(input: OutboundCallInput, context: TaskContext): TaskRecord[] {
  const { target, targets, scheduleSpacingSec = 0, ...shared } = input;
  if ((target === undefined) === (targets === undefined)) {
    throw new AppError("validation_failed", "Give target, or targets for a batch, and not both.");
  }
  if (target !== undefined) {
    if (input.scheduleSpacingSec !== undefined) {
      throw new AppError("validation_failed", "scheduleSpacingSec is for a batch: give targets.");
    }
    return [readTask({ ...shared, target }, context)];
  }
  const first = shared.scheduledFor ?? Math.ceil(context.now / 1000);
  return (targets ?? []).map((entry, index) => {
    const one = typeof entry === "string" ? { target: entry } : entry;
    const spaced = scheduleSpacingSec > 0 ? { scheduledFor: first + index * scheduleSpacingSec } : {};
    try {
      return readTask({ ...shared, ...spaced, ...one }, context);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, `targets[${index}]: ${error.message}`);
    }
  });
}

export function readTask(input: TargetInput, context: TaskContext): TaskRecord {
  const { organizationId, agentId, now } = context;
  const time = new Date(now).toISOString();
  const { scheduledFor, target } = input;
  checkTime(scheduledFor, now);
  checkMeta(input.meta);
  return {
    ...{ id: newId("task"), organizationId, agentId, target },
    targetKey: targetKey(context.destination(target)),
    context: input.context ?? null,
    taskContext: input.taskContext ?? null,
    greeting: input.greeting ?? null,
    waitToGreet: input.waitToGreet ?? false,
    scheduledFor: scheduledFor ?? null,
    meta: input.meta ?? null,
    externalTaskId: input.externalTaskId ?? null,
    goal: input.goal ?? null,
    retryPolicy: input.retryPolicy === undefined ? null : readRetryPolicy(input.retryPolicy),
    state: "pending",
    dueAt: scheduledFor === undefined ? now : scheduledFor * 1000,
    dueReason: scheduledFor === undefined ? "ready" : "schedule",
    ...{ outcome: null, reason: null, callId: null, attempts: [], cancelRequested: false },
    ...{ createdAt: time, updatedAt: time, startedAt: null, endedAt: null },
  };
}

/** What a pending task may be changed to; null takes a setting away. */
export type TaskChangeInput = { [Name in keyof TargetInput]?: TargetInput[Name] | null };

/** @throws AppError as `readOutboundCall` */
export function readTaskChange(
  input: TaskChangeInput,
  { destination, now }: Pick<TaskContext, "destination" | "now">,
): TaskPatch {
  const { target, waitToGreet, retryPolicy, scheduledFor, ...plain } = input;
  checkTime(scheduledFor ?? undefined, now);
  checkMeta(input.meta);
  const patch: TaskPatch = { ...plain };
  if (target === null) throw new AppError("validation_failed", "target cannot be taken away.");
  if (target !== undefined) {
    patch.target = target;
    patch.targetKey = targetKey(destination(target));
  }
  if (waitToGreet !== undefined) patch.waitToGreet = waitToGreet ?? false;
  if (retryPolicy !== undefined) patch.retryPolicy = retryPolicy && readRetryPolicy(retryPolicy);
  if (scheduledFor !== undefined) patch.scheduledFor = scheduledFor;
  return patch;
}

function checkMeta(meta: TaskSettings["meta"] | null): void {
  if (meta == null || JSON.stringify(meta).length <= MAX_META) return;
  throw new AppError("validation_failed", `meta is longer than ${MAX_META} characters of JSON.`);
}

function checkTime(scheduledFor: number | undefined, now: number): void {
  if (scheduledFor === undefined || scheduledFor * 1000 <= now + MAX_AHEAD * 1000) return;
  throw new AppError(
    "validation_failed",
    "scheduledFor is more than a year ahead: it is in Unix seconds, not milliseconds.",
  );
}

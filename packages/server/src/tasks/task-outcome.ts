// What a call's end means for its task: the one place where both vocabularies meet.
import type { CallOutcomeName } from "../calls/call-outcome.ts";
import type { TaskOutcome, TaskRecord } from "../store/task-records.ts";
import { nextRetryAt } from "./retry-policy.ts";

const MEANING: Record<CallOutcomeName, TaskOutcome> = {
  answered: "answered",
  voicemail: "voicemail",
  no_speech: "no_speech",
  busy: "busy",
  no_answer: "no_answer",
  // The person's no, and the network's.
  declined: "rejected",
  rejected: "rejected",
  // Nothing that waiting would change, unless somebody mends it.
  not_found: "delivery_failed",
  no_route: "delivery_failed",
  // Every target of every route was silent or said 5xx; or it was a fault of ours.
  unreachable: "transient_failure",
  failed: "transient_failure",
  // By a person, through the API.
  cancelled: "canceled",
};

/** @param draining the node was being shut down: then it was that which ended a call that rang, and no person */
export function taskOutcome(outcome: CallOutcomeName, draining: boolean): TaskOutcome {
  return outcome === "cancelled" && draining ? "transient_failure" : MEANING[outcome];
}

/** Somebody, or something, answered. */
const REACHED: readonly TaskOutcome[] = [
  "answered",
  "voicemail",
  "no_speech",
  "goal_met",
  "goal_incomplete",
  "no_response",
  "terminal_negative",
];

export interface AttemptEnd {
  outcome: TaskOutcome;
  sipStatus: number | null;
  reason: string | null;
  /** Seconds from answer to end. */
  duration: number | null;
}

/** What an attempt's end changes of its task. */
export type AfterAttempt = Pick<
  TaskRecord,
  "state" | "attempts" | "outcome" | "reason" | "dueAt" | "dueReason" | "endedAt"
>;

/**
 * Decides what becomes of a task whose attempt (its last one) is over.
 * @param now epoch milliseconds
 */
export function afterAttempt(
  task: Pick<TaskRecord, "attempts" | "retryPolicy" | "cancelRequested" | "dueAt" | "dueReason">,
  end: AttemptEnd,
  now: number,
): AfterAttempt {
  const endedAt = new Date(now).toISOString();
  const attempts = task.attempts.map((attempt, index) =>
    index === task.attempts.length - 1 ? { ...attempt, ...end, endedAt } : attempt,
  );
  const over = { attempts, dueAt: task.dueAt, dueReason: task.dueReason, reason: end.reason, endedAt };
  if (task.cancelRequested || end.outcome === "canceled") {
    return { ...over, state: "canceled", outcome: "canceled" };
  }
  const { outcome } = end;
  const retryAt = nextRetryAt({
    policy: task.retryPolicy,
    attempts: attempts.length,
    firstAttemptAt: Date.parse(attempts[0]?.startedAt ?? endedAt),
    endedAt: now,
    outcome,
  });
  if (retryAt !== undefined) {
    return { ...over, state: "pending", outcome, dueAt: retryAt, dueReason: "retry", endedAt: null };
  }
  return { ...over, state: REACHED.includes(outcome) ? "finished" : "errored", outcome };
}

// How often, when and after what a task is called again (facts §7).
import { AppError } from "../errors.ts";
import {
  RETRY_OUTCOMES,
  type RetryOutcome,
  type RetryPolicy,
  type TaskOutcome,
} from "../store/task-records.ts";

export const MAX_RETRIES = 10;
/** Seconds. */
export const MIN_DELAY = 60;
export const MAX_DELAY = 30 * 86_400;
/** Seconds from the first attempt after which none follows. */
export const HORIZON = 90 * 86_400;
/** What a policy that names no outcome is retried on: the line was not free, nobody came, or it did not work out on the way. */
export const DEFAULT_RETRY_ON: readonly RetryOutcome[] = ["busy", "no_answer", "transient_failure"];

/** A policy as the API takes it: `delaysSeconds`, or `steps` where single retries have outcomes of their own. */
export interface RetryPolicyInput {
  delaysSeconds?: number[];
  steps?: { delaySeconds: number; retryOn?: RetryOutcome[] }[];
  retryOn?: RetryOutcome[];
}

/** @param name of the field, for the sentence. @throws AppError validation_failed: what the schema alone cannot say */
export function readRetryPolicy(input: RetryPolicyInput, name = "retryPolicy"): RetryPolicy {
  const { delaysSeconds, steps } = input;
  if ((delaysSeconds === undefined) === (steps === undefined)) {
    throw new AppError("validation_failed", `${name} must have delaysSeconds or steps, and not both.`);
  }
  const policy: RetryPolicy = {
    steps: steps ?? (delaysSeconds ?? []).map((delaySeconds) => ({ delaySeconds })),
    retryOn: input.retryOn ?? [...DEFAULT_RETRY_ON],
  };
  const total = policy.steps.reduce((sum, { delaySeconds }) => sum + delaySeconds, 0);
  if (total > HORIZON) {
    throw new AppError(
      "validation_failed",
      `The delays of ${name} are ${total} seconds together: at most ${HORIZON} (90 days).`,
    );
  }
  return policy;
}

export interface Attempted {
  policy: RetryPolicy | null;
  /** Attempts so far, this one among them. */
  attempts: number;
  /** Epoch milliseconds. */
  firstAttemptAt: number;
  endedAt: number;
  outcome: TaskOutcome;
}

/** When to call again, epoch milliseconds; undefined: not at all. */
export function nextRetryAt({
  policy,
  attempts,
  firstAttemptAt,
  endedAt,
  outcome,
}: Attempted): number | undefined {
  const step = policy?.steps[attempts - 1];
  if (policy === null || step === undefined || !isRetryOutcome(outcome)) return undefined;
  if (!(step.retryOn ?? policy.retryOn).includes(outcome)) return undefined;
  const at = endedAt + step.delaySeconds * 1000;
  return at - firstAttemptAt > HORIZON * 1000 ? undefined : at;
}

function isRetryOutcome(outcome: TaskOutcome): outcome is RetryOutcome {
  return (RETRY_OUTCOMES as readonly TaskOutcome[]).includes(outcome);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RetryPolicy, TaskAttempt, TaskOutcome } from "../store/task-records.ts";
import { nextRetryAt, readRetryPolicy } from "./retry-policy.ts";
import { afterAttempt, taskOutcome } from "./task-outcome.ts";

const now = Date.parse("2026-11-24T12:00:00Z");
const attempt: TaskAttempt = {
  ...{ callId: "call_1", startedAt: "2026-11-24T11:59:00.000Z", endedAt: null },
  ...{ outcome: null, sipStatus: null, reason: null, duration: null },
};
const policy: RetryPolicy = { steps: [{ delaySeconds: 60 }, { delaySeconds: 3600 }], retryOn: ["busy"] };

function after(
  outcome: TaskOutcome,
  attempts: number,
  retryPolicy: RetryPolicy | null,
  cancelRequested = false,
) {
  const task = { retryPolicy, cancelRequested, dueAt: 5, dueReason: "ready" as const };
  const made = Array.from({ length: attempts }, () => attempt);
  const end = { outcome, sipStatus: 486, reason: "The line is busy.", duration: 0 };
  return afterAttempt({ ...task, attempts: made }, end, now);
}

test("what is in the policy is tried again after its delay, until none is left", () => {
  const first = after("busy", 1, policy);
  assert.deepEqual([first.state, first.dueAt, first.dueReason], ["pending", now + 60_000, "retry"]);
  assert.deepEqual([first.endedAt, first.outcome], [null, "busy"]);
  assert.deepEqual(first.attempts[0], {
    ...attempt,
    ...{ outcome: "busy", sipStatus: 486, reason: "The line is busy.", duration: 0 },
    endedAt: "2026-11-24T12:00:00.000Z",
  });
  assert.equal(after("busy", 2, policy).dueAt, now + 3_600_000);
  const last = after("busy", 3, policy);
  assert.deepEqual([last.state, last.outcome, last.endedAt], ["errored", "busy", "2026-11-24T12:00:00.000Z"]);
  assert.equal(last.attempts[1]?.outcome, null);
});

test("what is not in the policy, or has none, is over: finished where somebody answered", () => {
  assert.equal(after("no_answer", 1, policy).state, "errored");
  assert.equal(after("busy", 1, null).state, "errored");
  assert.equal(after("answered", 1, policy).state, "finished");
  assert.equal(after("voicemail", 1, null).state, "finished");
  assert.equal(after("delivery_failed", 1, null).state, "errored");
});

test("what was asked to end is canceled, and no policy calls it again", () => {
  assert.equal(after("busy", 1, policy, true).state, "canceled");
  assert.equal(after("canceled", 1, policy).state, "canceled");
});

test("goal_met and terminal_negative stop, whatever a policy says", () => {
  const all = { ...policy, retryOn: ["goal_met", "terminal_negative", "answered"] } as unknown as RetryPolicy;
  for (const outcome of ["goal_met", "terminal_negative", "answered"] as const) {
    assert.equal(after(outcome, 1, all).state, "finished");
  }
});

test("a step's own outcomes go before the policy's; nothing follows beyond ninety days", () => {
  const base = { attempts: 1, firstAttemptAt: 0, endedAt: 0 };
  const own: RetryPolicy = { steps: [{ delaySeconds: 60, retryOn: ["voicemail"] }], retryOn: ["busy"] };
  assert.equal(nextRetryAt({ ...base, policy: own, outcome: "voicemail" }), 60_000);
  assert.equal(nextRetryAt({ ...base, policy: own, outcome: "busy" }), undefined);
  const late = { ...base, policy, outcome: "busy" as const, endedAt: 90 * 86_400_000 - 60_000 };
  assert.equal(nextRetryAt(late), 90 * 86_400_000);
  assert.equal(nextRetryAt({ ...late, endedAt: late.endedAt + 1 }), undefined);
});

test("a policy has delays or steps, within ninety days together", () => {
  assert.deepEqual(readRetryPolicy({ delaysSeconds: [60, 120] }), {
    steps: [{ delaySeconds: 60 }, { delaySeconds: 120 }],
    retryOn: ["busy", "no_answer", "transient_failure"],
  });
  assert.throws(() => readRetryPolicy({}), { code: "validation_failed" });
  assert.throws(() => readRetryPolicy({ delaysSeconds: [60], steps: [] }), { code: "validation_failed" });
  const month = 30 * 86_400;
  readRetryPolicy({ delaysSeconds: [month, month, month] });
  assert.throws(() => readRetryPolicy({ delaysSeconds: [month, month, month, 60] }), /90 days/);
});

test("a call that a person ended is canceled, one that a shutdown ended failed for now", () => {
  assert.equal(taskOutcome("cancelled", false), "canceled");
  assert.equal(taskOutcome("cancelled", true), "transient_failure");
  assert.equal(taskOutcome("declined", true), "rejected");
  assert.equal(taskOutcome("unreachable", false), "transient_failure");
  assert.equal(taskOutcome("no_route", false), "delivery_failed");
});

import { newId } from "./ids.ts";
import type { TaskRecord } from "./task-records.ts";

/** A pending task that is due, with what a test does not care for filled in. */
export function taskRecord(fields: Partial<TaskRecord> & { organizationId: string }): TaskRecord {
  const target = fields.target ?? "+15125550100";
  return {
    id: newId("task"),
    agentId: "agt_none",
    target,
    targetKey: target,
    context: null,
    taskContext: null,
    greeting: null,
    waitToGreet: false,
    scheduledFor: null,
    meta: null,
    externalTaskId: null,
    goal: null,
    retryPolicy: null,
    state: "pending",
    dueAt: 0,
    dueReason: "ready",
    outcome: null,
    reason: null,
    callId: null,
    attempts: [],
    cancelRequested: false,
    createdAt: "2026-11-23T18:00:00.000Z",
    updatedAt: "2026-11-23T18:00:00.000Z",
    startedAt: null,
    endedAt: null,
    ...fields,
  };
}

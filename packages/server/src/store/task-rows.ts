// The queue's tables, and the way between a row and a record.
import type { Generated } from "kysely";
import { fromJson, type Json, toJson } from "./schema.ts";
import type { TaskLimits, TaskRecord } from "./task-records.ts";

type TaskJson = "meta" | "goal" | "retryPolicy";

export type TaskTable = Omit<TaskRecord, TaskJson | "attempts" | "waitToGreet" | "cancelRequested"> & {
  [Name in TaskJson]: Json<TaskRecord[Name]> | null;
} & {
  attempts: Json<TaskRecord["attempts"]>;
  waitToGreet: 0 | 1;
  cancelRequested: 0 | 1;
};

/** When a target was last called: cooldowns go by it. */
export interface TaskTargetTable {
  organizationId: string;
  targetKey: string;
  /** Epoch milliseconds. */
  lastCallAt: number;
}

export interface TaskDayTable {
  organizationId: string;
  /** `YYYY-MM-DD`, local. */
  date: string;
  calls: Generated<number>;
  tasks: Generated<number>;
}

export interface TaskLimitsTable {
  organizationId: string;
  limits: Json<TaskLimits>;
  updatedAt: string;
}

export interface IdempotencyKeyTable {
  organizationId: string;
  key: string;
  requestHash: string;
  answer: string;
  createdAt: string;
}

export function toTaskRow(task: TaskRecord): TaskTable {
  return {
    ...task,
    meta: jsonOrNull(task.meta),
    goal: jsonOrNull(task.goal),
    retryPolicy: jsonOrNull(task.retryPolicy),
    attempts: toJson(task.attempts),
    waitToGreet: task.waitToGreet ? 1 : 0,
    cancelRequested: task.cancelRequested ? 1 : 0,
  };
}

export function toTask(row: TaskTable): TaskRecord {
  return {
    ...row,
    meta: row.meta === null ? null : fromJson(row.meta),
    goal: row.goal === null ? null : fromJson(row.goal),
    retryPolicy: row.retryPolicy === null ? null : fromJson(row.retryPolicy),
    attempts: fromJson(row.attempts),
    waitToGreet: row.waitToGreet === 1,
    cancelRequested: row.cancelRequested === 1,
  };
}

export function jsonOrNull<Value>(value: Value): Json<Value> | null {
  return value === null ? null : toJson(value);
}

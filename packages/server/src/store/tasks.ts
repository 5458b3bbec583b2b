import { type Kysely, sql } from "kysely";
import { AppError } from "../errors.ts";
import { runTogether } from "./database-dialect.ts";
import { isUniqueViolation } from "./database-error.ts";
import { cutPage, pageLimit, timeCursor } from "./page.ts";
import type { Page, PageRequest } from "./records.ts";
import { fromJson, type Schema, toJson } from "./schema.ts";
import {
  type DailyCount,
  DEFAULT_TASK_LIMITS,
  type DueReason,
  type TaskFilters,
  type TaskLimits,
  type TaskPatch,
  type TaskRecord,
  type TaskStats,
} from "./task-records.ts";
import type { KeptAnswer, TaskRepository } from "./task-repository.ts";
import { jsonOrNull, type TaskTable, toTask, toTaskRow } from "./task-rows.ts";

/** Pending tasks of one organization: far beyond any campaign, and a bound to what a broken client fills the disk with. */
const MAX_PENDING = 500_000;
/** How long an answer is kept for its Idempotency-Key. */
export const KEY_HOURS = 48;
/** Rows a statement: 27 columns each, and SQLite binds 32,766 values at most. */
const ROWS = 500;
const MAX_DAYS = 400;

const CURSOR = timeCursor("createdAt");

export class SqlTasks implements TaskRepository {
  readonly #db: Kysely<Schema>;
  readonly #maxPending: number;

  constructor(db: Kysely<Schema>, maxPending = MAX_PENDING) {
    this.#db = db;
    this.#maxPending = maxPending;
  }

  async add(
    organizationId: string,
    tasks: readonly TaskRecord[],
    once?: KeptAnswer & { key: string },
  ): Promise<KeptAnswer | undefined> {
    await this.#refuseFull(organizationId, tasks.length);
    const db = this.#db;
    const statements = [];
    if (once !== undefined) {
      // First: where the key is there already, nothing else of the transaction happens.
      const row = { ...once, organizationId, createdAt: new Date().toISOString() };
      statements.push(db.insertInto("idempotencyKeys").values(row).compile());
    }
    for (let start = 0; start < tasks.length; start += ROWS) {
      const rows = tasks.slice(start, start + ROWS).map(toTaskRow);
      statements.push(db.insertInto("tasks").values(rows).compile());
    }
    try {
      await runTogether(db, statements, { durable: true });
      return undefined;
    } catch (error) {
      if (once === undefined || !isUniqueViolation(error, "idempotencyKeys.key")) throw error;
      return this.keptAnswer(organizationId, once.key);
    }
  }

  async #refuseFull(organizationId: string, more: number): Promise<void> {
    const room = this.#maxPending - more;
    // Counted only up to there: one that is not full is what matters.
    const beyond = await this.#db
      .selectFrom("tasks")
      .select("id")
      .where("organizationId", "=", organizationId)
      .where("state", "=", sql.lit("pending"))
      .orderBy("dueAt")
      .offset(Math.max(0, room))
      .limit(1)
      .executeTakeFirst();
    if (room >= 0 && beyond === undefined) return;
    throw new AppError(
      "tasks_full",
      `The organization would have more than ${this.#maxPending} pending tasks: wait until some are done, or cancel some.`,
    );
  }

  keptAnswer(organizationId: string, key: string): Promise<KeptAnswer | undefined> {
    return this.#db
      .selectFrom("idempotencyKeys")
      .select(["requestHash", "answer"])
      .where("organizationId", "=", organizationId)
      .where("key", "=", key)
      .executeTakeFirst();
  }

  async get(organizationId: string, id: string): Promise<TaskRecord | undefined> {
    const row = await this.#db
      .selectFrom("tasks")
      .selectAll()
      .where("id", "=", id)
      .where("organizationId", "=", organizationId)
      .executeTakeFirst();
    return row === undefined ? undefined : toTask(row);
  }

  async list(
    organizationId: string,
    { since, until, ...equal }: TaskFilters,
    { limit, after }: PageRequest,
  ): Promise<Page<TaskRecord>> {
    const size = pageLimit(limit);
    let query = this.#db.selectFrom("tasks").selectAll().where("organizationId", "=", organizationId);
    for (const name of ["state", "agentId", "externalTaskId", "targetKey"] as const) {
      const value = equal[name];
      if (value !== undefined) query = query.where(name, "=", value);
    }
    if (since !== undefined) query = query.where("createdAt", ">=", since);
    if (until !== undefined) query = query.where("createdAt", "<", until);
    if (after !== undefined) {
      const { at, id } = CURSOR.decode(after);
      query = query.where((e) => e(e.refTuple("createdAt", "id"), "<", e.tuple(at, id)));
    }
    const rows = await query
      .orderBy("createdAt", "desc")
      .orderBy("id", "desc")
      .limit(size + 1)
      .execute();
    const page = cutPage(rows, size, CURSOR.encode);
    return { items: page.items.map(toTask), next: page.next };
  }

  async update(organizationId: string, id: string, patch: TaskPatch): Promise<TaskRecord | undefined> {
    const row = await this.#db
      .updateTable("tasks")
      .set({ ...changes(patch), updatedAt: new Date().toISOString() })
      .where("id", "=", id)
      .where("organizationId", "=", organizationId)
      .where("state", "=", "pending")
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? undefined : toTask(row);
  }

  async cancel(organizationId: string, id: string): Promise<TaskRecord | undefined> {
    const now = new Date().toISOString();
    const mine = this.#db
      .updateTable("tasks")
      .where("id", "=", id)
      .where("organizationId", "=", organizationId)
      .returningAll();
    const pending = mine
      .set({ state: "canceled", outcome: "canceled", updatedAt: now, endedAt: now })
      .where("state", "=", "pending");
    const underWay = mine
      .set({ cancelRequested: 1, updatedAt: now })
      .where("state", "in", ["processing", "running"]);
    // In one transaction: between the two a task cannot go from one state to the other.
    const results = await runTogether(this.#db, [pending.compile(), underWay.compile()], { durable: true });
    const [row] = results.flatMap(({ rows }) => rows as TaskTable[]);
    return row === undefined ? undefined : toTask(row);
  }

  async stats(
    organizationId: string,
    { since, until }: { since?: string; until?: string },
    now: number,
  ): Promise<TaskStats> {
    let over = this.#db
      .selectFrom("tasks")
      .select(["state", "outcome", (e) => e.fn.countAll<number>().as("count")])
      .where("organizationId", "=", organizationId);
    if (since !== undefined) over = over.where("createdAt", ">=", since);
    if (until !== undefined) over = over.where("createdAt", "<", until);
    const counted = await over.groupBy(["state", "outcome"]).execute();
    const pending = await this.#db
      .selectFrom("tasks")
      .select((e) => [
        e
          .case()
          .when("dueAt", "<=", now)
          .then(sql.lit<DueReason>("ready"))
          .else(e.ref("dueReason"))
          .end()
          .as("waits"),
        e.fn.countAll<number>().as("count"),
      ])
      .where("organizationId", "=", organizationId)
      .where("state", "=", sql.lit("pending"))
      .groupBy("waits")
      .execute();
    const stats: TaskStats = {
      states: { pending: 0, processing: 0, running: 0, finished: 0, errored: 0, canceled: 0 },
      outcomes: {},
      pending: { ready: 0, schedule: 0, retry: 0, cooldown: 0 },
    };
    for (const { state, outcome, count } of counted) {
      stats.states[state] += Number(count);
      const isOver = state === "finished" || state === "errored" || state === "canceled";
      if (isOver && outcome !== null) {
        stats.outcomes[outcome] = (stats.outcomes[outcome] ?? 0) + Number(count);
      }
    }
    for (const { waits, count } of pending) stats.pending[waits] += Number(count);
    return stats;
  }

  async dailyCounts(organizationId: string, from: string, to: string): Promise<DailyCount[]> {
    const rows = await this.#db
      .selectFrom("taskDays")
      .select(["date", "calls", "tasks"])
      .where("organizationId", "=", organizationId)
      .where("date", ">=", from)
      .where("date", "<=", to)
      .orderBy("date", "desc")
      .limit(MAX_DAYS)
      .execute();
    return rows.map(({ date, calls, tasks }) => ({ date, calls, texts: 0, tasks }));
  }

  async limits(organizationId: string): Promise<TaskLimits> {
    const row = await this.#db
      .selectFrom("taskLimits")
      .select("limits")
      .where("organizationId", "=", organizationId)
      .executeTakeFirst();
    return row === undefined ? DEFAULT_TASK_LIMITS : fromJson(row.limits);
  }

  async setLimits(organizationId: string, limits: TaskLimits): Promise<void> {
    const row = { organizationId, limits: toJson(limits), updatedAt: new Date().toISOString() };
    await this.#db
      .insertInto("taskLimits")
      .values(row)
      .onConflict((c) => c.column("organizationId").doUpdateSet(row))
      .execute();
  }
}

/** A new time is the one that counts; without one a task that still waits for its time may go at once. */
function changes({
  meta,
  goal,
  retryPolicy,
  waitToGreet,
  scheduledFor,
  ...plain
}: TaskPatch): Partial<TaskTable> {
  const set: Partial<TaskTable> = { ...plain };
  if (meta !== undefined) set.meta = jsonOrNull(meta);
  if (goal !== undefined) set.goal = jsonOrNull(goal);
  if (retryPolicy !== undefined) set.retryPolicy = jsonOrNull(retryPolicy);
  if (waitToGreet !== undefined) set.waitToGreet = waitToGreet ? 1 : 0;
  if (scheduledFor !== undefined) {
    set.scheduledFor = scheduledFor;
    set.dueAt = scheduledFor === null ? Date.now() : scheduledFor * 1000;
    set.dueReason = scheduledFor === null ? "ready" : "schedule";
  }
  return set;
}

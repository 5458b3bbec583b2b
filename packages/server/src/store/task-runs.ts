import { type Kysely, sql } from "kysely";
import { runTogether } from "./database-dialect.ts";
import { type Schema, toJson } from "./schema.ts";
import type { DueTask, TaskRecord } from "./task-records.ts";
import type { TaskChange, TaskRunRepository, TaskStart } from "./task-repository.ts";
import { type TaskTable, toTask } from "./task-rows.ts";
import { KEY_HOURS } from "./tasks.ts";

/** Longest cooldown that limits may have, in days; a call before that concerns nobody. */
const TARGET_DAYS = 90;
const HOUR_MS = 3_600_000;

/** Written out, as SQLite takes an index of some rows only for a condition that it can read. */
const PENDING = sql.lit<"pending">("pending");

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export class SqlTaskRuns implements TaskRunRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  lanes(): Promise<{ organizationId: string; dueAt: number }[]> {
    return this.#db
      .selectFrom("tasks")
      .select(["organizationId", (e) => e.fn.min<number>("dueAt").as("dueAt")])
      .where("state", "=", PENDING)
      .groupBy("organizationId")
      .execute();
  }

  async nextDue(organizationId: string, after: number): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom("tasks")
      .select("dueAt")
      .where("organizationId", "=", organizationId)
      .where("state", "=", PENDING)
      .where("dueAt", ">", after)
      .orderBy("dueAt")
      .limit(1)
      .executeTakeFirst();
    return row?.dueAt;
  }

  due(
    organizationId: string,
    now: number,
    limit: number,
    exceptAgents: readonly string[],
  ): Promise<DueTask[]> {
    let query = this.#db
      .selectFrom("tasks")
      .leftJoin("taskTargets", (join) =>
        join
          .onRef("taskTargets.organizationId", "=", "tasks.organizationId")
          .onRef("taskTargets.targetKey", "=", "tasks.targetKey"),
      )
      .select(["tasks.id", "tasks.agentId", "tasks.targetKey", "taskTargets.lastCallAt"])
      .where("tasks.organizationId", "=", organizationId)
      .where("tasks.state", "=", PENDING)
      .where("tasks.dueAt", "<=", now);
    if (exceptAgents.length > 0) query = query.where("tasks.agentId", "not in", exceptAgents);
    return query.orderBy("tasks.dueAt").orderBy("tasks.id").limit(limit).execute();
  }

  async countsOf(organizationId: string, date: string): Promise<{ calls: number; tasks: number }> {
    const row = await this.#db
      .selectFrom("taskDays")
      .select(["calls", "tasks"])
      .where("organizationId", "=", organizationId)
      .where("date", "=", date)
      .executeTakeFirst();
    return row ?? { calls: 0, tasks: 0 };
  }

  async claim(
    ids: readonly string[],
    park: readonly { id: string; dueAt: number }[],
    now: number,
  ): Promise<TaskRecord[]> {
    const updatedAt = iso(now);
    const statements = park.map(({ id, dueAt }) =>
      this.#db
        .updateTable("tasks")
        .set({ dueAt, dueReason: "cooldown", updatedAt })
        .where("id", "=", id)
        .where("state", "=", "pending")
        .compile(),
    );
    if (ids.length > 0) {
      statements.push(
        this.#db
          .updateTable("tasks")
          .set({ state: "processing", updatedAt })
          .where("id", "in", ids)
          .where("state", "=", "pending")
          .returningAll()
          .compile(),
      );
    }
    const results = await runTogether(this.#db, statements);
    return results.flatMap(({ rows }) => (rows as TaskTable[]).map(toTask));
  }

  async start(
    organizationId: string,
    date: string,
    starts: readonly TaskStart[],
    now: number,
  ): Promise<void> {
    const at = iso(now);
    const statements = starts.flatMap(({ id, targetKey, attempts }) => [
      this.#db
        .updateTable("tasks")
        .set((e) => ({
          state: "running" as const,
          callId: attempts.at(-1)?.callId ?? null,
          attempts: toJson(attempts),
          updatedAt: at,
          startedAt: e.fn.coalesce("startedAt", e.val(at)),
        }))
        .where("id", "=", id)
        .where("state", "=", "processing")
        .compile(),
      this.#called(organizationId, targetKey, now),
    ]);
    statements.push(this.#count(organizationId, date, starts.length));
    await runTogether(this.#db, statements, { durable: true });
  }

  async unstart(task: TaskRecord, date: string, startedAt: number, dueAt: number): Promise<void> {
    const { id, organizationId, targetKey, attempts, callId } = task;
    const before = this.#db
      .updateTable("tasks")
      .set({
        ...{ state: "pending", callId, attempts: toJson(attempts), startedAt: task.startedAt },
        ...{ dueAt, dueReason: task.dueReason, updatedAt: iso(startedAt) },
      })
      .where("id", "=", id)
      .where("state", "=", "running")
      .compile();
    // What was there before the start was older than the cooldown, else there had been no start.
    const target = this.#db
      .deleteFrom("taskTargets")
      .where("organizationId", "=", organizationId)
      .where("targetKey", "=", targetKey)
      .where("lastCallAt", "=", startedAt)
      .compile();
    await runTogether(this.#db, [before, target, this.#count(organizationId, date, -1)]);
  }

  async settle(
    { id, organizationId, targetKey }: Pick<TaskRecord, "id" | "organizationId" | "targetKey">,
    { state, attempts, outcome, reason, dueAt, dueReason, endedAt }: TaskChange,
    now: number,
    called: { cooldownMs: number } | undefined,
  ): Promise<void> {
    const statements = [
      this.#db
        .updateTable("tasks")
        .set({
          ...{ state, attempts: toJson(attempts), outcome, reason, dueAt, dueReason, endedAt },
          updatedAt: iso(now),
        })
        .where("id", "=", id)
        .where("state", "in", ["processing", "running"])
        .compile(),
    ];
    if (called !== undefined) {
      statements.push(
        this.#called(organizationId, targetKey, now),
        this.#db
          .updateTable("tasks")
          .set({ dueAt: now + called.cooldownMs })
          .where("organizationId", "=", organizationId)
          .where("targetKey", "=", targetKey)
          .where("state", "=", "pending")
          .where("dueReason", "=", "cooldown")
          .compile(),
      );
    }
    await runTogether(this.#db, statements);
  }

  #called(organizationId: string, targetKey: string, lastCallAt: number) {
    return this.#db
      .insertInto("taskTargets")
      .values({ organizationId, targetKey, lastCallAt })
      .onConflict((c) => c.columns(["organizationId", "targetKey"]).doUpdateSet({ lastCallAt }))
      .compile();
  }

  #count(organizationId: string, date: string, more: number) {
    return this.#db
      .insertInto("taskDays")
      .values({ organizationId, date, calls: more, tasks: more })
      .onConflict((c) =>
        c.columns(["organizationId", "date"]).doUpdateSet((e) => ({
          calls: e("taskDays.calls", "+", more),
          tasks: e("taskDays.tasks", "+", more),
        })),
      )
      .compile();
  }

  async recoverClaimed(now: number): Promise<number> {
    const at = iso(now);
    const claimed = this.#db.updateTable("tasks").where("state", "=", "processing");
    const canceled = claimed
      .set({ state: "canceled", outcome: "canceled", updatedAt: at, endedAt: at })
      .where("cancelRequested", "=", 1)
      .compile();
    const again = claimed.set({ state: "pending", updatedAt: at }).compile();
    const results = await runTogether(this.#db, [canceled, again]);
    return results.reduce((sum, { changes = 0 }) => sum + changes, 0);
  }

  async leftRunning(limit: number): Promise<TaskRecord[]> {
    const rows = await this.#db
      .selectFrom("tasks")
      .selectAll()
      .where("state", "=", "running")
      .limit(limit)
      .execute();
    return rows.map(toTask);
  }

  async prune(now: number): Promise<void> {
    const keys = this.#db
      .deleteFrom("idempotencyKeys")
      .where("createdAt", "<", iso(now - KEY_HOURS * HOUR_MS))
      .compile();
    const targets = this.#db
      .deleteFrom("taskTargets")
      .where("lastCallAt", "<", now - TARGET_DAYS * 24 * HOUR_MS)
      .compile();
    await runTogether(this.#db, [keys, targets]);
  }
}

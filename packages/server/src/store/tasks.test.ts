import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { Kysely } from "kysely";
import { databaseDialect } from "./database-dialect.ts";
import type { Statement } from "./database-protocol.ts";
import { openStore } from "./open-store.ts";
import type { Schema } from "./schema.ts";
import { DEFAULT_TASK_LIMITS, type TaskRecord } from "./task-records.ts";
import { SqlTaskRuns } from "./task-runs.ts";
import { taskRecord } from "./task-test-kit.ts";
import { SqlTasks } from "./tasks.ts";
import { testFolder, testStore } from "./test-store.ts";

test("a task is read back as it was queued, by its organization alone", async (t) => {
  const { store, organizationId } = await testStore(t);
  const task = taskRecord({
    organizationId,
    context: "“Hi” 🙂",
    meta: { a: [1, null, { b: "c" }] },
    goal: { completionCriteria: "They say yes" },
    retryPolicy: { steps: [{ delaySeconds: 60, retryOn: ["busy"] }], retryOn: ["busy", "no_answer"] },
    waitToGreet: true,
    scheduledFor: 1_790_000_000,
    externalTaskId: "x-1",
  });
  assert.equal(await store.tasks.add(organizationId, [task]), undefined);
  assert.deepEqual(await store.tasks.get(organizationId, task.id), task);
  assert.equal(await store.tasks.get("org_other", task.id), undefined);
});

test("the same key queues once; what was answered then comes back", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: other } = await store.organizations.create({ name: "Second" });
  const once = { key: "k", requestHash: "h", answer: '{"a":1}' };
  const ask = (organization: string) =>
    store.tasks.add(organization, [taskRecord({ organizationId: organization })], once);
  // Both at once: the key decides, and no look before.
  const answers = await Promise.all([ask(organizationId), ask(organizationId)]);
  assert.deepEqual(answers, [undefined, { requestHash: "h", answer: '{"a":1}' }]);
  assert.equal((await store.tasks.list(organizationId, {}, {})).items.length, 1);
  assert.equal(await ask(other), undefined);
  assert.deepEqual(await store.tasks.keptAnswer(other, "k"), { requestHash: "h", answer: '{"a":1}' });

  await store.taskRuns.prune(Date.now() + 47 * 3_600_000);
  assert.notEqual(await store.tasks.keptAnswer(organizationId, "k"), undefined);
  await store.taskRuns.prune(Date.now() + 49 * 3_600_000);
  assert.equal(await store.tasks.keptAnswer(organizationId, "k"), undefined);
});

test("a batch that one task keeps out is not queued at all, and its key stays free", async (t) => {
  const { store, organizationId } = await testStore(t);
  const task = taskRecord({ organizationId });
  const once = { key: "k", requestHash: "h", answer: "" };
  await assert.rejects(store.tasks.add(organizationId, [taskRecord({ organizationId }), task, task], once));
  assert.deepEqual((await store.tasks.list(organizationId, {}, {})).items, []);
  assert.equal(await store.tasks.keptAnswer(organizationId, "k"), undefined);
});

test("pending tasks are bounded, whatever else there is", async (t) => {
  const db = await memoryKysely(t);
  const tasks = new SqlTasks(db, 3);
  const of = (count: number, state: TaskRecord["state"] = "pending") =>
    Array.from({ length: count }, () => taskRecord({ organizationId: "org_1", state }));
  await tasks.add("org_1", of(2));
  await tasks.add("org_1", [], undefined);
  await assert.rejects(tasks.add("org_1", of(2)), { code: "tasks_full" });
  await assert.rejects(tasks.add("org_2", of(4)), { code: "tasks_full" });
  await tasks.add("org_1", of(1, "finished"));
  await tasks.add("org_1", of(1));
  await assert.rejects(tasks.add("org_1", of(1)), { code: "tasks_full" });
});

test("lists are newest first, filtered, in pages that miss and repeat nothing", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  const all = Array.from({ length: 30 }, (_, i) =>
    taskRecord({
      organizationId: i % 10 === 9 ? second : organizationId,
      // Three share each moment.
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(i / 3))).toISOString(),
      state: i % 4 === 0 ? "finished" : "pending",
      agentId: i % 3 === 0 ? "agt_a" : "agt_b",
      externalTaskId: i === 7 ? "seven" : null,
      target: `+1512555010${i % 5}`,
    }),
  );
  for (const id of [organizationId, second]) {
    await store.tasks.add(
      id,
      all.filter((task) => task.organizationId === id),
    );
  }
  const mine = all.filter((task) => task.organizationId === organizationId).reverse();
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await store.tasks.list(
      organizationId,
      {},
      { limit: 4, ...(after === null ? {} : { after }) },
    );
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  assert.deepEqual(
    seen,
    mine.map(({ id }) => id),
  );
  const check = async (
    filters: Parameters<typeof store.tasks.list>[1],
    where: (task: TaskRecord) => boolean,
  ) => {
    const { items } = await store.tasks.list(organizationId, filters, { limit: 200 });
    assert.deepEqual(
      items.map(({ id }) => id),
      mine.filter(where).map(({ id }) => id),
    );
    assert.ok(items.length > 0);
  };
  await check({ state: "finished" }, ({ state }) => state === "finished");
  await check({ agentId: "agt_a", targetKey: "+15125550100" }, ({ agentId, target }) => {
    return agentId === "agt_a" && target === "+15125550100";
  });
  await check({ externalTaskId: "seven" }, ({ externalTaskId }) => externalTaskId === "seven");
  const since = "2026-01-01T00:00:03.000Z";
  const until = "2026-01-01T00:00:05.000Z";
  await check({ since, until }, ({ createdAt }) => createdAt >= since && createdAt < until);
  await assert.rejects(store.tasks.list(organizationId, {}, { after: "x" }), { code: "cursor_invalid" });
});

test("only a pending task is changed; a new time is when it is due", async (t) => {
  const { store, organizationId } = await testStore(t);
  const task = taskRecord({ organizationId, dueReason: "retry", dueAt: 5 });
  const taken = taskRecord({ organizationId });
  await store.tasks.add(organizationId, [task, taken]);
  await store.taskRuns.claim([taken.id], [], 1);
  const change = { context: "new", meta: { n: 1 }, retryPolicy: null, waitToGreet: true };
  const changed = await store.tasks.update(organizationId, task.id, change);
  assert.deepEqual(changed, { ...task, ...change, updatedAt: changed?.updatedAt });
  const later = await store.tasks.update(organizationId, task.id, { scheduledFor: 1_790_000_000 });
  assert.deepEqual([later?.dueAt, later?.dueReason], [1_790_000_000_000, "schedule"]);
  const now = await store.tasks.update(organizationId, task.id, { scheduledFor: null });
  assert.ok((now?.dueAt ?? 0) > 1_700_000_000_000 && now?.dueReason === "ready");
  assert.equal(await store.tasks.update(organizationId, taken.id, change), undefined);
  assert.equal(await store.tasks.update("org_other", task.id, change), undefined);
});

test("a pending task is canceled at once, one under way is marked, one that is over stays", async (t) => {
  const { store, organizationId } = await testStore(t);
  const [pending, taken, over] = ["pending", "pending", "finished"].map((state) =>
    taskRecord({ organizationId, state: state as TaskRecord["state"] }),
  ) as [TaskRecord, TaskRecord, TaskRecord];
  await store.tasks.add(organizationId, [pending, taken, over]);
  await store.taskRuns.claim([taken.id], [], 1);
  const canceled = await store.tasks.cancel(organizationId, pending.id);
  assert.deepEqual([canceled?.state, canceled?.outcome], ["canceled", "canceled"]);
  assert.ok(canceled?.endedAt !== null);
  const marked = await store.tasks.cancel(organizationId, taken.id);
  assert.deepEqual([marked?.state, marked?.cancelRequested], ["processing", true]);
  assert.equal(await store.tasks.cancel(organizationId, over.id), undefined);
  assert.equal(await store.tasks.cancel(organizationId, pending.id), undefined);
  assert.equal(await store.tasks.cancel("org_other", taken.id), undefined);
});

test("the counts are by state, by outcome of what is over, and by what pending ones wait for", async (t) => {
  const { store, organizationId } = await testStore(t);
  const of = (fields: Partial<TaskRecord>) => taskRecord({ organizationId, ...fields });
  await store.tasks.add(organizationId, [
    of({ dueAt: 10 }),
    of({ dueAt: 10, dueReason: "retry" }),
    of({ dueAt: 1000, dueReason: "retry", outcome: "busy" }),
    of({ dueAt: 1000, dueReason: "schedule" }),
    of({ state: "errored", outcome: "busy" }),
    of({ state: "finished", outcome: "answered" }),
    of({ state: "finished", outcome: "answered", createdAt: "2026-01-01T00:00:00.000Z" }),
  ]);
  const stats = await store.tasks.stats(organizationId, { since: "2026-06-01T00:00:00.000Z" }, 10);
  assert.deepEqual(stats, {
    states: { pending: 4, processing: 0, running: 0, finished: 1, errored: 1, canceled: 0 },
    outcomes: { busy: 1, answered: 1 },
    pending: { ready: 2, schedule: 1, retry: 1, cooldown: 0 },
  });
  assert.equal((await store.tasks.stats(organizationId, {}, 10)).states.finished, 2);
});

test("limits are an organization's own; days are counted newest first", async (t) => {
  const { store, organizationId } = await testStore(t);
  assert.deepEqual(await store.tasks.limits(organizationId), DEFAULT_TASK_LIMITS);
  const limits = { ...DEFAULT_TASK_LIMITS, concurrencyPerRun: 3, cooldowns: { calls: 60, texts: 0 } };
  await store.tasks.setLimits(organizationId, DEFAULT_TASK_LIMITS);
  await store.tasks.setLimits(organizationId, limits);
  assert.deepEqual(await store.tasks.limits(organizationId), limits);

  const task = taskRecord({ organizationId });
  const attempt = {
    ...{ callId: "call_1", startedAt: "2026-11-23T18:00:00.000Z", endedAt: null },
    ...{ outcome: null, sipStatus: null, reason: null, duration: null },
  };
  for (const date of ["2026-11-23", "2026-11-24", "2026-11-24"]) {
    await store.taskRuns.start(organizationId, date, [{ ...task, attempts: [attempt] }], 1);
  }
  assert.deepEqual(await store.tasks.dailyCounts(organizationId, "2026-11-01", "2026-11-30"), [
    { date: "2026-11-24", calls: 2, texts: 0, tasks: 2 },
    { date: "2026-11-23", calls: 1, texts: 0, tasks: 1 },
  ]);
  assert.deepEqual(await store.taskRuns.countsOf(organizationId, "2026-11-24"), { calls: 2, tasks: 2 });
  assert.deepEqual(await store.taskRuns.countsOf(organizationId, "2026-11-25"), { calls: 0, tasks: 0 });
});

test("no question about tasks is answered by sorting or by reading all", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  await (await openStore(path)).close();
  const asked: Statement[] = [];
  const recorder = {
    run: async (statement: Statement) => {
      asked.push(statement);
      return { rows: [] };
    },
    transaction: async (statements: readonly Statement[]) => {
      asked.push(...statements);
      return statements.map(() => ({ rows: [] }));
    },
    close: async () => {},
  };
  const db = new Kysely<Schema>({ dialect: databaseDialect(recorder) });
  const tasks = new SqlTasks(db);
  const runs = new SqlTaskRuns(db);
  const task = taskRecord({ organizationId: "org_1" });
  const after = Buffer.from("2026-01-01T00:00:00.000Z task_1").toString("base64url");
  await tasks.list("org_1", {}, { after });
  for (const filter of [
    { state: "errored" as const },
    { agentId: "agt_1" },
    { externalTaskId: "x" },
    { targetKey: "+1" },
  ]) {
    await tasks.list("org_1", filter, { after });
    await tasks.list("org_1", { ...filter, since: "2026-01-01", until: "2026-02-01" }, {});
  }
  await tasks.add("org_1", [task]);
  await tasks.get("org_1", "task_1");
  await tasks.update("org_1", "task_1", { context: "x" });
  await tasks.cancel("org_1", "task_1");
  await tasks.stats("org_1", {}, 1);
  await tasks.keptAnswer("org_1", "k");
  await tasks.dailyCounts("org_1", "2026-01-01", "2026-02-01");
  await runs.lanes();
  await runs.nextDue("org_1", 1);
  await runs.due("org_1", 1, 100, []);
  await runs.due("org_1", 1, 100, ["agt_1", "agt_2"]);
  await runs.countsOf("org_1", "2026-01-01");
  await runs.claim(["task_1", "task_2"], [{ id: "task_3", dueAt: 1 }], 1);
  await runs.start("org_1", "2026-01-01", [{ ...task, attempts: [] }], 1);
  await runs.unstart(task, "2026-01-01", 1, 1);
  await runs.settle(task, { ...task, state: "finished" }, 1, { cooldownMs: 1 });
  await runs.recoverClaimed(1);
  await runs.leftRunning(10);

  const database = new Database(path, { readonly: true });
  assert.ok(asked.length > 30);
  for (const { sql, parameters } of asked) {
    const plan = database.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[];
    const detail = plan.map((step) => step.detail).join("; ");
    // Counting groups what an index alone holds; and the start asks for every organization's first.
    const counts = /count\(\*\)|min\(/.test(sql);
    assert.doesNotMatch(detail, counts ? /SCAN tasks(?! USING COVERING INDEX)/ : /SCAN/, `${sql}: ${detail}`);
    if (!counts) assert.doesNotMatch(detail, /TEMP B-TREE/, `${sql}: ${detail}`);
  }
  database.close();
});

async function memoryKysely(t: { after(action: () => Promise<void>): void }): Promise<Kysely<Schema>> {
  const { MemoryDatabase } = await import("./memory-database.ts");
  const { Migrator } = await import("kysely/migration");
  const { MIGRATIONS } = await import("./migrations.ts");
  const database = new MemoryDatabase();
  const db = new Kysely<Schema>({ dialect: databaseDialect(database) });
  await new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } }).migrateToLatest();
  for (const id of ["org_1", "org_2"]) {
    await db.insertInto("organizations").values({ id, name: id, createdAt: "" }).execute();
  }
  t.after(() => database.close());
  return db;
}

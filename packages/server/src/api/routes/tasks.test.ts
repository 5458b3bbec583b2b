import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestApi, testApi } from "../test-api.ts";

interface Task {
  id: string;
  agentId: string;
  target: string;
  state: string;
  waitingFor: string | null;
  notBefore: string | null;
  scheduledFor: number | null;
  context: string | null;
  taskContext: string | null;
  greeting: string | null;
  waitToGreet: boolean;
  meta: unknown;
  retryPolicy: unknown;
}

async function withAgent(t: Parameters<typeof testApi>[0]) {
  const kit = await testApi(t);
  const agent = await kit.store.agents.create(kit.organizationId, { username: "demo" });
  const queue = async (body: unknown, status = 201): Promise<Task[]> => {
    const answer = await kit.call("POST", "/api/v2/agent/outboundCall", body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return (answer.body.tasks ?? []) as Task[];
  };
  return { ...kit, agent, queue };
}

/** With headers and any body, as `call` of the kit has none. */
async function send(kit: TestApi, url: string, headers: Record<string, string>, payload: string | object) {
  const answer = await kit.api.inject({
    ...{ method: "POST", url, payload },
    headers: { authorization: `Bearer ${kit.token}`, ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

function upload(csv: string, fields: Record<string, string> = {}): [Record<string, string>, string] {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--xx\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--xx\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n${csv}\r\n`;
  return [{ "content-type": "multipart/form-data; boundary=xx" }, `${parts.join("")}${file}--xx--\r\n`];
}

test("one call is queued with all its settings, shown, listed, changed, canceled", async (t) => {
  const { call, agent, queue, woken, organizationId } = await withAgent(t);
  const settings = {
    ...{ context: "a customer", taskContext: "the order", greeting: "Hello.", waitToGreet: true },
    ...{ externalTaskId: "crm-7", meta: { order: 5 }, goal: { completionCriteria: "a date is agreed" } },
    retryPolicy: { delaysSeconds: [60, 3600], retryOn: ["busy", "no_answer"] },
  };
  const [task] = await queue({ target: "+15125550123,,1", ...settings });
  assert.ok(task);
  assert.deepEqual([task.target, task.state, task.agentId], ["+15125550123,,1", "pending", agent.id]);
  assert.deepEqual([task.context, task.taskContext, task.greeting], ["a customer", "the order", "Hello."]);
  assert.deepEqual(task.retryPolicy, {
    steps: [{ delaySeconds: 60 }, { delaySeconds: 3600 }],
    retryOn: ["busy", "no_answer"],
  });
  assert.ok(!("targetKey" in task) && !("organizationId" in task));
  assert.deepEqual(woken, [organizationId]);
  const url = `/api/v2/tasks/${task.id}`;
  assert.deepEqual((await call("GET", url)).body.task, task);
  for (const search of [
    "target=+15125550123",
    "externalTaskId=crm-7",
    "state=pending",
    `agentId=${agent.id}`,
  ]) {
    assert.equal(((await call("GET", `/api/v2/tasks?${search}`)).body.tasks as Task[]).length, 1, search);
  }
  assert.deepEqual((await call("GET", "/api/v2/tasks?state=running")).body.tasks, []);

  const later = Math.floor(Date.now() / 1000) + 3600;
  const changed = await call("POST", url, { scheduledFor: later, greeting: null, target: "demo" });
  assert.equal(changed.status, 200, changed.body.message);
  const now = changed.body.task as Task;
  assert.deepEqual([now.scheduledFor, now.greeting, now.target], [later, null, "demo"]);
  assert.deepEqual([now.waitingFor, now.notBefore], ["schedule", new Date(later * 1000).toISOString()]);

  const canceled = await call("DELETE", url);
  assert.equal((canceled.body.task as Task).state, "canceled");
  assert.equal((await call("DELETE", url)).body.code, "task_over");
  assert.equal((await call("POST", url, { greeting: "x" })).body.code, "task_not_pending");
  assert.equal((await call("GET", "/api/v2/tasks/task_none")).body.code, "task_not_found");
});

test("a batch: shared settings, own ones over them, spaced in time; all or none", async (t) => {
  const { call, queue } = await withAgent(t);
  const first = Math.floor(Date.now() / 1000) + 600;
  const tasks = await queue({
    targets: [
      "+15125550101",
      { target: "+15125550102", context: "own" },
      { target: "ext:12", scheduledFor: first },
    ],
    ...{ context: "shared", scheduledFor: first, scheduleSpacingSec: 30 },
  });
  assert.deepEqual(
    tasks.map(({ target, context, scheduledFor }) => [target, context, scheduledFor]),
    [
      ["+15125550101", "shared", first],
      ["+15125550102", "own", first + 30],
      ["ext:12", "shared", first],
    ],
  );
  const refused = await call("POST", "/api/v2/agent/outboundCall", {
    targets: ["+15125550101", "+19005550100"],
  });
  assert.deepEqual([refused.status, refused.body.code], [403, "destination_not_allowed"]);
  assert.match(String(refused.body.message), /^targets\[1\]: .*premium/);
  assert.equal(((await call("GET", "/api/v2/tasks")).body.tasks as Task[]).length, 3);
});

test("bad input is refused with what is wrong", async (t) => {
  const { call } = await withAgent(t);
  for (const [body, message] of [
    [{}, /target, or targets/],
    [{ target: "+15125550101", targets: ["+15125550102"] }, /not both/],
    [{ target: "5125550101" }, /plus and country code/],
    [{ target: "+15125550101", scheduleSpacingSec: 5 }, /for a batch/],
    [{ target: "+15125550101", scheduledFor: Date.now() }, /Unix seconds/],
    [{ target: "+15125550101", retryPolicy: { delaysSeconds: [5] } }, /delaysSeconds/],
    [{ target: "+15125550101", retryPolicy: {} }, /delaysSeconds or steps/],
    [{ target: "+15125550101", retryPolicy: { delaysSeconds: Array(4).fill(2_592_000) } }, /90 days/],
    [{ target: "+15125550101", meta: { text: "x".repeat(17_000) } }, /meta is longer/],
    [{ targets: [] }, /targets/],
  ] as const) {
    const answer = await call("POST", "/api/v2/agent/outboundCall", body);
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
    assert.match(String(answer.body.message), message);
  }
  const other = await call("POST", "/api/v2/agent/outboundCall", {
    target: "+15125550101",
    accountId: "agt_x",
  });
  assert.equal(other.status, 403);
});

test("a request that is sent again with its key queues nothing, and is answered as then", async (t) => {
  const kit = await withAgent(t);
  const url = "/api/v2/agent/outboundCall";
  const key = { "idempotency-key": "k-1" };
  const first = await send(kit, url, key, { target: "+15125550101", context: "a" });
  assert.equal(first.status, 201);
  const again = await send(kit, url, key, { context: "a", target: "+15125550101" });
  assert.deepEqual([again.status, again.headers["idempotency-replayed"]], [200, "true"]);
  assert.deepEqual(again.body.tasks, first.body.tasks);
  const other = await send(kit, url, key, { target: "+15125550102" });
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_conflict"]);
  const both = await Promise.all(
    [1, 2, 3].map(() => send(kit, url, { "idempotency-key": "k-2" }, { target: "demo" })),
  );
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 200, 201]);
  assert.equal(((await kit.call("GET", "/api/v2/tasks")).body.tasks as Task[]).length, 2);
});

test("a CSV: read, tried without queueing, all or none", async (t) => {
  const kit = await withAgent(t);
  const csv = [
    "Target;Context;waitToGreet;scheduledFor;Name",
    '+15125550101;"He said ""hi""; twice";yes;;Ann',
    "+15125550102;;;2026-12-01T09:00:00Z;",
  ].join("\r\n");
  const dry = await send(kit, "/api/v2/tasks/csv", ...upload(csv, { dryRun: "true" }));
  assert.deepEqual(
    [dry.status, dry.body.inserted, dry.body.tasks.length],
    [200, 0, 2],
    JSON.stringify(dry.body),
  );
  const [one, two] = dry.body.tasks as Task[];
  assert.deepEqual(
    [one?.context, one?.waitToGreet, one?.meta],
    ['He said "hi"; twice', true, { Name: "Ann" }],
  );
  assert.equal(two?.scheduledFor, Date.parse("2026-12-01T09:00:00Z") / 1000);
  assert.deepEqual((await kit.call("GET", "/api/v2/tasks")).body.tasks, []);
  const real = await send(kit, "/api/v2/tasks/csv", ...upload(csv));
  assert.deepEqual([real.status, real.body.inserted], [201, 2]);

  const bad = "target,scheduledFor\n+15125550101,soon\n911,\n+15125550102,";
  const refused = await send(kit, "/api/v2/tasks/csv", ...upload(bad));
  assert.deepEqual([refused.status, refused.body.code], [400, "csv_invalid"]);
  assert.match(refused.body.message, /line 2: scheduledFor .* line 3: 911 is an emergency number/);
  const tried = await send(kit, "/api/v2/tasks/csv?dryRun=true", ...upload(bad));
  assert.deepEqual(
    [tried.status, tried.body.errors.map(({ line }: { line: number }) => line), tried.body.tasks.length],
    [200, [2, 3], 1],
  );
  for (const [text, message] of [
    ["name\nAnn", /must be target/],
    ["target", /no line below/],
    ['target\n"unclosed', /cannot be read/],
    ["target,target\na,b", /twice/],
  ] as const) {
    const answer = await send(kit, "/api/v2/tasks/csv", ...upload(text));
    assert.match(answer.body.message, message);
  }
  const json = await kit.call("POST", "/api/v2/tasks/csv", { csv });
  assert.equal(json.status, 415, JSON.stringify(json.body));
});

test("limits: defaults, changed in part, refused with what is wrong; counts", async (t) => {
  const { call, queue, woken } = await withAgent(t);
  const limits = async (body?: unknown) =>
    (await call(body ? "POST" : "GET", "/api/v2/tasks/limits", body)).body;
  assert.deepEqual((await limits()).limits, {
    businessHours: null,
    daily: { calls: null, texts: null, tasks: null },
    concurrencyPerRun: 10,
    cooldowns: { calls: 0, texts: 0 },
  });
  const businessHours = { timezone: "America/Chicago", days: ["mon", "tue"], start: "09:00", end: "17:00" };
  await limits({ businessHours, daily: { calls: 50 }, cooldowns: { calls: 600 } });
  await limits({ concurrencyPerRun: 2 });
  assert.deepEqual((await limits()).limits, {
    businessHours,
    daily: { calls: 50, texts: null, tasks: null },
    concurrencyPerRun: 2,
    cooldowns: { calls: 600, texts: 0 },
  });
  assert.equal(woken.length, 2);
  assert.match(
    String((await limits({ businessHours: { ...businessHours, timezone: "Mars" } })).message),
    /IANA/,
  );
  assert.match(String((await limits({ businessHours: { ...businessHours, start: "9" } })).message), /start/);
  assert.match(String((await limits({ concurrencyPerRun: 0 })).message), /concurrencyPerRun/);
  await queue({ target: "+15125550101" });
  const { stats } = (await call("GET", "/api/v2/tasks/stats")).body as { stats: { states: object } };
  assert.deepEqual(stats.states, {
    ...{ pending: 1, processing: 0, running: 0, finished: 0, errored: 0, canceled: 0 },
  });
  const days = (await call("GET", "/api/v2/tasks/dailyCounts?days=7")).body;
  assert.deepEqual([days.timezone, days.counts], ["America/Chicago", []]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../errors.ts";
import type { TaskRecord } from "../store/task-records.ts";
import { runnerKit } from "./task-runner-kit.ts";

const numbers = (count: number): Partial<TaskRecord>[] =>
  Array.from({ length: count }, (_, i) => ({ target: `+1512555${String(1000 + i)}` }));

test("a task that is due is called with all it carries, and its end is written", async (t) => {
  const kit = await runnerKit(t);
  const [task] = await kit.add({
    ...{ context: "c", taskContext: "t", greeting: "Hello", waitToGreet: true, meta: { a: 1 } },
    agentId: "agt_1",
  });
  const { organizationId } = kit;
  assert.deepEqual(kit.placed[0]?.order, {
    ...{ organizationId, agentId: "agt_1", taskId: task?.id, callId: "call_1" },
    ...{ target: "+15125550100", targetText: "+15125550100" },
    ...{ context: "c", taskContext: "t", greeting: "Hello", waitToGreet: true, meta: { a: 1 } },
  });
  const running = await kit.task(task?.id);
  assert.deepEqual([running.state, running.callId, running.attempts.length], ["running", "call_1", 1]);
  await kit.clock.pass(30_000);
  await kit.placed[0]?.end({});
  const over = await kit.task(task?.id);
  assert.deepEqual(
    [over.state, over.outcome, over.reason, over.startedAt, over.endedAt],
    ["finished", "answered", "They talked.", "2026-11-24T12:00:00.000Z", "2026-11-24T12:00:30.000Z"],
  );
  assert.deepEqual(over.attempts, [
    {
      ...{ callId: "call_1", startedAt: over.startedAt, endedAt: over.endedAt, outcome: "answered" },
      ...{ sipStatus: 200, reason: "They talked.", duration: 5 },
    },
  ]);
  await kit.clock.pass(0);
  assert.equal(kit.clock.timers, 0, "nothing is due, so nothing is waited for");
});

test("the call id is on the disk before the call is given out", async (t) => {
  const kit = await runnerKit(t);
  const order: string[] = [];
  const { start } = kit.store.taskRuns;
  kit.store.taskRuns.start = async (...args) => {
    order.push(`start ${args[2][0]?.attempts.at(-1)?.callId}`);
    await start.apply(kit.store.taskRuns, args);
    order.push(`written ${kit.placed.length}`);
  };
  await kit.add({});
  assert.deepEqual(order, ["start call_1", "written 0"]);
  assert.equal(kit.placed.length, 1);
});

test("ten at once; each end makes room for the next, in the order in which they came", async (t) => {
  const kit = await runnerKit(t);
  await kit.add(...numbers(25));
  assert.equal(kit.placed.length, 10);
  assert.deepEqual(
    kit.targets,
    numbers(10).map(({ target }) => target),
  );
  await kit.placed[3]?.end({});
  await kit.clock.pass(0);
  assert.deepEqual(kit.targets.slice(-1), ["+15125551010"]);
  await kit.limit({ concurrencyPerRun: 12 });
  assert.equal(kit.placed.length, 12);
});

test("a task is called at its time, and the runner sleeps until then", async (t) => {
  const kit = await runnerKit(t);
  const hour = kit.clock.now + 3_600_000;
  await kit.add({ dueAt: hour, dueReason: "schedule" });
  assert.equal(kit.clock.timers, 1);
  let looks = 0;
  const { due } = kit.store.taskRuns;
  kit.store.taskRuns.due = (...args) => {
    looks++;
    return due.apply(kit.store.taskRuns, args);
  };
  await kit.clock.pass(3_599_999);
  assert.deepEqual([kit.placed.length, looks], [0, 0]);
  await kit.clock.pass(1);
  assert.equal(kit.placed[0]?.at, hour);
});

test("busy is tried again as the policy says, and every attempt is kept", async (t) => {
  const kit = await runnerKit(t);
  const retryPolicy = { steps: [{ delaySeconds: 60 }, { delaySeconds: 120 }], retryOn: ["busy" as const] };
  const [task] = await kit.add({ retryPolicy });
  const busy = { outcome: "busy", sipStatus: 486, reason: "Busy.", durationSeconds: 0 } as const;
  await kit.placed[0]?.end(busy);
  assert.deepEqual([(await kit.task(task?.id)).state, kit.placed.length], ["pending", 0]);
  await kit.clock.pass(60_000);
  assert.equal(kit.placed.length, 1);
  await kit.placed[0]?.end(busy);
  await kit.clock.pass(119_999);
  assert.equal(kit.placed.length, 0);
  await kit.clock.pass(1);
  await kit.placed[0]?.end(busy);
  await kit.clock.pass(86_400_000);
  const over = await kit.task(task?.id);
  assert.deepEqual([over.state, over.outcome], ["errored", "busy"]);
  assert.deepEqual(
    over.attempts.map(({ callId, outcome, sipStatus }) => [callId, outcome, sipStatus]),
    [1, 2, 3].map((n) => [`call_${n}`, "busy", 486]),
  );
  assert.equal(kit.placed.length, 0);
});

test("outside the hours nothing is called, also where the clock changes in the night", async (t) => {
  // Saturday before the American clocks go forward; 09:00 of Sunday is 13:00 UTC then, and not 14:00.
  const kit = await runnerKit(t, "2026-03-07T23:00:00.000Z");
  const days = ["sun" as const];
  await kit.limit({ businessHours: { timezone: "America/New_York", days, start: "09:00", end: "09:10" } });
  await kit.add(...numbers(11));
  assert.equal(kit.placed.length, 0);
  await kit.clock.pass(Date.parse("2026-03-08T13:00:00Z") - kit.clock.now - 1);
  assert.equal(kit.placed.length, 0);
  await kit.clock.pass(1);
  assert.equal(kit.placed.length, 10);
  // One that becomes free after they are over waits a week.
  await kit.clock.pass(10 * 60_000);
  await kit.placed[0]?.end({});
  await kit.clock.pass(6 * 86_400_000);
  assert.equal(kit.placed.length, 9);
  await kit.clock.pass(86_400_000);
  assert.equal(kit.placed.length, 10);
});

test("the day's count holds, and a new day begins at the organization's midnight", async (t) => {
  const kit = await runnerKit(t, "2026-11-24T04:00:00.000Z");
  await kit.limit({
    businessHours: {
      ...{ timezone: "America/New_York", start: "00:00", end: "00:00" },
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    },
    daily: { calls: 3, texts: null, tasks: null },
  });
  await kit.add(...numbers(7));
  assert.equal(kit.placed.length, 3);
  await kit.clock.pass(3_599_999);
  assert.equal(kit.placed.length, 3);
  await kit.clock.pass(1);
  assert.equal(kit.placed.length, 6);
  assert.deepEqual(
    (await kit.store.tasks.dailyCounts(kit.organizationId, "2026-11-01", "2026-11-30")).map((day) => [
      day.date,
      day.calls,
    ]),
    [
      ["2026-11-24", 3],
      ["2026-11-23", 3],
    ],
  );
});

test("a target rests between calls, counted from the end of the one before, and holds up nobody", async (t) => {
  const kit = await runnerKit(t);
  await kit.limit({ cooldowns: { calls: 600, texts: 0 }, concurrencyPerRun: 2 });
  const [, second] = await kit.add({ target: "+1" }, { target: "+1" }, { target: "+2" });
  assert.deepEqual(kit.targets, ["+1", "+2"]);
  assert.equal((await kit.task(second?.id)).dueReason, "cooldown");
  await kit.clock.pass(60_000);
  await kit.placed[0]?.end({});
  assert.equal((await kit.task(second?.id)).dueAt, kit.clock.now + 600_000);
  await kit.clock.pass(599_999);
  assert.deepEqual(kit.targets, ["+2"]);
  await kit.clock.pass(1);
  assert.deepEqual(kit.targets, ["+2", "+1"]);
});

test("no target is called twice at once, without any cooldown", async (t) => {
  const kit = await runnerKit(t);
  await kit.add({ target: "+1" }, { target: "+1" });
  assert.deepEqual(kit.targets, ["+1"]);
  await kit.placed[0]?.end({});
  await kit.clock.pass(0);
  assert.deepEqual(kit.targets, ["+1"]);
});

test("organizations take turns where the node is full", async (t) => {
  const kit = await runnerKit(t);
  kit.capacity = 4;
  await kit.limit({ concurrencyPerRun: 100 });
  const { id: other } = await kit.store.organizations.create({ name: "Second" });
  await kit.add(...numbers(20));
  await kit.add({ organizationId: other, target: "+2" }, { organizationId: other, target: "+3" });
  assert.equal(kit.placed.length, 4);
  // The second came when all was taken; it has not to wait for the twenty.
  const seen = new Set<string>();
  for (let i = 0; i < 4; i++) {
    await kit.placed[0]?.end({});
    await kit.clock.pass(0);
    for (const target of kit.targets) seen.add(target);
  }
  assert.ok(seen.has("+2") && seen.has("+3"), [...seen].join());
  // Inbound calls that end tell nobody: it is looked at again by itself.
  const before = kit.placed.length;
  kit.capacity = 6;
  await kit.clock.pass(15_000);
  assert.equal(kit.placed.length, before + 2);
});

test("an agent that has all its calls holds up no other", async (t) => {
  const kit = await runnerKit(t);
  kit.agentFree.set("agt_full", 0);
  await kit.add(...numbers(120).map((task) => ({ ...task, agentId: "agt_full" })), {
    target: "+9",
    agentId: "agt_free",
  });
  assert.deepEqual(kit.targets, ["+9"]);
  kit.agentFree.set("agt_full", 1);
  await kit.clock.pass(15_000);
  assert.equal(kit.placed.length, 2);
});

test("canceled while it runs: the call is hung up, and no policy calls again", async (t) => {
  const kit = await runnerKit(t);
  const retryPolicy = { steps: [{ delaySeconds: 60 }], retryOn: ["no_answer" as const] };
  const [task] = await kit.add({ retryPolicy });
  await kit.store.tasks.cancel(kit.organizationId, task?.id ?? "");
  await kit.runner.cancel(task?.id ?? "");
  assert.deepEqual(kit.hungUp, ["call_1"]);
  await kit.placed[0]?.end({ outcome: "no_answer" });
  const over = await kit.task(task?.id);
  assert.deepEqual([over.state, over.outcome], ["canceled", "canceled"]);
  await kit.clock.pass(3_600_000);
  assert.equal(kit.placed.length, 0);
});

test("canceled in the moment in which it is taken: it is not called", async (t) => {
  const kit = await runnerKit(t);
  const { claim, start } = kit.store.taskRuns;
  const { tasks } = kit.store;
  const cancel = async (id: string) => {
    await tasks.cancel(kit.organizationId, id);
    await kit.runner.cancel(id);
  };
  kit.store.taskRuns.claim = async (...args) => {
    const taken = await claim.apply(kit.store.taskRuns, args);
    if (taken[0]?.target === "+1") await cancel(taken[0].id);
    return taken;
  };
  kit.store.taskRuns.start = async (...args) => {
    await start.apply(kit.store.taskRuns, args);
    const [first] = args[2];
    if (first?.targetKey === "+2") await cancel(first.id);
  };
  const [one, two] = await kit.add({ target: "+1" }, { target: "+2" });
  assert.equal(kit.placed.length, 0);
  assert.equal((await kit.task(one?.id)).state, "canceled");
  assert.deepEqual((await kit.task(one?.id)).attempts, []);
  assert.equal((await kit.task(two?.id)).state, "canceled");
});

test("what cannot be called ends with the reason, and without an attempt", async (t) => {
  const kit = await runnerKit(t);
  kit.forbidden.add("+1900");
  const [gone, forbidden] = await kit.add({ agentId: "agt_gone" }, { target: "+1900" });
  assert.equal(kit.placed.length, 0);
  const first = await kit.task(gone?.id);
  assert.deepEqual([first.state, first.outcome, first.attempts], ["errored", "delivery_failed", []]);
  assert.match(first.reason ?? "", /agent/);
  assert.match((await kit.task(forbidden?.id)).reason ?? "", /\+1900 is not allowed/);
});

test("no room for a call after all: the task goes back as it was, and its turn comes again", async (t) => {
  const kit = await runnerKit(t);
  kit.refusal = new AppError("busy");
  const [task] = await kit.add({});
  const back = await kit.task(task?.id);
  assert.deepEqual([back.state, back.attempts, back.callId, back.startedAt], ["pending", [], null, null]);
  await kit.clock.pass(15_000);
  assert.equal(kit.placed.length, 1);
  assert.deepEqual(await kit.store.taskRuns.countsOf(kit.organizationId, "2026-11-24"), {
    calls: 1,
    tasks: 1,
  });
});

test("a database that fails for a while: nothing is called twice, nothing is lost", async (t) => {
  const kit = await runnerKit(t);
  const { settle, start } = kit.store.taskRuns;
  let faults = 2;
  kit.store.taskRuns.start = async (...args) => {
    if (faults-- > 0) throw new Error("disk full");
    await start.apply(kit.store.taskRuns, args);
  };
  const [task] = await kit.add({});
  assert.equal(kit.placed.length, 0);
  await kit.clock.pass(60_000);
  assert.equal(kit.placed.length, 1);
  let broken = 3;
  kit.store.taskRuns.settle = async (...args) => {
    if (broken-- > 0) throw new Error("disk full");
    await settle.apply(kit.store.taskRuns, args);
  };
  await kit.placed[0]?.end({});
  assert.equal((await kit.task(task?.id)).state, "running");
  await kit.clock.pass(60_000);
  assert.equal((await kit.task(task?.id)).state, "finished");
  assert.equal(kit.placed.length, 0);
});

test("after kill -9: what was taken is called, what was called is not called again unless its policy says so", async (t) => {
  const kit = await runnerKit(t);
  const retryPolicy = { steps: [{ delaySeconds: 60 }], retryOn: ["transient_failure" as const] };
  const [plain, retried, answered, canceled] = await kit.add(
    { target: "+1" },
    { target: "+2", retryPolicy },
    { target: "+3" },
    { target: "+4", retryPolicy },
  );
  await kit.store.tasks.cancel(kit.organizationId, canceled?.id ?? "");
  kit.answered.add("call_3");
  const [waiting, taken] = [{ target: "+5", dueAt: kit.clock.now + 1000 }, { target: "+6" }];
  const { claim } = kit.store.taskRuns;
  // Killed between the two writes.
  kit.store.taskRuns.claim = async (...args) => {
    await claim.apply(kit.store.taskRuns, args);
    return new Promise<never>(() => {});
  };
  const [pending, processing] = await kit.add(waiting, taken);
  assert.equal((await kit.task(processing?.id)).state, "processing");
  kit.store.taskRuns.claim = claim;

  await kit.restart();
  assert.deepEqual(kit.targets, ["+6"]);
  const plainNow = await kit.task(plain?.id);
  assert.deepEqual([plainNow.state, plainNow.outcome], ["errored", "transient_failure"]);
  assert.match(plainNow.attempts[0]?.reason ?? "", /Ringdown stopped/);
  assert.equal((await kit.task(answered?.id)).state, "finished");
  assert.equal((await kit.task(canceled?.id)).state, "canceled");
  assert.equal((await kit.task(retried?.id)).state, "pending");
  assert.equal((await kit.task(pending?.id)).state, "pending");
  await kit.clock.pass(60_000);
  assert.deepEqual(kit.targets.sort(), ["+2", "+5", "+6"]);
});

test("a drain starts no more; what it ended is told apart from what a person ended", async (t) => {
  const kit = await runnerKit(t);
  await kit.limit({ concurrencyPerRun: 1 });
  const [first, second] = await kit.add(...numbers(2));
  kit.runner.drain();
  const closing = kit.runner.close(5_000);
  await kit.placed[0]?.end({ outcome: "cancelled", reason: "Ringdown was shut down." });
  await kit.clock.pass(0);
  await closing;
  assert.equal((await kit.task(first?.id)).outcome, "transient_failure");
  assert.equal((await kit.task(second?.id)).state, "pending");
  assert.equal(kit.placed.length, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_TASK_LIMITS, type DueTask, type TaskLimits } from "../store/task-records.ts";
import { gate, planStarts, SAME_TARGET_MS, waiting } from "./start-plan.ts";

const at = Date.parse("2026-11-24T12:00:00Z");
const office: TaskLimits = {
  ...DEFAULT_TASK_LIMITS,
  businessHours: { timezone: "America/New_York", days: ["tue", "wed"], start: "09:00", end: "17:00" },
};
const idle = { active: 0, today: { calls: 0, tasks: 0 }, capacity: 1000 };

test("hours come first, then the day's count, then calls at once; each says until when", () => {
  assert.deepEqual(gate(DEFAULT_TASK_LIMITS, idle, at), { open: true, free: 10 });
  const opens = Date.parse("2026-11-24T14:00:00Z");
  assert.deepEqual(gate(office, idle, at), { open: false, waitingFor: "business_hours", until: opens });
  const spent = { ...idle, today: { calls: 5, tasks: 5 } };
  const five: TaskLimits = { ...office, daily: { calls: 5, texts: null, tasks: null } };
  // The next day that has hours, from when they begin.
  const next = Date.parse("2026-11-25T14:00:00Z");
  assert.deepEqual(gate(five, spent, opens), { open: false, waitingFor: "daily_limit", until: next });
  const utc: TaskLimits = { ...DEFAULT_TASK_LIMITS, daily: { calls: null, texts: null, tasks: 5 } };
  const midnight = Date.parse("2026-11-25T00:00:00Z");
  assert.deepEqual(gate(utc, spent, at), { open: false, waitingFor: "daily_limit", until: midnight });
  assert.deepEqual(gate(five, { ...spent, today: { calls: 3, tasks: 3 } }, opens), { open: true, free: 2 });
  const full = { open: false, waitingFor: "concurrency", until: undefined };
  assert.deepEqual(gate(DEFAULT_TASK_LIMITS, { ...idle, active: 10 }, at), full);
  assert.deepEqual(gate(DEFAULT_TASK_LIMITS, { ...idle, capacity: 0 }, at), full);
  assert.deepEqual(gate(DEFAULT_TASK_LIMITS, { ...idle, capacity: 3 }, at), { open: true, free: 3 });
});

const due = (id: string, fields: Partial<DueTask> = {}): DueTask => ({
  ...{ id, agentId: "agt_1", targetKey: `+${id}`, lastCallAt: null },
  ...fields,
});
const input = {
  ...{ now: 1_000_000, free: 2, cooldownMs: 60_000 },
  isActive: () => false,
  agentFree: () => Number.POSITIVE_INFINITY,
};

test("in order of time, as many as are free", () => {
  const plan = planStarts({ ...input, due: [due("a"), due("b"), due("c")] });
  assert.deepEqual(plan, { start: ["a", "b"], park: [], fullAgents: [] });
});

test("who was called a short while ago waits and is in nobody's way", () => {
  const plan = planStarts({
    ...input,
    due: [due("a", { lastCallAt: 950_000 }), due("b", { lastCallAt: 940_000 }), due("c")],
  });
  assert.deepEqual(plan, { start: ["b", "c"], park: [{ id: "a", dueAt: 1_010_000 }], fullAgents: [] });
});

test("nobody is called twice at once, whatever the cooldown", () => {
  const plan = planStarts({
    ...input,
    cooldownMs: 0,
    isActive: (key) => key === "+busy",
    due: [due("a"), due("b", { targetKey: "+a" }), due("c", { targetKey: "+busy" })],
  });
  const later = input.now + SAME_TARGET_MS;
  assert.deepEqual(plan.start, ["a"]);
  assert.deepEqual(plan.park, [
    { id: "b", dueAt: later },
    { id: "c", dueAt: later },
  ]);
});

test("an agent that has all its calls holds up no other agent", () => {
  const plan = planStarts({
    ...{ ...input, free: 5 },
    agentFree: (id) => (id === "agt_1" ? 1 : 5),
    due: [due("a"), due("b"), due("c"), due("d", { agentId: "agt_2" })],
  });
  assert.deepEqual(plan, { start: ["a", "d"], park: [], fullAgents: ["agt_1"] });
});

test("why a task has not been called yet, and from when on it may be", () => {
  const open = gate(DEFAULT_TASK_LIMITS, idle, at);
  const later = Date.parse("2026-11-26T12:00:00Z");
  for (const reason of ["schedule", "retry", "cooldown"] as const) {
    const told = waiting({ dueAt: later, dueReason: reason }, open, DEFAULT_TASK_LIMITS, at);
    assert.deepEqual(told, { waitingFor: reason, notBefore: later });
  }
  // What is due outside the hours waits until they begin.
  const closed = gate(office, idle, at);
  const told = waiting({ dueAt: later, dueReason: "schedule" }, closed, office, at);
  assert.deepEqual(told, { waitingFor: "schedule", notBefore: Date.parse("2026-12-01T14:00:00Z") });
  assert.deepEqual(waiting({ dueAt: 0, dueReason: "ready" }, closed, office, at), {
    waitingFor: "business_hours",
    notBefore: Date.parse("2026-11-24T14:00:00Z"),
  });
  const full = gate(DEFAULT_TASK_LIMITS, { ...idle, active: 10 }, at);
  assert.deepEqual(waiting({ dueAt: 0, dueReason: "ready" }, full, DEFAULT_TASK_LIMITS, at), {
    waitingFor: "concurrency",
    notBefore: null,
  });
});

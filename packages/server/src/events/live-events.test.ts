import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../registrations/registration-test-kit.ts";
import { callRecord } from "../store/test-store.ts";
import { type LiveEvent, LiveEvents } from "./live-events.ts";

const call = (id: string, state: "ringing" | "active" | "ended"): LiveEvent => ({
  ...{ type: "call", id, agentId: "agt", state },
});

test("news is gathered, the newest of each call, and told to its organization alone", async () => {
  const clock = new VirtualClock();
  const events = new LiveEvents((ms, action) => clock.after(ms, action));
  const told: LiveEvent[][] = [];
  const stop = events.subscribe("org_1", (some) => told.push(some));
  events.publish("org_2", call("other", "ringing"));
  events.publish("org_1", call("a", "ringing"));
  events.publish("org_1", call("b", "ringing"));
  events.publish("org_1", call("a", "active"));
  assert.deepEqual(told, []);
  await clock.pass(250);
  assert.deepEqual(told, [[call("a", "active"), call("b", "ringing")]]);
  events.publish("org_1", { type: "rejectedCall" });
  stop();
  stop();
  await clock.pass(1000);
  assert.equal(told.length, 1, "who has gone is told nothing");
  assert.equal(events.size, 0);
});

test("a flood is told in one line", async () => {
  const clock = new VirtualClock();
  const events = new LiveEvents((ms, action) => clock.after(ms, action));
  let told: LiveEvent[] = [];
  events.subscribe("org_1", (some) => {
    told = some;
  });
  for (let index = 0; index < 5000; index++) events.publish("org_1", call(`call_${index}`, "active"));
  await clock.pass(250);
  assert.equal(told.length, 501);
  assert.deepEqual(told.at(-1), { type: "settings", path: "/" });
});

test("what is written of a call is news until it has ended", async () => {
  const clock = new VirtualClock();
  const events = new LiveEvents((ms, action) => clock.after(ms, action));
  const told: LiveEvent[] = [];
  events.subscribe("org_1", (some) => told.push(...some));
  const written: string[] = [];
  const store = events.watching({
    insert: async ({ id }) => void written.push(id),
    update: async (id) => void written.push(id),
  });
  await store.insert(callRecord({ id: "a", organizationId: "org_1", agentId: "agt", state: "ringing" }));
  await clock.pass(250);
  await store.update("a", { state: "active" });
  await clock.pass(250);
  await store.update("a", { state: "ended" });
  await clock.pass(250);
  await store.update("a", { recording: "x.wav" });
  await store.update("unknown", {});
  await clock.pass(250);
  assert.deepEqual(told, [call("a", "ringing"), call("a", "active"), call("a", "ended")]);
  assert.deepEqual(written, ["a", "a", "a", "a", "unknown"]);
});

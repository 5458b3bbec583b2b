import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { DiskRecordings } from "../calls/recording-files.ts";
import { VirtualClock } from "../registrations/registration-test-kit.ts";
import type { CallRecord } from "../store/records.ts";
import { callRecord, testFolder, testStore } from "../store/test-store.ts";
import { CallRetention } from "./call-retention.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-24T12:00:00.000Z");

async function scene(t: TestContext, days: number, audioDays: number) {
  const { store, organizationId } = await testStore(t);
  const dataDir = testFolder(t);
  const clock = new VirtualClock();
  const files = new DiskRecordings({ dataDir, repair: async () => undefined, onFault: () => undefined });
  const errors: unknown[] = [];
  const retention = new CallRetention({
    ...{ calls: store.calls, days, audioDays },
    removeFile: (name) => files.remove(name),
    now: () => NOW + clock.now,
    after: (ms, action) => clock.after(ms, action),
    log: { info: () => undefined, error: (fields) => errors.push(fields) },
  });
  /** A call that began so many days ago, with a recording and a message. */
  const add = async (id: string, age: number, more: Partial<CallRecord> = {}) => {
    const startedAt = new Date(NOW - age * DAY).toISOString();
    const { recording, messagePrefix } = files.paths(id, startedAt);
    mkdirSync(dirname(recording), { recursive: true });
    for (const path of [recording, `${messagePrefix}1.wav`]) writeFileSync(path, "RIFF");
    // Written with the others, when they are flushed.
    void store.calls.insert(
      callRecord({
        ...{ id, organizationId, startedAt, state: "ended", recording: files.nameOf(recording) },
        messages: [{ at: startedAt, seconds: 1, recording: files.nameOf(`${messagePrefix}1.wav`) }],
        ...more,
      }),
    );
    return [recording, `${messagePrefix}1.wav`];
  };
  const kept = async () =>
    (await store.calls.list(organizationId, {}, { limit: 200 })).items.map(({ id }) => id);
  const turn = async (ms: number) => {
    await clock.pass(ms);
    await retention.settled();
  };
  return { store, organizationId, clock, turn, retention, add, kept, errors, dataDir };
}

test("calls that are older go with their files; those that run or are still to be told of stay", async (t) => {
  const { store, clock, turn, retention, add, kept } = await scene(t, 30, 0);
  const old = await add("old", 31);
  const young = await add("young", 29);
  await add("running", 40, { state: "active" });
  await add("due", 40);
  await store.calls.update("due", { followUp: "due" });
  await store.calls.flush();
  retention.start();
  await turn(2_000);
  assert.deepEqual(await kept(), ["young", "running", "due"]);
  assert.deepEqual(old.map(existsSync), [false, false]);
  assert.deepEqual(young.map(existsSync), [true, true]);
  await turn(2 * DAY);
  assert.deepEqual(await kept(), ["running", "due"]);
  await retention.close();
  assert.equal(clock.timers, 0);
});

test("recordings alone may go earlier; the call stays, and says that there is none", async (t) => {
  const { store, organizationId, turn, retention, add, dataDir } = await scene(t, 0, 7);
  const paths = await add("a", 8);
  await add("b", 6);
  await store.calls.flush();
  retention.start();
  await turn(2_000);
  const call = await store.calls.get(organizationId, "a");
  assert.deepEqual([call?.recording, call?.messages], [null, []]);
  assert.deepEqual(paths.map(existsSync), [false, false]);
  assert.ok((await store.calls.get(organizationId, "b"))?.recording);
  assert.equal(
    existsSync(join(dataDir, "recordings/2026/11/16")),
    false,
    "an empty day's folder goes with it",
  );
  await retention.close();
});

test("many in batches, a fault an hour later again; for ever is for ever", async (t) => {
  const { store, turn, retention, add, kept, errors } = await scene(t, 1, 0);
  for (let index = 0; index < 230; index++) await add(`call_${index}`, 3);
  await store.calls.flush();
  const broken = t.mock.method(store.calls, "expired", async () => Promise.reject(new Error("locked")));
  retention.start();
  await turn(2_000);
  assert.equal(errors.length, 1);
  broken.mock.restore();
  await turn(3_600_000);
  for (let batch = 0; batch < 3; batch++) await turn(1_000);
  assert.deepEqual(await kept(), []);
  await retention.close();
  const forever = await scene(t, 0, 0);
  forever.retention.start();
  assert.equal(forever.clock.timers, 0);
});

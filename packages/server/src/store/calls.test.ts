import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { newId } from "./ids.ts";
import { openStore } from "./open-store.ts";
import type { CallRecord } from "./records.ts";
import { callRecord, testFolder, testStore } from "./test-store.ts";

function callOf(organizationId: string, fields: Partial<CallRecord> = {}): CallRecord {
  return callRecord({ id: newId("call"), organizationId, ...fields });
}

test("a call that is inserted and patched is read back whole, written or not", async (t) => {
  const { store, organizationId } = await testStore(t);
  const call = callOf(organizationId, {
    state: "ringing",
    legs: [{ id: "leg_1", codec: "PCMU", nested: { a: [1, null] } }],
  });
  void store.calls.insert(call);
  void store.calls.update(call.id, { state: "active", answeredAt: "2026-11-23T18:00:01.000Z" });
  assert.equal((await store.calls.get(organizationId, call.id))?.state, "active");
  const turn = { role: "user" as const, content: "“Hi” 🙂", startedAt: "a", endedAt: "b" };
  void store.calls.update(call.id, { callDialog: [turn], quality: { jitterMs: 1.5 } });
  await store.calls.update(call.id, { state: "ended", duration: 2.5, endedBy: "caller" });
  const expected = {
    ...call,
    state: "ended",
    answeredAt: "2026-11-23T18:00:01.000Z",
    callDialog: [turn],
    quality: { jitterMs: 1.5 },
    duration: 2.5,
    endedBy: "caller",
  };
  assert.deepEqual(await store.calls.get(organizationId, call.id), expected);
  assert.equal(await store.calls.get("org_other", call.id), undefined);
});

test("samples of quality are read back with their call, those of hours too, and are no burden of lists", async (t) => {
  const { store, organizationId } = await testStore(t);
  const call = callOf(organizationId, { state: "active" });
  const qualitySamples = Array.from({ length: 240 }, (_, i) => ({
    ...{ at: new Date(Date.UTC(2026, 10, 23, 18, 0, 5 * i)).toISOString(), seconds: 5, packetsReceived: 250 },
    ...{ lostPercent: i / 100, latePercent: 0, jitterMs: 1.5, bufferMs: 40, mos: 4.39 },
    // A report of the other side comes in some intervals only.
    ...(i % 2 === 0 ? {} : { roundTripMs: 21.5, remoteLostPercent: 0, remoteJitterMs: 2, remoteMos: 4.38 }),
  }));
  await store.calls.insert(call);
  await store.calls.update(call.id, { state: "ended", qualitySamples });
  const kept = await store.calls.get(organizationId, call.id);
  assert.deepEqual(kept?.qualitySamples, qualitySamples);
  const { items } = await store.calls.list(organizationId, {}, {});
  const { qualitySamples: _, ...listed } = call;
  assert.deepEqual(items, [{ ...listed, state: "ended" }]);
});

test("changing the object afterwards does not change the record", async (t) => {
  const { store, organizationId } = await testStore(t);
  const call = callOf(organizationId, { state: "ringing" });
  void store.calls.insert(call);
  call.state = "ended";
  assert.equal((await store.calls.get(organizationId, call.id))?.state, "ringing");
});

test("lists are newest first, filtered, in pages that miss and repeat nothing", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  const all: CallRecord[] = [];
  for (let i = 0; i < 30; i++) {
    const call = callOf(i % 10 === 9 ? second : organizationId, {
      // Three share each moment.
      startedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(i / 3))).toISOString(),
      direction: i % 2 === 0 ? "inbound" : "outbound",
      agentId: i % 3 === 0 ? "agt_a" : "agt_b",
      from: `+1512555010${i % 4}`,
      state: i === 5 ? "active" : "ended",
    });
    all.push(call);
    void store.calls.insert(call);
  }
  const mine = all.filter((call) => call.organizationId === organizationId).reverse();
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await store.calls.list(
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

  const ids = async (filters: Parameters<typeof store.calls.list>[1]) =>
    (await store.calls.list(organizationId, filters, { limit: 200 })).items.map(({ id }) => id);
  const where = (test: (call: CallRecord) => boolean) => mine.filter(test).map(({ id }) => id);
  assert.deepEqual(
    await ids({ state: "active" }),
    where((call) => call.state === "active"),
  );
  assert.deepEqual(
    await ids({ direction: "outbound" }),
    where((call) => call.direction === "outbound"),
  );
  assert.deepEqual(
    await ids({ agentId: "agt_a", from: "+15125550100*" }),
    await ids({ agentId: "agt_a", from: "+15125550100" }),
  );
  assert.deepEqual(await ids({ from: "+1512*" }), await ids({}));
  assert.deepEqual(await ids({ from: "+1513*" }), []);
  assert.deepEqual(
    await ids({ agentId: "agt_a", from: "+15125550100" }),
    where((call) => call.agentId === "agt_a" && call.from === "+15125550100"),
  );
  const since = "2026-01-01T00:00:03.000Z";
  const until = "2026-01-01T00:00:05.000Z";
  assert.deepEqual(
    await ids({ since, until }),
    where((call) => call.startedAt >= since && call.startedAt < until),
  );
  for (const cursor of ["x", "", "AAAA", Buffer.from("2026 ' or 1=1").toString("base64url")]) {
    await assert.rejects(store.calls.list(organizationId, {}, { after: cursor }), { code: "cursor_invalid" });
  }
});

test("no page of calls is made by sorting or by reading all", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  await (await openStore(path)).close();
  const database = new Database(path, { readonly: true });
  for (const filter of [
    "",
    'and "state" = ?',
    'and "direction" = ?',
    'and "agentId" = ?',
    'and "from" = ?',
    'and "to" = ?',
  ]) {
    const sql =
      `explain query plan select * from calls where "organizationId" = ? ${filter} and ("startedAt", "id") < (?, ?) ` +
      `order by "startedAt" desc, "id" desc limit 51`;
    const values = Array.from({ length: filter === "" ? 3 : 4 }, () => "x");
    const plan = database.prepare(sql).all(...values) as { detail: string }[];
    const detail = plan.map((step) => step.detail).join("; ");
    assert.match(detail, /^SEARCH calls USING INDEX callsBy/, filter);
    assert.doesNotMatch(detail, /TEMP B-TREE/, filter);
  }
  database.close();
});

test("calls that a crash left are ended by the system, once", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const before = await openStore(path);
  const { id: organizationId } = await before.organizations.create({ name: "First" });
  const answeredAt = new Date(Date.now() - 5000).toISOString();
  const active = callOf(organizationId, { state: "active", answeredAt });
  const ringing = callOf(organizationId, { state: "ringing" });
  const ended = callOf(organizationId, { state: "ended", endCode: "bye", endedBy: "caller" });
  for (const call of [active, ringing, ended]) void before.calls.insert(call);
  await before.close();

  const store = await openStore(path);
  const left = await store.calls.unfinished();
  assert.deepEqual(left.map(({ id }) => id).sort(), [active.id, ringing.id].sort());
  for (const call of left) {
    assert.deepEqual(await store.calls.get(organizationId, call.id), { ...call, qualitySamples: [] });
    assert.deepEqual([call.state, call.endedBy, call.endCode], ["ended", "system", "node_restarted"]);
    assert.ok(call.endedAt !== null && Date.parse(call.endedAt) <= Date.now());
  }
  const duration = left.find(({ id }) => id === active.id)?.duration ?? 0;
  assert.ok(duration >= 4.9 && duration < 60, String(duration));
  assert.equal(left.find(({ id }) => id === ringing.id)?.duration, 0);
  assert.equal((await store.calls.get(organizationId, ended.id))?.endCode, "bye");
  assert.deepEqual(await store.calls.unfinished(), []);
  await store.close();
});

test("a write that the disk does not take is kept, told, and written later", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const errors: unknown[] = [];
  const store = await openStore(path, { onError: (error) => void errors.push(error) });
  const { id: organizationId } = await store.organizations.create({ name: "First" });
  const shell = new Database(path);
  shell.exec("BEGIN IMMEDIATE");
  const call = callOf(organizationId, { state: "ringing" });
  const written = store.calls.insert(call);
  await store.calls.flush();
  assert.equal(errors.length, 1);
  void store.calls.update(call.id, { state: "ended" });
  shell.close();
  await store.calls.flush();
  await written;
  assert.equal((await store.calls.get(organizationId, call.id))?.state, "ended");
  await store.close();
});

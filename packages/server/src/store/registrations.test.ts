import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AppError } from "../errors.ts";
import type { RegistrationOutcome, RegistrationRecord } from "./records.ts";
import { testStore } from "./test-store.ts";

const outcome: RegistrationOutcome = {
  state: "rejected",
  lastCode: 403,
  lastReason: "Forbidden",
  at: "2026-11-23T18:00:00.000Z",
};

async function scene(test: TestContext) {
  const { store, organizationId } = await testStore(test);
  const [first, second] = [
    await store.agents.create(organizationId, { username: "first" }),
    await store.agents.create(organizationId, { username: "second" }),
  ];
  const record = (fields: Partial<RegistrationRecord> = {}): RegistrationRecord => ({
    agentId: first.id,
    organizationId,
    aor: "1001@pbx.example",
    username: "1001",
    authUsername: null,
    sealedPassword: "v1.sealed",
    sipRealm: "pbx.example",
    proxy: "edge.example:5070",
    port: null,
    transport: "tcp",
    subscribe: true,
    contactToken: "token-1",
    outcome: null,
    createdAt: "2026-11-23T18:00:00.000Z",
    updatedAt: "2026-11-23T18:00:00.000Z",
    ...fields,
  });
  return { store, registrations: store.registrations, first, second, record };
}

const code = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test("a registration is kept whole, replaced, and deleted", async (t) => {
  const { registrations, first, record } = await scene(t);
  await registrations.put(record());
  assert.deepEqual(await registrations.get(first.id), record());
  const changed = record({
    aor: "1002@pbx.example",
    sealedPassword: null,
    proxy: null,
    port: 5070,
    subscribe: false,
  });
  await registrations.put({ ...changed, createdAt: "2030-01-01T00:00:00.000Z" });
  assert.deepEqual(await registrations.list(), [changed]);
  assert.equal(await registrations.delete(first.id), true);
  assert.equal(await registrations.delete(first.id), false);
  assert.equal(await registrations.get(first.id), undefined);
});

test("an AOR is one agent's, in any case of letters", async (t) => {
  const { registrations, first, second, record } = await scene(t);
  await registrations.put(record({ aor: "bob@pbx.example" }));
  assert.equal(await registrations.ownerOf("BOB@pbx.example"), first.id);
  assert.equal(await registrations.ownerOf("alice@pbx.example"), undefined);
  await assert.rejects(
    registrations.put(record({ agentId: second.id, aor: "Bob@pbx.example" })),
    code("aor_taken"),
  );
  await registrations.put(record({ agentId: second.id, aor: "alice@pbx.example" }));
  await assert.rejects(registrations.put(record({ aor: "alice@pbx.example" })), code("aor_taken"));
  assert.equal((await registrations.get(first.id))?.aor, "bob@pbx.example");
});

test("it goes with its agent, and does not come without one", async (t) => {
  const { store, registrations, first, record } = await scene(t);
  await registrations.put(record());
  await store.agents.delete(first.id);
  assert.deepEqual(await registrations.list(), []);
  await assert.rejects(registrations.put(record()), code("agent_not_found"));
});

test("the last outcome is written a little later, and only of what is still there", async (t) => {
  const { registrations, first, second, record } = await scene(t);
  await registrations.put(record());
  registrations.noteOutcome(first.id, { ...outcome, state: "registered", lastCode: 200, lastReason: "OK" });
  registrations.noteOutcome(first.id, outcome);
  registrations.noteOutcome(second.id, outcome);
  await registrations.flush();
  assert.deepEqual((await registrations.get(first.id))?.outcome, outcome);
  // Of an account that is another one now.
  registrations.noteOutcome(first.id, outcome);
  await registrations.put(record({ aor: "1002@pbx.example" }));
  await registrations.flush();
  assert.equal((await registrations.get(first.id))?.outcome, null);
  registrations.noteOutcome(first.id, outcome);
  await registrations.delete(first.id);
  await registrations.flush();
  assert.deepEqual(await registrations.list(), []);
});

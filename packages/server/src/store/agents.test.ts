import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingNotice } from "./agent-fields.ts";
import type { AgentChange } from "./records.ts";
import { testStore } from "./test-store.ts";

test("an agent is found by username in any case and by each of its numbers, at once", async (t) => {
  const { store, organizationId } = await testStore(t);
  const directory = store.agents.directory();
  const agent = await store.agents.create(organizationId, {
    username: "Sales.Team",
    phoneNumbers: ["+15125550100", "+15125550101"],
  });
  assert.equal(agent.mode, "attendant");
  for (const user of ["Sales.Team", "sales.team", "SALES.TEAM", "+15125550100", "+15125550101"]) {
    assert.equal(directory.find(user)?.id, agent.id, user);
  }
  assert.equal(directory.find("15125550100"), undefined);

  const changed = await store.agents.update(agent.id, {
    username: "support",
    phoneNumbers: ["+15125550101"],
    title: "S",
  });
  assert.equal(changed.title, "S");
  assert.equal(directory.find("sales.team"), undefined);
  assert.equal(directory.find("+15125550100"), undefined);
  assert.equal(directory.find("+15125550101")?.username, "support");

  assert.equal(await store.agents.delete(agent.id), true);
  assert.equal(await store.agents.delete(agent.id), false);
  assert.equal(directory.find("support"), undefined);
  await store.agents.create(organizationId, { username: "support", phoneNumbers: ["+15125550101"] });
});

test("usernames are unique in any case and numbers once on the system, across organizations", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  const first = await store.agents.create(organizationId, {
    username: "demo",
    phoneNumbers: ["+15125550100"],
  });
  const other = await store.agents.create(second, { username: "other" });
  await assert.rejects(store.agents.create(second, { username: "DEMO" }), { code: "username_taken" });
  await assert.rejects(store.agents.update(other.id, { username: "Demo" }), { code: "username_taken" });
  await assert.rejects(store.agents.create(second, { username: "third", phoneNumbers: ["+15125550100"] }), {
    code: "phone_number_taken",
    message: /\+15125550100/,
  });
  await assert.rejects(store.agents.update(other.id, { phoneNumbers: ["+15125550100"] }), {
    code: "phone_number_taken",
  });
  // What failed left nothing behind.
  assert.equal(store.agents.directory().find("third"), undefined);
  assert.equal(store.agents.directory().find("+15125550100")?.id, first.id);
  assert.deepEqual((await store.agents.get(other.id))?.phoneNumbers, []);
  // An agent may keep what is its own.
  await store.agents.update(first.id, { username: "Demo", phoneNumbers: ["+15125550101", "+15125550100"] });
  assert.deepEqual(store.agents.directory().find("demo")?.phoneNumbers, ["+15125550101", "+15125550100"]);
});

for (const username of [
  "",
  "+15125550100",
  "15125550100",
  "1001",
  "a b",
  "demo@example.com",
  "x".repeat(65),
  "...",
  "é",
]) {
  test(`${JSON.stringify(username)} is no username`, async (t) => {
    const { store, organizationId } = await testStore(t);
    await assert.rejects(store.agents.create(organizationId, { username }), { code: "validation_failed" });
  });
}

test("listeners hear of changes, and of none that failed", async (t) => {
  const { store, organizationId } = await testStore(t);
  const heard: string[] = [];
  const stop = store.agents.onChange(
    (change: AgentChange) => void heard.push(`${change.type} ${change.agent.username}`),
  );
  const agent = await store.agents.create(organizationId, { username: "demo" });
  await assert.rejects(store.agents.create(organizationId, { username: "demo" }));
  await store.agents.update(agent.id, { title: "x" });
  await store.agents.delete(agent.id);
  await assert.rejects(store.agents.update(agent.id, { title: "y" }), { code: "agent_not_found" });
  stop();
  await store.agents.create(organizationId, { username: "demo" });
  assert.deepEqual(heard, ["created demo", "updated demo", "deleted demo"]);
});

test("changes of one agent at the same time all stand", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id } = await store.agents.create(organizationId, { username: "demo" });
  await Promise.all([
    store.agents.update(id, { title: "Reception" }),
    store.agents.update(id, { agentLang: "de" }),
    store.agents.update(id, { username: "front" }),
  ]);
  const agent = await store.agents.get(id);
  assert.deepEqual([agent?.title, agent?.agentLang, agent?.username], ["Reception", "de", "front"]);
  const [gone, late] = await Promise.allSettled([
    store.agents.delete(id),
    store.agents.update(id, { title: "Late" }),
  ]);
  assert.equal(gone.status, "fulfilled");
  assert.equal(late.status === "rejected" && late.reason.code, "agent_not_found");
});

test("pages hold every agent of the organization once", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  await store.agents.create(second, { username: "foreign" });
  for (let i = 0; i < 7; i++) await store.agents.create(organizationId, { username: `agent${i}` });
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await store.agents.list({ organizationId, limit: 3, ...(after === null ? {} : { after }) });
    assert.ok(page.items.length <= 3);
    seen.push(...page.items.map((agent) => agent.username));
    after = page.next;
  } while (after !== null);
  assert.deepEqual(seen, ["agent0", "agent1", "agent2", "agent3", "agent4", "agent5", "agent6"]);
});

test("the recording notice goes to whom the agent's setting says", () => {
  const agent = { recording: true, recordingNotificationPhrase: "Recorded." };
  const to = (setting: "true" | "false" | "always", caller: string) =>
    recordingNotice({ ...agent, autoRecordingNotification: setting }, caller);
  assert.equal(to("always", "+4930123456"), "Recorded.");
  assert.equal(to("true", "+15125550100"), "Recorded.");
  assert.equal(to("true", "+4930123456"), null);
  assert.equal(to("false", "+15125550100"), null);
  assert.equal(
    recordingNotice({ ...agent, recording: false, autoRecordingNotification: "always" }, "+1"),
    null,
  );
});

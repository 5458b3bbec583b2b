import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ensureFirstStart } from "./first-start.ts";
import { openStore } from "./store/open-store.ts";

const noToken = { token: undefined };

describe("the first start", () => {
  test("makes an organization, a token, the agent demo and an access list of this machine", async () => {
    const store = await openStore(":memory:");
    const { organization, newToken, agent } = await ensureFirstStart(store, noToken);
    assert.ok(newToken !== undefined);
    assert.equal((await store.tokens.verify(newToken))?.organizationId, organization.id);
    assert.equal(agent?.username, "demo");
    assert.equal(agent?.mode, "attendant");
    assert.deepEqual(
      agent?.functions.map(({ type, key }) => `${type} ${key}`),
      ["say 1", "takeMessage 2", "endCall 9"],
    );
    const list = await store.accessList.list(organization.id);
    assert.deepEqual(
      list.map(({ ip }) => ip),
      ["127.0.0.1", "::1"],
    );
    await store.close();
  });

  test("shows the token once, and does not bring back what was deleted", async () => {
    const store = await openStore(":memory:");
    const { organization, agent } = await ensureFirstStart(store, noToken);
    assert.ok(agent !== undefined);
    await store.agents.delete(agent.id);
    await store.accessList.remove(organization.id, "::1");
    const second = await ensureFirstStart(store, noToken);
    assert.equal(second.newToken, undefined);
    assert.equal(second.agent, undefined);
    assert.equal(second.organization.id, organization.id);
    assert.equal((await store.accessList.list(organization.id)).length, 1);
    await store.close();
  });

  test("takes RINGDOWN_TOKEN, also when it changes later", async () => {
    const store = await openStore(":memory:");
    assert.equal((await ensureFirstStart(store, { token: "first-token-0123456" })).newToken, undefined);
    assert.ok((await store.tokens.verify("first-token-0123456")) !== undefined);
    await ensureFirstStart(store, { token: "second-token-0123456" });
    assert.ok((await store.tokens.verify("second-token-0123456")) !== undefined);
    assert.equal(await store.tokens.verify("first-token-0123456"), undefined);
    await store.close();
  });

  test("finishes one that was cut off", async () => {
    const store = await openStore(":memory:");
    await store.organizations.create({ name: "Ringdown" });
    const { newToken, agent } = await ensureFirstStart(store, noToken);
    assert.ok(newToken !== undefined);
    assert.equal(agent?.username, "demo");
    assert.equal((await store.organizations.list()).length, 1);
    await store.close();
  });
});

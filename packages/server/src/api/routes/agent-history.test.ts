import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

interface Version {
  number: number;
  by: string;
  changed: string[];
  settings?: { title: string; phoneNumbers: string[]; username: string };
}

test("each change of an agent is a version, and any can be had again", async (t) => {
  const { call, store } = await testApi(t);
  const made = await call("POST", "/api/v2/agents", { username: "sales", title: "First" });
  const { id } = made.body.agent as { id: string };
  const url = `/api/v2/agents/${id}`;
  const versions = async (query = ""): Promise<Version[]> =>
    (await call("GET", `${url}/versions${query}`)).body.versions as Version[];
  await call("PATCH", url, { title: "Second", description: "It sells" });
  await call("PATCH", url, { title: "Second" });
  await call("PATCH", url, {
    phoneNumbers: ["+15550100"],
    functions: [{ type: "say", name: "a", text: "b" }],
  });
  assert.deepEqual(
    (await versions()).map(({ number, by, changed }) => [number, by, changed.toSorted()]),
    [
      [3, "an API token", ["functions", "phoneNumbers"]],
      [2, "an API token", ["description", "title"]],
      [1, "an API token", []],
    ],
  );
  assert.deepEqual(
    (await versions("?limit=1")).map(({ number }) => number),
    [3],
  );
  const { next } = (await call("GET", `${url}/versions?limit=1`)).body;
  assert.deepEqual(
    (await versions(`?limit=1&after=${next}`)).map(({ number }) => number),
    [2],
  );
  const first = (await call("GET", `${url}/versions/1`)).body.version as Version;
  assert.deepEqual([first.settings?.title, first.settings?.phoneNumbers], ["First", []]);

  await call("PATCH", url, { username: "sellers" });
  const restored = await call("POST", `${url}/versions/1/restore`);
  const agent = restored.body.agent as {
    title: string;
    functions: unknown[];
    phoneNumbers: string[];
    username: string;
  };
  assert.deepEqual(
    [agent.title, agent.functions, agent.phoneNumbers, agent.username],
    ["First", [], ["+15550100"], "sellers"],
    "but for how it is reached",
  );
  assert.equal((await versions())[0]?.number, 5);
  for (const [method, path] of [
    ["GET", "/versions/99"],
    ["POST", "/versions/99/restore"],
  ] as const)
    assert.equal((await call(method, url + path)).body.code, "version_not_found");
  assert.equal((await call("GET", `${url}/versions?after=x`)).status, 400);
  for (let count = 0; count < 104; count++)
    await store.agents.update(id, { title: String(count) }, "a script");
  const kept = await store.agentHistory.versions(id, 200);
  assert.deepEqual([kept.length, kept[0]?.number, kept.at(-1)?.number], [100, 109, 10]);
  await call("DELETE", url);
  assert.deepEqual(await store.agentHistory.versions(id, 200), [], "they go with it");
});

test("a draft is not in force before it is published, and can be given up", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  const { id } = await store.agents.create(organizationId, { username: "sales", title: "First" });
  const url = `/api/v2/agents/${id}`;
  assert.equal((await call("GET", `${url}/draft`)).body.code, "draft_not_found");
  assert.equal((await call("POST", `${url}/publish`)).body.code, "draft_not_found");
  const kept = await call("PUT", `${url}/draft`, { title: "Second", welcomeMessage: "" });
  assert.deepEqual((kept.body.draft as Version).changed, ["title"], "only what differs");
  assert.equal(store.agents.directory().get(id)?.title, "First");
  assert.deepEqual((await store.agentHistory.versions(id, 10)).length, 1);

  // Meanwhile another field is changed: that stays.
  await call("PATCH", url, { description: "It sells" });
  const published = await call("POST", `${url}/publish`);
  const { title, description } = published.body.agent as { title: string; description: string };
  assert.deepEqual([title, description], ["Second", "It sells"]);
  assert.equal((await call("GET", `${url}/draft`)).status, 404);
  assert.equal((await store.agentHistory.versions(id, 10))[0]?.by, "an API token");

  await call("PUT", `${url}/draft`, { title: "Third" });
  await call("PUT", `${url}/draft`, { description: "Other" });
  const { settings } = (await call("GET", `${url}/draft`)).body.draft as Version;
  assert.deepEqual(settings, { description: "Other" }, "the whole of it");
  assert.equal((await call("DELETE", `${url}/draft`)).status, 200);
  assert.equal((await call("DELETE", `${url}/draft`)).body.code, "draft_not_found");
  assert.equal((await call("PUT", `${url}/draft`, { timezone: "Nowhere/At" })).status, 400);
  const functions = [{ type: "transfer", name: "a", destination: "ext:1", fallback: "none" }];
  assert.equal((await call("PUT", `${url}/draft`, { functions })).status, 400);
});

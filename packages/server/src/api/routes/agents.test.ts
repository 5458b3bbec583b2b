import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

interface AgentAnswer {
  id: string;
  username: string;
  sipUris: string[];
  [field: string]: unknown;
}

test("an agent is created, found, changed and deleted", async (t) => {
  const { call, store } = await testApi(t);
  const functions = [
    { type: "say", name: "hours", key: "1", condition: "opening hours", text: "We are open." },
    { type: "takeMessage", name: "message", key: "2", maxSeconds: 60 },
    { type: "sendDtmf", name: "gate", key: "3", digits: "9#" },
    { type: "endCall", name: "bye", key: "*", farewell: "Goodbye." },
  ];
  const created = await call("POST", "/api/v2/agents", {
    username: "Sales",
    phoneNumbers: ["+18335888432"],
    welcomeMessage: "Welcome.",
    functions,
    timezone: "America/Chicago",
  });
  assert.equal(created.status, 201);
  const agent = created.body.agent as AgentAnswer;
  assert.match(agent.id, /^agt_/);
  assert.deepEqual(agent.sipUris, ["sip:Sales@127.0.0.1", "sip:+18335888432@127.0.0.1"]);
  assert.deepEqual(agent.functions, functions);
  assert.equal(agent.mode, "attendant");
  assert.equal(agent.callerResponseTimeout, 13);
  assert.equal(store.agents.directory().find("sales")?.id, agent.id);

  assert.deepEqual((await call("GET", `/api/v2/agents/${agent.id}`)).body.agent, agent);
  assert.deepEqual((await call("GET", "/api/v2/agents")).body.agents, [agent]);

  const patched = await call("PATCH", `/api/v2/agents/${agent.id}`, {
    mode: "echo",
    agentVoice: null,
    title: "T",
  });
  assert.equal(patched.status, 200);
  const changed = patched.body.agent as AgentAnswer;
  assert.deepEqual({ ...changed, updatedAt: "" }, { ...agent, mode: "echo", title: "T", updatedAt: "" });

  assert.equal((await call("DELETE", `/api/v2/agents/${agent.id}`)).status, 200);
  assert.equal((await call("DELETE", `/api/v2/agents/${agent.id}`)).body.code, "agent_not_found");
  assert.equal((await call("GET", `/api/v2/agents/${agent.id}`)).status, 404);
  assert.equal(store.agents.directory().find("sales"), undefined);
});

test("what is taken is a conflict", async (t) => {
  const { call } = await testApi(t);
  await call("POST", "/api/v2/agents", { username: "demo", phoneNumbers: ["+18335888432"] });
  const name = await call("POST", "/api/v2/agents", { username: "DEMO" });
  assert.deepEqual([name.status, name.body.code], [409, "username_taken"]);
  const number = await call("POST", "/api/v2/agents", { username: "x", phoneNumbers: ["+18335888432"] });
  assert.deepEqual([number.status, number.body.code], [409, "phone_number_taken"]);
});

const refused: [fields: object, code: string, message: RegExp][] = [
  [{ mode: "realtime" }, "provider_missing", /There is no realtime model/],
  [{ mode: "realtime", agentS2SEngine: "google" }, "provider_missing", /"google" has no realtime model/],
  [{ mode: "pipeline" }, "provider_missing", /There is no language model/],
  [
    { functions: [{ type: "http", name: "x", url: "x" }] },
    "validation_failed",
    /functions\[0\]\.description is missing/,
  ],
  [
    { functions: [{ type: "http", name: "x", description: "x", url: "x" }] },
    "validation_failed",
    /functions\[0\]\.url must begin with https:/,
  ],
  [
    { functions: [{ type: "mcp", name: "x", url: "http://169.254.169.254/" }] },
    "validation_failed",
    /functions\[0\]\.url: 169\.254\.169\.254 is not on the internet/,
  ],
  [
    { functions: [say("a", "1"), say("b", "1")] },
    "validation_failed",
    /functions\[1\]\.key "1" is given twice/,
  ],
  [
    { functions: [say("a", "1"), say("A", "2")] },
    "validation_failed",
    /functions\[1\]\.name "A" is given twice/,
  ],
  [
    { functions: [{ type: "sendDtmf", name: "x", digits: "12w" }] },
    "validation_failed",
    /digits must be 1 to 64 of the digits/,
  ],
  [{ timezone: "Mars/Olympus" }, "validation_failed", /timezone must be an IANA name/],
  [{ timezone: "+01:00" }, "validation_failed", /timezone must be an IANA name/],
  [{ phoneNumbers: ["+18335888432", "+18335888432"] }, "validation_failed", /phoneNumbers must be a list/],
  [{ id: "agt_mine" }, "validation_failed", /^id is not a field here/],
  [{ sipUris: [] }, "validation_failed", /^sipUris is not a field here/],
  [{ organizationId: "org_other" }, "validation_failed", /^organizationId is not a field here/],
  [
    { backgroundAudio: "https://x.example/a.wav" },
    "validation_failed",
    /^backgroundAudio is not a field here/,
  ],
];

function say(name: string, key: string) {
  return { type: "say", name, key, text: "x" };
}

for (const [fields, code, message] of refused) {
  test(`${JSON.stringify(fields).slice(0, 60)} is refused`, async (t) => {
    const { call, store, organizationId } = await testApi(t);
    const created = await call("POST", "/api/v2/agents", { username: "demo", ...fields });
    assert.deepEqual([created.status, created.body.code], [400, code]);
    assert.match(created.body.message ?? "", message);
    const { id } = await store.agents.create(organizationId, { username: "there" });
    const patched = await call("PATCH", `/api/v2/agents/${id}`, fields);
    assert.deepEqual([patched.status, patched.body.code], [400, code]);
    assert.equal((await store.agents.list({ organizationId })).items.length, 1);
  });
}

test("another organization's agent is not there", async (t) => {
  const { call, store } = await testApi(t);
  const { id } = await store.organizations.create({ name: "Second" });
  const foreign = await store.agents.create(id, { username: "foreign" });
  for (const method of ["GET", "PATCH", "DELETE"] as const) {
    const answer = await call(
      method,
      `/api/v2/agents/${foreign.id}`,
      method === "PATCH" ? { title: "x" } : undefined,
    );
    assert.deepEqual([answer.status, answer.body.code], [404, "agent_not_found"], method);
  }
  assert.equal(store.agents.directory().find("foreign")?.title, "");
});

test("pages of agents", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  for (let i = 0; i < 5; i++) await store.agents.create(organizationId, { username: `agent${i}` });
  const first = await call("GET", "/api/v2/agents?limit=3");
  assert.equal((first.body.agents as unknown[]).length, 3);
  const second = await call("GET", `/api/v2/agents?limit=3&after=${String(first.body.next)}`);
  assert.equal((second.body.agents as unknown[]).length, 2);
  assert.equal(second.body.next, null);
  for (const limit of ["0", "201", "-1", "x", "1.5", ""]) {
    const answer = await call("GET", `/api/v2/agents?limit=${limit}`);
    assert.equal(answer.status, 400, limit);
    assert.match(answer.body.message ?? "", /^limit must be/);
  }
});

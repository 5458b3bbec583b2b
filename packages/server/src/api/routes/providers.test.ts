import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

test("a key is set, never shown, forgotten with the address it was for, and taken away", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  const set = await call("PUT", "/api/v2/providers/openai", { apiKey: "sk-secret-1" });
  assert.equal(set.status, 200);
  assert.deepEqual(set.body.provider, {
    ...{ name: "openai", source: "organization", hasKey: true, baseUrl: "https://api.openai.com/v1" },
    services: ["llm", "stt", "tts", "realtime"],
  });
  assert.ok(!set.raw.includes("sk-secret"));
  assert.ok(!JSON.stringify(store.providers.get(organizationId, "openai")).includes("sk-secret"), "sealed");
  const moved = await call("PUT", "/api/v2/providers/openai", { baseUrl: "https://gateway.example/v1" });
  assert.deepEqual((moved.body.provider as { hasKey: boolean }).hasKey, false, "it goes to nobody else");
  const gone = await call("DELETE", "/api/v2/providers/openai");
  assert.equal((gone.body.provider as { source: unknown }).source, null);
  const list = await call("GET", "/api/v2/providers");
  assert.equal(list.body.message, "No provider can be used yet.");
});

test("keys of the environment count where nothing is set", async (t) => {
  const { call } = await testApi(t, { OPENAI_API_KEY: "sk-env" });
  const { body } = await call("GET", "/api/v2/providers");
  assert.equal(body.message, "Usable: openai.");
  const agent = await call("POST", "/api/v2/agents", { username: "model", mode: "pipeline" });
  assert.equal(agent.status, 201, agent.raw.toString());
});

test("an agent by models without providers is refused with what is missing", async (t) => {
  const { call } = await testApi(t);
  const refused = await call("POST", "/api/v2/agents", { username: "model", mode: "pipeline" });
  assert.deepEqual([refused.status, refused.body.code], [400, "provider_missing"]);
  assert.match(String(refused.body.message), /PUT \/api\/v2\/providers\/openai/);
  await call("PUT", "/api/v2/providers/openai", { apiKey: "sk-1" });
  const made = await call("POST", "/api/v2/agents", { username: "model", mode: "pipeline" });
  assert.equal(made.status, 201);
  const { id } = made.body.agent as { id: string };
  const changed = await call("PATCH", `/api/v2/agents/${id}`, { agentModel: "groq/llama" });
  assert.deepEqual([changed.status, changed.body.code], [400, "provider_missing"]);
});

test("bad input: an unknown provider, an address that is none, a key that is none", async (t) => {
  const { call } = await testApi(t);
  assert.equal((await call("PUT", "/api/v2/providers/nobody", { apiKey: "x" })).status, 400);
  for (const baseUrl of ["ftp://x", "http://user@host/", "http://host/?key=1", "javascript:alert(1)"])
    assert.equal((await call("PUT", "/api/v2/providers/local", { baseUrl })).status, 400, baseUrl);
  assert.equal((await call("PUT", "/api/v2/providers/openai", { apiKey: "" })).status, 400);
});

test("a key is tried at the provider", async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(request.headers.authorization === "Bearer good" ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const { call } = await testApi(t);
  const missing = await call("POST", "/api/v2/providers/openai/test");
  assert.deepEqual([missing.status, missing.body.code], [400, "provider_missing"]);
  for (const [apiKey, ok] of [
    ["good", true],
    ["bad", false],
  ] as const) {
    await call("PUT", "/api/v2/providers/openai", { apiKey, baseUrl });
    const { body } = await call("POST", "/api/v2/providers/openai/test");
    assert.equal(body.ok, ok, String(body.message));
  }
  assert.deepEqual(seen, ["/v1/models Bearer good", "/v1/models Bearer bad"]);
  server.close();
  server.closeAllConnections();
  const { body } = await call("POST", "/api/v2/providers/openai/test");
  assert.match(String(body.message), /cannot be reached/);
  assert.ok(!String(body.message).includes("bad"), "no key in a sentence");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FailureGuard } from "./authentication.ts";
import { testApi } from "./test-api.ts";

test("nothing but probes, page and reference answers without a token", async (t) => {
  const { api } = await testApi(t);
  for (const url of ["/healthz", "/readyz", "/", "/api/v2/openapi.json", "/api/v2/docs/"]) {
    assert.equal((await api.inject(url)).statusCode, 200, url);
  }
  const { paths } = api.swagger() as { paths: Record<string, Record<string, { security?: unknown[] }>> };
  let checked = 0;
  for (const [path, methods] of Object.entries(paths)) {
    if (!path.startsWith("/api/v2/")) continue;
    for (const [method, { security }] of Object.entries(methods)) {
      // Signing in: routes/session.test.ts.
      if (security?.length === 0) continue;
      const answer = await api.inject({
        method: method.toUpperCase() as "GET",
        url: path.replace("{id}", "x"),
        headers: { "content-type": "application/json" },
        payload: "{ not even json",
      });
      assert.equal(answer.statusCode, 401, `${method} ${path}`);
      if (method !== "head") {
        assert.deepEqual(answer.json(), {
          success: false,
          code: "unauthorized",
          message: "Unauthorized Request",
        });
      }
      assert.match(String(answer.headers["www-authenticate"]), /^Bearer/);
      checked++;
    }
  }
  assert.ok(checked >= 18, String(checked));
});

test("a token is taken from the header or the query, and from no other place or form", async (t) => {
  const { api, token } = await testApi(t);
  const status = async (url: string, authorization?: string) =>
    (await api.inject({ url, headers: authorization === undefined ? {} : { authorization } })).statusCode;
  assert.equal(await status("/api/v2/agents", `Bearer ${token}`), 200);
  assert.equal(await status("/api/v2/agents", `bearer  ${token} `), 200);
  assert.equal(await status(`/api/v2/agents?token=${token}`), 200);
  assert.equal(await status("/api/v2/agents", `Basic ${token}`), 401);
  assert.equal(await status("/api/v2/agents", token), 401);
  assert.equal(await status("/api/v2/agents", `Bearer ${token}x`), 401);
  assert.equal(await status("/api/v2/agents?token="), 401);
  assert.equal(await status(`/api/v2/agents?token=wrong&token=${token}`), 401);
  // A header that is there counts, not the query beside it.
  assert.equal(await status(`/api/v2/agents?token=${token}`, "Bearer wrong"), 401);
});

test("the log never shows the token of a URL", async (t) => {
  const { api, token, logLines } = await testApi(t);
  await api.inject(`/api/v2/agents?token=${token}`);
  await api.inject(`/api/v2/nothing?token=${token}`);
  await api.inject({ url: "/api/v2/agents", headers: { authorization: `Bearer ${token}` } });
  assert.ok(logLines.length >= 3);
  assert.ok(logLines.some((line) => line.includes("token=[redacted]")));
  assert.ok(!logLines.join("").includes(token));
});

test("targetAccountId names the organization or an agent of it, and nothing else", async (t) => {
  const { store, organizationId, call } = await testApi(t);
  const mine = await store.agents.create(organizationId, { username: "mine" });
  await store.agents.create(organizationId, { username: "mine-too" });
  const { id: second } = await store.organizations.create({ name: "Second" });
  const foreign = await store.agents.create(second, { username: "foreign" });
  assert.equal((await call("GET", `/api/v2/agents?targetAccountId=${organizationId}`)).status, 200);
  const one = await call("GET", `/api/v2/agents?targetAccountId=${mine.id}`);
  assert.equal((one.body.agents as unknown[]).length, 1);
  for (const id of [second, foreign.id, "agt_nobody", "x".repeat(2000)]) {
    const answer = await call("GET", `/api/v2/agents?targetAccountId=${id}`);
    assert.deepEqual([answer.status, answer.body.code], [403, "account_forbidden"], id);
  }
  const twice = await call("GET", `/api/v2/agents?targetAccountId=${mine.id}&targetAccountId=${foreign.id}`);
  assert.equal(twice.status, 403);
});

test("guessing is slowed down, but not for a token that has been right", async (t) => {
  const { api, token, call } = await testApi(t);
  assert.equal((await call("GET", "/api/v2/agents")).status, 200);
  const guess = () =>
    api.inject({ url: "/api/v2/agents", headers: { authorization: "Bearer guess-guess-guess" } });
  for (let i = 0; i < 30; i++) assert.equal((await guess()).statusCode, 401);
  const blocked = await guess();
  assert.equal(blocked.statusCode, 429);
  assert.equal(blocked.json().code, "too_many_requests");
  assert.ok(Number(blocked.headers["retry-after"]) > 0);
  assert.equal(
    (await api.inject({ url: "/api/v2/agents", headers: { authorization: `Bearer ${token}` } })).statusCode,
    200,
  );
});

test("the guard forgets after its window", () => {
  let now = 0;
  const guard = new FailureGuard(() => now);
  for (let i = 0; i < 30; i++) guard.failed("192.0.2.1");
  assert.equal(guard.blockedFor("192.0.2.1", "x"), 60);
  assert.equal(guard.blockedFor("192.0.2.2", "x"), undefined);
  now = 60_000;
  assert.equal(guard.blockedFor("192.0.2.1", "x"), undefined);
  guard.failed("192.0.2.1");
  assert.equal(guard.blockedFor("192.0.2.1", "x"), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

test("a token is shown once, works, is listed masked, and is deleted", async (t) => {
  const { api, call, token: first } = await testApi(t);
  const made = await call("POST", "/api/v2/tokens", { type: "admin", description: "script" });
  assert.equal(made.status, 201);
  const { token, id } = made.body.token as { token: string; id: string };
  const works = async () =>
    (await api.inject({ url: "/api/v2/agents", headers: { authorization: `Bearer ${token}` } })).statusCode;
  assert.equal(await works(), 200);
  const listed = await call("GET", "/api/v2/tokens");
  assert.equal((listed.body.tokens as unknown[]).length, 2);
  assert.ok(!listed.raw.includes(token) && !listed.raw.includes(first));
  assert.match(listed.raw.toString(), /rdt_....…..../);
  assert.equal((await call("DELETE", "/api/v2/tokens", { token })).status, 200);
  assert.equal(await works(), 401);
  assert.equal((await call("DELETE", "/api/v2/tokens", { token: id })).body.code, "token_not_found");
  const last = await call("DELETE", "/api/v2/tokens", { token: first });
  assert.deepEqual([last.status, last.body.code], [409, "token_last"]);
});

test("only admin tokens are made", async (t) => {
  const { call } = await testApi(t);
  const answer = await call("POST", "/api/v2/tokens", { type: "root", description: "x" });
  assert.deepEqual([answer.status, answer.body.message], [400, 'type must be "admin".']);
});

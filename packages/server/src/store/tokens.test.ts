import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "./open-store.ts";
import { testFolder, testStore } from "./test-store.ts";

test("a token opens its organization until it is deleted", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  const first = await store.tokens.create(organizationId, { description: "console" });
  const other = await store.tokens.create(organizationId, { description: "script" });
  assert.match(first.token, /^rdt_[A-Za-z0-9_-]{32}$/);
  assert.deepEqual(await store.tokens.verify(first.token), { organizationId, tokenId: first.id });
  for (const wrong of [
    "",
    "rdt_",
    `${first.token}x`,
    first.token.slice(0, -1),
    first.masked,
    first.id,
    "x".repeat(100_000),
  ]) {
    assert.equal(await store.tokens.verify(wrong), undefined);
  }
  await assert.rejects(store.tokens.delete(second, first.token), { code: "token_not_found" });
  await store.tokens.delete(organizationId, first.token);
  assert.equal(await store.tokens.verify(first.token), undefined);
  await assert.rejects(store.tokens.delete(organizationId, other.token), { code: "token_last" });
});

test("a token is named by its id and its masked form too", async (t) => {
  const { store, organizationId } = await testStore(t);
  const tokens = [];
  for (let i = 0; i < 3; i++) tokens.push(await store.tokens.create(organizationId, { description: "" }));
  await store.tokens.delete(organizationId, tokens[0]?.id ?? "");
  await store.tokens.delete(organizationId, tokens[1]?.masked ?? "");
  assert.deepEqual(
    (await store.tokens.list(organizationId)).map(({ id }) => id),
    [tokens[2]?.id],
  );
});

test("no file holds a token, only its hash", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const store = await openStore(path);
  const { id } = await store.organizations.create({ name: "First" });
  const { token, masked } = await store.tokens.create(id, { description: "x" });
  const listed = JSON.stringify(await store.tokens.list(id));
  const bytes = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]);
  await store.close();
  assert.ok(!bytes.includes(token));
  assert.ok(!bytes.includes(token.slice(4, 20)));
  assert.ok(!listed.includes(token.slice(4, 20)));
  assert.ok(bytes.includes(masked));
});

test("RINGDOWN_TOKEN is a token, and a changed one takes its place", async (t) => {
  const { store, organizationId } = await testStore(t);
  await store.tokens.useEnvironmentToken(organizationId, "first-token-of-mine");
  await store.tokens.useEnvironmentToken(organizationId, "first-token-of-mine");
  assert.equal((await store.tokens.list(organizationId)).length, 1);
  assert.equal((await store.tokens.verify("first-token-of-mine"))?.organizationId, organizationId);
  await store.tokens.create(organizationId, { description: "kept" });
  await store.tokens.useEnvironmentToken(organizationId, "second-token-of-mine");
  assert.equal(await store.tokens.verify("first-token-of-mine"), undefined);
  assert.equal((await store.tokens.verify("second-token-of-mine"))?.organizationId, organizationId);
  assert.equal((await store.tokens.list(organizationId)).length, 2);
  assert.doesNotMatch(JSON.stringify(await store.tokens.list(organizationId)), /second-token/);
});

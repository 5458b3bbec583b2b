import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

const path = "/api/v2/sip/ipWhitelist";

test("an entry is added, listed as the facts have it, and removed", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  const before = Math.floor(Date.now() / 1000);
  const added = await call("POST", path, { ip: "203.0.113.7", label: "trunk" });
  assert.equal(added.status, 201);
  const [item] = added.body.whitelist as { userId: string; label: string; timestamp: number; ip: string }[];
  assert.deepEqual(
    { ...item, timestamp: 0 },
    { userId: organizationId, label: "trunk", timestamp: 0, ip: "203.0.113.7" },
  );
  assert.ok(item !== undefined && item.timestamp >= before && item.timestamp <= before + 60);
  assert.ok(store.accessList.matcher().lists(organizationId, "203.0.113.7"));

  const again = await call("POST", path, { ip: "::ffff:cb00:7107", label: "the same" });
  assert.equal(again.status, 200);
  assert.equal((again.body.whitelist as unknown[]).length, 1);
  assert.deepEqual((await call("GET", path)).body.whitelist, again.body.whitelist);

  const removed = await call("DELETE", path, { ip: "203.0.113.7/32" });
  assert.deepEqual([removed.status, removed.body.whitelist], [200, []]);
  assert.ok(!store.accessList.matcher().lists(organizationId, "203.0.113.7"));
  assert.deepEqual((await call("DELETE", path, { ip: "203.0.113.7" })).body.code, "ip_not_found");
});

test("DELETE takes the address from the query too", async (t) => {
  const { call } = await testApi(t);
  await call("POST", path, { ip: "2001:db8::/32", label: "" });
  assert.equal((await call("DELETE", `${path}?ip=2001:db8::/32`)).status, 200);
  const missing = await call("DELETE", path);
  assert.deepEqual([missing.status, missing.body.message], [400, "ip is missing."]);
});

test("the whole internet has to be meant", async (t) => {
  const { call } = await testApi(t);
  for (const ip of ["0.0.0.0/0", "::/0", "128.0.0.0/1", "::ffff:0:0/96"]) {
    const asked = await call("POST", path, { ip, label: "all" });
    assert.deepEqual([asked.status, asked.body.code], [400, "ip_too_wide"], ip);
    assert.match(asked.body.message ?? "", /"confirm": true/);
    assert.equal((await call("POST", path, { ip, label: "all", confirm: false })).status, 400);
    assert.equal(
      (await call("POST", path, { ip, label: "all", confirm: true })).status,
      ip.startsWith("::f") ? 200 : 201,
      ip,
    );
  }
});

for (const body of [
  { ip: "example.com", label: "" },
  { ip: "1.2.3.4:5060", label: "" },
  { ip: "1.2.3.4" },
  { label: "x" },
  { ip: 5, label: "" },
]) {
  test(`${JSON.stringify(body)} is refused with a sentence`, async (t) => {
    const { call } = await testApi(t);
    const answer = await call("POST", path, body);
    assert.equal(answer.status, 400);
    assert.match(answer.body.message ?? "", /^(ip|label) .*\.$/);
    assert.deepEqual((await call("GET", path)).body.whitelist, []);
  });
}

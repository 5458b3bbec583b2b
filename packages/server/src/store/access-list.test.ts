import assert from "node:assert/strict";
import { test } from "node:test";
import { testStore } from "./test-store.ts";

test("an entry counts at once and until it is removed, under any spelling", async (t) => {
  const { store, organizationId } = await testStore(t);
  const matcher = store.accessList.matcher();
  const added = await store.accessList.add(organizationId, { ip: "::ffff:203.0.113.7", label: "trunk" });
  assert.equal(added.created, true);
  assert.equal(added.entry.ip, "203.0.113.7");
  assert.ok(matcher.lists(organizationId, "203.0.113.7"));
  const again = await store.accessList.add(organizationId, { ip: "203.0.113.7/32", label: "new label" });
  assert.equal(again.created, false);
  assert.deepEqual(
    (await store.accessList.list(organizationId)).map(({ ip, label }) => [ip, label]),
    [["203.0.113.7", "new label"]],
  );
  assert.equal(await store.accessList.remove(organizationId, "::ffff:203.0.113.7"), true);
  assert.equal(await store.accessList.remove(organizationId, "203.0.113.7"), false);
  assert.ok(!matcher.lists(organizationId, "203.0.113.7"));
});

test("one organization's entry is none of another's", async (t) => {
  const { store, organizationId } = await testStore(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  await store.accessList.add(organizationId, { ip: "10.0.0.0/8", label: "" });
  await store.accessList.add(second, { ip: "10.0.0.0/8", label: "" });
  await store.accessList.remove(second, "10.0.0.0/8");
  assert.deepEqual([...store.accessList.matcher().listedBy("10.1.1.1")], [organizationId]);
});

test("nonsense is refused", async (t) => {
  const { store, organizationId } = await testStore(t);
  await assert.rejects(store.accessList.add(organizationId, { ip: "example.com", label: "" }), {
    code: "ip_invalid",
  });
  await assert.rejects(store.accessList.remove(organizationId, "nonsense!"), { code: "ip_invalid" });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { testStore } from "./test-store.ts";

const refused = {
  source: "192.0.2.1",
  transport: "udp",
  from: "1001",
  to: "demo",
  code: "source_not_listed",
  status: 403,
  hint: "h",
};

test("refusals are listed newest first, to those whom they concern", async (t) => {
  const { store, organizationId } = await testStore(t);
  for (let i = 0; i < 5; i++) store.rejectedCalls.add({ ...refused, to: `demo${i}`, organizationId });
  store.rejectedCalls.add({ ...refused, to: "nobody" });
  store.rejectedCalls.add({ ...refused, to: "foreign", organizationId: "org_other" });
  const mine = await store.rejectedCalls.list(organizationId, {});
  assert.deepEqual(
    mine.items.map(({ to }) => to),
    ["demo4", "demo3", "demo2", "demo1", "demo0"],
  );
  const operator = await store.rejectedCalls.list(organizationId, { unowned: true });
  assert.equal(operator.items[0]?.to, "nobody");
  assert.equal(operator.items.length, 6);
  const page = await store.rejectedCalls.list(organizationId, { limit: 2 });
  const next = await store.rejectedCalls.list(organizationId, { limit: 2, after: page.next ?? "" });
  assert.deepEqual(
    next.items.map(({ to }) => to),
    ["demo2", "demo1"],
  );
});

test("a flood is stored at its rate, and the rest is counted; it does not hide another organization's", async (t) => {
  let now = 1_000_000;
  const { store, organizationId } = await testStore(t, {
    rejectedCalls: { now: () => now, ratePerSecond: 20 },
  });
  for (let i = 0; i < 5000; i++) store.rejectedCalls.add({ ...refused, to: String(i) });
  store.rejectedCalls.add({ ...refused, to: "mine", organizationId });
  await store.rejectedCalls.flush();
  for (let i = 0; i < 10; i++) store.rejectedCalls.add({ ...refused, to: "later" });
  now += 1000;
  store.rejectedCalls.add({ ...refused, to: "next second" });
  const { items } = await store.rejectedCalls.list(organizationId, { unowned: true, limit: 200 });
  assert.equal(items.length, 22);
  assert.deepEqual(
    items.slice(0, 3).map(({ to, suppressed }) => [to, suppressed]),
    [
      ["next second", 0],
      ["mine", 0],
      ["19", 4990],
    ],
  );
  assert.equal(items.at(-1)?.suppressed, 0);
});

test("the oldest make room, each organization's for its own", async (t) => {
  let now = 0;
  const { store, organizationId } = await testStore(t, {
    rejectedCalls: { now: () => (now += 1000), keep: 100, ratePerSecond: 20 },
  });
  store.rejectedCalls.add({ ...refused, to: "kept", organizationId });
  for (let i = 0; i < 1501; i++) {
    store.rejectedCalls.add({ ...refused, to: String(i) });
    if (i % 300 === 0) await store.rejectedCalls.flush();
  }
  await store.rejectedCalls.flush();
  let count = 0;
  let after: string | null = null;
  do {
    const page = await store.rejectedCalls.list(organizationId, {
      unowned: true,
      limit: 200,
      ...(after === null ? {} : { after }),
    });
    count += page.items.length;
    if (after === null) assert.equal(page.items[0]?.to, "1500");
    after = page.next;
  } while (after !== null);
  // Between two prunings some more may stand.
  assert.ok(count >= 101 && count <= 601, String(count));
  assert.deepEqual(
    (await store.rejectedCalls.list(organizationId, {})).items.map(({ to }) => to),
    ["kept"],
  );
});

test("texts from the network are cut to size", async (t) => {
  const { store, organizationId } = await testStore(t);
  store.rejectedCalls.add({
    ...refused,
    from: "x".repeat(60_000),
    to: "'; drop table calls; --",
    organizationId,
  });
  const [item] = (await store.rejectedCalls.list(organizationId, {})).items;
  assert.equal(item?.from.length, 256);
  assert.equal(item?.to, "'; drop table calls; --");
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "./open-store.ts";
import type { DestinationSettings } from "./records.ts";
import { testFolder } from "./test-store.ts";

const settings: DestinationSettings = {
  countries: ["US", "+44"],
  ...{ premiumRate: true, satellite: false, emergency: false },
  ...{ allowed: ["+19005550100"], blocked: ["+1809*"], sipHosts: ["pbx.example"] },
};

test("allowed destinations are each organization's own, and outlive a restart", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const store = await openStore(path);
  const { id: first } = await store.organizations.create({ name: "First" });
  const { id: second } = await store.organizations.create({ name: "Second" });
  assert.equal(store.destinations.get(first), undefined);
  await store.destinations.put(first, { ...settings, emergency: true });
  // The last one counts, also of two that are under way together.
  await Promise.all([
    store.destinations.put(first, { ...settings, satellite: true }),
    store.destinations.put(first, settings),
  ]);
  assert.deepEqual(store.destinations.get(first), settings);
  assert.equal(store.destinations.get(second), undefined);
  await store.close();
  const again = await openStore(path);
  assert.deepEqual(again.destinations.get(first), settings);
  assert.equal(again.destinations.get(second), undefined);
  await again.close();
});

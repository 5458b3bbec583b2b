import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openStore, type StoreOptions } from "./open-store.ts";
import type { CallRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** A folder that goes away with the test. */
export function testFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-store-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in memory, with one organization. */
export async function testStore(
  test: TestContext,
  options: StoreOptions = {},
): Promise<{ store: Store; organizationId: string }> {
  const store = await openStore(":memory:", options);
  test.after(() => store.close());
  const { id } = await store.organizations.create({ name: "First" });
  return { store, organizationId: id };
}

/** A call's record with what a test does not care for filled in. */
export function callRecord(fields: Partial<CallRecord> & { id: string; organizationId: string }): CallRecord {
  return {
    sipCallId: `${fields.id}@127.0.0.1`,
    direction: "inbound",
    state: "ended",
    agentId: "agt_none",
    from: "+15125550100",
    to: "demo",
    startedAt: "2026-11-23T18:00:00.000Z",
    answeredAt: null,
    endedAt: null,
    duration: null,
    endedBy: null,
    endCode: null,
    endReason: null,
    codec: null,
    legs: [],
    callDialog: [],
    timeline: [],
    recording: null,
    messages: [],
    quality: null,
    qualitySamples: [],
    report: null,
    ...fields,
  };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { TransactionTable } from "./transaction-table.ts";

test("the table finds by key, knows merged requests, and says when it is full", () => {
  const table = new TransactionTable<{ key: string; mergeKey: string | undefined }>(2);
  const one = { key: "a", mergeKey: "m" };
  table.add(one);
  assert.equal(table.get("a"), one);
  assert.equal(table.isMerged("m", "a"), false, "a repetition is not a merge");
  assert.equal(table.isMerged("m", "b"), true);
  assert.equal(table.isFull, false);
  const two = { key: "b", mergeKey: undefined };
  table.add(two);
  assert.equal(table.isFull, true);
  table.remove(one);
  assert.equal(table.isMerged("m", "b"), false);
  assert.equal(table.get("a"), undefined);
  assert.deepEqual([...table.values()], [two]);
});

test("removing an entry leaves one that took its key", () => {
  const table = new TransactionTable<{ key: string; mergeKey: string | undefined }>(9);
  const old = { key: "a", mergeKey: "m" };
  const young = { key: "a", mergeKey: "m" };
  table.add(old);
  table.add(young);
  table.remove(old);
  assert.equal(table.get("a"), young);
  assert.equal(table.isMerged("m", "z"), true);
});

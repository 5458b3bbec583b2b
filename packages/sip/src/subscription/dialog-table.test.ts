import assert from "node:assert/strict";
import { test } from "node:test";
import { type DialogInfo, parseDialogInfo } from "./dialog-info.ts";
import { DialogTable } from "./dialog-table.ts";

function info(version: number, state: "full" | "partial", dialogs: Record<string, string>): DialogInfo {
  const inner = Object.entries(dialogs).map(([id, is]) => `<dialog id="${id}"><state>${is}</state></dialog>`);
  const text = `<dialog-info version="${version}" state="${state}" entity="sip:a@b">${inner.join("")}</dialog-info>`;
  const read = parseDialogInfo(Buffer.from(text));
  assert.ok(read);
  return read;
}

test("a full notification replaces all, a partial one what it names; what has ended goes", () => {
  const table = new DialogTable();
  const now = () => table.dialogs.map(({ id, state }) => `${id} ${state}`);
  assert.equal(table.take(info(0, "full", { a: "early", b: "confirmed" })), "current");
  assert.deepEqual(now(), ["a early", "b confirmed"]);
  assert.equal(table.take(info(1, "partial", { a: "confirmed", c: "trying" })), "current");
  assert.deepEqual(now(), ["a confirmed", "b confirmed", "c trying"]);
  table.take(info(2, "partial", { b: "terminated" }));
  assert.deepEqual(now(), ["a confirmed", "c trying"]);
  table.take(info(3, "full", {}));
  assert.deepEqual(now(), []);
});

test("an old one changes nothing; a lost one is told", () => {
  const table = new DialogTable();
  assert.equal(table.take(info(7, "full", { a: "early" })), "current");
  assert.equal(table.take(info(7, "full", {})), "stale");
  assert.equal(table.take(info(6, "partial", { a: "terminated" })), "stale");
  assert.equal(table.dialogs.length, 1);
  assert.equal(table.take(info(9, "partial", { a: "confirmed" })), "gap");
  assert.equal(table.dialogs[0]?.state, "confirmed");
  assert.equal(table.take(info(15, "full", {})), "current");
});

test("a partial one that comes first is a gap; another subscription begins anew", () => {
  const table = new DialogTable();
  assert.equal(table.take(info(3, "partial", { a: "early" })), "gap");
  table.forget();
  assert.deepEqual(table.dialogs, []);
  assert.equal(table.take(info(0, "full", { b: "early" })), "current");
});

test("no peer fills it without bound", () => {
  const table = new DialogTable();
  for (let version = 0; version < 400; version++)
    table.take(info(version, "partial", { [`d${version}`]: "early" }));
  assert.equal(table.dialogs.length, 256);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "./outbox.ts";

test("messages of one turn go together and in order, at its end", async () => {
  const sent: number[][] = [];
  const outbox = new Outbox<number>((messages) => sent.push(messages));
  outbox.put(1);
  outbox.put(2);
  await Promise.resolve();
  assert.deepEqual(sent, []);
  await new Promise((resolve) => setImmediate(resolve));
  outbox.put(3);
  outbox.flush();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent, [[1, 2], [3]]);
});

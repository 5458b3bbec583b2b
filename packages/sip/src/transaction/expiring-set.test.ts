import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ExpiringSet } from "./expiring-set.ts";
import { TimerQueue } from "./timer-queue.ts";

function setOf(limit: number): ExpiringSet {
  return new ExpiringSet(new TimerQueue(() => {}), 32_000, limit);
}

test("the oldest of too many keys is given up, and keys of strange length are not kept", () => {
  const set = setOf(2);
  for (const key of ["a", "b", "c", "d".repeat(513)]) set.add(key, 0);
  assert.deepEqual(
    ["a", "b", "c", "d".repeat(513)].map((key) => set.has(key)),
    [false, true, true, false],
  );
  assert.equal(set.size, 2);
});

test("a key does not keep the message alive that it was cut out of", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const set = setOf(2_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2_000; i++) {
    const text = Buffer.alloc(16_384, `branch-of-message-${i};`).toString("latin1");
    set.add(`${text.slice(0, 40)} 192.0.2.9:5060 INVITE`, 0);
  }
  collect();
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  assert.equal(set.size, 2_000);
  assert.ok(megabytes < 8, `${megabytes.toFixed(1)} MB for 2,000 keys, 33 MB of messages`);
});

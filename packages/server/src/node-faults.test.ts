import assert from "node:assert/strict";
import { test } from "node:test";
import { FaultPolicy } from "./node-faults.ts";

function setUp() {
  const seen = { errors: 0, gaveUp: 0, now: 0 };
  const log = { error: () => void seen.errors++, fatal: () => undefined };
  const policy = new FaultPolicy({ log, giveUp: () => void seen.gaveUp++, now: () => seen.now });
  return { seen, fault: () => policy.fault(new Error("x"), "uncaughtException") };
}

test("a fault now and then is logged and no more", () => {
  const { seen, fault } = setUp();
  for (let at = 0; at < 100; at++) {
    seen.now += 7_000;
    fault();
  }
  assert.deepEqual([seen.errors, seen.gaveUp], [100, 0]);
});

test("faults in a heap make the node give up, once", () => {
  const { seen, fault } = setUp();
  for (let at = 0; at < 10; at++) fault();
  assert.equal(seen.gaveUp, 0);
  for (let at = 0; at < 10; at++) fault();
  assert.equal(seen.gaveUp, 1);
});

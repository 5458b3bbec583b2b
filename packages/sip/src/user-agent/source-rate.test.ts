import assert from "node:assert/strict";
import { test } from "node:test";
import { SourceRate } from "./source-rate.ts";

test("a burst of twice the rate passes, then the rate", () => {
  const rate = new SourceRate(10);
  const at = (now: number) => rate.take("192.0.2.1", now).ok;
  assert.equal(Array.from({ length: 25 }, () => at(1000)).filter(Boolean).length, 20);
  assert.deepEqual(rate.take("192.0.2.1", 1000), { ok: false, retryAfter: 1 });
  assert.equal(at(1100), true);
  assert.equal(at(1100), false);
  assert.equal(rate.take("192.0.2.2", 1100).ok, true);
  assert.equal(Array.from({ length: 25 }, () => at(1_000_000)).filter(Boolean).length, 20);
});

test("a clock that steps back gives nothing away", () => {
  const rate = new SourceRate(1);
  assert.equal(rate.take("a", 5000).ok, true);
  assert.equal(rate.take("a", 5000).ok, true);
  assert.equal(rate.take("a", 1000).ok, false);
  assert.equal(rate.take("a", 1500).ok, false);
});

test("0 is no limit", () => {
  const rate = new SourceRate(0);
  for (let i = 0; i < 1000; i++) assert.equal(rate.take("a", 0).ok, true);
  assert.equal(rate.size, 0);
});

test("an IPv6 host counts by its /64", () => {
  const rate = new SourceRate(1);
  const results = ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map((address) => rate.take(address, 0).ok);
  assert.deepEqual(results, [true, true, false]);
  assert.equal(rate.take("2001:db8:0:1::1", 0).ok, true);
});

test("the table is bounded and forgets who came longest ago", () => {
  const rate = new SourceRate(1, 100);
  for (let i = 0; i < 10_000; i++) rate.take(`10.0.${i >> 8}.${i & 255}`, 0);
  assert.equal(rate.size, 100);
});

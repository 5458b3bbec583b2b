import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkSet } from "./access-matcher.ts";
import { parseNetwork } from "./address.ts";
import { trueSource } from "./source.ts";

const proxy = parseNetwork("10.0.0.1");
assert.ok(proxy.ok);
const trusted = new NetworkSet([proxy.network]);

function headers(...values: string[]) {
  return { getAll: (name: string) => (name.toLowerCase() === "x-source-address" ? values : []) };
}

test("only the transport's address counts, whatever a header says", () => {
  assert.deepEqual(trueSource("::ffff:192.0.2.9", headers("127.0.0.1"), trusted), {
    ok: true,
    address: "192.0.2.9",
  });
});

test("a trusted proxy names the true source, or is it", () => {
  assert.deepEqual(trueSource("10.0.0.1", headers("::ffff:192.0.2.9"), trusted), {
    ok: true,
    address: "192.0.2.9",
  });
  assert.deepEqual(trueSource("::ffff:10.0.0.1", headers(" [2001:DB8::1] "), trusted), {
    ok: true,
    address: "2001:db8::1",
  });
  assert.deepEqual(trueSource("10.0.0.1", headers(), trusted), { ok: true, address: "10.0.0.1" });
});

for (const values of [
  ["127.0.0.1", "192.0.2.9"],
  ["localhost"],
  [""],
  ["127.0.0.1, 192.0.2.9"],
  ["127.0.0.1:5060"],
]) {
  test(`a trusted proxy's ${JSON.stringify(values)} is no source`, () => {
    const source = trueSource("10.0.0.1", headers(...values), trusted);
    assert.equal(source.ok, false);
    assert.match(source.ok ? "" : source.reason, /X-Source-Address/);
  });
}

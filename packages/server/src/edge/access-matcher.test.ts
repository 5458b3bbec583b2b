import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { AccessTable, NetworkSet } from "./access-matcher.ts";
import { type Network, parseNetwork } from "./address.ts";

function network(text: string): Network {
  const reading = parseNetwork(text);
  assert.ok(reading.ok, text);
  return reading.network;
}

test("an address is listed by those whose networks hold it", () => {
  const table = new AccessTable();
  table.add("a", network("127.0.0.1"));
  table.add("a", network("10.0.0.0/8"));
  table.add("b", network("10.1.0.0/16"));
  table.add("b", network("2001:db8::/32"));
  assert.ok(table.lists("a", "127.0.0.1"));
  assert.ok(table.lists("a", "::ffff:127.0.0.1"));
  assert.ok(!table.lists("b", "127.0.0.1"));
  assert.ok(!table.lists("a", "127.0.0.2"));
  assert.deepEqual([...table.listedBy("10.1.2.3")].sort(), ["a", "b"]);
  assert.deepEqual([...table.listedBy("2001:db8::5")], ["b"]);
  assert.equal(table.listedBy("not an address").size, 0);
  table.remove("a", network("10.0.0.0/8"));
  assert.deepEqual([...table.listedBy("10.1.2.3")], ["b"]);
  table.remove("a", network("10.0.0.0/8"));
});

test("IPv6 wide open does not open IPv4, nor the other way", () => {
  const table = new AccessTable();
  table.add("six", network("::/0"));
  table.add("four", network("0.0.0.0/0"));
  assert.deepEqual([...table.listedBy("192.0.2.1")], ["four"]);
  assert.deepEqual([...table.listedBy("::ffff:192.0.2.1")], ["four"]);
  assert.deepEqual([...table.listedBy("2001:db8::1")], ["six"]);
});

test("it agrees with Node's own BlockList", () => {
  const entry = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })),
  );
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 20 }),
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6())),
      (entries, probes) => {
        const list = new BlockList();
        const networks: Network[] = [];
        for (const [address, bits] of entries) {
          const reading = parseNetwork(`${address}/${bits}`);
          // BlockList takes multicast too, and lets a mapped IPv6 net match IPv4 in its own way.
          if (!reading.ok || (!isIPv4(address) && reading.network.family === 4)) continue;
          networks.push(reading.network);
          list.addSubnet(address, bits, isIPv4(address) ? "ipv4" : "ipv6");
        }
        const set = new NetworkSet(networks);
        for (const probe of [...probes, ...entries.map(([address]) => address)]) {
          if (/^(0*:)*:?(0*:)*ffff:/i.test(probe)) continue;
          assert.equal(set.has(probe), list.check(probe, isIPv4(probe) ? "ipv4" : "ipv6"), probe);
        }
      },
    ),
  );
});

import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { AccessTable, NetworkSet } from "./access-matcher.ts";
import { type Network, parseAddress, parseNetwork } from "./address.ts";

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
        // One list a family: BlockList lets ::/1 hold IPv4 too, as mapped; ours keeps them apart.
        const lists = { 4: new BlockList(), 6: new BlockList() };
        const networks: Network[] = [];
        for (const [address, bits] of entries) {
          const reading = parseNetwork(`${address}/${bits}`);
          if (!reading.ok || (!isIPv4(address) && reading.network.family === 4)) continue;
          networks.push(reading.network);
          if (isIPv4(address)) lists[4].addSubnet(address, bits, "ipv4");
          else lists[6].addSubnet(address, bits, "ipv6");
        }
        const set = new NetworkSet(networks);
        for (const probe of [...probes, ...entries.map(([address]) => address)]) {
          const family = parseAddress(probe)?.family;
          if (family === undefined || (family === 4 && !isIPv4(probe))) continue;
          assert.equal(set.has(probe), lists[family].check(probe, family === 4 ? "ipv4" : "ipv6"), probe);
        }
      },
    ),
  );
});

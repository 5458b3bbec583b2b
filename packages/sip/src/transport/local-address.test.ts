import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type InterfaceTable, LocalAddresses, localAddressFor, network64 } from "./local-address.ts";

const address = (text: string, cidr: string | null, internal = false) => ({ address: text, cidr, internal });
const table: InterfaceTable = {
  lo: [address("127.0.0.1", "127.0.0.1/8", true), address("::1", "::1/128", true)],
  eth0: [
    address("192.0.2.10", "192.0.2.10/24"),
    address("fe80::1", "fe80::1/64"),
    address("2001:db8:1::10", "2001:db8:1::10/64"),
  ],
  eth1: [address("10.1.0.5", "10.1.0.5/16"), address("2001:db8:2::10", "2001:db8:2::10/64")],
  odd: [address("172.16.0.1", null)],
  none: undefined,
};

describe("localAddressFor", () => {
  it("answers loopback with loopback", () => {
    assert.equal(localAddressFor("127.0.0.1", table, "203.0.113.1"), "127.0.0.1");
    assert.equal(localAddressFor("127.0.0.2", table), "127.0.0.1");
    assert.equal(localAddressFor("::1", table), "::1");
  });

  it("answers a neighbour with the address of their subnet, even where a public address is set", () => {
    assert.equal(localAddressFor("192.0.2.200", table, "203.0.113.1"), "192.0.2.10");
    assert.equal(localAddressFor("10.1.200.1", table, "203.0.113.1"), "10.1.0.5");
    assert.equal(localAddressFor("2001:db8:2::99", table), "2001:db8:2::10");
    assert.equal(localAddressFor("fe80::99", table), "fe80::1");
    assert.equal(localAddressFor("fe80::99%eth0", table), "fe80::1");
    assert.equal(localAddressFor("10.1.0.5", table), "10.1.0.5", "this machine's own");
    assert.equal(localAddressFor("172.16.0.1", table), "172.16.0.1");
  });

  it("answers the rest of the world with the public address of its family, else the first that leads out", () => {
    assert.equal(localAddressFor("8.8.8.8", table, "203.0.113.1"), "203.0.113.1");
    assert.equal(localAddressFor("8.8.8.8", table), "192.0.2.10");
    assert.equal(
      localAddressFor("2001:db8:ff::1", table, "203.0.113.1"),
      "2001:db8:1::10",
      "never link-local",
    );
    assert.equal(localAddressFor("2001:db8:ff::1", table, "2001:db8::99"), "2001:db8::99");
    assert.equal(localAddressFor("8.8.8.8", {}), "127.0.0.1");
    assert.equal(localAddressFor("2001:db8::1", {}), "::1");
  });
});

it("LocalAddresses asks the system once in a while, whatever sources come", () => {
  let asked = 0;
  const read = () => {
    asked++;
    return { eth0: [{ address: "192.0.2.7", cidr: "192.0.2.7/24", internal: false }] };
  };
  const addresses = new LocalAddresses(read, undefined);
  for (let i = 0; i < 10_000; i++) {
    assert.equal(addresses.towards(`203.0.${i >> 8}.${i & 255}`, 1_000), "192.0.2.7");
  }
  assert.equal(addresses.towards("127.0.0.9", 30_999), "127.0.0.1");
  assert.equal(asked, 1);
  addresses.towards("203.0.0.0", 31_000);
  assert.equal(asked, 2);
});

it("network64 is the same for all addresses of a host's network", () => {
  assert.equal(network64("2001:db8::1"), "2001:db8:0:0");
  assert.equal(network64("2001:db8::5:6:7:8"), "2001:db8:0:0");
  assert.equal(network64("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
  assert.equal(network64("::1"), "0:0:0:0");
  assert.equal(network64("fe80::1%eth0"), "fe80:0:0:0");
  assert.equal(network64("2001:db8:1:2:3:4:5::"), "2001:db8:1:2");
});

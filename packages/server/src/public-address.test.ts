import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { publicAddressOf } from "./public-address.ts";

const at = (address: string, internal = false): NetworkInterfaceInfo =>
  ({
    address,
    internal,
    family: address.includes(":") ? "IPv6" : "IPv4",
    netmask: "",
    mac: "",
    cidr: null,
    ...(address.includes(":") ? { scopeid: 0 } : {}),
  }) as NetworkInterfaceInfo;

test("the public address is the first that leads beyond this machine", () => {
  const lo = [at("127.0.0.1", true), at("::1", true)];
  assert.equal(publicAddressOf({ lo }, ["0.0.0.0"]), "127.0.0.1");
  assert.equal(
    publicAddressOf({ lo, docker0: [at("172.17.0.1")], eth0: [at("192.0.2.7")] }, ["0.0.0.0"]),
    "192.0.2.7",
  );
  assert.equal(publicAddressOf({ lo, docker0: [at("172.17.0.1")] }, ["0.0.0.0"]), "172.17.0.1");
  assert.equal(
    publicAddressOf({ lo, eth0: [at("fe80::1"), at("2001:db8::7"), at("169.254.1.1")] }, ["0.0.0.0"]),
    "2001:db8::7",
  );
  assert.equal(publicAddressOf({ lo, eth0: [at("2001:db8::7"), at("192.0.2.7")] }, ["0.0.0.0"]), "192.0.2.7");
});

test("listeners that are bound to addresses are reached by the first of these alone", () => {
  const interfaces = { eth0: [at("192.0.2.7")] };
  assert.equal(publicAddressOf(interfaces, ["127.0.0.1", "127.0.0.1"]), "127.0.0.1");
  assert.equal(publicAddressOf(interfaces, ["127.0.0.1", "::"]), "192.0.2.7");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNetwork } from "../edge/address.ts";
import { isAllowedAddress } from "./address-rules.ts";

const internet = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"];
const inside = [
  ...["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
  ...[
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
  ],
  ...["::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1"],
  ...[
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.2.3",
    "2002:7f00:1::",
    "2001::1",
  ],
  ...["localhost", "", "127.1", "0x7f.0.0.1"],
];

test("requests go to the internet alone, whatever form an address is written in", () => {
  for (const address of internet) assert.ok(isAllowedAddress(address, "none"), address);
  for (const address of inside) assert.ok(!isAllowedAddress(address, "none"), address);
});

test("an operator may allow networks of his own, or all", () => {
  const reading = parseNetwork("10.1.0.0/16");
  assert.ok(reading.ok);
  const networks = [reading.network];
  assert.ok(isAllowedAddress("10.1.2.3", networks));
  assert.ok(isAllowedAddress("::ffff:10.1.2.3", networks));
  assert.ok(isAllowedAddress("8.8.8.8", networks));
  assert.ok(!isAllowedAddress("10.2.0.1", networks));
  assert.ok(!isAllowedAddress("127.0.0.1", networks));
  assert.ok(isAllowedAddress("127.0.0.1", "all"));
  assert.ok(!isAllowedAddress("localhost", "all"));
});

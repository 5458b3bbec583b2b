import assert from "node:assert/strict";
import { test } from "node:test";
import { ipv6Address } from "./ipv6-reference.ts";

test("an IPv6 reference is an address, in lower case", () => {
  assert.equal(ipv6Address("2001:DB8::1"), "2001:db8::1");
  assert.equal(ipv6Address("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
  for (const text of ["", "192.0.2.1", "fe80::1%eth0", "[::1]", "::1 ", "host", "1:2:3"]) {
    assert.equal(ipv6Address(text), undefined, text);
  }
});

test("a third colon is left out before an IPv4 address, and nowhere else", () => {
  assert.equal(ipv6Address("2001:db8:::192.0.2.1"), "2001:db8::192.0.2.1");
  assert.equal(ipv6Address(":::192.0.2.1"), "::192.0.2.1");
  for (const text of [
    "2001:db8:::1",
    ":::",
    "2001:db8::::192.0.2.1",
    "2001:db8::1:::192.0.2.1",
    "2001:db8:::192.0.2",
    "2001:db8:::192.0.2.1:1",
    "2001:db8:::192.0.2.1%eth0",
    "1:2:3:4:5:6:7:8:::192.0.2.1",
  ]) {
    assert.equal(ipv6Address(text), undefined, text);
  }
});

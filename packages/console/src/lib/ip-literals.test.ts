import assert from "node:assert/strict";
import * as net from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { isIPv4, isIPv6 } from "./ip-literals.ts";

test("addresses are what Node says they are", () => {
  const written = [
    "",
    "::",
    "::1",
    "1::",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    "::ffff:1.2.3.4",
    "1.2.3.4::",
    "1::2::3",
  ];
  const others = [
    "::1.2.3",
    "1:2:3:4:5:6:1.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
    ":1",
    "1:",
    "fe80::1",
    "12345::",
    "1.2.3.04",
    "256.1.1.1",
  ];
  for (const text of [...written, ...others]) {
    assert.equal(isIPv4(text), net.isIPv4(text), text);
    assert.equal(isIPv6(text), net.isIPv6(text), text);
  }
  const piece = fc.constantFrom(
    "0",
    "1",
    "255",
    "256",
    "00",
    "ffff",
    "10000",
    ".",
    ":",
    "::",
    "1.2.3.4",
    "a.b",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      const text = pieces.join("");
      return isIPv4(text) === net.isIPv4(text) && isIPv6(text) === net.isIPv6(text);
    }),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(fc.ipV6(), (text) => isIPv6(text) === net.isIPv6(text)));
  fc.assert(fc.property(fc.ipV4(), (text) => isIPv4(text)));
});

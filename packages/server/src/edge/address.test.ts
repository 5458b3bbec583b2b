import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalAddress, isVeryWide, parseAddress, parseNetwork } from "./address.ts";

function text(input: string): string {
  const reading = parseNetwork(input);
  return reading.ok ? reading.network.text : `refused: ${reading.reason}`;
}

test("spellings of one network have one canonical form", () => {
  const same: [string, ...string[]][] = [
    [
      "203.0.113.7",
      "203.0.113.7/32",
      "::ffff:203.0.113.7",
      "::FFFF:cb00:7107",
      "::ffff:203.0.113.7/128",
      " 203.0.113.7 ",
    ],
    ["203.0.113.0/24", "203.0.113.99/24", "::ffff:203.0.113.0/120"],
    ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "2001:db8::1/128"],
    ["2001:db8::/32", "2001:db8:ffff::1/32"],
    ["0.0.0.0/0", "1.2.3.4/0", "::ffff:0:0/96"],
    ["::/0", "2001:db8::/0"],
  ];
  for (const [canonical, ...spellings] of same) {
    for (const spelling of [canonical, ...spellings]) assert.equal(text(spelling), canonical, spelling);
  }
});

const nonsense: [string, RegExp][] = [
  ["", /empty/],
  ["sip.example.com", /is a name/],
  ["203.0.113.7:5060", /port/],
  ["[2001:db8::1]", /brackets/],
  ["203.0.113.*", /range/],
  ["203.0.113.1-203.0.113.9", /range/],
  ["203.0.113.0/33", /prefix length/],
  ["203.0.113.0/", /prefix length/],
  ["203.0.113.0/024", /prefix length/],
  ["203.0.113.0/-1", /prefix length/],
  ["2001:db8::/129", /prefix length/],
  ["127.1", /not an IPv4/],
  ["0x7f.0.0.1", /not an IPv4/],
  ["010.0.0.1", /not an IPv4/],
  ["2130706433", /not an IPv4/],
  ["256.0.0.1", /not an IPv4/],
  ["fe80::1%eth0", /zone/],
  ["::ffff:1.2.3.4/95", /mixes/],
  ["0.0.0.0", /unspecified/],
  ["::", /unspecified/],
  ["224.0.0.1", /multicast/],
  ["ff02::1", /multicast/],
  ["255.255.255.255", /broadcast/],
  ["x".repeat(10_000), /is a name|not an/],
  ["1.2.3.4\u0000", /not an/],
];
for (const [input, reason] of nonsense) {
  test(`${JSON.stringify(input.slice(0, 40))} is refused with a sentence`, () => {
    const reading = parseNetwork(input);
    assert.equal(reading.ok, false);
    assert.match(reading.ok ? "" : reading.reason, reason);
    assert.ok(reading.ok || reading.reason.length < 250);
  });
}

test("a transport's address loses its zone and its mapping", () => {
  assert.equal(canonicalAddress("::ffff:127.0.0.1"), "127.0.0.1");
  assert.equal(canonicalAddress("fe80::1%eth0"), "fe80::1");
  assert.equal(parseAddress("127.0.0.1:5060"), undefined);
  assert.equal(parseAddress("localhost"), undefined);
});

test("very wide networks are told apart", () => {
  const wide = (input: string) => {
    const reading = parseNetwork(input);
    return reading.ok && isVeryWide(reading.network);
  };
  assert.deepEqual(["0.0.0.0/0", "::/0", "8.0.0.0/7", "2000::/3"].map(wide), [true, true, true, true]);
  assert.deepEqual(["10.0.0.0/8", "2001:db8::/32", "1.2.3.4"].map(wide), [false, false, false]);
});

test("any text is read or refused, never thrown at", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:./%]{0,45}$/)),
      (input) => {
        const reading = parseNetwork(input);
        if (reading.ok) assert.equal(text(reading.network.text), reading.network.text);
      },
    ),
  );
});

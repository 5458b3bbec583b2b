import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bearsName, certificateNames } from "./peer-names.ts";

describe("the names of a certificate (RFC 5922 §7.1)", () => {
  const cases: [what: string, certificate: Parameters<typeof certificateNames>[0], names: string[]][] = [
    [
      "DNS names",
      { subjectaltname: "DNS:A.Example.com, DNS:b.example.com" },
      ["a.example.com", "b.example.com"],
    ],
    [
      "where a sip URI stands, it alone and no DNS name",
      { subjectaltname: "DNS:proxy.example.com, URI:sip:Example.com" },
      ["example.com"],
    ],
    [
      "no user's URI, no sips, no other scheme",
      { subjectaltname: "URI:sip:alice@example.com, URI:sips:example.org, URI:https://example.net" },
      [],
    ],
    ["a URI that is none", { subjectaltname: "URI:sip:, DNS:a.example" }, ["a.example"]],
    [
      "addresses",
      { subjectaltname: "IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:7" },
      ["192.0.2.1", "2001:db8::7"],
    ],
    [
      "the common name where there are no others",
      { subject: { CN: "PBX.example.com" } },
      ["pbx.example.com"],
    ],
    [
      "no common name beside others",
      { subjectaltname: "DNS:a.example", subject: { CN: "b.example" } },
      ["a.example"],
    ],
    ["no common name that is no DNS name", { subject: { CN: "Some Company, Inc." } }, []],
    ["no several common names", { subject: { CN: ["a.example", "b.example"] } }, []],
    [
      "a value made to look like two",
      { subjectaltname: 'DNS:"a.example, DNS:victim.example", DNS:b.example' },
      ["a.example, dns:victim.example", "b.example"],
    ],
    [
      "a value with an escaped quote",
      { subjectaltname: 'URI:"sip:x\\", DNS:victim.example", DNS:b.example' },
      ["b.example"],
    ],
    ["a quoted value without an end", { subjectaltname: 'DNS:"a.example' }, []],
    ["a quoted value that is no text", { subjectaltname: 'DNS:"\\x", DNS:b.example' }, ["", "b.example"]],
    ["none", {}, []],
  ];
  for (const [what, certificate, names] of cases) {
    it(what, () => assert.deepEqual(certificateNames(certificate), names));
  }
});

describe("comparing names (RFC 5922 §7.2)", () => {
  it("takes a name whole, in any case", () => {
    assert.ok(bearsName(["pbx.example.com"], "PBX.example.com"));
    assert.ok(bearsName(["pbx.example.com"], "pbx.example.com."));
    for (const other of ["example.com", "x.pbx.example.com", "bx.example.com", ""])
      assert.equal(bearsName(["pbx.example.com"], other), false, other);
  });

  it("compares addresses as addresses", () => {
    assert.ok(bearsName(["2001:db8::7"], "2001:0DB8:0::7"));
    assert.ok(bearsName(["fe80::1"], "fe80::1%eth0"));
    assert.equal(bearsName(["192.0.2.1"], "192.0.2.10"), false);
  });

  it("reads a wildcard only where it is told to, and as one label", () => {
    const names = ["*.example.com", "*.0.2.1"];
    assert.equal(bearsName(names, "a.example.com"), false);
    assert.ok(bearsName(names, "a.example.com", true));
    for (const other of ["a.b.example.com", "example.com", ".example.com", "192.0.2.1"])
      assert.equal(bearsName(names, other, true), false, other);
  });
});

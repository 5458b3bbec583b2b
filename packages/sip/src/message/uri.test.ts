import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SipParseError } from "../errors.ts";
import { isSipUri, parseUri, type SipUri, serialiseUri, stripVisualSeparators, type Uri } from "./uri.ts";
import { equalUris } from "./uri-compare.ts";

function sip(text: string): SipUri {
  const uri = parseUri(text);
  assert.ok(isSipUri(uri));
  return uri;
}

function refuses(text: string, code = "malformed_uri"): void {
  assert.throws(
    () => parseUri(text),
    (error) => error instanceof SipParseError && error.code === code,
    text,
  );
}

describe("parseUri", () => {
  it("reads every part of a SIP URI", () => {
    const uri = sip("sips:alice:se%20cret@Example.COM:5061;transport=tcp;lr?Subject=x&y=z");
    assert.deepEqual(uri, {
      scheme: "sips",
      user: "alice",
      password: "se cret",
      host: "example.com",
      port: 5061,
      params: new Map([
        ["transport", "tcp"],
        ["lr", ""],
      ]),
      headers: "Subject=x&y=z",
    });
  });

  it("reads hosts: names, IPv4, IPv6 in brackets, with and without user and port", () => {
    assert.equal(sip("sip:example.com").host, "example.com");
    assert.equal(sip("sip:192.0.2.1:5080").port, 5080);
    const v6 = sip("sip:bob@[2001:DB8::10]:5070;transport=udp");
    assert.equal(v6.host, "2001:db8::10");
    assert.equal(v6.port, 5070);
    assert.equal(sip("sip:[::1]").host, "::1");
  });

  it("takes user parts that hold the characters of parameters and headers", () => {
    assert.equal(sip("sip:+1202;phone-context=x@host;user=phone").user, "+1202;phone-context=x");
    const strange =
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d@example.com";
    assert.equal(sip(strange).user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    assert.equal(sip(strange).password, "&it+has=1,weird!*pas$wo~d");
  });

  it("takes escapes off user, password and parameters, and keeps their bytes", () => {
    assert.equal(sip("sip:sips%3Auser%40example.com@example.net").user, "sips:user@example.com");
    assert.equal(sip("sip:null-%00-null@example.com").user, "null-\0-null");
    assert.equal(sip("sip:M%C3%BCller@example.com").user, "Müller");
    assert.equal(sip("sip:%FF@example.com").user, "ÿ", "no UTF-8: Latin-1");
    assert.equal(
      sip("sip:%EF%BF%BD@example.com").user,
      "\ufffd",
      "UTF-8, of the replacement character itself",
    );
    assert.equal(sip("sip:a@b;%6C%72;n%61me=v%61lue%25%34%31").params.get("lr"), "");
    assert.equal(sip("sip:a@b;%6C%72;n%61me=v%61lue%25%34%31").params.get("name"), "value%41");
  });

  it("reads tel URIs as written, and other schemes whole", () => {
    assert.deepEqual(parseUri("tel:+1-201-555-0123;phone-context=example.com"), {
      scheme: "tel",
      number: "+1-201-555-0123",
      params: new Map([["phone-context", "example.com"]]),
    });
    assert.equal(stripVisualSeparators("+1-(201).555-0123"), "+12015550123");
    assert.deepEqual(parseUri("urn:service:sos"), { scheme: "urn", raw: "urn:service:sos" });
    assert.deepEqual(parseUri("HTTP://x/y"), { scheme: "http", raw: "HTTP://x/y" });
    // A blank for others, but no white space of SIP: what is read is written.
    assert.equal(serialiseUri(parseUri("x:\ufeffa\xa0")), "x:\ufeffa\xa0");
  });

  it("refuses what is none, with the position", () => {
    for (const text of [
      "",
      "sip",
      ":",
      "sip:",
      "sip:@host",
      "sip:a@",
      "sip:a@b@c",
      "sip:a b@c",
      "sip:a@b c",
      "sip:a@b:",
      "sip:a@b:0",
      "sip:a@b:65536",
      "sip:a@b:5060x",
      "sip:a@[::1",
      "sip:a@[nonsense]",
      "sip:a@[fe80::1%25eth0]",
      "sip:a%4@b",
      "sip:a%zz@b",
      "sip:<a@b>",
      "sip:a@b;x=<y>",
      'sip:"a"@b',
      "tel:",
      "tel:abcxyz",
      "tel:+",
      "tel:1+2",
      "1 2:x",
      "http:",
      "x:a b",
      "sip:a\r\n@b",
    ]) {
      refuses(text);
    }
    refuses("sip:a@b;;x", "malformed_parameter");
    refuses("sip:a@b;=x", "malformed_parameter");
    refuses("sip:a@b;transport=tcp;Transport=udp", "duplicate_parameter");
    assert.equal(sip("sip:a@b;transport=tcp;transport=tcp").params.get("transport"), "tcp");
    assert.throws(() => parseUri("sip:a@b:99999"), { code: "malformed_uri", position: 8 });
  });

  it("keeps names like __proto__ as plain parameters", () => {
    const uri = sip("sip:a@b;__proto__=x;constructor=y");
    assert.equal(uri.params.get("__proto__"), "x");
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });
});

describe("serialiseUri", () => {
  it("escapes what may not stand, and cannot be made to write a line", () => {
    const uri: Uri = {
      scheme: "sip",
      user: "a@b\r\nVia: x",
      host: "h\r\nx",
      params: new Map([["p;q", "<1>"]]),
      headers: "a=b\r\nc",
    };
    assert.equal(serialiseUri(uri), "sip:a%40b%0D%0AVia%3A%20x@hx;p%3Bq=%3C1%3E?a=bc");
    assert.equal(serialiseUri({ scheme: "urn", raw: "urn:x\r\ny" }), "urn:xy");
  });

  it("is what parseUri reads, for any SIP URI", () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const host = fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z]{1,5}){0,2}$/),
      fc.ipV4(),
      fc.ipV6().filter((text) => !text.includes("%")),
    );
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    const uris = fc.record(
      {
        scheme: fc.constantFrom("sip" as const, "sips" as const),
        user: text,
        host,
        port: fc.integer({ min: 1, max: 65_535 }),
        params: fc.array(fc.tuple(name, fc.oneof(fc.constant(""), text)), { maxLength: 4 }),
      },
      { requiredKeys: ["scheme", "host", "params"] },
    );
    fc.assert(
      fc.property(uris, ({ params, ...rest }) => {
        const uri: SipUri = {
          ...rest,
          host: rest.host.toLowerCase(),
          params: new Map(params),
          headers: undefined,
        };
        assert.deepEqual(parseUri(serialiseUri(uri)), uri);
      }),
      { numRuns: 500 },
    );
  });
});

describe("equalUris", () => {
  const equal = (a: string, b: string) => equalUris(parseUri(a), parseUri(b));

  it("follows the examples of RFC 3261 §19.1.4", () => {
    for (const [a, b] of [
      ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
      ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
      ["sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"],
      [
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
      ],
      [
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
      ],
    ] as const) {
      assert.ok(equal(a, b) && equal(b, a), `${a} = ${b}`);
    }
    for (const [a, b] of [
      ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
      ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
      ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
      ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
      ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
      ["sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6"],
      ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
      ["sip:bob@biloxi.com", "sips:bob@biloxi.com"],
      ["sip:bob@biloxi.com", "tel:+123"],
      ["sip:biloxi.com", "sip:bob@biloxi.com"],
    ] as const) {
      assert.ok(!equal(a, b) && !equal(b, a), `${a} differs from ${b}`);
    }
  });

  it("compares tel URIs without their separators (RFC 3966 §4)", () => {
    assert.ok(equal("tel:+1-201-555-0123", "TEL:+12015550123"));
    assert.ok(!equal("tel:+12015550123", "tel:12015550123"));
    assert.ok(!equal("tel:1;phone-context=a", "tel:1;phone-context=b"));
    assert.ok(!equal("tel:1;phone-context=a", "tel:1;x=a"));
    assert.ok(equal("urn:service:sos", "urn:service:sos"));
  });
});

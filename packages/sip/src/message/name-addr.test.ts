import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SipParseError } from "../errors.ts";
import { type NameAddr, parseNameAddr, serialiseNameAddr } from "./name-addr.ts";
import { paramText, withParam } from "./params.ts";
import { isSipUri, serialiseUri } from "./uri.ts";

describe("parseNameAddr", () => {
  it("reads quoted, plain and absent display names", () => {
    const quoted = parseNameAddr('"J \\"Rock\\" \\\\ M\\üller, <x>" <sip:a@b>;tag=1');
    assert.equal(quoted.displayName, 'J "Rock" \\ Müller, <x>');
    assert.equal(quoted.params.get("tag"), "1");
    assert.equal(parseNameAddr("Mr. Watson  <sip:a@b>").displayName, "Mr. Watson");
    assert.equal(parseNameAddr("Grüße <sip:a@b>").displayName, "Grüße");
    assert.equal(parseNameAddr("<sip:a@b>").displayName, undefined);
    assert.equal(parseNameAddr('""<sip:a@b>').displayName, "");
  });

  it("gives parameters to the URI inside <> and to the header outside", () => {
    const inside = parseNameAddr("<sip:a@b;transport=tcp>;expires=60");
    assert.deepEqual([...inside.params], [["expires", "60"]]);
    assert.ok(isSipUri(inside.uri) && inside.uri.params.get("transport") === "tcp");
    const bare = parseNameAddr("sip:a@b ; tag = x");
    assert.deepEqual([...bare.params], [["tag", "x"]]);
    assert.equal(serialiseUri(bare.uri), "sip:a@b");
    assert.equal(parseNameAddr("tel:+123;tag=9").params.get("tag"), "9");
    assert.equal(serialiseUri(parseNameAddr("sip:u;p=1?x@b;tag=9").uri), "sip:u;p=1?x@b");
    assert.equal(paramText(parseNameAddr('sip:b ;x="c@d"').params, "x"), "c@d");
    const instance = parseNameAddr('sip:a@b;+sip.instance="<urn:uuid:1>"');
    assert.equal(serialiseUri(instance.uri), "sip:a@b");
    assert.equal(paramText(instance.params, "+sip.instance"), "<urn:uuid:1>");
  });

  it("keeps quoted parameter values, and takes the quotes off on demand", () => {
    const { params } = parseNameAddr('<sip:a@b>;+sip.instance="<urn:uuid:1>";methods="INVITE, \\"ACK"');
    assert.equal(params.get("+sip.instance"), '"<urn:uuid:1>"');
    assert.equal(paramText(params, "+sip.instance"), "<urn:uuid:1>");
    assert.equal(paramText(params, "methods"), 'INVITE, "ACK');
    assert.equal(paramText(params, "none"), undefined);
  });

  it("refuses broken ones", () => {
    for (const text of [
      "",
      '"open <sip:a@b>',
      '"name" sip:a@b',
      "<sip:a@b",
      "a,b <sip:a@b>",
      "a;b <sip:a@b>",
      "<sip:a@b>x",
      "<sip:a@b>;",
      "<sip:a@b>;=1",
      "<sip:a@b>;tag=",
      "<sip:a@b>;tag=1;TAG=2",
      '<sip:a@b>;x="open',
      "<sip:a@b>,<sip:c@d>",
      "sip:a@b?Subject=x",
      "sip:a@b, sip:c@d",
      "< sip:a@b>",
    ]) {
      assert.throws(() => parseNameAddr(text, "To"), SipParseError, text);
    }
    assert.throws(() => parseNameAddr("<sip:a@b:0>", "To"), {
      code: "malformed_uri",
      header: "To",
      position: 9,
    });
  });
});

describe("serialiseNameAddr", () => {
  it("is what parseNameAddr reads, for any display name and parameters", () => {
    const uri = parseNameAddr("<sip:+1202@example.com:5060;lr>").uri;
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
    const clean = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(
        fc.option(clean, { nil: undefined }),
        fc.array(fc.tuple(name, clean), { maxLength: 4 }),
        (displayName, params) => {
          const plain = new Map(params.map(([key, value]) => [key, value.replace(/^"/, "")] as const));
          const address: NameAddr =
            displayName === undefined ? { uri, params: plain } : { displayName, uri, params: plain };
          const read = parseNameAddr(serialiseNameAddr(address));
          assert.equal(read.displayName, displayName);
          assert.deepEqual(read.uri, uri);
          for (const [key, value] of plain) assert.equal(paramText(read.params, key), value);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("writes no line breaks", () => {
    const address = { displayName: "a\r\nVia: x", uri: parseNameAddr("<sip:a@b>").uri, params: new Map() };
    assert.equal(serialiseNameAddr(address), '"a Via: x" <sip:a@b>');
  });

  it("changes copies of parameters alone", () => {
    const { params } = parseNameAddr("<sip:a@b>;tag=1");
    assert.equal(withParam(params, "tag", undefined).size, 0);
    assert.equal(withParam(params, "q", "0.5").get("q"), "0.5");
    assert.deepEqual([...params], [["tag", "1"]]);
  });
});

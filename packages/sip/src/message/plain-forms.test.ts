import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseNameAddr } from "./name-addr.ts";
import { isPlainAddress, isPlainVia } from "./plain-forms.ts";
import { parseVia } from "./via.ts";

const plainVias = [
  "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK2d4f790d;rport",
  "SIP/2.0/TCP host.example;branch=z9hG4bK-1",
  "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1;rport=5062;received=192.0.2.10",
  "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1;received=192.0.2.10;rport=5062",
  "SIP/2.0/UDP 192.0.2.10;rport;branch=z9hG4bK1",
  "SIP/2.0/WSS df7jal23ls0d.invalid;received=192.0.2.10;branch=z9hG4bK1",
];
const plainAddresses = [
  '"Alice Example" <sip:+12025550123@192.0.2.10>;tag=as58f4201b',
  "<sip:demo@example.com:5060;transport=udp>",
  "Bob <sips:bob@example.com>;tag=1",
  "sip:demo@example.com;tag=uloc-1",
  "sip:example.com",
];

describe("plain forms", () => {
  it("are those of nearly every message", () => {
    for (const via of plainVias) assert.ok(isPlainVia(`x${via}\r\n`, 1), via);
    for (const address of plainAddresses) assert.ok(isPlainAddress(`x${address}\r\n`, 1), address);
  });

  it("are left to the parser where anything is out of the ordinary", () => {
    for (const via of [
      "SIP/2.0/UDP h;rport;branch=1;rport",
      "SIP/2.0/UDP h:99999;branch=1",
      "SIP/2.0/UDP h;branch=1;",
    ]) {
      assert.ok(!isPlainVia(`${via}\r\n`, 0), via);
    }
    for (const address of [
      "<sip:a@b>;tag=1;tag=2",
      "<sip:a@b:0>",
      '"a" sip:a@b',
      "<sip:a@b>x",
      "<sip:a@b",
      "sip:a@b;x=1",
    ]) {
      assert.ok(!isPlainAddress(`${address}\r\n`, 0), address);
    }
    assert.ok(!isPlainAddress("x<sip:a@b>\r\n", 0), "anchored");
  });

  it("accept nothing that the parser refuses", () => {
    const folder = new URL("../../testdata/messages/", import.meta.url);
    const lines = readdirSync(folder)
      .filter((name) => name.endsWith(".sip"))
      .flatMap((name) => readFileSync(new URL(name, folder), "latin1").split("\r\n"));
    const values = lines.map((line) => line.slice(line.indexOf(":") + 2)).filter((value) => value !== "");
    const seeds = [...plainVias, ...plainAddresses, ...values];
    const piece = fc.oneof(
      fc.constantFrom(
        ...';tag=|;branch=|;rport|;received=|<|>|@|sip:|"|:|;|=|,|?| |\\|%|0|99999|a|[::1]|\t|é'.split("|"),
      ),
      fc.string({ unit: "binary-ascii", maxLength: 3 }),
    );
    let plain = 0;
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.nat(), fc.nat({ max: 6 }), piece, (seed, place, cut, put) => {
        const at = place % (seed.length + 1);
        const text = `${seed.slice(0, at)}${put}${seed.slice(at + cut)}`;
        if (/[\r\n]/.test(text)) return;
        if (isPlainVia(`${text}\r\n`, 0)) {
          plain++;
          assert.ok(parseVia(text));
        }
        if (isPlainAddress(`${text}\r\n`, 0)) {
          plain++;
          assert.ok(parseNameAddr(text));
        }
      }),
      { numRuns: 5_000 },
    );
    assert.ok(plain > 100, `only ${plain} were plain`);
  });
});

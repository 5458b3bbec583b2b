import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Headers } from "./headers.ts";
import { cseq, from, recordRoutes, routes, to, topVia, vias } from "./message.ts";
import { parseMessage } from "./parse.ts";

describe("Headers", () => {
  it("finds a header by any spelling of its name, compact forms included", () => {
    const headers = new Headers([
      ["v", "SIP/2.0/UDP a"],
      ["CALL-id", "x"],
      ["X-Mine", "1"],
    ]);
    for (const name of ["Via", "via", "V", "v", "VIA"]) assert.equal(headers.get(name), "SIP/2.0/UDP a");
    assert.equal(headers.get("i"), "x");
    assert.equal(headers.get("x-mine"), "1");
    assert.deepEqual(
      [...headers.entries()].map(([name]) => name),
      ["Via", "Call-ID", "X-Mine"],
    );
    assert.equal(headers.get("constructor"), undefined);
    assert.equal(headers.has("__proto__"), false);
  });

  it("splits comma lists over all lines, not in quotes or <>", () => {
    const headers = new Headers([
      ["Contact", '"a, b" <sip:a@b;x=1,2>;q=1 , <sip:c@d>'],
      ["m", "sip:e@f,, "],
      ["Contact", 'x;y="1,\\",2"'],
    ]);
    assert.deepEqual(headers.list("Contact"), [
      '"a, b" <sip:a@b;x=1,2>;q=1',
      "<sip:c@d>",
      "sip:e@f",
      'x;y="1,\\",2"',
    ]);
    assert.equal(headers.getAll("Contact").length, 3);
    assert.deepEqual(headers.list("Allow"), []);
    headers.set("Allow", 'a, "open, \\", b');
    assert.deepEqual(headers.list("Allow"), ["a", '"open', '\\"', "b"]);
  });

  it("sets, appends, prepends and deletes in order", () => {
    const headers = new Headers([
      ["Via", "1"],
      ["To", "t"],
      ["Via", "2"],
    ]);
    headers.prepend("Via", "0");
    headers.append("Via", "3");
    assert.deepEqual(headers.getAll("Via"), ["0", "1", "2", "3"]);
    headers.replaceFirst("Via", "z");
    assert.deepEqual(headers.getAll("Via"), ["z", "1", "2", "3"]);
    headers.set("v", "only");
    assert.deepEqual(
      [...headers.entries()],
      [
        ["Via", "only"],
        ["To", "t"],
      ],
    );
    headers.set("Expires", "60");
    headers.delete("to");
    headers.replaceFirst("To", "nothing to replace");
    assert.deepEqual(
      [...headers.entries()],
      [
        ["Via", "only"],
        ["Expires", "60"],
      ],
    );
    headers.prepend("Route", "<sip:r;lr>");
    assert.equal([...headers.entries()][0]?.[0], "Route");
    assert.equal(headers.size, 3);
  });

  it("makes no line of its own out of a value, and no name out of anything", () => {
    const headers = new Headers();
    headers.append("Subject", "a\r\nEvil: 1\n\rx");
    headers.set("Reason", "b\nEvil: 2\r");
    assert.equal(headers.serialise(0), "Subject: a Evil: 1 x\r\nReason: b Evil: 2\r\nContent-Length: 0\r\n");
    for (const name of ["", "a b", "a:b", "a\r\nb", "é"]) {
      assert.throws(() => headers.append(name, "x"), { code: "malformed_header_line" });
      assert.throws(() => headers.set(name, "x"), { code: "malformed_header_line" });
    }
  });

  it("copies that change alone", () => {
    const headers = new Headers([["To", "<sip:a@b>"]]);
    const copy = headers.clone();
    copy.set("To", "<sip:c@d>");
    assert.equal(headers.get("To"), "<sip:a@b>");
    const other = new Headers();
    other.copyFrom(copy, "t");
    assert.equal(other.get("To"), "<sip:c@d>");
  });

  it("keeps typed values until their header changes", () => {
    const headers = new Headers([
      ["Via", "SIP/2.0/UDP a, SIP/2.0/UDP b"],
      ["From", "<sip:a@b>;tag=1"],
      ["To", "<sip:a@b>"],
      ["CSeq", "1 INVITE"],
      ["Route", "<sip:r1;lr>, <sip:r2;lr>"],
      ["Record-Route", "<sip:rr;lr>"],
    ]);
    const message = { headers };
    assert.equal(from(message), from(message));
    assert.equal(vias(message).length, 2);
    assert.equal(routes(message).length, 2);
    assert.equal(recordRoutes(message).length, 1);
    assert.equal(topVia(message).host, "a");
    headers.prepend("Via", "SIP/2.0/TCP new");
    headers.set("From", "<sip:a@b>;tag=2");
    headers.set("To", "<sip:a@b>;tag=3");
    headers.set("CSeq", "2 ACK");
    headers.delete("Route");
    headers.append("Record-Route", "<sip:more;lr>");
    assert.equal(topVia(message).host, "new");
    assert.equal(vias(message).length, 3);
    assert.equal(from(message).params.get("tag"), "2");
    assert.equal(to(message).params.get("tag"), "3");
    assert.deepEqual(cseq(message), { seq: 2, method: "ACK" });
    assert.equal(routes(message).length, 0);
    assert.equal(recordRoutes(message).length, 2);
  });

  it("writes its lines and no others, whatever was done to those of a received message", () => {
    const received = Buffer.from(
      [
        "OPTIONS sip:a@b SIP/2.0",
        "Via: SIP/2.0/UDP h;branch=z9hG4bK1",
        "From: <sip:a@b>;tag=1",
        "t:  <sip:c@d>",
        "Call-ID: x",
        "CSeq: 1 OPTIONS",
        "X-Own: 1",
        "content-length: 00",
        "Subject: one",
        "Subject: two",
        "X-own : 2",
        "",
        "",
      ].join("\r\n"),
    );
    const name = fc.constantFrom("Via", "From", "Subject", "X-Own", "Content-Length", "New");
    const change = fc.tuple(
      fc.constantFrom("set", "append", "prepend", "replaceFirst", "delete", "copyFrom", "clone"),
      name,
      fc.constantFrom("0", "7", "SIP/2.0/UDP i", "<sip:e@f>"),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.constantFrom(0, 7, 1_234), (changes, length) => {
        let { headers } = parseMessage(received);
        for (const [what, which, value] of changes) {
          if (what === "clone") headers = headers.clone();
          else if (what === "copyFrom") headers.copyFrom(parseMessage(received).headers, which);
          else if (what === "delete") headers.delete(which);
          else headers[what](which, value);
        }
        const lines: string[] = [];
        for (const [display, value] of headers.entries()) {
          if (display !== "Content-Length") lines.push(`${display}: ${value}\r\n`);
          else if (!lines.some((line) => line.startsWith(display))) lines.push(`${display}: ${length}\r\n`);
        }
        if (!headers.has("Content-Length")) lines.push(`Content-Length: ${length}\r\n`);
        assert.equal(headers.serialise(length), lines.join(""));
      }),
      { numRuns: 1_000 },
    );
  });
});

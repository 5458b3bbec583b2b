import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SipParseError } from "../errors.ts";
import { parseNameAddr } from "./name-addr.ts";
import { codesOf, sourceOf } from "./source.ts";
import { parseVia } from "./via.ts";

/** What the codes of a text have to be, by its definition. */
const expected = (text: string) =>
  Array.from({ length: text.length }, (_, i) => (text.charCodeAt(i) < 128 ? text.charCodeAt(i) : 255));

describe("sourceOf", () => {
  it("has a code for each UTF-16 unit, 255 for all beyond ASCII", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "binary-ascii", maxLength: 40 }),
      fc.string({ unit: fc.constantFrom("a", "é", "Ċ", "Ģ", "ÿ", "\ud800", "📞"), maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(0, 1_300, 1_366, 4_090, 4_096, 9_000), (end, length) => {
        const whole = "x".repeat(length) + end;
        const { codes } = sourceOf(whole);
        assert.deepEqual([...codes.subarray(0, whole.length)], expected(whole));
        assert.deepEqual([...codesOf(whole)], expected(whole));
      }),
      { numRuns: 300 },
    );
  });

  it("does not take the low byte of a character for an ASCII one", () => {
    // U+010A, U+0122, U+013C and U+013E end in the bytes of LF, a quote, < and >.
    assert.equal(parseNameAddr("\u010a\u0122\u013c <sip:a@b>").displayName, "\u010a\u0122\u013c");
    assert.throws(() => parseNameAddr("\u013csip:a@b\u013e"), SipParseError);
    assert.throws(() => parseVia("SIP/2.0/UDP h\u013bbranch=1"), SipParseError);
  });

  it("lends its codes to one text after the other, of any length", () => {
    const long = `<sip:a@b>;x=${"y".repeat(10_000)}`;
    assert.equal(parseNameAddr(long).params.get("x")?.length, 10_000);
    assert.equal(parseNameAddr("<sip:c@d>;x=1").params.get("x"), "1");
    assert.throws(() => parseNameAddr("<sip:c@d"), SipParseError, "what the text before left is not read");
  });
});

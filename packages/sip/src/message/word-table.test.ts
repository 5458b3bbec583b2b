import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Word, WordTable } from "./word-table.ts";

const words = ["tag", "ttl", "To", "t", "Content-Length", "Content-Pength", "branch", "x".repeat(31)];
const table = new WordTable<string>();
for (const word of words) table.add(word, word);

const codes = (text: string) => Buffer.from(text, "latin1");

describe("WordTable", () => {
  it("finds each of its words wherever it stands", () => {
    for (const word of words) {
      assert.equal(table.find(codes(`;${word}=`), 1, 1 + word.length), word);
      assert.equal(table.find(codes(word), 0, word.length), word);
    }
  });

  it("finds no other, however near", () => {
    const near = fc
      .constantFrom(...words)
      .chain((word) =>
        fc
          .tuple(
            fc.nat({ max: word.length }),
            fc.nat({ max: 1 }),
            fc.string({ unit: "binary-ascii", maxLength: 2 }),
          )
          .map(([at, cut, put]) => word.slice(0, at) + put + word.slice(at + cut)),
      );
    fc.assert(
      fc.property(near, (text) => {
        assert.equal(table.find(codes(text), 0, text.length), words.includes(text) ? text : undefined);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ["TAG", "tAg", "to", "", "y".repeat(32), "x".repeat(32), "x".repeat(1_000)]) {
      assert.equal(table.find(codes(text), 0, text.length), undefined, text);
    }
    assert.equal(table.find(codes("tag"), 2, 1), undefined, "no range");
    assert.equal(table.find(codes("ta"), 0, 3), undefined, "past the end");
  });
});

describe("Word", () => {
  it("stands where all its letters do", () => {
    const version = new Word("SIP/2.0");
    assert.ok(version.standsAt(codes("x SIP/2.0"), 2));
    assert.ok(!version.standsAt(codes("x sip/2.0"), 2));
    assert.ok(!version.standsAt(codes("x SIP/2."), 2));
    assert.ok(!version.standsAt(codes("x SIP/2.0"), 1));
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SipParseError } from "../errors.ts";
import { Headers } from "../message/headers.ts";
import { rack, rseq } from "./rack.ts";

describe("RSeq and RAck", () => {
  test("the example of RFC 3262 §7", () => {
    assert.equal(rseq({ headers: new Headers([["RSeq", "988789"]]) }), 988789);
    assert.deepEqual(rack({ headers: new Headers([["RAck", "776656 1 INVITE"]]) }), {
      rseq: 776656,
      seq: 1,
      method: "INVITE",
    });
    assert.equal(rseq({ headers: new Headers() }), undefined);
  });

  test("broken ones are errors that name the header", () => {
    for (const value of ["0", "x", "4294967296", "1 1"]) {
      assert.throws(() => rseq({ headers: new Headers([["RSeq", value]]) }), { header: "RSeq" }, value);
    }
    for (const value of ["1", "1 INVITE", "x 1 INVITE", "1 1", "1 2147483648 INVITE", "1 1 IN VITE"]) {
      assert.throws(() => rack({ headers: new Headers([["RAck", value]]) }), { header: "RAck" }, value);
    }
    assert.throws(() => rack({ headers: new Headers() }), SipParseError);
  });
});

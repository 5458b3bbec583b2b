import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SipParseError } from "../errors.ts";
import { Headers } from "../message/headers.ts";
import { minSe, sessionExpires } from "./session-expires.ts";

function read(name: string, value: string) {
  const headers = new Headers([[name, value]]);
  return name === "Min-SE" ? minSe({ headers }) : sessionExpires({ headers });
}

describe("Session-Expires and Min-SE", () => {
  test("an interval, with and without who refreshes; compact form x", () => {
    assert.deepEqual(read("Session-Expires", "4000"), { interval: 4000, refresher: undefined });
    assert.deepEqual(read("x", "4000;refresher=uac"), { interval: 4000, refresher: "uac" });
    assert.deepEqual(read("Session-Expires", "90 ; Refresher=UAS;other=1"), {
      interval: 90,
      refresher: "uas",
    });
    assert.equal(read("Min-SE", "3600;lr"), 3600);
  });

  test("an unknown refresher counts as none", () => {
    assert.deepEqual(read("Session-Expires", "90;refresher=proxy"), { interval: 90, refresher: undefined });
  });

  test("absent", () => {
    const headers = new Headers();
    assert.equal(sessionExpires({ headers }), undefined);
    assert.equal(minSe({ headers }), undefined);
  });

  test("what is no number of seconds is an error", () => {
    for (const value of ["", "soon", "-1", "1.5", "99999999999", "90;refresher=", "90;;"]) {
      assert.throws(() => read("Session-Expires", value), SipParseError, value);
      assert.throws(() => read("Min-SE", value), SipParseError, value);
    }
  });
});

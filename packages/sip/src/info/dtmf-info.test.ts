import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { dtmfRelayType, parseDtmfInfo, serialiseDtmfRelay } from "./dtmf-info.ts";

const relay = (text: string) => parseDtmfInfo(dtmfRelayType, Buffer.from(text));

describe("DTMF in INFO", () => {
  test("application/dtmf-relay: key and duration, in every spelling", () => {
    assert.deepEqual(relay("Signal=5\r\nDuration=160\r\n"), { key: "5", duration: 160 });
    assert.deepEqual(relay("Signal= *\nDuration= 250"), { key: "*", duration: 250 });
    assert.deepEqual(relay("duration=1\rsignal=d"), { key: "D", duration: 1 });
    assert.deepEqual(relay("Signal=11"), { key: "#", duration: undefined });
    assert.deepEqual(relay("Signal=hf\r\nDuration=99999"), { key: "flash", duration: undefined });
    assert.deepEqual(parseDtmfInfo("Application/DTMF-Relay; charset=x", Buffer.from("Signal=0")), {
      key: "0",
      duration: undefined,
    });
  });

  test("application/dtmf: the key alone", () => {
    assert.deepEqual(parseDtmfInfo("application/dtmf", Buffer.from(" 7\r\n")), {
      key: "7",
      duration: undefined,
    });
  });

  test("no key, no DTMF", () => {
    for (const text of [
      "",
      "Signal=",
      "Signal=17",
      "Signal=E",
      "Signal=55",
      "Duration=1",
      "Signal=constructor",
    ]) {
      assert.equal(relay(text), undefined, text);
    }
    assert.equal(parseDtmfInfo("application/json", Buffer.from("Signal=5")), undefined);
    assert.equal(relay(`Signal=5\r\n${" ".repeat(1_000)}`), undefined);
    fc.assert(fc.property(fc.string(), (text) => void relay(text)));
  });

  test("what is made can be read", () => {
    for (const key of "0123456789*#ABCD") {
      assert.deepEqual(relay(serialiseDtmfRelay(key, 120.4)), { key, duration: 120 });
    }
  });
});

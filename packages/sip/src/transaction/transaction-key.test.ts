import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipRequest } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { mergeKey, serverTransactionKey } from "./transaction-key.ts";

function request(
  method: string,
  via = "192.0.2.9:5060;branch=z9hG4bKa",
  change: Record<string, string> = {},
): SipRequest {
  const headers = {
    Via: `SIP/2.0/UDP ${via}`,
    From: "<sip:a@b>;tag=f",
    To: "<sip:c@d>",
    "Call-ID": "id",
    CSeq: `1 ${method}`,
    ...change,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return parseMessage(Buffer.from(`${method} sip:c@d SIP/2.0\r\n${lines.join("")}\r\n`)) as SipRequest;
}

describe("server transactions are told apart (§17.2.3)", () => {
  test("by branch, sent-by and method", () => {
    const key = serverTransactionKey(request("INVITE"));
    assert.equal(serverTransactionKey(request("INVITE", undefined, { CSeq: "9 INVITE" })), key);
    assert.notEqual(serverTransactionKey(request("INVITE", "192.0.2.9:5060;branch=z9hG4bKb")), key);
    assert.notEqual(serverTransactionKey(request("INVITE", "192.0.2.8:5060;branch=z9hG4bKa")), key);
    assert.notEqual(serverTransactionKey(request("INVITE", "192.0.2.9:5061;branch=z9hG4bKa")), key);
    assert.notEqual(serverTransactionKey(request("BYE")), key);
  });

  test("an ACK has its INVITE's key; a CANCEL its own, and finds the INVITE's", () => {
    const key = serverTransactionKey(request("INVITE"));
    assert.equal(serverTransactionKey(request("ACK")), key);
    assert.notEqual(serverTransactionKey(request("CANCEL")), key);
    assert.equal(serverTransactionKey(request("CANCEL"), "INVITE"), key);
  });

  test("without the cookie by what RFC 2543 had, the ACK's To tag left out", () => {
    for (const via of ["192.0.2.9", "192.0.2.9;branch=1", "192.0.2.9;branch=z9hG4bK"]) {
      const key = serverTransactionKey(request("INVITE", via));
      assert.equal(serverTransactionKey(request("ACK", via, { To: "<sip:c@d>;tag=t" })), key);
      assert.equal(serverTransactionKey(request("CANCEL", via), "INVITE"), key);
      for (const change of [{ CSeq: "2 INVITE" }, { "Call-ID": "other" }, { From: "<sip:a@b>;tag=g" }])
        assert.notEqual(serverTransactionKey(request("INVITE", via, change as Record<string, string>)), key);
      assert.notEqual(serverTransactionKey(request("INVITE", "192.0.2.8;branch=1")), key);
    }
  });

  test("copies of one request by two ways share a merge key", () => {
    const key = mergeKey(request("INVITE"));
    assert.equal(mergeKey(request("INVITE", "198.51.100.1;branch=z9hG4bKother")), key);
    assert.notEqual(mergeKey(request("INVITE", undefined, { CSeq: "2 INVITE" })), key);
    assert.notEqual(mergeKey(request("INVITE", undefined, { "Call-ID": "other" })), key);
  });
});

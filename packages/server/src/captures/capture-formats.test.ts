import assert from "node:assert/strict";
import { test } from "node:test";
import { asText, asTransactions } from "./capture-formats.ts";
import type { CapturedMessage } from "./captured-message.ts";

const [caller, us] = ["192.0.2.9:5060", "192.0.2.1:5060"];
const message = (
  at: number,
  direction: "in" | "out",
  line: string,
  cseq: string,
  transaction: string | null,
): CapturedMessage => ({
  ...{ at: 1_000_000_000_000 + at, direction, transport: "udp", transaction },
  ...(direction === "in" ? { source: caller, destination: us } : { source: us, destination: caller }),
  text: `${line}\r\nCSeq: ${cseq}\r\nSubject: caf\u00c3\u00a9\r\n\r\n`,
});

const invite = message(0, "in", "INVITE sip:a SIP/2.0", "1 INVITE", "in INVITE");
const ok = message(30, "out", "SIP/2.0 200 OK", "1 INVITE", "in INVITE");
const messages = [
  invite,
  message(10, "out", "SIP/2.0 180 Ringing", "1 INVITE", "in INVITE"),
  ok,
  { ...ok, at: ok.at + 500, transaction: null },
  message(600, "in", "ACK sip:a SIP/2.0", "1 ACK", "in ACK"),
  message(900, "out", "BYE sip:b SIP/2.0", "2 BYE", "out BYE"),
];

test("by transaction: who asked, what came of it, and repetitions with what they repeat", () => {
  assert.deepEqual(
    asTransactions(messages).map(({ method, source, status, messages: all }) => [
      method,
      source,
      status,
      all.length,
    ]),
    [
      ["INVITE", caller, 200, 4],
      ["ACK", caller, null, 1],
      ["BYE", us, null, 1],
    ],
  );
});

test("as text: when, which way, and the message as it reads", () => {
  assert.equal(
    asText([invite]),
    `--- 2001-09-09T01:46:40.000Z UDP ${caller} -> ${us}\nINVITE sip:a SIP/2.0\nCSeq: 1 INVITE\nSubject: café\n\n`,
  );
});

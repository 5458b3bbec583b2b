import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type TraceEvent } from "@ringdown/sip";
import { drawLadder, ladderStep } from "./sip-ladder.ts";

const invite = Buffer.from(
  "INVITE sip:demo@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:+15550100@a>;tag=1\r\n" +
    "To: <sip:demo@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\nv=",
);
const flow = { transport: "udp", address: "127.0.0.1", port: 5060 } as const;
const event = (given: Partial<TraceEvent>): TraceEvent => ({
  at: 0,
  direction: "out",
  flow,
  message: undefined,
  transaction: undefined,
  bytes: Buffer.alloc(0),
  ...given,
});

test("a ladder has a line for each message, with its time since the first", () => {
  const steps = [
    ladderStep(event({ at: 1000, message: parseMessage(invite), bytes: invite })),
    ladderStep(event({ at: 1002.34, direction: "in", bytes: Buffer.from("SIP/2.0 180 Ringing\r\n") })),
    ladderStep(event({ at: 1003, direction: "in", bytes: Buffer.from("\r\n\r\n") })),
  ];
  assert.equal(steps[0]?.text, "INVITE sip:demo@127.0.0.1 (SDP)");
  assert.equal(steps[1]?.text, "180 Ringing (again)");
  assert.equal(steps[2], undefined);
  const lines = drawLadder(steps.filter((step) => step !== undefined));
  assert.match(lines[1] ?? "", /^ +0\.0 ms {2}├ INVITE .*─>│$/);
  assert.match(lines[2] ?? "", /^ +2\.3 ms {2}│<─+ 180 Ringing \(again\) ┤$/);
  assert.equal(lines[1]?.length, lines[2]?.length);
});

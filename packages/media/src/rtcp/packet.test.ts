import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildRtcp, parseRtcp, type ReportBlock } from "./packet.ts";

const block: ReportBlock = {
  ssrc: 0xdeadbeef,
  fractionLost: 12,
  cumulativeLost: -3,
  extendedHighestSequence: 0x1_0005,
  jitter: 77,
  lastSenderReport: 0x89abcdef,
  delaySinceLastSenderReport: 0x10000,
};
const sender = {
  ntpSeconds: 0xe0000000,
  ntpFraction: 0x80000000,
  rtpTimestamp: 160,
  packets: 9,
  octets: 1440,
};

test("a sender report with everything is read back as written", () => {
  const bytes = buildRtcp({ ssrc: 5, sender, blocks: [block], cname: "abc@host", bye: true });
  assert.equal(bytes.length % 4, 0);
  assert.deepEqual(parseRtcp(bytes), { ssrc: 5, sender, blocks: [block], cname: "abc@host", byes: [5] });
});

test("a receiver report without blocks is read back for every CNAME length", () => {
  for (let length = 0; length < 20; length++) {
    const cname = "x".repeat(length);
    const bytes = buildRtcp({ ssrc: 6, sender: undefined, blocks: [], cname });
    assert.equal(bytes.length % 4, 0);
    assert.equal(bytes[1], 201);
    assert.deepEqual(parseRtcp(bytes), { ssrc: 6, sender: undefined, blocks: [], cname, byes: [] });
  }
});

test("lengths that run past the end, wrong versions and endless compounds are refused", () => {
  const bytes = buildRtcp({ ssrc: 5, sender, blocks: [block], cname: "abc" });
  assert.equal(parseRtcp(new Uint8Array(0)), undefined);
  assert.equal(parseRtcp(bytes.subarray(0, bytes.length - 4)), undefined);
  assert.equal(parseRtcp(Uint8Array.of(0x40, 201, 0, 1, 0, 0, 0, 1)), undefined, "version 1");
  assert.equal(parseRtcp(Uint8Array.of(0x80, 0, 0, 0)), undefined, "an RTP payload type");
  const many = new Uint8Array(64 * 17);
  for (let at = 0; at < many.length; at += 4) many.set([0x80, 204, 0, 0], at);
  assert.equal(parseRtcp(many), undefined, "more packets than any compound has");
});

test("a count of blocks larger than the packet gives the blocks that are there", () => {
  const bytes = buildRtcp({ ssrc: 5, sender: undefined, blocks: [block], cname: "" });
  bytes[0] = 0x80 | 31;
  assert.equal(parseRtcp(bytes)?.blocks.length, 1);
});

test("no bytes make the parser throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 200, max: 204 }), (bytes, type) => {
      if (bytes.length > 4) bytes.set([(bytes[0] ?? 0) | 0x80, type, 0], 0);
      parseRtcp(bytes);
    }),
  );
});

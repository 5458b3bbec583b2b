import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { looksLikeRtcp, MAX_PAYLOAD_LENGTH, RTP_HEADER_LENGTH, RtpView, writeRtpHeader } from "./packet.ts";

function packet(payload: number[], first = 0x80, between: number[] = []): Uint8Array {
  const out = new Uint8Array(RTP_HEADER_LENGTH + between.length + payload.length);
  writeRtpHeader(out, 8, true, 0xfffe, 0xfedcba98, 0x89abcdef);
  out[0] = first;
  out.set(between, RTP_HEADER_LENGTH);
  out.set(payload, RTP_HEADER_LENGTH + between.length);
  return out;
}

test("what is written is read back", () => {
  const view = new RtpView();
  assert.equal(view.parse(packet([1, 2, 3])), true);
  assert.equal(view.marker, true);
  assert.equal(view.payloadType, 8);
  assert.equal(view.sequence, 0xfffe);
  assert.equal(view.timestamp, 0xfedcba98);
  assert.equal(view.ssrc, 0x89abcdef);
  assert.equal(view.payloadOffset, 12);
  assert.equal(view.payloadLength, 3);
});

test("CSRCs and a header extension are stepped over", () => {
  const view = new RtpView();
  const csrcAndExtension = [1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1, 9, 9, 9, 9];
  assert.equal(view.parse(packet([5, 6], 0x92, csrcAndExtension)), true);
  assert.equal(view.csrcCount, 2);
  assert.equal(view.payloadOffset, 28);
  assert.equal(view.payloadLength, 2);
});

test("padding is taken off", () => {
  const view = new RtpView();
  assert.equal(view.parse(packet([5, 6, 0, 0, 3], 0xa0)), true);
  assert.equal(view.payloadLength, 2);
});

test("what cannot be RTP is refused", () => {
  const view = new RtpView();
  assert.equal(view.parse(new Uint8Array(0)), false, "empty");
  assert.equal(view.parse(packet([]).subarray(0, 11)), false, "shorter than a header");
  assert.equal(view.parse(packet([1], 0x40)), false, "version 1");
  assert.equal(view.parse(packet([1, 2], 0x8f)), false, "CSRC list past the end");
  assert.equal(view.parse(packet([1, 2], 0x90)), false, "extension header past the end");
  assert.equal(view.parse(packet([], 0x90, [0, 0, 0xff, 0xff])), false, "extension body past the end");
  assert.equal(view.parse(packet([1, 0], 0xa0)), false, "padding of 0");
  assert.equal(view.parse(packet([1, 200], 0xa0)), false, "padding longer than the packet");
  assert.equal(view.parse(packet(new Array(MAX_PAYLOAD_LENGTH + 1).fill(0))), false, "payload too long");
  assert.equal(view.parse(packet([1]), 400), false, "stated length past the buffer");
});

test("no bytes make the parser throw or point outside the packet", () => {
  const view = new RtpView();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      if (view.parse(bytes)) {
        assert.ok(view.payloadOffset + view.payloadLength <= bytes.length);
        assert.ok(view.payloadLength >= 0);
      }
    }),
  );
});

test("RTCP on the same port is told from RTP", () => {
  assert.equal(looksLikeRtcp(Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1)), true);
  assert.equal(looksLikeRtcp(Uint8Array.of(0x80, 0x80 | 8, 0, 1, 0, 0, 0, 1)), false);
  assert.equal(looksLikeRtcp(Uint8Array.of(0x80, 200)), false);
});

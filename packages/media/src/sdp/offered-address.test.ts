import assert from "node:assert/strict";
import { test } from "node:test";
import { offeredAddress } from "./offered-address.ts";

const sdp = (...lines: string[]) =>
  `${["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", ...lines].join("\r\n")}\r\n`;

test("the audio stream's own address stands before the session's", () => {
  const audio = ["t=0 0", "m=video 9 RTP/AVP 96", "m=audio 4000 RTP/AVP 0"];
  assert.equal(offeredAddress(sdp("c=IN IP4 192.0.2.1", ...audio)), "192.0.2.1");
  assert.equal(offeredAddress(sdp("c=IN IP4 192.0.2.1", ...audio, "c=IN IP6 2001:db8::1")), "2001:db8::1");
});

test("what cannot be read has none", () => {
  assert.equal(offeredAddress("nonsense"), undefined);
  assert.equal(offeredAddress(sdp("t=0 0")), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { sdpWords } from "./sdp-words.ts";

const message = (...lines: string[]) => `INVITE sip:a SIP/2.0\r\nTo: x\r\n\r\n${lines.join("\r\n")}\r\n`;

test("a session description in words", () => {
  for (const [lines, words] of [
    [
      ["v=0", "c=IN IP4 192.0.2.9", "m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"],
      "audio PCMU, PCMA, keys as events; to 192.0.2.9:4000, both ways",
    ],
    [
      [
        "v=0",
        "c=IN IP4 192.0.2.9",
        "m=audio 4000 RTP/SAVP 96",
        "c=IN IP6 2001:db8::1",
        "a=rtpmap:96 opus/48000/2",
        "a=sendonly",
        "m=video 1 RTP/AVP 97",
      ],
      "audio opus, encrypted; to 2001:db8::1:4000, it sends only (hold)",
    ],
    [["v=0", "a=inactive", "m=audio 4000 RTP/AVP 77"], "audio type 77; to nowhere:4000, held both ways"],
    [["v=0", "m=audio 0 RTP/AVP 0"], "audio refused (port 0)"],
    [["v=0", "m=video 5 RTP/AVP 97"], "no audio"],
  ] as const) {
    assert.equal(sdpWords(message(...lines)), words);
  }
  assert.equal(sdpWords("BYE sip:a SIP/2.0\r\nTo: x\r\n\r\n"), undefined);
  assert.equal(sdpWords("INFO sip:a SIP/2.0\r\n\r\nSignal=1"), undefined);
});

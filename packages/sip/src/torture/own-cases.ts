import assert from "node:assert/strict";
import { cseq, from, to, topVia } from "../message/message.ts";
import type { TortureCase } from "./torture-case.ts";

/** What the RFCs leave out. */
export const ownCases: readonly TortureCase[] = [
  {
    file: "own/white-space-call.sip",
    asks: "Folds and blanks everywhere keep no call from being taken.",
    parse: "read",
    answer: "call",
    check: (message) => {
      assert.deepEqual(cseq(message), { seq: 9, method: "INVITE" });
      assert.equal(topVia(message).params.get("branch"), "z9hG4bKownws");
    },
  },
  {
    file: "own/max-forwards-too-large.sip",
    asks: "400 (RFC 4475 §3.1.2.4 would also let it count as absent).",
    parse: "malformed_header",
    answer: 400,
  },
  {
    file: "own/escaped-headers-in-from.sip",
    asks: "400: ? needs <> (RFC 3261 §20.10).",
    parse: "malformed_header",
    answer: 400,
  },
  { file: "own/space-in-from-uri.sip", asks: "400.", parse: "malformed_uri", answer: 400 },
  {
    file: "own/no-via.sip",
    asks: "Nobody can be answered without a Via.",
    parse: "missing_header",
    answer: "none",
  },
  { file: "own/via-nonsense.sip", asks: "Nor by one like this.", parse: "malformed_header", answer: "none" },
  {
    file: "own/via-broken-after-branch.sip",
    asks: "400 with the branch, by which the client knows what is answered.",
    parse: "malformed_parameter",
    answer: 400,
    answerHeaders: { Via: /;branch=z9hG4bKownviabr;received=192\.0\.2\.2$/ },
  },
  {
    file: "own/via-param-twice.sip",
    asks: "400 by the first of both.",
    parse: "duplicate_parameter",
    answer: 400,
    answerHeaders: { Via: /;branch=z9hG4bKownviadup;rport=5060;received=192\.0\.2\.2$/ },
  },
  {
    file: "own/http.sip",
    asks: "Another protocol gets nothing.",
    parse: "malformed_start_line",
    answer: "none",
    stream: "error",
  },
  {
    file: "own/content-length-word.sip",
    asks: "As a negative one (RFC 4475 §3.1.2.3).",
    parse: "malformed_header",
    answer: 400,
    stream: "error",
  },
  {
    file: "own/content-length-twice-alike.sip",
    asks: "Two that say the same do no harm.",
    parse: "read",
    answer: 405,
    check: (message) => assert.equal(message.body.toString(), "good evening"),
  },
  {
    file: "own/content-length-folded.sip",
    asks: "A fold before the number is white space.",
    parse: "read",
    answer: 405,
    check: (message) => assert.equal(message.body.toString(), "good evening"),
  },
  {
    file: "own/bare-lf.sip",
    asks: "Lines end in CRLF; without an empty line nothing is read.",
    parse: "unterminated_header",
    answer: "none",
    stream: "waits",
  },
  {
    file: "own/cr-inside-line.sip",
    asks: "A CR alone ends no line, and what follows it never gets into an answer.",
    parse: "malformed_header_line",
    answer: 400,
  },
  {
    file: "own/nul-in-value.sip",
    asks: "A NUL in a value that nobody reads is kept.",
    parse: "read",
    answer: 200,
    check: (message) => assert.equal(message.headers.get("Subject"), "before\0after"),
  },
  { file: "own/line-without-colon.sip", asks: "400.", parse: "malformed_header_line", answer: 400 },
  {
    file: "own/fold-before-first-header.sip",
    asks: "A fold of nothing. The Via behind it counts as none.",
    parse: "malformed_header_line",
    answer: "none",
  },
  {
    file: "own/proto-as-names.sip",
    asks: "Names that JavaScript objects have are names like any other.",
    parse: "read",
    answer: 200,
    check: (message) => {
      assert.equal(message.headers.get("__proto__"), "1");
      assert.equal(message.headers.get("constructor"), "2");
      assert.equal(message.headers.get("toString"), undefined);
    },
  },
  {
    file: "own/latin1-name.sip",
    asks: "Bytes that are no UTF-8 are Latin-1, as old devices send it.",
    parse: "read",
    answer: 200,
    check: (message) => assert.equal(from(message).displayName, "Müller"),
  },
  {
    file: "own/ack-broken.sip",
    asks: "An ACK is never answered (RFC 3261 §17).",
    parse: "malformed_header",
    answer: "none",
  },
  { file: "own/ack-stray.sip", asks: "Nor one of no dialog.", parse: "read", answer: "none" },
  {
    file: "own/cancel-stray.sip",
    asks: "481; its Require does not count (RFC 3261 §8.2.2.3).",
    parse: "read",
    answer: 481,
  },
  {
    file: "own/invite-zero-max-forwards.sip",
    asks: "483: a call may go on from here, and come back.",
    parse: "read",
    answer: 483,
  },
  {
    file: "own/invite-no-contact.sip",
    asks: "400: RFC 3261 §8.1.1.8 wants one of who shows by its branch that it follows it.",
    parse: "read",
    answer: 400,
  },
  {
    file: "own/invite-accept-anything.sip",
    asks: "Ranges in Accept hold SDP, too.",
    parse: "read",
    answer: "call",
  },
  {
    file: "own/invite-sdp-in-multipart.sip",
    asks: "The SDP of a multipart body is the offer (RFC 5621 §3).",
    parse: "read",
    answer: "call",
    offer: /^v=0\r\no=ida/,
  },
  {
    file: "own/invite-gzip.sip",
    asks: "415 with Accept-Encoding (RFC 3261 §8.2.3).",
    parse: "read",
    answer: 415,
    answerHeaders: { "Accept-Encoding": /^identity$/ },
  },
  {
    file: "own/lower-case-method.sip",
    asks: "Methods have case: this one nobody knows.",
    parse: "read",
    answer: 501,
  },
  {
    file: "own/publish.sip",
    asks: "405 for a known method that we do not take.",
    parse: "read",
    answer: 405,
  },
  {
    file: "own/response-other-sent-by.sip",
    asks: "A response to a request of somebody else is dropped (RFC 3261 §18.1.2).",
    parse: "read",
    answer: "none",
  },
  {
    file: "own/response-no-space-after-status.sip",
    asks: "RFC 4475 §3.1.1.13: a liberal receiver takes it.",
    parse: "read",
    answer: "none",
    check: (message) => assert.equal(message.kind === "response" && message.status, 200),
  },
  {
    file: "own/zone-in-ipv6.sip",
    asks: "A zone has no place in a URI.",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "own/three-colons-without-ipv4.sip",
    asks: "RFC 5118 §4.10 tolerates them before an IPv4 address alone.",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "own/empty-display-name.sip",
    asks: "An empty quoted name, without a blank after it.",
    parse: "read",
    answer: 200,
    check: (message) => assert.equal(to(message).displayName, ""),
  },
];

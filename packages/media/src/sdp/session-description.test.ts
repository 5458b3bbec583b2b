import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MediaError } from "../errors.ts";
import {
  addressKind,
  attributeValue,
  parseSdp,
  type SessionDescription,
  sdpLimits,
  serialiseSdp,
} from "./session-description.ts";

const phone = [
  "v=0",
  "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1",
  "s=Call to John",
  "i=words",
  "c=IN IP4 198.51.100.1",
  "b=AS:84",
  "t=0 0",
  "a=X-nat:0",
  "m=audio 49170 RTP/AVP 0 8 101",
  "c=IN IP6 2001:db8::2",
  "b=TIAS:64000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "a=sendrecv",
  "m=video 0 RTP/AVP 31",
  "m=image 5002/2 udptl t38",
  "",
];

function codeOf(text: string): string {
  try {
    parseSdp(text);
    return "read";
  } catch (error) {
    if (error instanceof MediaError) return error.code;
    throw error;
  }
}

describe("reading", () => {
  test("a description with three streams", () => {
    const session = parseSdp(phone.join("\r\n"));
    assert.deepEqual(session.origin, {
      username: "jdoe",
      sessionId: "3724394400",
      sessionVersion: "3724394405",
      addressType: "IP4",
      address: "198.51.100.1",
    });
    assert.deepEqual(session.connection, { addressType: "IP4", address: "198.51.100.1" });
    assert.deepEqual(
      session.media.map(({ media, port, portCount, protocol, formats }) => [
        media,
        port,
        portCount,
        protocol,
        formats,
      ]),
      [
        ["audio", 49170, 1, "RTP/AVP", ["0", "8", "101"]],
        ["video", 0, 1, "RTP/AVP", ["31"]],
        ["image", 5002, 2, "udptl", ["t38"]],
      ],
    );
    assert.equal(session.media[0]?.connection?.address, "2001:db8::2");
    assert.equal(attributeValue(session.media[0]?.attributes ?? [], "fmtp"), "101 0-15");
    assert.equal(attributeValue(session.media[0]?.attributes ?? [], "sendrecv"), "");
    assert.equal(attributeValue(session.media[0]?.attributes ?? [], "ptime"), undefined);
  });

  test("written back it is the same text, and other line ends read the same", () => {
    const text = phone.join("\r\n");
    assert.equal(serialiseSdp(parseSdp(text)), text);
    assert.deepEqual(parseSdp(phone.join("\n")), parseSdp(text));
    assert.deepEqual(parseSdp(`${phone.join("\n")}\r\n\r\n`), parseSdp(text));
  });

  test("what phones leave out or put elsewhere", () => {
    assert.equal(codeOf("v=0\nm=audio 9 RTP/AVP 0"), "read");
    assert.equal(
      codeOf("v=0\nt=0 0\no=- 1 1 IN IP4 h\nb=AS:1\nc=IN IP4 192.0.2.1\ns=\nm=audio 9 RTP/AVP"),
      "read",
    );
    assert.equal(codeOf("v=0\nX=odd\nm=audio 9 RTP/AVP 0 \na=sendrecv \nk=clear:x"), "read");
    assert.deepEqual(parseSdp("v=0\ns=ünï ☎\nq=1").otherLines, [{ type: "q", value: "1" }]);
  });
});

describe("hostile input", () => {
  const refused: [name: string, text: string, code: string][] = [
    ["nothing", "", "sdp_malformed"],
    ["only line ends", "\r\n\r\n", "sdp_malformed"],
    ["no version", "o=- 1 1 IN IP4 192.0.2.1\n", "sdp_malformed"],
    ["version 1", "v=1\n", "sdp_malformed"],
    ["two versions", "v=0\nv=0\n", "sdp_malformed"],
    ["HTML", "<html>", "sdp_malformed"],
    ["a thousand lines", `v=0\n${"a=x\n".repeat(1000)}`, "sdp_too_large"],
    ["a thousand blank lines", `v=0${"\n".repeat(1000)}`, "sdp_too_large"],
    ["a megabyte in a line", `v=0\ns=${"x".repeat(1 << 20)}`, "sdp_too_large"],
    ["a long line", `v=0\ns=${"x".repeat(sdpLimits.lineLength)}`, "sdp_too_large"],
    ["many streams", `v=0\n${"m=audio 9 RTP/AVP 0\n".repeat(sdpLimits.mediaSections + 1)}`, "sdp_too_large"],
    ["many formats", `v=0\nm=audio 9 RTP/AVP${" 0".repeat(sdpLimits.formats + 1)}`, "sdp_too_large"],
    ["a NUL", "v=0\ns=a\0b\n", "sdp_malformed"],
    ["a bare CR", "v=0\rs=-\r", "sdp_malformed"],
    ["a negative port", "v=0\nm=audio -1 RTP/AVP 0", "sdp_malformed"],
    ["port 65536", "v=0\nm=audio 65536 RTP/AVP 0", "sdp_malformed"],
    ["a port of 400 digits", `v=0\nm=audio ${"9".repeat(400)} RTP/AVP 0`, "sdp_malformed"],
    ["a port in hex", "v=0\nm=audio 0x10 RTP/AVP 0", "sdp_malformed"],
    ["a port with digits that are not ASCII", "v=0\nm=audio ١٢ RTP/AVP 0", "sdp_malformed"],
    ["m= without a port", "v=0\nm=audio RTP/AVP 0", "sdp_malformed"],
    ["c= of the internet of things", "v=0\nc=IN IP5 1.2.3.4", "sdp_malformed"],
    ["c= without an address", "v=0\nc=IN IP4 ", "sdp_malformed"],
    ["o= with five fields", "v=0\no=- 1 1 IN IP4", "sdp_malformed"],
    ["o= twice", "v=0\no=- 1 1 IN IP4 h\no=- 1 1 IN IP4 h", "sdp_malformed"],
    ["a session id of letters", "v=0\no=- x 1 IN IP4 h", "sdp_malformed"],
    ["a= without a name", "v=0\na=:x", "sdp_malformed"],
    ["a line without =", "v=0\nhello", "sdp_malformed"],
    ["a line of one letter", "v=0\na", "sdp_malformed"],
    ["a line that starts with a blank", "v=0\n a=x", "sdp_malformed"],
  ];
  for (const [name, text, code] of refused) test(name, () => assert.equal(codeOf(text), code));

  test("the limits themselves are still read", () => {
    assert.equal(codeOf(`v=0\n${"a=x\n".repeat(sdpLimits.lines - 1)}`), "read");
    assert.equal(codeOf(`v=0\ns=${"x".repeat(sdpLimits.lineLength - 2)}`), "read");
    assert.equal(codeOf("v=0\nm=audio 65535 RTP/AVP 0"), "read");
  });

  test("a mutated description is read or refused with a code, never anything else", () => {
    const text = phone.join("\r\n");
    const edit = fc.record({
      at: fc.nat(text.length),
      drop: fc.nat(12),
      put: fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.constantFrom("\n", "\r\n", "=", " ", "-1", "99999999999999999999", "m=audio 1 RTP/AVP 0\n", "\0"),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let mutated = text;
        for (const { at, drop, put } of edits)
          mutated = mutated.slice(0, at) + put + mutated.slice(at + drop);
        if (codeOf(mutated) !== "read") return;
        // What was read can be written, and reads the same again.
        const session = parseSdp(mutated);
        assert.deepEqual(parseSdp(serialiseSdp(session)), ordered(session));
      }),
      { numRuns: 500 },
    );
  });
});

/** Kept lines in the order in which they are written. */
function ordered(session: SessionDescription): SessionDescription {
  const rank = (groups: string) => (line: { type: string }) =>
    groups.includes(line.type) ? groups.indexOf(line.type) : groups.length;
  const sessionRank = (line: { type: string }) =>
    "iuep".includes(line.type) ? 0 : line.type === "b" ? 1 : 2;
  return {
    ...session,
    otherLines: session.otherLines.toSorted((a, b) => sessionRank(a) - sessionRank(b)),
    media: session.media.map((media) => ({
      ...media,
      otherLines: media.otherLines.toSorted((a, b) => rank("ib")(a) - rank("ib")(b)),
    })),
  };
}

/** Plain objects, as the parser makes them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

test("any description that is written reads back the same", () => {
  const token = fc.stringMatching(/^[a-zA-Z0-9-]{1,12}$/);
  const text = fc.stringMatching(/^[ -~]{0,40}$/);
  const number = fc.nat({ max: 2 ** 31 }).map(String);
  const attributes = fc.array(record({ name: token, value: fc.option(text, { nil: undefined }) }), {
    maxLength: 8,
  });
  const connection = fc.option(
    fc.oneof(
      fc.ipV4().map((address) => ({ addressType: "IP4" as const, address })),
      fc.ipV6().map((address) => ({ addressType: "IP6" as const, address })),
    ),
    { nil: undefined },
  );
  const media = record({
    media: token,
    port: fc.nat({ max: 65535 }),
    portCount: fc.integer({ min: 1, max: 99999 }),
    protocol: fc.constantFrom("RTP/AVP", "RTP/SAVP", "udptl"),
    formats: fc.array(token, { maxLength: 6 }),
    connection,
    attributes,
    otherLines: fc.array(record({ type: fc.constant("b"), value: text }), { maxLength: 2 }),
  });
  const session: fc.Arbitrary<SessionDescription> = record({
    origin: fc.option(
      record({
        username: token,
        sessionId: number,
        sessionVersion: number,
        addressType: fc.constantFrom("IP4", "IP6"),
        address: token,
      }),
      { nil: undefined },
    ),
    sessionName: fc.option(text, { nil: undefined }),
    connection,
    timings: fc.array(text, { maxLength: 2 }),
    attributes,
    otherLines: fc.array(record({ type: fc.constant("z"), value: text }), { maxLength: 2 }),
    media: fc.array(media, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(session, (value) => assert.deepEqual(parseSdp(serialiseSdp(value)), value)),
    { numRuns: 200 },
  );
});

test("only unicast addresses are sent to", () => {
  const kind = (addressType: "IP4" | "IP6", address: string) => addressKind({ addressType, address });
  assert.equal(kind("IP4", "192.0.2.1"), "unicast");
  assert.equal(kind("IP6", "2001:db8::1"), "unicast");
  for (const address of ["0.0.0.0"]) assert.equal(kind("IP4", address), "unspecified");
  for (const address of ["::", "0:0:0:0:0:0:0:0"]) assert.equal(kind("IP6", address), "unspecified");
  for (const address of [
    "224.2.1.1/127",
    "224.2.1.1",
    "255.255.255.255",
    "0.1.2.3",
    "host.example.com",
    "1.2.3",
    "01.2.3.4",
  ]) {
    assert.equal(kind("IP4", address), "unusable", address);
  }
  for (const address of [
    "ff02::1",
    "fe80::1%eth0",
    "192.0.2.1",
    "::ffff:192.0.2.1",
    "0:0:0:0:0:FFFF:c000:201",
    "[::1]",
  ]) {
    assert.equal(kind("IP6", address), "unusable", address);
  }
});

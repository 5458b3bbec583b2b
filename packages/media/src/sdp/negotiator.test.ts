import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MediaError, type MediaErrorCode } from "../errors.ts";
import { SdpNegotiator, type SdpNegotiatorOptions } from "./negotiator.ts";
import { attributeValue, parseSdp } from "./session-description.ts";

function negotiator(options: Partial<SdpNegotiatorOptions> = {}): SdpNegotiator {
  return new SdpNegotiator({
    address: "192.0.2.10",
    port: 10_000,
    sessionId: 42,
    codecs: ["PCMU", "PCMA"],
    ...options,
  });
}

/** An offer or answer of the other side: its m= line and what follows it. */
function remote(...media: string[]): string {
  return ["v=0", "o=- 7 7 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0", ...media, ""].join(
    "\r\n",
  );
}

const audio = "m=audio 30000 RTP/AVP";

/** Direction and m= line of an SDP of ours. */
function audioOf(sdp: string) {
  const session = parseSdp(sdp);
  const section = session.media.find(({ media }) => media === "audio");
  assert.ok(section);
  const names = section.attributes.map(({ name }) => name);
  const direction = names.find((name) => ["sendrecv", "sendonly", "recvonly", "inactive"].includes(name));
  return {
    port: section.port,
    protocol: section.protocol,
    formats: section.formats,
    direction,
    ptime: attributeValue(section.attributes, "ptime"),
    mux: names.includes("rtcp-mux"),
    version: Number(session.origin?.sessionVersion),
    rtpmaps: section.attributes.filter(({ name }) => name === "rtpmap").map(({ value }) => value),
  };
}

function refused(code: MediaErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MediaError && error.code === code, code);
}

describe("answering an offer", () => {
  test("the whole answer, with the offerer's order and numbers", () => {
    const offer = remote(
      `${audio} 18 8 0 96`,
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:96 telephone-event/8000",
      "a=fmtp:96 0-16",
      "a=ptime:30",
    );
    const { answer, media } = negotiator().acceptOffer(offer);
    assert.equal(
      answer,
      [
        "v=0",
        "o=- 42 1 IN IP4 192.0.2.10",
        "s=-",
        "c=IN IP4 192.0.2.10",
        "t=0 0",
        "m=audio 10000 RTP/AVP 8 96",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
        "a=sendrecv",
        "",
      ].join("\r\n"),
    );
    assert.deepEqual(media, {
      codec: "PCMA",
      payloadType: 8,
      receivePayloadType: 8,
      dtmfPayloadType: 96,
      receiveDtmfPayloadType: 96,
      remoteAddress: "198.51.100.7",
      remotePort: 30_000,
      remoteRtcpAddress: "198.51.100.7",
      remoteRtcpPort: 30_001,
      rtcpMux: false,
      secured: undefined,
      ptime: 30,
      direction: "sendrecv",
      onHold: false,
    });
  });

  test("static payload types without rtpmap, in the offerer's order, within what is allowed", () => {
    assert.equal(negotiator().acceptOffer(remote(`${audio} 8 0`)).media.codec, "PCMA");
    assert.equal(negotiator().acceptOffer(remote(`${audio} 0 8`)).media.codec, "PCMU");
    assert.equal(negotiator({ codecs: ["PCMA"] }).acceptOffer(remote(`${audio} 0 8`)).media.codec, "PCMA");
    const none = negotiator().acceptOffer(remote(`${audio} 0`));
    assert.deepEqual([none.media.dtmfPayloadType, audioOf(none.answer).formats], [undefined, ["0"]]);
  });

  test("a dynamic number for G.711, and telephone-event for several clocks", () => {
    const { media, answer } = negotiator().acceptOffer(
      remote(
        `${audio} 111 97 110 112`,
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:97 pcma/8000/1",
        "a=rtpmap:110 telephone-event/48000",
        "a=rtpmap:112 Telephone-Event/8000",
      ),
    );
    assert.deepEqual([media.codec, media.payloadType, media.dtmfPayloadType], ["PCMA", 97, 112]);
    assert.deepEqual(audioOf(answer).rtpmaps, ["97 PCMA/8000", "112 telephone-event/8000"]);
  });

  test("a static number that the offerer gave away does not mean what it says in the standard", () => {
    refused("no_codec", () => negotiator().acceptOffer(remote(`${audio} 0`, "a=rtpmap:0 PCMU/16000")));
    refused("no_codec", () => negotiator().acceptOffer(remote(`${audio} 0`, "a=rtpmap:0 PCMU/8000/2")));
  });

  test("the first stream that can be taken is; all others keep their place with port 0", () => {
    const { answer, media } = negotiator().acceptOffer(
      remote(
        "m=video 4000 RTP/AVP 31 34",
        "m=audio 4002 RTP/SAVP 0",
        "m=audio 4004 RTP/AVP 18",
        "m=audio 4006 RTP/AVPF 0",
        "m=audio 4008 RTP/AVP 8",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "m=image 0 udptl",
      ),
    );
    assert.deepEqual(answer.match(/^m=.*$/gm), [
      "m=video 0 RTP/AVP 31",
      "m=audio 0 RTP/SAVP 0",
      "m=audio 0 RTP/AVP 18",
      "m=audio 10000 RTP/AVPF 0",
      "m=audio 0 RTP/AVP 8",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      "m=image 0 udptl 0",
    ]);
    assert.equal(media.remotePort, 4006);
  });

  test("what an offer is refused for", () => {
    const offers: [MediaErrorCode, string][] = [
      ["no_codec", remote(`${audio} 18 9 101`, "a=rtpmap:101 telephone-event/8000")],
      ["no_codec", remote(`${audio} 128 999 x`)],
      ["no_codec", remote(audio)],
      ["profile_unsupported", remote("m=audio 4000 RTP/SAVP 0", "m=video 4002 RTP/AVP 31")],
      ["profile_unsupported", remote("m=video 4002 RTP/AVP 31", "m=audio 4000 UDP/TLS/RTP/SAVPF 0")],
      ["no_audio", remote()],
      ["no_audio", remote("m=video 4002 RTP/AVP 31")],
      ["no_audio", remote("m=audio 0 RTP/AVP 0")],
      ["address_unsupported", remote(`${audio} 0`, "c=IN IP4 224.2.1.1/127")],
      ["address_unsupported", remote(`${audio} 0`, "c=IN IP4 phone.example.com")],
      ["address_unsupported", remote(`${audio} 0`, "c=IN IP6 2001:db8::1")],
      ["sdp_malformed", `v=0\r\n${audio} 0\r\n`],
      ["sdp_malformed", "no session description"],
      ["sdp_too_large", remote(...Array.from({ length: 1000 }, () => "a=x"))],
    ];
    for (const [code, offer] of offers) {
      const leg = negotiator();
      refused(code, () => leg.acceptOffer(offer));
      assert.equal(leg.media, undefined);
      assert.equal(audioOf(leg.acceptOffer(remote(`${audio} 0`)).answer).version, 1);
    }
  });

  test("IPv6", () => {
    const { answer, media } = negotiator({ address: "2001:db8::10" }).acceptOffer(
      remote(`${audio} 0`, "c=IN IP6 2001:DB8:0:0::0007"),
    );
    assert.match(answer, /^o=- 42 1 IN IP6 2001:db8::10\r\ns=-\r\nc=IN IP6 2001:db8::10\r$/m);
    assert.equal(media.remoteAddress, "2001:db8::7", "as a socket names the source of a packet");
  });

  test("t= of the answer is that of the offer", () => {
    const offer = remote(`${audio} 0`).replace("t=0 0", "t=3034423619 3042462419");
    assert.match(negotiator().acceptOffer(offer).answer, /^t=3034423619 3042462419\r$/m);
    assert.match(negotiator().acceptOffer(offer.replace(/t=.*/, "t=x\n")).answer, /^t=0 0\r$/m);
  });
});

describe("packet length", () => {
  const lengths: [attributes: string[], ptime: number][] = [
    [[], 20],
    [["a=ptime:10"], 10],
    [["a=ptime:60"], 60],
    [["a=ptime:25"], 20],
    [["a=ptime:5"], 10],
    [["a=ptime:200"], 60],
    [["a=ptime:0"], 20],
    [["a=ptime:x"], 20],
    [["a=ptime:30.5"], 30],
    [["a=ptime:-20"], 20],
    [["a=maxptime:10"], 10],
    [["a=ptime:40", "a=maxptime:30"], 30],
    [["a=maxptime:150"], 20],
    [["a=maxptime:3"], 10],
  ];
  for (const [attributes, ptime] of lengths) {
    test(`${attributes.join(" ") || "nothing asked"} gives ${ptime} ms`, () => {
      const { media, answer } = negotiator().acceptOffer(remote(`${audio} 0`, ...attributes));
      assert.deepEqual([media.ptime, audioOf(answer).ptime], [ptime, String(ptime)]);
    });
  }

  test("written for the session it counts, and our own wish where nothing is asked", () => {
    const offer = remote(`${audio} 0`).replace("t=0 0", "t=0 0\r\na=ptime:40");
    assert.equal(negotiator().acceptOffer(offer).media.ptime, 40);
    assert.equal(negotiator({ ptime: 30 }).acceptOffer(remote(`${audio} 0`)).media.ptime, 30);
  });
});

describe("RTCP", () => {
  test("a=rtcp with and without an address", () => {
    const port = negotiator().acceptOffer(remote(`${audio} 0`, "a=rtcp:53020")).media;
    assert.deepEqual([port.remoteRtcpAddress, port.remoteRtcpPort], ["198.51.100.7", 53020]);
    const both = negotiator().acceptOffer(remote(`${audio} 0`, "a=rtcp:53020 IN IP4 198.51.100.9")).media;
    assert.deepEqual([both.remoteRtcpAddress, both.remoteRtcpPort], ["198.51.100.9", 53020]);
    for (const odd of ["a=rtcp:0", "a=rtcp:70000", "a=rtcp:x", "a=rtcp"]) {
      assert.equal(negotiator().acceptOffer(remote(`${audio} 0`, odd)).media.remoteRtcpPort, 30_001);
    }
    assert.equal(negotiator().acceptOffer(remote("m=audio 65535 RTP/AVP 0")).media.remoteRtcpPort, 0);
  });

  test("rtcp-mux is taken where offered, unless switched off, and offered only where asked for", () => {
    const offer = remote(`${audio} 0`, "a=rtcp-mux", "a=rtcp:53020");
    const muxed = negotiator().acceptOffer(offer);
    assert.deepEqual(
      [muxed.media.rtcpMux, muxed.media.remoteRtcpPort, audioOf(muxed.answer).mux],
      [true, 30_000, true],
    );
    const apart = negotiator({ rtcpMux: false }).acceptOffer(offer);
    assert.deepEqual(
      [apart.media.rtcpMux, apart.media.remoteRtcpPort, audioOf(apart.answer).mux],
      [false, 53020, false],
    );
    assert.equal(audioOf(negotiator().offer()).mux, false);

    const offering = negotiator({ rtcpMux: true });
    assert.equal(audioOf(offering.offer()).mux, true);
    assert.equal(offering.acceptAnswer(remote(`${audio} 0`)).rtcpMux, false);
    offering.offer();
    assert.equal(offering.acceptAnswer(remote(`${audio} 0`, "a=rtcp-mux")).remoteRtcpPort, 30_000);
  });
});

describe("offering", () => {
  test("our order, telephone-event 101, and the same text until it is answered", () => {
    const leg = negotiator({ codecs: ["PCMA", "PCMU"] });
    const offer = leg.offer();
    assert.deepEqual(audioOf(offer).formats, ["8", "0", "101"]);
    assert.equal(leg.offer(), offer);
    assert.ok(leg.offerPending);
    const media = leg.acceptAnswer(remote(`${audio} 0 8 101`, "a=rtpmap:101 telephone-event/8000"));
    assert.deepEqual([media.codec, media.dtmfPayloadType, leg.offerPending], ["PCMU", 101, false]);
  });

  test("an answerer that renumbers is sent its numbers and sends ours", () => {
    const leg = negotiator();
    leg.offer();
    const media = leg.acceptAnswer(
      remote(`${audio} 100 97`, "a=rtpmap:100 PCMA/8000", "a=rtpmap:97 telephone-event/8000"),
    );
    assert.deepEqual([media.payloadType, media.receivePayloadType], [100, 8]);
    assert.deepEqual([media.dtmfPayloadType, media.receiveDtmfPayloadType], [97, 101]);
  });

  test("the answer of a 183 may come again in the 200, or differ there", () => {
    const leg = negotiator();
    leg.offer();
    const early = leg.acceptAnswer(remote(`${audio} 0`));
    assert.deepEqual(leg.acceptAnswer(remote(`${audio} 0`)), early);
    assert.equal(leg.acceptAnswer(remote("m=audio 31000 RTP/AVP 8")).remotePort, 31_000);
  });

  test("answers that do not do", () => {
    const answers: [MediaErrorCode, string][] = [
      ["no_codec", remote(`${audio} 18`)],
      ["no_codec", remote(`${audio} 101`, "a=rtpmap:101 telephone-event/8000")],
      ["no_audio", remote("m=audio 0 RTP/AVP 0")],
      ["answer_mismatch", remote()],
      ["profile_unsupported", remote("m=audio 4000 RTP/SAVP 0")],
      ["sdp_malformed", "x"],
    ];
    for (const [code, answer] of answers) {
      const leg = negotiator();
      leg.offer();
      refused(code, () => leg.acceptAnswer(answer));
      refused("no_offer", () => leg.acceptAnswer(remote(`${audio} 0`)));
    }
    refused("no_codec", () => {
      const leg = negotiator({ codecs: ["PCMA"] });
      leg.offer();
      leg.acceptAnswer(remote(`${audio} 0`));
    });
    refused("no_offer", () => negotiator().acceptAnswer(remote(`${audio} 0`)));
  });

  test("an offer that crosses ours is refused, until ours is withdrawn", () => {
    const leg = negotiator();
    leg.offer();
    refused("offer_pending", () => leg.acceptOffer(remote(`${audio} 0`)));
    leg.offerRejected();
    assert.equal(leg.acceptOffer(remote(`${audio} 0`)).media.codec, "PCMU");
  });
});

describe("during the call", () => {
  test("the same offer again gives the same answer; a change gives the next version", () => {
    const leg = negotiator();
    const first = leg.acceptOffer(remote(`${audio} 0`));
    assert.deepEqual(leg.acceptOffer(remote(`${audio} 0`)), first);
    const changed = leg.acceptOffer(remote(`${audio} 8`));
    assert.equal(changed.media.codec, "PCMA");
    assert.equal(audioOf(changed.answer).version, 2);
    // Only the other side's address changed: our own description did not.
    const moved = leg.acceptOffer(remote("m=audio 32000 RTP/AVP 8", "c=IN IP4 198.51.100.8"));
    assert.equal(moved.answer, changed.answer);
    assert.deepEqual([moved.media.remoteAddress, moved.media.remotePort], ["198.51.100.8", 32_000]);
  });

  test("held by a=sendonly, a=inactive, a=recvonly, for the session or the stream", () => {
    const forms: [attribute: string, ours: string, onHold: boolean][] = [
      ["a=sendonly", "recvonly", true],
      ["a=inactive", "inactive", true],
      ["a=recvonly", "sendonly", false],
      ["a=sendrecv", "sendrecv", false],
    ];
    for (const [attribute, direction, onHold] of forms) {
      const inStream = negotiator().acceptOffer(remote(`${audio} 0`, attribute));
      const offer = remote(`${audio} 0`).replace("t=0 0", `t=0 0\r\n${attribute}`);
      const inSession = negotiator().acceptOffer(offer);
      assert.deepEqual(inStream, inSession);
      assert.deepEqual([inStream.media.direction, inStream.media.onHold], [direction, onHold]);
      assert.equal(audioOf(inStream.answer).direction, direction);
    }
    const both = remote(`${audio} 0`, "a=sendrecv").replace("t=0 0", "t=0 0\r\na=inactive");
    assert.equal(negotiator().acceptOffer(both).media.direction, "sendrecv");
  });

  test("held by c=0.0.0.0 and resumed", () => {
    const leg = negotiator();
    leg.acceptOffer(remote(`${audio} 0`));
    const held = leg.acceptOffer(remote(`${audio} 0`, "c=IN IP4 0.0.0.0"));
    assert.deepEqual(
      [held.media.direction, held.media.onHold, held.media.remotePort, held.media.remoteRtcpPort],
      ["recvonly", true, 0, 0],
    );
    assert.equal(audioOf(held.answer).direction, "recvonly");
    const resumed = leg.acceptOffer(remote(`${audio} 0`));
    assert.deepEqual([resumed.media.direction, resumed.media.remotePort], ["sendrecv", 30_000]);
    assert.equal(audioOf(resumed.answer).version, 3);
    const inactive = leg.acceptOffer(remote(`${audio} 0`, "c=IN IP4 0.0.0.0", "a=inactive"));
    assert.equal(inactive.media.direction, "inactive");
  });

  test("we hold and resume", () => {
    const leg = negotiator();
    leg.acceptOffer(remote(`${audio} 8 96`, "a=rtpmap:96 telephone-event/8000", "a=ptime:40"));
    const offer = audioOf(leg.hold(true));
    assert.deepEqual([offer.direction, offer.version, offer.ptime], ["sendonly", 2, "40"]);
    assert.deepEqual(offer.formats, ["8", "0", "96"]);
    const media = leg.acceptAnswer(remote(`${audio} 8`, "a=recvonly"));
    assert.deepEqual([media.direction, media.onHold, leg.held], ["sendonly", false, true]);
    // An offer of the other side does not undo our hold (RFC 6337 §5.3).
    assert.equal(audioOf(leg.acceptOffer(remote(`${audio} 8`)).answer).direction, "sendonly");
    assert.equal(leg.acceptOffer(remote(`${audio} 8`, "a=sendonly")).media.direction, "inactive");
    assert.equal(audioOf(leg.hold(false)).direction, "sendrecv");
    assert.equal(leg.acceptAnswer(remote(`${audio} 8`)).direction, "sendrecv");
  });

  test("an answer may take less than was offered", () => {
    for (const [attribute, direction] of [
      ["a=recvonly", "sendonly"],
      ["a=sendonly", "recvonly"],
      ["a=inactive", "inactive"],
    ] as const) {
      const leg = negotiator();
      leg.offer();
      assert.equal(leg.acceptAnswer(remote(`${audio} 0`, attribute)).direction, direction);
    }
  });

  test("a hold that is refused is no hold", () => {
    const leg = negotiator();
    const before = leg.acceptOffer(remote(`${audio} 0`)).media;
    leg.hold(true);
    leg.offerRejected();
    assert.equal(leg.held, false);
    leg.hold(true);
    refused("no_codec", () => leg.acceptAnswer(remote(`${audio} 18`)));
    assert.deepEqual([leg.held, leg.media], [false, before]);
    assert.equal(leg.acceptOffer(remote(`${audio} 0`)).media.direction, "sendrecv");
  });

  test("a re-offer that is refused leaves everything as it was", () => {
    const leg = negotiator();
    const first = leg.acceptOffer(remote(`${audio} 0`));
    refused("no_codec", () => leg.acceptOffer(remote(`${audio} 18`, "m=video 1 RTP/AVP 31")));
    assert.equal(leg.media, first.media);
    assert.deepEqual(leg.acceptOffer(remote(`${audio} 0`)), first);
  });

  test("a stream that is switched off by port 0 and on again", () => {
    const leg = negotiator();
    leg.acceptOffer(remote(`${audio} 0`));
    const off = leg.acceptOffer(remote("m=audio 0 RTP/AVP 0"));
    assert.equal(audioOf(off.answer).port, 0);
    assert.deepEqual([off.media.direction, off.media.remotePort], ["inactive", 0]);
    const on = leg.acceptOffer(remote(`${audio} 0`));
    assert.deepEqual([on.media.direction, audioOf(on.answer).port], ["sendrecv", 10_000]);
  });

  test("our re-offer keeps the refused streams in their places and the numbers in their meaning", () => {
    const leg = negotiator();
    leg.acceptOffer(remote("m=video 4000 RTP/AVP 31", `${audio} 0 101`, "a=rtpmap:101 opus/48000/2"));
    const offer = leg.offer();
    assert.deepEqual(offer.match(/^m=.*$/gm), ["m=video 0 RTP/AVP 31", "m=audio 10000 RTP/AVP 0 8 102"]);
    const media = leg.acceptAnswer(remote("m=video 0 RTP/AVP 31", "m=audio 30004 RTP/AVP 0"));
    assert.equal(media.remotePort, 30_004);
  });

  test("the stream in use stays the one in use when another could be taken too", () => {
    const leg = negotiator();
    leg.acceptOffer(remote("m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVP 0"));
    const again = leg.acceptOffer(remote("m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/AVP 0"));
    assert.equal(again.media.remotePort, 4002);
  });
});

test("two of ours agree whatever they allow, hold and exchange, and both see the same call", () => {
  const codecs = fc.shuffledSubarray(["PCMU", "PCMA"] as const, { minLength: 1 });
  const step = fc.record({ by: fc.nat(1), action: fc.constantFrom("offer", "hold", "resume") });
  fc.assert(
    fc.property(codecs, codecs, fc.array(step, { maxLength: 8 }), (first, second, steps) => {
      const a = negotiator({ codecs: first });
      const b = negotiator({ codecs: second, address: "192.0.2.20", port: 20_000, rtcpMux: true });
      const common = first.some((codec) => second.includes(codec));
      const offer = a.offer();
      if (!common) return refused("no_codec", () => b.acceptOffer(offer));
      a.acceptAnswer(b.acceptOffer(offer).answer);
      const legs = [a, b] as const;
      const held = [false, false];
      const mirror = {
        sendrecv: "sendrecv",
        sendonly: "recvonly",
        recvonly: "sendonly",
        inactive: "inactive",
      };
      for (const { by, action } of steps) {
        const [from, to] = by === 0 ? legs : [b, a];
        if (action !== "offer") held[by] = action === "hold";
        const text = action === "offer" ? from.offer() : from.hold(action === "hold");
        const { answer, media } = to.acceptOffer(text);
        const ours = from.acceptAnswer(answer);
        assert.equal(mirror[ours.direction], media.direction);
        assert.deepEqual([ours.codec, ours.dtmfPayloadType], [media.codec, media.dtmfPayloadType]);
        const bothTalk = !held[0] && !held[1];
        assert.equal(ours.direction === "sendrecv", bothTalk);
      }
    }),
    { numRuns: 100 },
  );
});

test("any text is answered, or refused with a code, and a refusal changes nothing", () => {
  const lines = fc.constantFrom(
    "v=0",
    "o=- 1 1 IN IP4 198.51.100.7",
    "c=IN IP4 198.51.100.7",
    "c=IN IP4 0.0.0.0",
    "c=IN IP6 ::1",
    "t=0 0",
    "m=audio 4000 RTP/AVP 0 8 101",
    "m=audio 0 RTP/AVP 0",
    "m=audio 65535 RTP/AVPF 97",
    "m=video 4002 RTP/AVP 31",
    "a=rtpmap:97 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=rtpmap:0 x/1",
    "a=sendonly",
    "a=inactive",
    "a=ptime:60",
    "a=rtcp:9 IN IP4 198.51.100.9",
    "a=rtcp-mux",
  );
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 12 }), fc.boolean(), (chosen, established) => {
      const leg = negotiator();
      if (established) leg.acceptOffer(remote(`${audio} 0`));
      const before = leg.media;
      try {
        const { answer, media } = leg.acceptOffer(["v=0", ...chosen].join("\n"));
        const written = parseSdp(answer);
        assert.equal(written.media.length, chosen.filter((line) => line.startsWith("m=")).length);
        assert.ok(written.media.filter(({ port }) => port !== 0).length <= 1);
        assert.ok(media.ptime >= 10 && media.ptime <= 60);
      } catch (error) {
        if (!(error instanceof MediaError)) throw error;
        assert.equal(leg.media, before);
      }
    }),
    { numRuns: 500 },
  );
});

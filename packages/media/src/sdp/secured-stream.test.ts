import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MediaError } from "../errors.ts";
import { SdpNegotiator } from "./negotiator.ts";
import { attributeValue, parseSdp } from "./session-description.ts";

const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0")).join(":");
const OURS = Array.from({ length: 32 }, () => "AB").join(":");

const negotiator = (secured = true) =>
  new SdpNegotiator({
    ...{ address: "192.0.2.10", port: 10_000, sessionId: 42, codecs: ["PCMU", "PCMA"] },
    ...(secured && { security: { fingerprint: OURS, moreAddresses: ["192.0.2.10", "198.51.100.1"] } }),
  });

/** As a browser writes it that has found no address worth saying yet. @param changes lines instead of others; "": none */
function offer(changes: Record<string, string> = {}, more: string[] = []): string {
  const lines = [
    ...["v=0", "o=- 33 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE audio", "a=extmap-allow-mixed"],
    ...["m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 110 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"],
    ...["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", `a=fingerprint:sha-256 ${FINGERPRINT}`],
    ...["a=setup:actpass", "a=mid:audio", "a=sendrecv", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"],
    ...["a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000", ...more, ""],
  ];
  return lines
    .map((line) => changes[line.split(/[: ]/)[0] ?? ""] ?? line)
    .filter((line, index) => line !== "" || index === lines.length - 1)
    .join("\r\n");
}

const refusal = (sdp: string, on = negotiator()): string => {
  try {
    on.acceptOffer(sdp);
    return "";
  } catch (error) {
    assert.ok(error instanceof MediaError);
    return `${error.status} ${error.code} ${error.detail ?? ""}`.trim();
  }
};

describe("a browser's offer", () => {
  test("the whole answer", () => {
    const { answer, media } = negotiator().acceptOffer(offer());
    const { local } = media.secured ?? {};
    assert.ok(local);
    assert.equal(
      answer,
      [
        ...["v=0", "o=- 42 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0"],
        ...["a=group:BUNDLE audio", "a=ice-lite", "m=audio 10000 UDP/TLS/RTP/SAVPF 0 126"],
        ...["a=rtpmap:0 PCMU/8000", "a=rtpmap:126 telephone-event/8000", "a=fmtp:126 0-15", "a=ptime:20"],
        ...["a=rtcp-mux", "a=sendrecv", "a=mid:audio", `a=ice-ufrag:${local.fragment}`],
        ...[`a=ice-pwd:${local.password}`, `a=fingerprint:sha-256 ${OURS}`, "a=setup:passive"],
        "a=candidate:1 1 udp 2130706431 192.0.2.10 10000 typ host",
        "a=candidate:2 1 udp 2130706175 198.51.100.1 10000 typ host",
        ...["a=end-of-candidates", ""],
      ].join("\r\n"),
    );
    assert.equal(media.secured?.peer.iceFragment, "abcd");
    assert.equal(media.secured?.peer.fingerprint.toString("hex"), FINGERPRINT.replaceAll(":", ""));
    // 0.0.0.0 is no hold here: ICE says where it goes.
    assert.deepEqual([media.direction, media.onHold, media.rtcpMux], ["sendrecv", false, true]);
  });

  test("what it has to have, and may not be", () => {
    for (const [changes, wanted] of [
      [{ "a=ice-ufrag": "" }, "488 profile_unsupported no ice-ufrag"],
      [{ "a=ice-ufrag": "a=ice-ufrag:a b" }, "488 profile_unsupported no ice-ufrag"],
      [{ "a=rtcp-mux": "" }, "488 profile_unsupported no rtcp-mux"],
      [{ "a=setup": "a=setup:passive" }, "488 profile_unsupported setup:passive leaves us no part"],
      [{ "a=setup": "" }, "488 profile_unsupported setup: leaves us no part"],
      [{ "a=fingerprint": "a=fingerprint:sha-1 AB:CD" }, "488 profile_unsupported no fingerprint by SHA-256"],
      [
        { "a=fingerprint": `a=fingerprint:sha-256 ${FINGERPRINT}:00` },
        "488 profile_unsupported no fingerprint by SHA-256",
      ],
      [{ "m=audio": "m=audio 9 RTP/SAVP 0" }, "488 profile_unsupported RTP/SAVP"],
      [{ "m=audio": "m=audio 9 UDP/TLS/RTP/SAVPF 111" }, "488 no_codec"],
    ] as const) {
      assert.equal(refusal(offer(changes)), wanted);
    }
    assert.equal(refusal(offer(), negotiator(false)), "488 profile_unsupported UDP/TLS/RTP/SAVPF");
  });

  test("without BUNDLE and mid there is none in the answer; of several fingerprints ours is found", () => {
    const { answer } = negotiator().acceptOffer(offer({ "a=mid": "", "a=group": "" }));
    assert.doesNotMatch(answer, /a=mid|BUNDLE/);
    const sha1 = `a=fingerprint:sha-1 AB:CD\r\na=fingerprint:sha-256 ${FINGERPRINT}`;
    assert.equal(refusal(offer({ "a=fingerprint": sha1 })), "");
  });

  test("other streams are refused, and plain RTP is what it was", () => {
    const { answer } = negotiator().acceptOffer(
      offer({}, ["m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:video"]),
    );
    assert.deepEqual(
      parseSdp(answer).media.map(({ media, port }) => `${media} ${port}`),
      ["audio 10000", "video 0"],
    );
    const plain = [
      ...[
        "v=0",
        "o=- 7 7 IN IP4 198.51.100.7",
        "s=-",
        "c=IN IP4 198.51.100.7",
        "t=0 0",
        "m=audio 4000 RTP/AVP 0",
      ],
      "",
    ].join("\r\n");
    const agreed = negotiator().acceptOffer(plain);
    assert.equal(agreed.media.secured, undefined);
    assert.doesNotMatch(agreed.answer, /ice|fingerprint|setup/);
  });

  test("a re-offer keeps our part of ICE, a restart makes another, and ours leaves the roles open", () => {
    const one = negotiator();
    const { media } = one.acceptOffer(offer());
    const again = one.acceptOffer(offer({ "a=sendrecv": "a=sendonly" })).media;
    assert.deepEqual(again.secured?.local, media.secured?.local);
    assert.equal(again.direction, "recvonly");
    const restarted = one.acceptOffer(offer({ "a=ice-ufrag": "a=ice-ufrag:wxyz" })).media;
    assert.notDeepEqual(restarted.secured?.local, media.secured?.local);

    const ours = parseSdp(one.hold(true));
    const [audio] = ours.media;
    assert.equal(audio?.protocol, "UDP/TLS/RTP/SAVPF");
    assert.equal(attributeValue(audio?.attributes ?? [], "setup"), "actpass");
    const answered = one.acceptAnswer(
      offer({ "a=ice-ufrag": "a=ice-ufrag:wxyz", "a=setup": "a=setup:active", "a=sendrecv": "a=recvonly" }),
    );
    assert.equal(answered.direction, "sendonly");
    assert.deepEqual(answered.secured?.local, restarted.secured?.local);
    one.hold(false);
    const plain =
      "v=0\r\no=- 7 7 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    assert.throws(() => one.acceptAnswer(plain), /another profile/);
    assert.ok(one.media?.secured, "what was agreed stands");
  });
});

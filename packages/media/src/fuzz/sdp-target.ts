import { isDeepStrictEqual } from "node:util";
import { MediaError } from "../errors.ts";
import { SdpNegotiator } from "../sdp/negotiator.ts";
import { parseSdp, type SessionDescription, serialiseSdp } from "../sdp/session-description.ts";
import { hold, type MediaFuzzTarget } from "./target.ts";

const words = [
  ..."v=0|o=- 1 1 IN IP4 192.0.2.1|s=-|t=0 0|c=IN IP4 192.0.2.1|c=IN IP6 2001:db8::1|c=IN IP4 0.0.0.0|c=IN IP4 224.2.1.1/127".split(
    "|",
  ),
  ..."m=audio 4000 RTP/AVP 0 8 101|m=video 5000 RTP/AVP 31|m=audio 0 RTP/AVP 0|m=audio 9/2 RTP/AVPF 0|m=image 9 udptl t38".split(
    "|",
  ),
  ..."a=rtpmap:101 telephone-event/8000|a=rtpmap:0 PCMU/8000/1|a=fmtp:101 0-15|a=ptime:20|a=ptime:0.5|a=maxptime:99999".split(
    "|",
  ),
  ..."a=sendonly|a=recvonly|a=inactive|a=sendrecv|a=rtcp-mux|a=rtcp:4001 IN IP4 192.0.2.2|b=AS:64|k=clear:x|z=0 0".split(
    "|",
  ),
  ..."\r\n|\n|\r|\0| |=|:|/|-1|65536|99999999999999999999|é|\ufeff|IN|IP4|IP6|RTP/AVP|RTP/SAVP|__proto__".split(
    "|",
  ),
].map((word) => Buffer.from(word));

const offers = [
  [
    "m=audio 4000 RTP/AVP 0 8 101",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-16",
    "a=ptime:20",
    "a=sendrecv",
  ],
  [
    "m=audio 4000 RTP/AVP 96 0",
    "a=rtpmap:96 opus/48000/2",
    "a=rtcp-mux",
    "m=video 4002 RTP/AVP 97",
    "a=rtpmap:97 VP8/90000",
  ],
  [
    "b=AS:64",
    "a=sendonly",
    "m=audio 4000 RTP/AVPF 8",
    "c=IN IP6 2001:db8::9",
    "a=rtcp:5001 IN IP6 2001:db8::9",
  ],
  ["m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/SAVP 0", "m=image 4004 udptl t38", "a=T38FaxVersion:0"],
].map((lines) =>
  ["v=0", "o=ida 1 2 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.9", "t=0 0", ...lines, ""].join("\r\n"),
);

function negotiator(): SdpNegotiator {
  return new SdpNegotiator({ address: "192.0.2.1", port: 40_000, sessionId: 1, codecs: ["PCMU", "PCMA"] });
}

/** Bytes as a session description: read, written and read again, answered, and taken as the answer to an offer of ours. */
export const sdpTarget: MediaFuzzTarget = {
  name: "sdp",
  material: { words, joints: "\r\n= :/" },
  seeds: () => offers.map((text) => Buffer.from(text)),
  run(bytes) {
    const text = bytes.toString("utf8");
    return [
      attempt(() => {
        const session = parseSdp(text);
        const again = parseSdp(serialiseSdp(session));
        hold(
          isDeepStrictEqual(again, ordered(session)),
          "a description is the same after writing and reading",
        );
      }),
      attempt(() => {
        const { answer, media } = negotiator().acceptOffer(text);
        hold(
          parseSdp(answer).media.length === parseSdp(text).media.length,
          "an answer has each stream of the offer",
        );
        hold(media.remotePort >= 0 && media.remotePort <= 65_535, "what is agreed has a port");
        hold(media.ptime >= 10 && media.ptime <= 60, "what is agreed has a packet length that we can send");
      }),
      attempt(() => {
        const ours = negotiator();
        ours.offer();
        ours.acceptAnswer(text);
        ours.acceptOffer(text);
      }),
    ].join(" ");
  },
};

function attempt(work: () => void): string {
  try {
    work();
    return "read";
  } catch (error) {
    if (error instanceof MediaError) return error.code;
    throw error;
  }
}

/** Kept lines in the order in which they are written. */
export function ordered(session: SessionDescription): SessionDescription {
  const rank = (line: { type: string }) => ("iuep".includes(line.type) ? 0 : line.type === "b" ? 1 : 2);
  const mediaRank = (line: { type: string }) => ("ib".includes(line.type) ? "ib".indexOf(line.type) : 2);
  return {
    ...session,
    otherLines: session.otherLines.toSorted((a, b) => rank(a) - rank(b)),
    media: session.media.map((media) => ({
      ...media,
      otherLines: media.otherLines.toSorted((a, b) => mediaRank(a) - mediaRank(b)),
    })),
  };
}

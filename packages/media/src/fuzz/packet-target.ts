import { pcmu } from "../codec/g711.ts";
import { writeTelephoneEvent } from "../dtmf/telephone-event.ts";
import { RtpReceiver } from "../engine/rtp-receiver.ts";
import { buildRtcp, parseRtcp } from "../rtcp/packet.ts";
import { RtcpSession } from "../rtcp/session.ts";
import { looksLikeRtcp, RTP_HEADER_LENGTH, RtpView, writeRtpHeader } from "../rtp/packet.ts";
import { hold, type MediaFuzzTarget } from "./target.ts";

const ssrc = 0x1234_5678;

function rtp(payloadType: number, sequence: number, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(RTP_HEADER_LENGTH + payload.length);
  writeRtpHeader(packet, payloadType, false, sequence, sequence * 160, ssrc);
  packet.set(payload, RTP_HEADER_LENGTH);
  return packet;
}

/** Datagrams one after the other, each behind two bytes of its length. */
function chain(packets: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    packets.flatMap((packet) => [Buffer.from([packet.length >> 8, packet.length & 255]), packet]),
  );
}

function keyPress(): Uint8Array {
  const event = new Uint8Array(4);
  writeTelephoneEvent(event, 0, 5, true, 10, 800);
  return event;
}

const report = buildRtcp({
  ssrc,
  sender: { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packets: 4, octets: 5 },
  blocks: [
    {
      ssrc: 9,
      fractionLost: 1,
      cumulativeLost: -1,
      extendedHighestSequence: 65_540,
      jitter: 7,
      lastSenderReport: 0x0102_0304,
      delaySinceLastSenderReport: 65_536,
    },
  ],
  cname: "ida@lines.example",
  bye: true,
});

/** Bytes as datagrams of a call's RTP and RTCP: what comes of them is bounded, and nothing is thrown. */
export const packetTarget: MediaFuzzTarget = {
  name: "packet",
  material: {
    words: ["8000", "80c80006", "81c90007", "80cb0001", "90", "bede0001", "ffff", "0000", "a0", "8f"].map(
      (hex) => Buffer.from(hex, "hex"),
    ),
    joints: "\x80\x00\xc8\xc9\xca\xcb",
  },
  seeds: () => [
    chain([0, 1, 2, 3, 4].map((sequence) => rtp(0, sequence, new Uint8Array(160).fill(255)))),
    chain([
      rtp(0, 1, new Uint8Array(160)),
      rtp(0, 2, new Uint8Array(160)),
      rtp(101, 3, keyPress()),
      rtp(13, 4, new Uint8Array(1)),
    ]),
    chain([report, rtp(8, 65_535, new Uint8Array(80)), rtp(8, 0, new Uint8Array(240)), report]),
  ],
  run(bytes) {
    const view = new RtpView();
    const session = new RtcpSession(9, "us", 8_000);
    let digits = 0;
    const receiver = new RtpReceiver(8_000, 160, () => digits++);
    receiver.configure({ codec: pcmu, payloadType: 0, dtmfPayloadType: 101 });
    receiver.latch.announce("192.0.2.9", 4_000);
    receiver.listening = true;
    const frame = new Int16Array(160);
    let kinds = 0;
    let now = 0;
    for (let at = 0; at + 2 <= bytes.length; now += 20) {
      const end = Math.min(at + 2 + bytes.readUInt16BE(at), bytes.length);
      const packet = bytes.subarray(at + 2, end);
      at = end;
      if (view.parse(packet)) {
        kinds |= 1;
        hold(view.payloadOffset + view.payloadLength <= packet.length, "a payload lies in its packet");
        hold(
          view.payloadOffset >= RTP_HEADER_LENGTH && view.payloadLength >= 0,
          "a payload lies behind its header",
        );
      }
      const said = parseRtcp(packet);
      if (said !== undefined) {
        kinds |= 2;
        hold(said.blocks.length <= 31 && said.byes.length <= 31, "a report has a bounded number of blocks");
      }
      if (looksLikeRtcp(packet)) session.receive(packet, now, now);
      else receiver.receive(packet, "192.0.2.9", 4_000, now);
      receiver.jitter?.read(frame, now);
      hold(session.roundTripMs === undefined || session.roundTripMs >= 0, "a round trip takes time");
    }
    return `${kinds} ${Math.min(digits, 2)} ${receiver.invalid > 0} ${receiver.sourceChanges > 0} ${receiver.packetsReceived > 0}`;
  },
};

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { RemoteInfo } from "node:dgram";
import { describe, test } from "node:test";
import {
  makeTestCertificate,
  missingOpenssl,
  runOpenssl,
  type TestCertificate,
} from "../dtls/openssl-client.ts";
import { writeRtpHeader } from "../rtp/packet.ts";
import { SrtpStream } from "../srtp/srtp-stream.ts";
import { bindingRequest } from "../stun/stun-message.ts";
import type { AudioSource } from "./audio.ts";
import { TestClock } from "./loopback.ts";
import { type LegSocket, MediaLeg } from "./media-leg.ts";

const skip = missingOpenssl();
const make = () => (skip === false ? makeTestCertificate() : ({} as TestCertificate));
const [ours, theirs, others] = [make(), make(), make()];
const BROWSER: RemoteInfo = { address: "192.0.2.7", port: 50_000, family: "IPv4", size: 0 };
const STRANGER: RemoteInfo = { ...BROWSER, address: "192.0.2.8" };

const loud: AudioSource = {
  read: (frame) => {
    frame.fill(8_000);
    return true;
  },
};

interface Sent {
  bytes: Buffer;
  address: string;
  port: number;
}

/** A leg that a browser has offered to, and what it sends. */
function legFor({ fingerprint }: TestCertificate) {
  const clock = new TestClock();
  const sent: Sent[] = [];
  const rtp: LegSocket = {
    send: () => assert.fail("nothing goes out in the clear"),
    sendTo: (packet, address, port) => void sent.push({ bytes: Buffer.from(packet), address, port }),
    setTarget: () => undefined,
    close: async () => undefined,
  };
  const leg = new MediaLeg(
    "1",
    10_000,
    { localAddress: "192.0.2.1" },
    {
      ...{ clock, rtp, rtcp: rtp, onStart: () => undefined, onClose: () => undefined },
      certificate: { certificate: ours.der, privateKey: ours.key },
    },
  );
  const secured: (string | undefined)[] = [];
  leg.onSecured = (failure) => secured.push(failure ?? "open");
  const hex = fingerprint.toString("hex").match(/../g)?.join(":");
  leg.acceptOffer(
    [
      ...[
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0 126",
        "c=IN IP4 0.0.0.0",
      ],
      ...["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", `a=fingerprint:sha-256 ${hex}`],
      ...["a=setup:actpass", "a=rtcp-mux", "a=rtpmap:126 telephone-event/8000", ""],
    ].join("\r\n"),
  );
  const { local } = leg.media?.secured ?? assert.fail();
  const check = () => bindingRequest(randomBytes(12), `${local.fragment}:abcd`, local.password, true);
  const take = (): Buffer[] => sent.splice(0).map(({ bytes }) => bytes);
  const tick = (times = 1): void => {
    for (let count = 0; count < times; count++) {
      clock.time += 20;
      leg.tick(clock.time, 0);
    }
  };
  return { leg, clock, sent, secured, check, take, tick };
}

type Scene = ReturnType<typeof legFor>;

/** OpenSSL shakes hands with it. @returns what it exported: the keys */
async function shake({ leg, take }: Scene, certificate: TestCertificate): Promise<Buffer | undefined> {
  const text = await runOpenssl(certificate, (datagram) => {
    leg.receiveRtp(datagram, BROWSER);
    return { out: take(), done: false };
  });
  const hex = /Keying material: ([0-9A-F]+)/.exec(text)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex, "hex");
}

describe("a leg with a browser", () => {
  test("ICE, DTLS and SRTP on one port: audio both ways, and none in the clear", { skip }, async () => {
    const scene = legFor(theirs);
    const { leg, secured, sent, check, take, tick } = scene;
    let heard = 0;
    let read = 0;
    leg.addSink({
      write: (frame) => {
        heard = Math.max(heard, ...frame);
      },
    });
    leg.source = {
      read: (frame) => {
        read++;
        return loud.read(frame);
      },
    };
    leg.start();
    tick(10);
    assert.deepEqual([sent.length, read], [0, 0], "not a word is said before anybody can hear it");

    leg.receiveRtp(check(), BROWSER);
    assert.deepEqual([sent.length, sent[0]?.address, sent[0]?.port], [1, BROWSER.address, BROWSER.port]);
    take();
    const keys = await shake(scene, theirs);
    assert.ok(keys);
    assert.deepEqual(secured, ["open"]);
    const [clientKey, serverKey] = [keys.subarray(0, 16), keys.subarray(16, 32)];
    const [clientSalt, serverSalt] = [keys.subarray(32, 46), keys.subarray(46, 60)];

    tick(3);
    const opener = new SrtpStream(serverKey, serverSalt);
    const opened = take().map((bytes) => opener.openRtp(bytes));
    assert.ok(
      opened.length >= 2 && opened.every((packet) => packet?.length === 172),
      "160 bytes of PCMU each",
    );

    const browser = new SrtpStream(clientKey, clientSalt);
    const say = (sequence: number, from = BROWSER): void => {
      const packet = Buffer.alloc(172, 0x90);
      writeRtpHeader(packet, 0, false, sequence, sequence * 160, 7);
      leg.receiveRtp(browser.protectRtp(packet), from);
    };
    for (let sequence = 1; sequence <= 6; sequence++) {
      say(sequence);
      tick();
    }
    assert.ok(heard > 1_000, "he is heard");
    const before = leg.quality().packetsReceived;
    say(7, STRANGER);
    const clear = Buffer.alloc(172, 0x90);
    writeRtpHeader(clear, 0, false, 8, 1_280, 7);
    leg.receiveRtp(clear, BROWSER);
    assert.equal(leg.quality().packetsReceived, before, "neither from elsewhere, nor in the clear");
    assert.ok(leg.quality().strangers > 0);
    await leg.close();
  });

  test("the peer's consent lapses 30 s after its last check", { skip }, async () => {
    const scene = legFor(theirs);
    const { leg, clock, check, take, tick } = scene;
    leg.receiveRtp(check(), BROWSER);
    take();
    await shake(scene, theirs);
    leg.start();
    leg.source = loud;
    tick(2);
    assert.ok(take().length > 0);
    clock.time += 30_001;
    tick(5);
    assert.equal(take().length, 0);
    leg.receiveRtp(check(), BROWSER);
    take();
    tick(2);
    assert.ok(take().length > 0);
    await leg.close();
  });

  test("who shows another certificate than the SDP's gets no audio, and it is told why", {
    skip,
  }, async () => {
    const scene = legFor(theirs);
    scene.leg.receiveRtp(scene.check(), BROWSER);
    scene.take();
    await shake(scene, others);
    assert.deepEqual(scene.secured, ["wrong_fingerprint"]);
    scene.leg.start();
    scene.take();
    scene.tick(5);
    assert.equal(scene.take().length, 0);
    await scene.leg.close();
  });

  test("DTLS from where no check came is not answered", { skip }, async () => {
    const { leg, sent, check } = legFor(theirs);
    leg.receiveRtp(check(), STRANGER);
    sent.length = 0;
    leg.receiveRtp(Buffer.from([22, 0xfe, 0xfd, ...new Uint8Array(40)]), BROWSER);
    leg.receiveRtp(Buffer.alloc(20), BROWSER);
    assert.equal(sent.length, 0);
    await leg.close();
  });
});

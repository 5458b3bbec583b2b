import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MediaError } from "../errors.ts";
import { parseRtcp } from "../rtcp/packet.ts";
import { writeRtpHeader } from "../rtp/packet.ts";
import { EchoSource } from "./audio.ts";
import { freePorts, levelOf, ManualEngine, settle, TestClock, TestPeer, until } from "./loopback.ts";
import { MediaEngine } from "./media-engine.ts";
import type { MediaLeg } from "./media-leg.ts";

const LOCAL = { localAddress: "127.0.0.1" };
const closers: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closers) await close();
});

async function engine(ports?: [number, number]): Promise<ManualEngine> {
  const manual = new ManualEngine(ports ?? (await freePorts(8)));
  closers.push(() => manual.engine.close());
  return manual;
}

async function peer(ssrc?: number): Promise<TestPeer> {
  const opened = await TestPeer.open(ssrc);
  closers.push(() => opened.close());
  return opened;
}

/** A leg that has answered `phone` and is started. */
async function answered(manual: ManualEngine, phone: TestPeer, sdp = phone.sdp()): Promise<MediaLeg> {
  const leg = await manual.engine.createLeg(LOCAL);
  leg.acceptOffer(sdp);
  leg.start();
  return leg;
}

/** Packets each way, tick by tick. */
async function talk(
  manual: ManualEngine,
  leg: MediaLeg,
  phone: TestPeer,
  ticks: number,
  level = 1000,
  isNew = false,
) {
  for (let i = 0; i < ticks; i++) {
    const sent = leg.quality().packetsReceived;
    const waiting = phone.received.length;
    phone.sendAudio(leg.port, level);
    // the first packet from a new source only makes a candidate
    if (i > 0 || (sent > 0 && !isNew))
      await until(() => leg.quality().packetsReceived > sent, "a packet at the leg");
    else await settle();
    manual.tick();
    await until(() => phone.received.length > waiting, "a packet at the phone");
  }
}

test("RTP runs from start to close, silence where there is no source", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await answered(manual, phone);
  manual.tick(10);
  await until(() => phone.received.length === 10, "ten packets");
  assert.deepEqual(
    phone.received.map(({ sequence }) => sequence),
    phone.received.map((_, i) => (phone.received[0]?.sequence ?? 0) + i),
  );
  assert.ok(
    phone.received.every(({ payload }) => payload.length === 160 && payload.every((byte) => byte === 0xff)),
  );
  assert.equal(phone.received[0]?.marker, true);
  assert.equal(phone.received[0]?.source.port, leg.port);
  await leg.close();
  manual.tick(3);
  await settle();
  assert.equal(phone.received.length, 10);
  assert.equal(manual.engine.stats.packetsSent, 10, "figures of closed legs are kept");
});

test("an echo leg gives the caller his voice back", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await answered(manual, phone);
  const echo = new EchoSource();
  leg.source = echo;
  leg.addSink(echo);
  let first = 0;
  leg.onFirstPacket = () => {
    first += 1;
  };
  await talk(manual, leg, phone, 12, 2000);
  assert.ok(Math.abs(levelOf(phone.received.at(-1)?.payload ?? new Uint8Array()) - 2000) < 100);
  assert.equal(first, 1);
  const quality = leg.quality();
  assert.equal(quality.lost, 0);
  assert.equal(quality.codec, "PCMU");
  assert.ok((quality.mos ?? 0) > 4);
});

test("taken ports are stepped over, and an exhausted range says so", async () => {
  const ports = await freePorts(3);
  const manual = await engine(ports);
  const [lowest] = ports;
  const rtpTaken = await TestPeer.open(1, lowest);
  const rtcpTaken = await TestPeer.open(1, lowest + 3);
  const leg = await manual.engine.createLeg(LOCAL);
  assert.equal(leg.port, lowest + 4);
  await assert.rejects(
    manual.engine.createLeg(LOCAL),
    (error) => error instanceof MediaError && error.code === "no_port",
  );
  await rtpTaken.close();
  const second = await manual.engine.createLeg(LOCAL);
  assert.equal(second.port, lowest);
  await leg.close();
  assert.equal((await manual.engine.createLeg(LOCAL)).port, lowest + 4, "a closed leg's port is free again");
  await rtcpTaken.close();
});

test("media goes to the NATed source of the stream and strangers are ignored and counted", async () => {
  const manual = await engine();
  const phone = await peer(1);
  const stranger = await peer(2);
  // the SDP names a port where nobody is
  const silent = await TestPeer.open();
  const leg = await answered(manual, phone, phone.sdp({ port: silent.port }));
  await silent.close();
  const frames: number[] = [];
  leg.addSink({ write: (frame) => frames.push(frame[80] ?? 0) });
  for (let i = 0; i < 4; i++) {
    phone.sendAudio(leg.port);
    await settle();
  }
  await until(() => leg.quality().packetsReceived >= 3, "the latch");
  for (let i = 0; i < 5; i++) stranger.sendAudio(leg.port, -8000);
  await until(() => leg.quality().strangers === 5, "the strangers are counted");
  manual.tick(5);
  await until(() => phone.received.length === 5, "audio at the NATed address");
  assert.equal(stranger.received.length, 0);
  assert.ok(frames.every((sample) => sample >= 0));
  assert.equal(leg.quality().packetsReceived, 3);
});

test("hostile packets leave a running call as it was", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await answered(manual, phone);
  await talk(manual, leg, phone, 3);
  const before = leg.quality().packetsReceived;
  phone.sendRaw(leg.port, new Uint8Array(0));
  phone.sendRaw(leg.port, Uint8Array.of(0x80, 0, 1));
  phone.sendRaw(leg.port, new Uint8Array(172).fill(0x40));
  phone.sendRaw(leg.port, new Uint8Array(60_000).fill(0x80));
  phone.sendRaw(leg.port, Uint8Array.of(0x80, 55, 0, 9, 0, 0, 0, 0, 0, 0, 0, 77, 1));
  phone.sendRaw(leg.port + 1, new Uint8Array(3));
  phone.sendRaw(leg.port + 1, new Uint8Array(1000).fill(0x80));
  await until(() => leg.quality().invalid >= 5, "bad packets are counted");
  await talk(manual, leg, phone, 3);
  assert.equal(leg.quality().packetsReceived, before + 3);
});

test("a re-INVITE with a new address moves the media and listens there", async () => {
  const manual = await engine();
  const phone = await peer(1);
  const other = await peer(2);
  const leg = await answered(manual, phone);
  await talk(manual, leg, phone, 5);
  leg.acceptOffer(other.sdp());
  const before = phone.received.length;
  manual.tick(2);
  await until(() => other.received.length === 2, "audio at the new address before it has sent any");
  await talk(manual, leg, other, 5, 1000, true);
  assert.equal(phone.received.length, before);
  assert.equal(leg.quality().lost, 0);
});

test("ECONNREFUSED from a peer that is gone ends nothing", async () => {
  const manual = await engine();
  const phone = await TestPeer.open();
  const { port } = phone;
  const leg = await answered(manual, phone);
  await talk(manual, leg, phone, 3);
  await phone.close();
  for (let i = 0; i < 5; i++) {
    manual.tick();
    await settle();
  }
  const again = await TestPeer.open(phone.ssrc, port);
  again.sequence = phone.sequence;
  await talk(manual, leg, again, 4);
  await again.close();
});

test("on hold nothing is sent where the peer takes nothing, and RTCP goes on", async () => {
  const manual = await engine();
  const phone = await peer();
  const rtcp = await peer();
  const leg = await answered(manual, phone, phone.sdp({ lines: [`a=rtcp:${rtcp.port} IN IP4 127.0.0.1`] }));
  await talk(manual, leg, phone, 3);
  const frames: { level: number; silent: boolean }[] = [];
  leg.addSink({
    write: (frame, { silenceInserted }) => frames.push({ level: frame[80] ?? 0, silent: silenceInserted }),
  });

  // music on hold: sendonly asks us to listen
  leg.acceptOffer(phone.sdp({ direction: "sendonly", lines: [`a=rtcp:${rtcp.port} IN IP4 127.0.0.1`] }));
  assert.equal(leg.media?.direction, "recvonly");
  const sent = phone.received.length;
  for (let i = 0; i < 5; i++) {
    const count = leg.quality().packetsReceived;
    phone.sendAudio(leg.port, 500);
    await until(() => leg.quality().packetsReceived > count, "music");
    manual.tick();
  }
  assert.ok(frames.some(({ level }) => Math.abs(level - 500) < 50));

  leg.acceptOffer(phone.sdp({ direction: "inactive", lines: [`a=rtcp:${rtcp.port} IN IP4 127.0.0.1`] }));
  frames.length = 0;
  phone.sendAudio(leg.port, 500);
  await settle();
  manual.tick(400); // 8 s
  await until(() => rtcp.raw.length > 0, "a report during the hold");
  assert.equal(phone.received.length, sent, "no RTP during the hold");
  assert.ok(frames.every(({ level, silent }) => level === 0 && silent));

  const before = phone.received.at(-1);
  leg.acceptOffer(phone.sdp());
  manual.tick(1);
  await until(() => phone.received.length > sent, "audio after the hold");
  const resumed = phone.received.at(-1);
  assert.equal(resumed?.marker, true);
  assert.equal(resumed?.sequence, ((before?.sequence ?? 0) + 1) & 0xffff);
  assert.equal(((resumed?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0, 160 * (5 + 400 + 1));
});

test("what lay in the buffer when the hold began is not heard after it", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await answered(manual, phone);
  await talk(manual, leg, phone, 6);
  for (let i = 0; i < 4; i++) phone.sendAudio(leg.port, 4000);
  await until(() => leg.quality().packetsReceived === 9, "packets that nobody reads");
  leg.acceptOffer(phone.sdp({ direction: "inactive" }));
  manual.tick(3);
  leg.acceptOffer(phone.sdp());
  let loudest = 0;
  leg.addSink({
    write: (frame) => {
      loudest = Math.max(loudest, ...frame);
    },
  });
  manual.tick(10);
  assert.ok(loudest <= 1000, `${loudest}`);
});

test("after a stall one packet goes out, at its place in time, and what was received is given whole", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await answered(manual, phone);
  await talk(manual, leg, phone, 10);
  let audible = 0;
  leg.addSink({
    write: (frame) => {
      if (Math.abs((frame[80] ?? 0) - 5000) < 200) audible += 1;
    },
  });
  manual.clock.time += 120;
  for (let i = 0; i < 6; i++) phone.sendAudio(leg.port, 5000);
  await until(() => leg.quality().packetsReceived === 15, "what came during the stall");
  const before = phone.received.at(-1);
  const count = phone.received.length;
  leg.tick(manual.clock.time, 5);
  manual.tick(8);
  await until(() => phone.received.length === count + 9, "one packet for the stall, eight after it");
  const next = phone.received[count];
  assert.equal(next?.sequence, ((before?.sequence ?? 0) + 1) & 0xffff);
  assert.equal(((next?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0, 6 * 160);
  // or more: the buffer may repeat one while it waits for the next
  assert.ok(audible >= 6, `${audible}`);
});

test("digits go both ways between two legs, each told once, audio muted meanwhile", async () => {
  const manual = await engine();
  const one = await manual.engine.createLeg(LOCAL);
  const two = await manual.engine.createLeg(LOCAL);
  one.acceptAnswer(two.acceptOffer(one.offer()));
  const digits: string[] = [];
  one.onDtmf = (digit, ms) => digits.push(`one ${digit} ${ms}`);
  two.onDtmf = (digit, ms) => digits.push(`two ${digit} ${ms}`);
  one.start();
  two.start();
  const loud = { read: (frame: Int16Array) => frame.fill(3000).length > 0 };
  one.source = loud;
  const loudness: number[] = [];
  two.addSink({ write: (frame) => loudness.push(Math.max(...frame)) });
  const run = async (ticks: number) => {
    for (let i = 0; i < ticks; i++) {
      const [a, b] = [one.quality().packetsReceived, two.quality().packetsReceived];
      manual.tick();
      if (i > 1) {
        await until(() => one.quality().packetsReceived > a && two.quality().packetsReceived > b, "a tick");
      } else await settle();
    }
  };
  await run(12);
  const sent = Promise.all([one.sendDtmf("12#"), two.sendDtmf("A", { toneMs: 60 })]);
  await run(45);
  await sent;
  // three digits and their pauses are 600 ms; what is still in the buffer and its fade come before
  assert.ok(Math.max(...loudness.slice(6, 11)) > 2900);
  assert.ok(Math.max(...loudness.slice(20, 41)) < 50, loudness.join());
  assert.ok(Math.max(...loudness.slice(48)) > 2900, "audio is back after the digits");
  assert.deepEqual(digits.sort(), ["one A 60", "two # 100", "two 1 100", "two 2 100"]);
  assert.equal(two.quality().lost, 0);
  await assert.rejects(
    one.sendDtmf("x"),
    (error) => error instanceof MediaError && error.code === "dtmf_invalid",
  );
});

test("digits are sent and heard as sound where the peer takes no telephone events", async () => {
  const manual = await engine();
  const withoutEvents = (sdp: string) =>
    sdp.replace(/ 101\r/g, "\r").replace(/a=(rtpmap|fmtp):101 .*\r\n/g, "");
  const one = await manual.engine.createLeg(LOCAL);
  const two = await manual.engine.createLeg(LOCAL);
  one.acceptAnswer(withoutEvents(two.acceptOffer(withoutEvents(one.offer()))));
  assert.equal(one.media?.dtmfPayloadType, undefined);
  const digits: string[] = [];
  two.onDtmf = (digit) => digits.push(digit);
  one.start();
  two.start();
  let done = false;
  const sent = one.sendDtmf("5#").then(() => {
    done = true;
  });
  for (let i = 0; i < 40; i++) {
    const count = two.quality().packetsReceived;
    manual.tick();
    if (i > 2) await until(() => two.quality().packetsReceived > count, "a packet");
    else await settle();
  }
  assert.equal(done, true);
  await sent;
  assert.deepEqual(digits, ["5", "#"]);
});

test("both ends measure the round trip and loss by RTCP, over its own port or over RTP's", async () => {
  for (const rtcpMux of [false, true]) {
    const manual = await engine();
    const one = await manual.engine.createLeg({ ...LOCAL, rtcpMux });
    const two = await manual.engine.createLeg(LOCAL);
    one.acceptAnswer(two.acceptOffer(one.offer()));
    assert.equal(one.media?.rtcpMux, rtcpMux);
    one.start();
    two.start();
    // how exact it is, the virtual-time test of the session shows; here the way over the sockets counts
    const measured = () => one.quality().roundTripMs !== undefined && two.quality().roundTripMs !== undefined;
    for (let i = 0; i < 2000 && !measured(); i++) {
      manual.tick();
      await settle();
    }
    await until(measured, "a round trip at both ends");
    assert.ok((one.quality().remoteMos ?? 0) > 4, "what the other end hears");
    const told = () => one.qualitySamples().some(({ remoteMos }) => (remoteMos ?? 0) > 4);
    assert.ok(told(), "and when");
    assert.ok(one.qualitySamples().every(({ mos }) => (mos ?? 0) > 4));
    await manual.engine.close();
  }
});

test("a leg says BYE by RTCP when it closes", async () => {
  const manual = await engine();
  const phone = await peer();
  const rtcp = await peer();
  const leg = await answered(manual, phone, phone.sdp({ lines: [`a=rtcp:${rtcp.port} IN IP4 127.0.0.1`] }));
  manual.tick(2);
  await leg.close();
  await leg.close();
  await until(() => rtcp.raw.length === 1, "the BYE");
  const report = parseRtcp(rtcp.raw[0] as Buffer);
  assert.equal(report?.byes.length, 1);
  assert.equal(report?.sender?.packets, 2);
  assert.throws(
    () => leg.offer(),
    (error) => error instanceof MediaError && error.code === "leg_closed",
  );
});

test("a leg that never sent a packet says no BYE", async () => {
  const manual = await engine();
  const phone = await peer();
  const rtcp = await peer();
  const sdp = phone.sdp({ lines: [`a=rtcp:${rtcp.port} IN IP4 127.0.0.1`] });
  const mute = await answered(manual, phone, sdp);
  await mute.close();
  const speaking = await answered(manual, phone, sdp);
  manual.tick();
  await speaking.close();
  await until(() => rtcp.raw.length > 0, "a BYE");
  assert.equal(rtcp.raw.length, 1, "what the mute leg had sent would have come first");
  assert.equal(parseRtcp(rtcp.raw[0] as Buffer)?.sender?.packets, 1);
});

test("a peer that sends from the last port of all has no port for RTCP, and its leg closes all the same", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await answered(manual, phone);
  const errors: unknown[] = [];
  leg.onError = (error) => errors.push(error);
  const source = { address: "127.0.0.2", family: "IPv4", port: 65_535, size: 172 } as const;
  for (const sequence of [1, 2]) {
    const packet = Buffer.alloc(172);
    writeRtpHeader(packet, 0, false, sequence, sequence * 160, 9);
    leg.receiveRtp(packet, source);
  }
  assert.equal(leg.quality().packetsReceived, 1);
  manual.clock.time += 10_000;
  manual.tick();
  await leg.close();
  assert.equal(manual.engine.stats.legs, 0);
  assert.deepEqual(errors, []);
});

test("silence from the peer is told once, and again only after he was heard", async () => {
  const manual = await engine();
  const phone = await peer();
  const leg = await manual.engine.createLeg({ ...LOCAL, mediaTimeoutMs: 1000 });
  leg.acceptOffer(phone.sdp());
  leg.start();
  const told: number[] = [];
  leg.onMediaTimeout = (ms) => told.push(ms);
  manual.tick(49);
  assert.deepEqual(told, []);
  manual.tick(100);
  assert.deepEqual(told, [1000]);
  await talk(manual, leg, phone, 3);
  manual.tick(100);
  assert.equal(told.length, 2);
  leg.acceptOffer(phone.sdp({ direction: "inactive" }));
  manual.tick(200);
  assert.equal(told.length, 2, "on hold nothing is expected");
});

test("what a host's source, sink or handler throws is told and costs nobody a packet", async () => {
  const manual = await engine();
  const phone = await peer();
  const other = await peer();
  const broken = await answered(manual, phone);
  await answered(manual, other);
  const errors: unknown[] = [];
  broken.onError = (error) => {
    errors.push(error);
    throw new Error("again");
  };
  broken.onFirstPacket = () => {
    throw new Error("handler");
  };
  const remove = broken.addSink({
    write: () => {
      throw new Error("sink");
    },
  });
  manual.tick(3);
  await until(() => other.received.length === 3, "the other leg's packets");
  assert.equal(errors.length, 3);
  remove();
  await talk(manual, broken, phone, 4);
  assert.equal(errors.length, 4);
});

test("a phase that falls due amid a burst of packets leaves before the timer's turn", async (t) => {
  const clock = new TestClock();
  const live = new MediaEngine({ portRange: await freePorts(1), bindAddress: "127.0.0.1", clock });
  closers.push(() => live.close());
  const phone = await peer();
  const leg = await live.createLeg(LOCAL);
  leg.acceptOffer(phone.sdp());
  // The timer never fires: what is sent is sent because packets came.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  leg.start();
  const sent: number[] = [];
  for (let phase = 1; phase <= 5; phase++) {
    clock.time += 5;
    for (let i = 0; i < 16; i++) phone.sendAudio(leg.port);
    // the very first packet only makes a candidate
    while (leg.quality().packetsReceived < 16 * phase - 1) await new Promise((done) => setImmediate(done));
    sent.push(leg.quality().packetsSent);
  }
  assert.deepEqual(sent, [1, 1, 1, 1, 2]);
});

test("an engine with its own timer keeps 20 ms and stops with its last leg", async () => {
  const live = new MediaEngine({ portRange: await freePorts(5), bindAddress: "127.0.0.1" });
  const phone = await peer();
  const legs = await Promise.all([0, 1, 2, 3, 4].map(() => live.createLeg(LOCAL)));
  await assert.rejects(
    live.createLeg(LOCAL),
    (error) => error instanceof MediaError && error.code === "no_port",
  );
  for (const leg of legs) {
    leg.acceptOffer(phone.sdp());
    leg.start();
  }
  const from = performance.now();
  await until(() => phone.received.length >= 50, "packets of five legs");
  const ticks = (performance.now() - from) / 20;
  // five legs: never more packets than the time allows, whatever the machine does meanwhile
  assert.ok(phone.received.length / 5 <= ticks + 2, `${phone.received.length / 5} in ${ticks} ticks`);
  assert.ok(live.stats.tickLateness.count >= 50);
  await live.close();
  assert.equal(live.stats.legs, 0);
  await assert.rejects(
    live.createLeg(LOCAL),
    (error) => error instanceof MediaError && error.code === "engine_closed",
  );
});

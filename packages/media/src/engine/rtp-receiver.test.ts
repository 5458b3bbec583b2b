import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pcma, pcmu } from "../codec/g711.ts";
import { writeTelephoneEvent } from "../dtmf/telephone-event.ts";
import { writeRtpHeader } from "../rtp/packet.ts";
import { RtpReceiver } from "./rtp-receiver.ts";

const HOME = ["192.0.2.1", 4000] as const;

function packet(
  sequence: number,
  options: { payloadType?: number; ssrc?: number; level?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(172);
  const payloadType = options.payloadType ?? 0;
  writeRtpHeader(bytes, payloadType, false, sequence & 0xffff, (sequence * 160) >>> 0, options.ssrc ?? 7);
  (payloadType === 8 ? pcma : pcmu).encode(new Int16Array(160).fill(options.level ?? 1000), bytes, 12);
  return bytes;
}

function receiver(): { it: RtpReceiver; digits: string[] } {
  const digits: string[] = [];
  const it = new RtpReceiver(8000, 160, (digit, durationMs) => digits.push(`${digit} ${durationMs}`));
  it.configure({ codec: pcmu, payloadType: 0, dtmfPayloadType: 101 });
  it.latch.announce(...HOME);
  it.listening = true;
  return { it, digits };
}

function run(it: RtpReceiver, from: number, to: number, options?: Parameters<typeof packet>[1]): void {
  for (let i = from; i < to; i++) it.receive(packet(i, options), ...HOME, i * 20);
}

test("a stream is latched by its second packet and heard from there", () => {
  const { it } = receiver();
  let latched = 0;
  it.onLatched = () => {
    latched += 1;
  };
  run(it, 0, 10);
  assert.equal(latched, 1);
  assert.equal(it.packetsReceived, 9);
  assert.equal(it.lost, 0);
  assert.equal(it.lastReceivedAt, 180);
  const frame = new Int16Array(160);
  assert.equal(it.jitter?.read(frame, 200), "audio");
  assert.ok(Math.abs((frame[80] ?? 0) - 1000) < 40);
});

test("either law is decoded, whatever was agreed", () => {
  const { it } = receiver();
  run(it, 0, 5, { payloadType: 8 });
  const frame = new Int16Array(160);
  it.jitter?.read(frame, 200);
  assert.ok(Math.abs((frame[80] ?? 0) - 1000) < 40);
});

test("what is no packet of this call is counted and changes nothing", () => {
  const { it } = receiver();
  run(it, 0, 5);
  it.receive(new Uint8Array(3), ...HOME, 100);
  it.receive(packet(5, { payloadType: 96 }), ...HOME, 100);
  const wrongVersion = packet(5);
  wrongVersion[0] = 0x40;
  it.receive(wrongVersion, ...HOME, 100);
  assert.equal(it.invalid, 3);
  it.receive(packet(5), "198.51.100.6", 4000, 100);
  it.receive(packet(6), "198.51.100.6", 4000, 100);
  assert.equal(it.strangers, 2);
  assert.equal(it.packetsReceived, 4);
  assert.equal(it.lastReceivedAt, 80);
});

test("a new SSRC counts from its second packet, and the figures go on", () => {
  const { it } = receiver();
  run(it, 0, 10);
  run(it, 500, 510, { ssrc: 8 });
  assert.equal(it.statistics?.ssrc, 8);
  assert.equal(it.sourceChanges, 1);
  assert.equal(it.packetsReceived, 18);
  assert.equal(it.lost, 0);
  it.receive(packet(900, { ssrc: 99 }), ...HOME, 0);
  assert.equal(it.statistics?.ssrc, 8, "one packet of another SSRC is nothing");
});

test("a key is told once, and is no loss for the audio", () => {
  const { it, digits } = receiver();
  run(it, 0, 10);
  const frame = new Int16Array(160);
  for (let now = 0; now < 200; now += 20) it.jitter?.read(frame, 200);
  const concealedSamples = it.jitter?.counters.concealedSamples;
  for (let i = 0; i < 7; i++) {
    const event = new Uint8Array(16);
    writeRtpHeader(event, 101, i === 0, 10 + i, 1600, 7);
    writeTelephoneEvent(event, 12, 5, i >= 4, 10, Math.min(5, i + 1) * 160);
    it.receive(event, ...HOME, 200 + i * 20);
    it.jitter?.read(frame, 220 + i * 20);
  }
  assert.equal(it.jitter?.counters.concealedSamples, concealedSamples);
  run(it, 17, 20);
  assert.deepEqual(digits, ["5 100"]);
  assert.equal(it.lost, 0);
  assert.equal(it.packetsReceived, 19);
});

test("any datagrams from anywhere are taken without an exception", () => {
  const { it } = receiver();
  run(it, 0, 3);
  const head = fc.tuple(
    fc.constantFrom(0x80, 0x90, 0xa0, 0xb3, 0x00),
    fc.constantFrom(0, 8, 13, 101, 0x80 + 101, 77),
  );
  fc.assert(
    fc.property(
      head,
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom("192.0.2.1", "192.0.2.2"),
      (h, bytes, from) => {
        bytes.set(h.slice(0, Math.min(2, bytes.length)), 0);
        it.receive(bytes, from, 4000, 100);
        it.jitter?.read(new Int16Array(160), 100);
      },
    ),
  );
});

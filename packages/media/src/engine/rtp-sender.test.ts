import assert from "node:assert/strict";
import { test } from "node:test";
import { pcma, pcmu } from "../codec/g711.ts";
import { RtpView } from "../rtp/packet.ts";
import { FrameView, RtpSender } from "./rtp-sender.ts";

interface Sent {
  tick: number;
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  payload: Uint8Array;
}

class Bench {
  tick = 0;
  readonly sent: Sent[] = [];
  readonly frame = new FrameView(160);
  readonly sender: RtpSender;

  constructor(ptime: number, start = { ssrc: 9, sequence: 65534, timestamp: 0xffffff00 }) {
    this.sender = new RtpSender(start, 160, (packet) => {
      const view = new RtpView();
      assert.ok(view.parse(packet));
      assert.equal(view.ssrc, 9);
      const { payloadType, marker, sequence, timestamp } = view;
      const payload = Uint8Array.from(packet.subarray(view.payloadOffset));
      this.sent.push({ tick: this.tick, payloadType, marker, sequence, timestamp, payload });
    });
    this.configure(ptime);
  }

  configure(ptime: number, codec = pcmu): void {
    this.sender.configure({ codec, payloadType: codec.payloadType, dtmfPayloadType: 101, ptime });
  }

  /** Ticks with a ramp that goes on from frame to frame. */
  run(ticks: number): void {
    for (let i = 0; i < ticks; i++, this.tick++) {
      for (let n = 0; n < 160; n++) this.frame.whole[n] = ((this.tick * 160 + n) % 200) * 100;
      this.sender.tick(this.frame);
    }
  }
}

for (const ptime of [10, 20, 30, 40, 50, 60]) {
  test(`${ptime} ms packets carry all samples with the right numbers over both wraps`, () => {
    const bench = new Bench(ptime);
    bench.run(60);
    const samples = ptime * 8;
    assert.equal(bench.sent.length, Math.floor((60 * 160) / samples));
    bench.sent.forEach((packet, i) => {
      assert.equal(packet.sequence, (65534 + i) & 0xffff);
      assert.equal(packet.timestamp, (0xffffff00 + i * samples) >>> 0);
      assert.equal(packet.marker, i === 0);
      assert.equal(packet.payload.length, samples);
      const expected = Int16Array.from({ length: samples }, (_, n) => ((i * samples + n) % 200) * 100);
      const encoded = new Uint8Array(samples);
      pcmu.encode(expected, encoded, 0);
      assert.deepEqual(packet.payload, encoded);
    });
    assert.equal(bench.sender.packets, bench.sent.length);
    assert.equal(bench.sender.octets, bench.sent.length * samples);
  });
}

test("no frame sends silence in the codec's own code", () => {
  const bench = new Bench(20);
  bench.configure(20, pcma);
  bench.sender.tick(undefined);
  assert.deepEqual(bench.sent[0]?.payload, new Uint8Array(160).fill(0xd5));
});

test("after a pause the time has gone on, the sequence has not, and speech starts with a marker", () => {
  const bench = new Bench(20);
  bench.run(2);
  for (let i = 0; i < 10; i++) bench.sender.skipTick();
  bench.run(1);
  const [, before, after] = bench.sent;
  assert.equal(after?.sequence, ((before?.sequence ?? 0) + 1) & 0xffff);
  assert.equal(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0, 11 * 160);
  assert.equal(after?.marker, true);
});

for (const ptime of [10, 20, 30, 60]) {
  test(`a digit takes the place of ${ptime} ms audio packets, with one timestamp and three ends`, () => {
    const bench = new Bench(ptime);
    bench.run(6);
    bench.sender.dtmf?.queue("7", { toneMs: 120, gapMs: 60 });
    const start = bench.sender.timestamp;
    bench.run(30);
    const events = bench.sent.filter(({ payloadType }) => payloadType === 101);
    assert.ok(events.length >= 3);
    assert.ok(events.every(({ timestamp }) => timestamp === start));
    assert.deepEqual(
      events.map(({ marker }) => marker),
      events.map((_, i) => i === 0),
    );
    assert.equal(events.filter(({ payload }) => ((payload[1] ?? 0) & 0x80) !== 0).length, 3);
    assert.equal(bench.sent.length, Math.floor((36 * 20) / ptime), "one packet an interval, of either kind");
    // no number is used twice and the audio after it is in time
    for (const [i, packet] of bench.sent.entries()) assert.equal(packet.sequence, (65534 + i) & 0xffff);
    const last = bench.sent.at(-1);
    const end = bench.sender.timestamp;
    assert.ok((end - (last?.timestamp ?? 0)) >>> 0 <= 2 * Math.max(160, ptime * 8));
    assert.equal(bench.sent.find(({ payloadType, tick }) => payloadType === 0 && tick > 6)?.marker, true);
  });
}

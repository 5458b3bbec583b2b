import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MediaError } from "../errors.ts";
import { DtmfEventReceiver } from "./event-receiver.ts";
import { type DigitTiming, DtmfEventSender } from "./event-sender.ts";
import { eventDigits, eventOf, writeTelephoneEvent } from "./telephone-event.ts";

interface SentPacket {
  tick: number;
  marker: boolean;
  timestamp: number;
  event: number;
  end: boolean;
  volume: number;
  duration: number;
  bytes: Uint8Array;
}

/** Runs a sender to its end, one call each 20 ms, timestamps from `start`. */
function run(digits: string, timing?: DigitTiming, start = 0): { packets: SentPacket[]; ticks: number } {
  const sender = new DtmfEventSender();
  sender.queue(digits, timing);
  const packets: SentPacket[] = [];
  let tick = 0;
  for (; !sender.idle; tick++) {
    const bytes = new Uint8Array(8);
    const packet = sender.next((start + tick * 160) >>> 0, bytes, 2);
    if (packet === undefined) continue;
    assert.equal(packet.length, 4);
    assert.deepEqual([bytes[0], bytes[1], bytes[6], bytes[7]], [0, 0, 0, 0]);
    packets.push({
      tick,
      marker: packet.marker,
      timestamp: packet.timestamp,
      event: bytes[2] ?? -1,
      end: ((bytes[3] ?? 0) & 0x80) !== 0,
      volume: (bytes[3] ?? 0) & 0x3f,
      duration: (bytes[4] ?? 0) * 256 + (bytes[5] ?? 0),
      bytes: bytes.slice(2, 6),
    });
  }
  return { packets, ticks: tick };
}

function receiver(): { events: string[]; receiver: DtmfEventReceiver } {
  const events: string[] = [];
  return {
    events,
    receiver: new DtmfEventReceiver({
      onStart: (digit) => events.push(`+${digit}`),
      onEnd: (digit, durationMs) => events.push(`-${digit} ${durationMs}`),
    }),
  };
}

function deliver(to: DtmfEventReceiver, packets: readonly SentPacket[]): void {
  for (const packet of packets) to.receive(packet.timestamp, packet.bytes, 0, 4, packet.tick * 20);
}

test("event codes are those of RFC 4733 table 3", () => {
  assert.equal(eventOf("0"), 0);
  assert.equal(eventOf("*"), 10);
  assert.equal(eventOf("#"), 11);
  assert.equal(eventOf("d"), 15);
  for (const wrong of ["", "x", "12", "٣", " "]) assert.equal(eventOf(wrong), undefined);
});

test("one digit: marker first, growing durations, three ends, one timestamp", () => {
  const { packets } = run("5", { toneMs: 100 }, 1000);
  assert.deepEqual(
    packets.map(({ tick, marker, timestamp, event, end, duration }) => [
      tick,
      marker,
      timestamp,
      event,
      end,
      duration,
    ]),
    [
      [0, true, 1000, 5, false, 160],
      [1, false, 1000, 5, false, 320],
      [2, false, 1000, 5, false, 480],
      [3, false, 1000, 5, false, 640],
      [4, false, 1000, 5, true, 800],
      [5, false, 1000, 5, true, 800],
      [6, false, 1000, 5, true, 800],
    ],
  );
  assert.ok(packets.every(({ volume }) => volume === 10));
});

test("two digits keep their pause, and a comma is a second of audio", () => {
  const two = run("1#", { toneMs: 60, gapMs: 60 });
  assert.deepEqual(
    two.packets.filter(({ marker }) => marker).map(({ tick, event }) => [tick, event]),
    [
      [0, 1],
      [6, 11],
    ],
  );
  const pause = run("1,2", { toneMs: 100, gapMs: 100 });
  assert.equal(pause.packets.find(({ event }) => event === 2)?.tick, 10 + 50);
  assert.equal(pause.ticks, 70);
});

test("a digit over the 16 bits of a duration goes on in segments", () => {
  const { packets } = run("9", { toneMs: 10_000 }, 0xffff_0000);
  const segments = [...new Set(packets.map(({ timestamp }) => timestamp))];
  assert.deepEqual(segments, [0xffff_0000, (0xffff_0000 + 65_440) >>> 0]);
  assert.equal(packets.filter(({ marker }) => marker).length, 1);
  assert.equal(packets.filter(({ end }) => end).length, 3);
  assert.ok(packets.every(({ duration }) => duration > 0 && duration <= 0xffff));
  const heard = receiver();
  deliver(heard.receiver, packets);
  assert.deepEqual(heard.events, ["+9", "-9 10000"]);
});

test("what cannot be sent is refused whole", () => {
  const sender = new DtmfEventSender();
  for (const digits of ["12x", "1 2", "1".repeat(257)]) {
    assert.throws(
      () => sender.queue(digits),
      (error) => error instanceof MediaError && error.code === "dtmf_invalid",
    );
  }
  assert.ok(sender.idle);
});

test("clearing ends the digit that is being sent and drops the rest", () => {
  const sender = new DtmfEventSender();
  sender.queue("123");
  const bytes = new Uint8Array(4);
  sender.next(0, bytes, 0);
  sender.clear();
  let ends = 0;
  for (let tick = 1; !sender.idle; tick++)
    if (sender.next(tick * 160, bytes, 0) && (bytes[1] ?? 0) & 0x80) ends += 1;
  assert.deepEqual([ends, bytes[0]], [3, 1]);
  sender.queue("4");
  sender.clear();
  assert.ok(sender.idle);
});

test("every digit arrives once, in order, over a network that loses, doubles and shuffles", () => {
  const digits = fc
    .array(fc.constantFrom(...eventDigits), { minLength: 1, maxLength: 12 })
    .map((list) => list.join(""));
  fc.assert(
    fc.property(digits, fc.nat({ max: 0xffff_ffff }), fc.infiniteStream(fc.nat(9)), (text, start, dice) => {
      const { packets } = run(text, { toneMs: 100, gapMs: 60 }, start);
      const arrivals = [];
      let kept = 0;
      for (const packet of packets) {
        if (packet.marker) kept = 0;
        const roll = dice.next().value ?? 0;
        // Up to 6 of the 7 packets of a press are lost: the last end always comes, if nothing else has.
        const last = packet.end && kept === 0 && packet.tick === Math.max(...sameEvent(packets, packet));
        if (roll < 3 && !last) continue;
        kept += 1;
        // Late by up to two packets: never as late as the next press begins.
        arrivals.push({ packet, at: packet.tick + (roll > 7 ? 2 : 0) });
        if (roll === 5) arrivals.push({ packet, at: packet.tick + 1 });
      }
      arrivals.sort((a, b) => a.at - b.at);
      const heard: string[] = [];
      const to = new DtmfEventReceiver({ onEnd: (digit) => heard.push(digit) });
      for (const { packet, at } of arrivals) {
        to.expire(at * 20);
        to.receive(packet.timestamp, packet.bytes, 0, 4, at * 20);
      }
      to.expire(1e9);
      assert.equal(heard.join(""), text);
    }),
    { numRuns: 200 },
  );
});

function sameEvent(packets: readonly SentPacket[], one: SentPacket): number[] {
  return packets.filter(({ timestamp }) => timestamp === one.timestamp).map(({ tick }) => tick);
}

test("a lost start, lost ends, and a late end of a press that is over", () => {
  const { packets } = run("78", { toneMs: 100, gapMs: 100 });
  const [first, second] = [packets.slice(0, 7), packets.slice(7)];
  const onlyEnd = receiver();
  deliver(onlyEnd.receiver, first.slice(6));
  assert.deepEqual(onlyEnd.events, ["+7", "-7 100"]);

  const noEnd = receiver();
  deliver(noEnd.receiver, first.slice(0, 3));
  noEnd.receiver.expire(40 + 200);
  assert.deepEqual(noEnd.events, ["+7"]);
  noEnd.receiver.expire(40 + 201);
  deliver(noEnd.receiver, first.slice(6)); // it was reported: the late end adds nothing
  assert.deepEqual(noEnd.events, ["+7", "-7 60"]);

  const nextBegins = receiver();
  deliver(nextBegins.receiver, [...first.slice(0, 2), ...second, ...first.slice(5)]);
  assert.deepEqual(nextBegins.events, ["+7", "-7 40", "+8", "-8 100"]);
});

test("hook flash, fax tones and short packets are counted and nothing more", () => {
  const { receiver: to, events } = receiver();
  const bytes = new Uint8Array(4);
  for (const event of [16, 32, 255]) {
    writeTelephoneEvent(bytes, 0, event, true, 10, 800);
    to.receive(event, bytes, 0, 4, 0);
  }
  to.receive(1, Uint8Array.of(1, 0x80, 0), 0, 3, 0);
  to.receive(1, bytes, 4, 0, 0);
  assert.deepEqual(events, []);
  assert.equal(to.ignored, 5);
});

test("a sender whose clock starts anew is heard again", () => {
  const { receiver: to, events } = receiver();
  deliver(to, run("1", {}, 4_000_000).packets);
  deliver(to, run("2", {}, 0).packets);
  to.reset();
  deliver(to, run("3", {}, 4_000_000_000).packets);
  assert.deepEqual(events, ["+1", "-1 100", "+2", "-2 100", "+3", "-3 100"]);
});

test("any bytes are taken without an exception", () => {
  const to = new DtmfEventReceiver();
  fc.assert(
    fc.property(
      fc.nat({ max: 0xffff_ffff }),
      fc.uint8Array({ maxLength: 12 }),
      fc.nat(5000),
      (timestamp, bytes, now) => {
        to.receive(timestamp, bytes, 0, bytes.length, now);
        to.expire(now);
      },
    ),
  );
});

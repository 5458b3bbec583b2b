import assert from "node:assert/strict";
import { test } from "node:test";
import { RelayMapping } from "./relay-mapping.ts";

/** A sender that is at number 100 and time 50 000, in front of a mapping. */
function mapping() {
  const it = new RelayMapping(160);
  const sender = { sequence: 100, timestamp: 50_000, tick: 0 };
  return {
    it,
    sender,
    /** What became of a packet: its number and time from where the sender was at first; the sender goes on behind it. */
    place: (sequence: number, timestamp: number, ssrc = 1, isEvent = false): string => {
      const { sequence: next, timestamp: time, tick } = sender;
      if (!it.place(ssrc, sequence & 0xffff, timestamp >>> 0, isEvent, next, time, tick)) return "too late";
      sender.sequence = Math.max(next, it.sequence + 1);
      sender.timestamp = Math.max(time, it.timestamp + 160);
      return `${it.sequence - 100} ${(it.timestamp - 50_000) / 160}${it.begins ? " begins" : ""}`;
    },
    /** Own packets for some ticks. */
    own: (packets: number): void => {
      it.interrupt();
      sender.sequence += packets;
      sender.timestamp += packets * 160;
      sender.tick += packets;
    },
  };
}

test("a stream is laid behind what was sent, over the wrap of its number and time", () => {
  const { place } = mapping();
  assert.equal(place(0xffff, 0xffff_ff60), "0 0 begins");
  assert.equal(place(0, 0), "1 1");
  assert.equal(place(3, 480), "4 4");
  assert.equal(place(2, 320), "3 3");
});

test("what is older than the run of packets it belongs to has no number left", () => {
  const { place, own } = mapping();
  place(10, 0);
  own(2);
  assert.equal(place(13, 480), "3 3 begins");
  assert.equal(place(12, 480), "too late");
  assert.equal(place(14, 640), "4 4");
});

test("another stream, a jump of its numbers and a jump of its time begin anew", () => {
  const { place } = mapping();
  place(10, 0);
  assert.equal(place(500, 90_000, 2), "1 1 begins");
  assert.equal(place(501, 90_160, 2), "2 2");
  assert.equal(place(501 + 5000, 90_320, 2), "3 3 begins");
  assert.equal(place(5502, 90_480 + 9000, 2), "4 4 begins", "over a second ahead");
  assert.equal(place(5503, 90_640 + 9000 - 8600, 2), "5 5 begins", "and behind");
  assert.equal(place(5504, 90_800 + 9000 - 8600, 2), "6 6");
});

test("a packet for a filled time is dropped, but a stream that stays behind is followed", () => {
  const { place, own, sender } = mapping();
  place(10, 0);
  own(10);
  assert.equal(place(11, 160), "too late");
  assert.equal(place(12, 320), "too late");
  own(1);
  assert.equal(place(13, 480), "too late");
  own(2);
  assert.equal(place(14, 640), "14 14 begins");
  assert.equal(place(15, 800), "15 15");
  // not even a frame late: only on the other side of a tick
  own(3);
  sender.timestamp += 100;
  assert.equal(place(18, 800 + 160 * 4), `19 ${19 + 100 / 160} begins`);
});

test("an event bears the time of its start to its end, whatever comes between", () => {
  const { place, own } = mapping();
  place(10, 0);
  assert.equal(place(11, 160, 1, true), "1 1");
  assert.equal(place(12, 160, 1, true), "2 1");
  own(6);
  assert.equal(place(14, 160, 1, true), "9 1 begins");
  assert.equal(place(13, 160, 1, true), "too late");
  // after a while nothing is known of it any more
  const fresh = mapping();
  fresh.place(10, 0);
  fresh.place(11, 160, 1, true);
  fresh.it.forget();
  assert.equal(fresh.place(12, 160, 1, true), "2 2 begins");
});

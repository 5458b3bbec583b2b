import assert from "node:assert/strict";
import { test } from "node:test";
import { SourceStatistics } from "../rtp/source-statistics.ts";
import { parseRtcp } from "./packet.ts";
import { RtcpSession, rtcpInterval } from "./session.ts";

const EPOCH = Date.UTC(2026, 10, 23);

test("reports come 5 s apart within the RFC's random spread", () => {
  assert.ok(rtcpInterval(0, false) > 2000 && rtcpInterval(0, false) < 2100);
  assert.ok(rtcpInterval(1, false) > 6100 && rtcpInterval(1, false) < 6200);
  assert.equal(rtcpInterval(0.5, true) * 2, rtcpInterval(0.5, false));
});

test("the round trip is measured across two ends whose clocks differ", () => {
  const ours = new RtcpSession(1, "a", 8000);
  const theirs = new RtcpSession(2, "b", 8000);
  const statistics = new SourceStatistics(1, 0, 8000);
  statistics.receive(0);
  const sent = { packets: 10, octets: 1600, timestamp: 1000, at: 0 };
  const nothing = { packets: 0, octets: 0, timestamp: 0, at: 0 };
  // 30 ms there, kept for 4 s, 50 ms back; the far clock is an hour ahead
  const out = ours.build(0, EPOCH, sent, undefined, false);
  theirs.receive(out, 70_030, EPOCH + 3_600_030);
  const back = theirs.build(74_030, EPOCH + 3_604_030, nothing, statistics, false);
  ours.receive(back, 4080, EPOCH + 4080);
  assert.ok(Math.abs((ours.roundTripMs ?? 0) - 80) < 0.1, `${ours.roundTripMs}`);
});

test("a sender reports SR with the timestamp of now, one that was silent since RR", () => {
  const session = new RtcpSession(1, "a", 8000);
  const sent = { packets: 10, octets: 1600, timestamp: 1000, at: 50 };
  const first = parseRtcp(session.build(150, EPOCH, sent, undefined, false));
  assert.equal(first?.sender?.rtpTimestamp, 1800);
  assert.equal(first?.sender?.packets, 10);
  assert.equal(parseRtcp(session.build(5150, EPOCH, sent, undefined, false))?.sender, undefined);
});

test("the peer's view of our stream is kept, other streams' blocks are not", () => {
  const session = new RtcpSession(1, "a", 8000);
  const peer = new RtcpSession(2, "b", 8000);
  const statistics = new SourceStatistics(1, 0, 8000);
  for (const sequence of [0, 1, 4, 5]) statistics.receive(sequence);
  const nothing = { packets: 0, octets: 0, timestamp: 0, at: 0 };
  session.receive(peer.build(0, EPOCH, nothing, statistics, false), 0, EPOCH);
  assert.equal(session.remoteLost, 2);
  assert.ok(Math.abs(session.remoteFractionLost - 2 / 6) < 0.01);
  assert.equal(session.remoteCname, "b");

  const other = new SourceStatistics(99, 0, 8000);
  for (const sequence of [0, 50]) other.receive(sequence);
  session.receive(peer.build(0, EPOCH, nothing, other, false), 0, EPOCH);
  assert.equal(session.remoteLost, 2);
});

test("a report that claims an impossible delay leaves no round trip", () => {
  const session = new RtcpSession(1, "a", 8000);
  const peer = new RtcpSession(2, "b", 8000);
  const statistics = new SourceStatistics(1, 0, 8000);
  const out = session.build(0, EPOCH, { packets: 1, octets: 1, timestamp: 0, at: 0 }, undefined, false);
  peer.receive(out, 0, EPOCH);
  const back = peer.build(900_000, EPOCH, { packets: 0, octets: 0, timestamp: 0, at: 0 }, statistics, false);
  session.receive(back, 10, EPOCH + 10);
  assert.equal(session.roundTripMs, undefined);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CallRecorder } from "./call-record.ts";
import { FakeCallStore, TestClock } from "./call-test-kit.ts";
import { callEnd } from "./end-codes.ts";
import { MAX_ENTRIES } from "./timeline.ts";

function setUp(store = new FakeCallStore()) {
  const clock = new TestClock();
  const failed: unknown[] = [];
  const recorder = new CallRecorder(
    { id: "c1", organizationId: "o1", direction: "inbound", agentId: "a1", from: "+1", to: "x" },
    { store, clock, onWriteFailed: (error) => failed.push(error) },
  );
  const leg = recorder.addLeg({ direction: "inbound", sipCallId: "s1" });
  return { clock, store, recorder, leg, failed };
}
const nothing = { recording: null, quality: null, qualitySamples: [] };

describe("a call's record", () => {
  test("is inserted when it rings, and steps that come together are one write", async () => {
    const { clock, store, recorder } = setUp();
    recorder.step("invite_received");
    recorder.ringing();
    recorder.answered(clock.now());
    for (let at = 0; at < 20; at++) recorder.step("dtmf_received");
    assert.deepEqual(store.writes, ["insert ringing", "update active"]);
    clock.advance(250);
    assert.equal(store.writes.length, 3);
    assert.equal(store.record.timeline.length, 21);
    clock.advance(1_500);
    await recorder.ended(callEnd("caller_hung_up"), clock.now(), nothing);
    assert.equal(store.record.duration, 1.75);
    assert.equal(clock.pending, 0);
  });

  test("that never rang is inserted ended", async () => {
    const { store, recorder, clock } = setUp();
    await recorder.ended(callEnd("cancelled"), clock.now(), nothing);
    assert.deepEqual(store.writes, ["insert ended"]);
  });

  test("tells its codec as soon as it is answered", async () => {
    const { store, recorder, leg, clock } = setUp();
    recorder.ringing();
    leg.codec("PCMA");
    recorder.answered(clock.now());
    assert.deepEqual([store.record.state, store.record.codec], ["active", "PCMA"]);
  });

  test("has an entry for each leg, and the first one's Call-ID and codec are its own", async () => {
    const { store, recorder, leg, clock } = setUp();
    recorder.ringing();
    const second = recorder.addLeg({ direction: "outbound", sipCallId: "", target: "udp:192.0.2.1:5060" });
    second.note({ sipCallId: "s2" });
    second.codec("PCMU");
    second.step("answered");
    leg.step("hold");
    second.ended(clock.now());
    clock.advance(250);
    const { legs, timeline, sipCallId, codec } = store.record;
    assert.deepEqual([sipCallId, codec], ["s1", null]);
    assert.deepEqual(
      legs.map(({ id, direction, sipCallId, codec }) => [id, direction, sipCallId, codec]),
      [
        ["c1-1", "inbound", "s1", null],
        ["c1-2", "outbound", "s2", "PCMU"],
      ],
    );
    assert.equal(legs[1]?.endedAt, new Date(clock.now() - 250).toISOString());
    // Which leg a step belongs to is told where it is not the first.
    assert.deepEqual(
      timeline.map(({ type, leg }) => [type, leg]),
      [
        ["answered", "c1-2"],
        ["hold", undefined],
      ],
    );
  });

  test("has its turns in the order in which they began", () => {
    const { recorder } = setUp();
    recorder.turn({ role: "user", content: "[1]", startedAt: 2_000, endedAt: 2_000 });
    recorder.turn({ role: "agent", content: "To hear", startedAt: 1_000, endedAt: 2_020, interrupted: true });
    recorder.turn({ role: "agent", content: "Yes.", startedAt: 2_100, endedAt: 3_000 });
    assert.deepEqual(
      recorder.record.callDialog.map(({ content }) => content),
      ["To hear", "[1]", "Yes."],
    );
  });

  test("is bounded, and still tells the end", async () => {
    const { store, recorder, clock } = setUp();
    recorder.ringing();
    for (let at = 0; at < MAX_ENTRIES * 3; at++) recorder.step("dtmf_received");
    for (let at = 0; at < 20_000; at++)
      recorder.turn({ role: "user", content: "x", startedAt: 0, endedAt: 0 });
    await recorder.ended(callEnd("caller_hung_up"), clock.now(), nothing);
    const { timeline, callDialog } = store.record;
    assert.equal(timeline.length, MAX_ENTRIES + 1);
    assert.deepEqual(
      timeline.slice(-2).map(({ type }) => type),
      ["timeline_full", "ended"],
    );
    assert.equal(callDialog.length, 5_000);
  });

  test("that cannot be written harms nobody", async () => {
    const store = new FakeCallStore();
    store.insert = () => Promise.reject(new Error("disk full"));
    const { recorder, failed, clock } = setUp(store);
    recorder.ringing();
    await recorder.ended(callEnd("caller_hung_up"), clock.now(), nothing);
    assert.equal(failed.length, 2);
  });
});

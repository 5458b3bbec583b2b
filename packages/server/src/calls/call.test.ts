import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WorkerError } from "../worker/worker-error.ts";
import { Call } from "./call.ts";
import { CallRecorder } from "./call-record.ts";
import { echoProfile, FakeCallStore, FakeLeg, FakePool, settled, TestClock } from "./call-test-kit.ts";
import type { CallEnd } from "./end-codes.ts";
import { setUpInbound } from "./inbound-setup.ts";
import type { MediaRefusal } from "./media-refusal.ts";

function setUp(
  given: { leg?: FakeLeg; pool?: FakePool; ringSeconds?: number; maxCallDuration?: number } = {},
) {
  const leg = given.leg ?? new FakeLeg();
  const pool = given.pool ?? new FakePool();
  const clock = new TestClock();
  const store = new FakeCallStore();
  const seen = { ends: [] as CallEnd[], refusals: [] as MediaRefusal[], released: 0, logged: [] as string[] };
  const log = (_fields: object, message: string): void => void seen.logged.push(message);
  const recorder = new CallRecorder(
    {
      id: "c1",
      organizationId: "o1",
      direction: "inbound",
      agentId: "a1",
      from: "+15550100",
      to: "echo",
    },
    { store, clock, onWriteFailed: (error) => assert.fail(String(error)) },
  );
  const call = new Call({
    id: "c1",
    profile:
      given.maxCallDuration === undefined
        ? echoProfile
        : { ...echoProfile, maxCallDuration: given.maxCallDuration },
    record: true,
    recorder,
    pool,
    files: {
      paths: () => ({ recording: "/data/c1.wav", messagePrefix: "/data/c1-message-" }),
      finished: async (path, closed) => (closed ? path : `${path} repaired`),
      nameOf: (path) => path,
    },
    from: "+15550100",
    to: "echo",
    inputs: { direction: "inbound" },
    leg: { direction: "inbound", sipCallId: "sip-1" },
    clock,
    log: { info: log, warn: log, error: log },
    onEnded: (end) => seen.ends.push(end),
    onTransferRequested: () => undefined,
    onReleased: () => seen.released++,
  });
  setUpInbound({
    call,
    dialog: leg.asIncomingCall(),
    localAddress: "127.0.0.1",
    ringSeconds: given.ringSeconds ?? 0,
    log: { info: log, warn: log, error: log },
    onRefused: (refusal) => seen.refusals.push(refusal),
  });
  return { leg, pool, clock, store, seen, call };
}

/** A call that is answered, acknowledged and talking. */
async function talking(given: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(given);
  await settled();
  all.leg.onAcknowledged?.(undefined);
  await settled();
  return all;
}

/** What must hold after every call: it was ended once, written once, and nothing is left. */
function assertOver({ seen, store, clock, pool }: ReturnType<typeof setUp>, code: string): void {
  assert.deepEqual(
    seen.ends.map((end) => end.code),
    [code],
  );
  assert.equal(seen.released, 1);
  assert.equal(store.record.state, "ended");
  assert.equal(store.record.endCode, code);
  assert.equal(store.record.timeline.at(-1)?.type, "ended");
  assert.equal(clock.pending, 0);
  assert.equal(pool.done.filter((step) => step.startsWith("close")).length, 1);
}

describe("an inbound call", () => {
  test("rings, is answered, starts at the ACK and ends by the caller's BYE", async () => {
    const all = setUp();
    await settled();
    assert.deepEqual(all.leg.sent, ["180", "200 answer"]);
    assert.equal(all.store.record.state, "active");
    assert.ok(!all.pool.done.includes("start"));
    all.leg.onAcknowledged?.(undefined);
    await settled();
    assert.equal(all.pool.started?.recordingPath, "/data/c1.wav");
    all.pool.closed = {
      codec: "PCMU",
      quality: { lost: 2 },
      qualitySamples: [{ at: all.clock.now(), seconds: 2.5, packetsReceived: 125, mos: 4.4 }],
      recording: { path: "/data/c1.wav", seconds: 3 },
    };
    all.clock.advance(2_500);
    all.leg.remoteEnds("bye");
    await settled();
    assertOver(all, "caller_hung_up");
    assert.deepEqual(all.leg.sent, ["180", "200 answer"]);
    const { record } = all.store;
    assert.equal(record.endedBy, "caller");
    assert.equal(record.duration, 2.5);
    assert.equal(record.codec, "PCMU");
    assert.equal(record.recording, "/data/c1.wav");
    assert.deepEqual(record.quality, { lost: 2 });
    const at = record.answeredAt;
    assert.deepEqual(record.qualitySamples, [{ at, seconds: 2.5, packetsReceived: 125, mos: 4.4 }]);
    assert.deepEqual(
      record.timeline.map((step) => step.type),
      ["invite_received", "ringing_sent", "answer_sent", "ack_received", "bye_received", "ended"],
    );
  });

  test("its recording can be had while it runs, and the messages that were left", async () => {
    const all = await talking();
    assert.equal(all.store.record.state, "active");
    assert.equal(all.store.record.recording, "/data/c1.wav");
    for (const number of [1, 2]) {
      all.pool.listener?.onEvent({
        type: "messageTaken",
        path: `/data/c1-message-${number}.wav`,
        seconds: number,
      });
    }
    const at = new Date(all.clock.now()).toISOString();
    all.clock.advance(1_000);
    all.leg.remoteEnds("bye");
    await settled();
    assert.deepEqual(all.store.record.messages, [
      { at, seconds: 1, recording: "/data/c1-message-1.wav" },
      { at, seconds: 2, recording: "/data/c1-message-2.wav" },
    ]);
    const taken = all.store.record.timeline.filter(({ type }) => type === "message_taken");
    assert.deepEqual(taken.at(-1), { at, type: "message_taken", seconds: 2, message: 2 });
    // The worker recorded nothing after all.
    assert.equal(all.store.record.recording, null);
  });

  test("without an offer: our offer goes in the 200, the answer comes with the ACK", async () => {
    const all = setUp({ leg: new FakeLeg(null) });
    await settled();
    all.leg.onAcknowledged?.("their answer");
    await settled();
    assert.deepEqual(all.pool.done, ["open -", "answer their answer", "start"]);
  });

  test("without an offer and without an answer ends with media_failed", async () => {
    const all = setUp({ leg: new FakeLeg(null) });
    await settled();
    all.leg.onAcknowledged?.(undefined);
    await settled();
    assert.equal(all.leg.sent.at(-1), "BYE");
    assertOver(all, "media_failed");
  });

  test("an ACK that comes again starts nothing twice", async () => {
    const { leg, pool } = await talking();
    leg.onAcknowledged?.(undefined);
    await settled();
    assert.equal(pool.done.filter((step) => step === "start").length, 1);
  });

  test("CANCEL while it rings", async () => {
    const all = setUp({ ringSeconds: 10 });
    await settled();
    assert.deepEqual(all.leg.sent, ["180"]);
    assert.equal(all.store.record.state, "ringing");
    all.leg.remoteEnds("cancelled");
    await settled();
    assertOver(all, "cancelled");
    assert.equal(all.store.record.duration, 0);
    all.clock.advance(60_000);
    assert.deepEqual(all.leg.sent, ["180"]);
  });

  test("CANCEL while the worker still makes the leg: the leg is closed when it comes", async () => {
    const pool = new FakePool();
    let open = (): void => undefined;
    pool.opening = new Promise((resolve) => {
      open = resolve;
    });
    const all = setUp({ pool });
    all.leg.remoteEnds("cancelled");
    await settled();
    assert.equal(all.seen.released, 0);
    open();
    await settled();
    assertOver(all, "cancelled");
    assert.deepEqual(all.leg.sent, []);
  });

  for (const [code, status, shown] of [
    ["no_codec", 488, "488"],
    ["sdp_malformed", 400, "400"],
    ["no_port", 503, "503 Retry-After: 5"],
    ["worker_gone", 503, "503 Retry-After: 5"],
  ] as const) {
    test(`${code} refuses the INVITE with ${status} and is no call`, async () => {
      const pool = new FakePool();
      pool.opening = Promise.reject(new WorkerError(code, code));
      const { leg, seen, store, clock } = setUp({ pool });
      await settled();
      assert.deepEqual(leg.sent, [shown]);
      assert.deepEqual(
        seen.refusals.map((refusal) => refusal.status),
        [status],
      );
      assert.equal(seen.released, 1);
      assert.deepEqual(store.records, []);
      leg.onEnded?.({ by: "local", cause: "rejected" });
      await settled();
      assert.equal(seen.released, 1);
      assert.equal(clock.pending, 0);
    });
  }

  test("no ACK", async () => {
    const all = setUp();
    await settled();
    all.leg.remoteEnds("no-ack");
    await settled();
    assertOver(all, "no_ack");
    assert.ok(!all.pool.done.includes("start"));
    // What an operator needs to find the router that is in the way.
    assert.match(
      all.store.record.endReason ?? "",
      /NAT.*our Contact was <sip:echo@192\.0\.2\.9:5060>.*from 192\.0\.2\.9:5060 to 192\.0\.2\.1:5066/,
    );
  });

  test("the agent ends it", async () => {
    const all = await talking();
    all.pool.listener?.onEvent({
      type: "conversationEnded",
      by: "agent",
      code: "agent_goodbye",
      reason: "Bye.",
    });
    await settled();
    assert.equal(all.leg.sent.at(-1), "BYE");
    assertOver(all, "agent_goodbye");
    assert.equal(all.store.record.endedBy, "agent");
  });

  test("both sides hang up at once: the first counts", async () => {
    const all = await talking();
    all.leg.remoteEnds("bye");
    all.pool.listener?.onEvent({
      type: "conversationEnded",
      by: "agent",
      code: "agent_goodbye",
      reason: "Bye.",
    });
    all.call.hangUp("operator");
    await settled();
    assertOver(all, "caller_hung_up");
    assert.ok(!all.leg.sent.includes("BYE"));
  });

  test("a worker that dies: BYE, and the recording is repaired", async () => {
    const all = await talking();
    all.pool.closed = undefined as never;
    all.pool.listener?.onWorkerDied("signal SIGKILL");
    await settled();
    assert.equal(all.leg.sent.at(-1), "BYE");
    assertOver(all, "worker_died");
    assert.equal(all.store.record.recording, "/data/c1.wav repaired");
    assert.match(all.store.record.endReason ?? "", /SIGKILL/);
  });

  test("no audio ends it, but not while the caller holds", async () => {
    const all = await talking();
    const replies: (string | undefined)[] = [];
    const reply = {
      method: "INVITE" as const,
      fork: undefined,
      ring: () => undefined,
      accept: (sdp?: string) => replies.push(sdp),
      reject: (status: number) => replies.push(`${status}`),
    };
    all.pool.description = { ...all.pool.description, sdp: "held", codec: "PCMU", onHold: true };
    all.leg.onReinvite?.("hold", reply);
    await settled();
    all.pool.listener?.onEvent({ type: "mediaTimeout", silentMs: 30_000 });
    await settled();
    assert.equal(all.call.live, true);
    all.pool.description = { ...all.pool.description, sdp: "resumed", codec: "PCMA", onHold: false };
    all.leg.onReinvite?.("resume", reply);
    await settled();
    assert.deepEqual(replies, ["held", "resumed"]);
    all.pool.listener?.onEvent({ type: "mediaTimeout", silentMs: 30_000 });
    await settled();
    assertOver(all, "media_timeout");
    const steps = all.store.record.timeline.map((step) => step.type);
    assert.ok(steps.includes("hold") && steps.includes("resume"));
  });

  test("a key by INFO is the caller's; what is no key is not taken", async () => {
    const all = await talking();
    const type = "application/dtmf-relay";
    assert.notEqual(all.leg.onInfo?.(type, Buffer.from("Signal=5\r\nDuration=100\r\n")), false);
    assert.notEqual(all.leg.onInfo?.(type, Buffer.from("Signal=16\r\n")), false);
    assert.equal(all.leg.onInfo?.("text/plain", Buffer.from("5")), false);
    await settled();
    assert.deepEqual(
      all.pool.done.filter((step) => step.startsWith("key")),
      ["key 5 100"],
    );
  });

  test("a re-INVITE that cannot be met is refused and the call goes on", async () => {
    const all = await talking();
    const replies: (string | number | undefined)[] = [];
    all.pool.failure = new WorkerError("no_codec", "none");
    all.leg.onReinvite?.("video only", {
      method: "INVITE",
      fork: undefined,
      ring: () => undefined,
      accept: (sdp) => replies.push(sdp),
      reject: (status) => replies.push(status),
    });
    await settled();
    assert.deepEqual(replies, [488]);
    assert.equal(all.call.live, true);
  });

  test("the longest duration is kept even when the conversation does not end it", async () => {
    const all = await talking({ maxCallDuration: 60 });
    all.clock.advance(89_999);
    assert.equal(all.call.live, true);
    all.clock.advance(1);
    await settled();
    assertOver(all, "max_duration");
  });

  test("turns come into the record, those said while it ends too", async () => {
    const all = await talking();
    const at = all.clock.now();
    const turn = (content: string) =>
      all.pool.listener?.onEvent({
        type: "turn",
        role: "agent",
        content,
        startedAt: at,
        endedAt: at + 1_000,
        interrupted: false,
      });
    turn("Hello.");
    all.clock.advance(1_000);
    assert.equal(all.store.record.callDialog[0]?.content, "Hello.");
    all.leg.remoteEnds("bye");
    turn("How can I…");
    await settled();
    assertOver(all, "caller_hung_up");
    assert.deepEqual(
      all.store.record.callDialog.map((one) => one.content),
      ["Hello.", "How can I…"],
    );
  });
});

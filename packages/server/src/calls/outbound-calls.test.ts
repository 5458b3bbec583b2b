import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SendTarget } from "@ringdown/sip";
import { AGENT_DEFAULTS } from "../store/agent-fields.ts";
import type { Agent } from "../store/records.ts";
import { WorkerError } from "../worker/worker-error.ts";
import type { StartLegOptions } from "../worker/worker-pool.ts";
import type { CallOutcomeSummary } from "./call-outcome.ts";
import { FakeCallStore, FakePool, settled, TestClock } from "./call-test-kit.ts";
import { FakeDialer } from "./dial-test-kit.ts";
import { OutboundCalls, type PlaceCall } from "./outbound-calls.ts";
import { RunningCalls } from "./running-calls.ts";

const agent: Agent = {
  ...AGENT_DEFAULTS,
  id: "a1",
  organizationId: "o1",
  username: "sales",
  phoneNumbers: ["+15550100"],
  createdAt: "",
  updatedAt: "",
};

interface Given {
  agent?: Partial<Agent>;
  draining?: boolean;
  maxCalls?: number;
  pool?: FakePool;
  mediaAddressFor?(target: SendTarget): string;
  input?: Partial<PlaceCall>;
}

function setUp(given: Given = {}) {
  const clock = new TestClock();
  const pool = given.pool ?? new FakePool();
  pool.description = { ...pool.description, sdp: "our offer" };
  const store = new FakeCallStore();
  const running = new RunningCalls();
  const dialer = new FakeDialer();
  const log = (): void => undefined;
  const calls = new OutboundCalls({
    models: { modelsFor: () => ({ reason: "no models here" }) },
    agents: { get: () => ({ ...agent, ...given.agent }) },
    dialer,
    running,
    limits: { maxCalls: given.maxCalls ?? 100, maxCallsPerOrganization: 50 },
    pool,
    store,
    files: {
      paths: () => ({ recording: "/data/c1.wav", messagePrefix: "/data/c1-message-" }),
      finished: async (path, closed) => (closed ? path : `${path} repaired`),
      nameOf: (path) => path,
    },
    onTransferRequested: () => undefined,
    draining: () => given.draining ?? false,
    mediaAddressFor: given.mediaAddressFor ?? (() => "192.0.2.9"),
    clock,
    log: { info: log, warn: log, error: log },
  });
  const place = () => {
    const placed = calls.place({
      callId: "c1",
      organizationId: "o1",
      agentId: "a1",
      target: { kind: "number", number: "+15550199" },
      targetText: "+15550199",
      ...given.input,
    });
    const seen = { summary: undefined as CallOutcomeSummary | undefined };
    void placed.done.then((summary) => {
      seen.summary = summary;
    });
    return { placed, seen };
  };
  return { clock, pool, store, running, dialer, place };
}

/** A call that is dialled. */
async function dialling(given: Given = {}) {
  const all = setUp(given);
  const { seen, placed } = all.place();
  const dial = all.dialer.dialled;
  const offer = await dial.attempts();
  return { ...all, seen, placed, dial, offer };
}

type Dialled = Awaited<ReturnType<typeof dialling>>;

async function answered(given: Given = {}): Promise<Dialled> {
  const all = await dialling(given);
  all.dial.answers();
  await settled();
  return all;
}

/** What must hold after every call: it was ended once, told once, and nothing is left. */
async function assertOver(all: Dialled, code: string, outcome: string, status: number): Promise<void> {
  const { store, seen, clock, running, pool } = all;
  await settled();
  const { record } = store;
  assert.deepEqual([record.state, record.endCode], ["ended", code]);
  assert.equal(record.timeline.filter(({ type }) => type === "ended").length, 1);
  assert.deepEqual([seen.summary?.outcome, seen.summary?.sipStatus], [outcome, status]);
  assert.equal(clock.pending, 0);
  assert.equal(running.size, 0);
  await running.idle();
  const opened = pool.done.filter((step) => step.startsWith("open")).length;
  assert.equal(pool.done.filter((step) => step.startsWith("close")).length, opened);
}

/** The worker tells something of the line. */
function tell(
  { pool, clock }: Dialled,
  name: string,
  fields: { [name: string]: string | number } = {},
): void {
  pool.listener?.onEvent({ type: "timeline", name, at: clock.now(), fields });
}

const steps = ({ store }: Dialled) => store.record.timeline.map(({ type }) => type);

describe("a call out", () => {
  test("is dialled with our offer, rings, is answered, talks, and ends by the callee's BYE", async () => {
    const all = await dialling();
    assert.equal(all.offer, "our offer");
    assert.deepEqual([all.running.ofAgent("a1"), all.running.ofOrganization("o1")], [1, 1]);
    const { record } = all.store;
    assert.deepEqual(
      [record.direction, record.state, record.from, record.to],
      ["outbound", "ringing", "+15550100", "+15550199"],
    );
    all.dial.progress(180);
    all.dial.progress(180);
    all.clock.advance(4_000);
    assert.ok(!all.pool.done.includes("start"));
    all.dial.answers("their answer");
    await settled();
    assert.deepEqual(all.pool.done, ["open -", "answer their answer", "start"]);
    assert.equal(all.pool.started?.recordingPath, "/data/c1.wav");
    assert.deepEqual(all.pool.started?.inputs, { direction: "outbound" });
    all.clock.advance(2_500);
    assert.equal(all.store.record.state, "active");
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "callee_hung_up", "answered", 200);
    assert.deepEqual(steps(all), [
      "call_placed",
      "dialling",
      "progress",
      "answered",
      "bye_received",
      "ended",
    ]);
    const [leg] = all.store.record.legs;
    assert.deepEqual(
      [leg?.direction, leg?.sipCallId, leg?.remoteAddress, leg?.transport, leg?.userAgent, leg?.codec],
      ["outbound", "sip-1", "192.0.2.1:5066", "udp", "Trunk/1", "PCMU"],
    );
    assert.deepEqual(
      [all.store.record.sipCallId, all.store.record.endedBy, all.store.record.duration],
      ["sip-1", "caller", 2.5],
    );
    assert.equal(all.seen.summary?.durationSeconds, 2.5);
  });

  for (const [outcome, code, status, by] of [
    ["busy", "busy", 486, "caller"],
    ["declined", "declined", 603, "caller"],
    ["no_answer", "no_answer", 480, "system"],
    ["not_found", "not_found", 404, "system"],
    ["rejected", "rejected", 403, "system"],
    ["unreachable", "unreachable", 503, "system"],
    ["no_route", "no_route", 0, "system"],
    ["failed", "dial_failed", 0, "system"],
  ] as const) {
    test(`that fails with ${outcome} says so, with what decided it`, async () => {
      const all = await dialling();
      all.dial.fails(outcome, status, "In the dial's own words.");
      await assertOver(all, code, outcome, status);
      const { record } = all.store;
      assert.deepEqual(
        [record.endedBy, record.endReason, record.duration, record.answeredAt],
        [by, "In the dial's own words.", 0, null],
      );
      assert.equal(record.timeline.at(-1)?.status, status === 0 ? undefined : status);
      assert.deepEqual(all.dial.leg.sent, []);
    });
  }

  test("goes on to another target, and each is told", async () => {
    const all = await dialling();
    all.dial.progress(183, "early 1");
    await settled();
    all.dial.attemptFails(503, "503 Service Unavailable");
    await all.dial.attempts("192.0.2.2");
    all.dial.answers();
    await settled();
    const { timeline, sipCallId } = all.store.record;
    assert.equal(sipCallId, "sip-2");
    assert.deepEqual(
      timeline.filter(({ type }) => type.startsWith("dialling") || type === "attempt_failed"),
      [
        {
          at: timeline[1]?.at,
          type: "dialling",
          way: "route trunk.example",
          target: "udp:192.0.2.1:5066",
          requestUri: "sip:+15550199@trunk.example",
        },
        {
          at: timeline[1]?.at,
          type: "attempt_failed",
          way: "route trunk.example",
          target: "udp:192.0.2.1:5066",
          status: 503,
          reason: "503 Service Unavailable",
        },
        {
          at: timeline[1]?.at,
          type: "dialling",
          way: "route trunk.example",
          target: "udp:192.0.2.2:5066",
          requestUri: "sip:+15550199@trunk.example",
        },
      ],
    );
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "callee_hung_up", "answered", 200);
  });

  test("asked for another address opens media there, and lets the first go", async () => {
    const all = await dialling({
      mediaAddressFor: ({ address }) => (address.includes(":") ? "2001:db8::9" : "192.0.2.9"),
    });
    await all.dial.attempts("2001:db8::1");
    all.dial.answers();
    await settled();
    assert.deepEqual(all.pool.addresses, ["192.0.2.9", "2001:db8::9"]);
    assert.equal(new Set(all.pool.legIds).size, 2);
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "callee_hung_up", "answered", 200);
  });

  test("early media is heard and recorded, and nobody speaks into it", async () => {
    const all = await dialling();
    all.dial.progress(183, "early");
    await settled();
    assert.deepEqual(all.pool.done, ["open -", "early answer early", "media"]);
    assert.equal(all.store.record.recording, "/data/c1.wav");
    assert.equal(all.store.record.answeredAt, null);
    // Who only rings may be silent for long.
    all.pool.listener?.onEvent({ type: "mediaTimeout", silentMs: 60_000 });
    all.dial.answers("another");
    await settled();
    assert.deepEqual(all.pool.done.slice(3), ["answer another", "start"]);
    assert.ok(steps(all).includes("early_media"));
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "callee_hung_up", "answered", 200);
  });

  test("that was only heard early keeps what was recorded", async () => {
    const pool = new FakePool();
    pool.closed = {
      codec: "PCMU",
      quality: { lost: 0 },
      qualitySamples: [],
      recording: { path: "/data/c1.wav", seconds: 2 },
    };
    const all = await dialling({ pool });
    all.dial.progress(183, "early");
    await settled();
    all.dial.fails("busy", 486, "Busy.");
    await assertOver(all, "busy", "busy", 486);
    assert.equal(all.store.record.recording, "/data/c1.wav");
  });

  test("ended by the operator while it rings is cancelled", async () => {
    const all = await dialling();
    all.dial.progress(180);
    await all.running.hangUp("c1");
    assert.deepEqual(all.dial.leg.sent, ["CANCEL"]);
    await assertOver(all, "cancelled_by_operator", "cancelled", 0);
    assert.ok(steps(all).includes("cancel_sent"));
  });

  test("ended before there was any INVITE is never dialled", async () => {
    const all = setUp();
    const { seen, placed } = all.place();
    await all.running.hangUp("c1");
    assert.equal(all.dialer.dialled.cancelled.length, 1);
    await settled();
    assert.equal(seen.summary?.outcome, "cancelled");
    assert.equal(placed.callId, "c1");
    assert.equal(all.clock.pending, 0);
  });

  test("answered in the moment in which it is ended: the answer is hung up", async () => {
    const all = await dialling();
    await all.running.hangUp("c1");
    all.dial.leg.sent.length = 0;
    all.dial.answers();
    assert.deepEqual(all.dial.leg.sent, ["BYE"]);
    await assertOver(all, "cancelled_by_operator", "cancelled", 0);
  });

  test("ended by the operator once it is answered is hung up", async () => {
    const all = await answered();
    await all.running.hangUp("c1");
    assert.deepEqual(all.dial.leg.sent, ["BYE"]);
    await assertOver(all, "operator", "answered", 200);
  });

  for (const [what, sdp] of [
    ["holds no SDP", undefined],
    ["cannot be used", "bad"],
  ] as const) {
    test(`whose answer ${what} is hung up`, async () => {
      const pool = new FakePool();
      const all = await dialling({ pool });
      if (sdp !== undefined) pool.failure = new WorkerError("no_codec", "none");
      all.dial.events.onAnswered(Object.assign(all.dial.leg, { state: "confirmed" }) as never, sdp);
      await settled();
      assert.deepEqual(all.dial.leg.sent, ["BYE"]);
      await assertOver(all, "media_failed", "answered", 200);
      assert.ok(!pool.done.includes("start"));
    });
  }

  test("without media to be had says why", async () => {
    const pool = new FakePool();
    pool.opening = Promise.reject(new WorkerError("no_port", "every port is in use"));
    const all = setUp({ pool });
    all.place();
    await assert.rejects(all.dialer.dialled.attempts(), /every port is in use/);
    all.dialer.dialled.fails("failed", 0, "No media.");
    await settled();
    assert.equal(all.store.record.endCode, "dial_failed");
  });

  test("digits behind the answer are sent after their commas, before the agent speaks", async () => {
    const digits = [
      { waitSeconds: 3, digits: "12" },
      { waitSeconds: 1, digits: "#" },
    ];
    const all = await answered({ input: { target: { kind: "number", number: "+15550199", digits } } });
    assert.deepEqual(all.pool.done.slice(2), ["media"]);
    all.clock.advance(2_999);
    await settled();
    assert.deepEqual(all.pool.done.slice(2), ["media"]);
    all.clock.advance(1);
    await settled();
    all.clock.advance(1_000);
    await settled();
    assert.deepEqual(all.pool.done.slice(2), ["media", "dtmf 12", "dtmf #", "start"]);
    // They may be a PIN: how many, not which.
    assert.deepEqual(
      all.store.record.timeline.filter(({ type }) => type === "digits_sent").map((step) => step.digits),
      [2, 1],
    );
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "callee_hung_up", "answered", 200);
  });

  test("whose callee hangs up while the digits wait leaves no timer", async () => {
    const digits = [{ waitSeconds: 60, digits: "1" }];
    const all = await answered({ input: { target: { kind: "number", number: "+15550199", digits } } });
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "callee_hung_up", "answered", 200);
    assert.ok(!all.pool.done.some((step) => step.startsWith("dtmf") || step === "start"));
  });

  test("carries what the conversation begins with", async () => {
    const all = await answered({
      input: {
        callerId: "+15550111",
        greeting: "Hello, this is Ann.",
        waitToGreet: true,
        context: "Likes tea.",
        taskContext: "Ask for the date.",
        ringSeconds: 20,
        taskId: "task_1",
        meta: { order: 7 },
      },
    });
    const { request } = all.dial;
    assert.deepEqual([request.callerId, request.ringSeconds], ["+15550111", 20]);
    assert.equal(all.store.record.from, "+15550111");
    assert.equal(all.pool.started, undefined, "the person speaks first");
    tell(all, "answered_by", { answeredBy: "human" });
    await settled();
    const { profile, inputs } = all.pool.started as unknown as StartLegOptions;
    assert.equal(profile.welcomeMessage, "Hello, this is Ann.");
    assert.deepEqual(inputs, {
      direction: "outbound",
      context: "Likes tea.",
      taskContext: "Ask for the date.",
    });
    const [placed] = all.store.record.timeline;
    assert.deepEqual([placed?.type, placed?.taskId, placed?.meta], ["call_placed", "task_1", { order: 7 }]);
    await all.running.hangUp("c1");
    await settled();
  });

  test("the recording is told of to whom the number belongs: the person's, not the agent's", async () => {
    const notice = async (number: string) => {
      const all = await answered({ input: { target: { kind: "number", number } } });
      await all.running.hangUp("c1");
      await settled();
      return all.pool.started?.profile.recordingNotice;
    };
    assert.equal(await notice("+4930123456"), null);
    assert.notEqual(await notice("+15550199"), null);
  });

  test("whose peer never saw our ACK says so, and what may be in the way", async () => {
    const all = await answered();
    all.clock.advance(32_000);
    all.dial.leg.answersRepeated = 10;
    all.dial.leg.remoteEnds("bye");
    await assertOver(all, "ack_lost", "answered", 200);
    assert.match(all.store.record.endReason ?? "", /NAT.*sip:callee@10\.0\.0\.7.*192\.0\.2\.1:5066/);
  });

  test("to a machine, or to somebody who says nothing, is told apart", async () => {
    for (const [told, outcome] of [
      [
        [
          ["conversation_started", { speech: true }],
          ["answered_by", { answeredBy: "machine", reason: "long_greeting" }],
        ],
        "voicemail",
      ],
      [[["answered_by", { answeredBy: "machine", reason: "busy" }]], "busy"],
      [[["answered_by", { answeredBy: "machine", reason: "special_information" }]], "not_found"],
      [[["conversation_started", { speech: true }]], "no_speech"],
      [[["conversation_started", { speech: false }]], "answered"],
      [
        [
          ["conversation_started", { speech: true }],
          ["user_speech_started", {}],
        ],
        "answered",
      ],
    ] as const) {
      const all = await answered();
      for (const [name, fields] of told) {
        all.pool.listener?.onEvent({ type: "timeline", name, at: all.clock.now(), fields });
      }
      all.dial.leg.remoteEnds("bye");
      await assertOver(all, "callee_hung_up", outcome, 200);
    }
  });

  test("a worker that dies while it rings ends it", async () => {
    const all = await dialling();
    all.pool.closed = undefined as never;
    all.pool.listener?.onWorkerDied("signal SIGKILL");
    assert.deepEqual(all.dial.leg.sent, ["CANCEL"]);
    await assertOver(all, "worker_died", "failed", 0);
  });
});

describe("who answers a call out", () => {
  const machine = { answeredBy: "machine", reason: "long_greeting" };
  const leaves = { onMachine: "leaveMessage", machineMessage: "Please call back." } as const;

  test("the agent that waits to greet speaks after the person, or when its patience is over", async () => {
    const all = await answered({ input: { waitToGreet: true }, agent: { waitToGreetTimeout: 5 } });
    assert.equal(all.pool.done.at(-1), "media");
    tell(all, "answered_by", { answeredBy: "unknown", reason: "silence" });
    await settled();
    assert.equal(all.pool.started, undefined, "silence is no word");
    all.clock.advance(5_000);
    await settled();
    assert.ok(all.pool.started);
    await all.running.hangUp("c1");
    await assertOver(all, "operator", "answered", 200);
  });

  test("a long greeting is heard out by the agent that waits to greet", async () => {
    const all = await answered({ input: { waitToGreet: true } });
    tell(all, "answered_by", machine);
    await settled();
    assert.equal(all.pool.started, undefined);
    tell(all, "machine_silent");
    await settled();
    assert.ok(all.pool.started);
    await all.running.hangUp("c1");
    await assertOver(all, "operator", "voicemail", 200);
  });

  test("hangUp: a person is talked to, at once when known; a machine is hung up on", async () => {
    const person = await answered({ agent: { onMachine: "hangUp" } });
    assert.equal(person.pool.started, undefined);
    tell(person, "answered_by", { answeredBy: "human", reason: "short_greeting" });
    await settled();
    assert.ok(person.pool.started);
    await person.running.hangUp("c1");
    await assertOver(person, "operator", "answered", 200);

    const all = await answered({ agent: { onMachine: "hangUp" } });
    tell(all, "answered_by", machine);
    await assertOver(all, "machine_answered", "voicemail", 200);
    assert.equal(all.pool.started, undefined);
  });

  test("leaveMessage: after the beep, whole, and then the goodbye", async () => {
    const all = await answered({ agent: leaves });
    tell(all, "answered_by", machine);
    await settled();
    assert.equal(all.pool.started, undefined, "not into the greeting");
    tell(all, "beep_heard");
    await settled();
    const { profile } = all.pool.started as unknown as StartLegOptions;
    assert.deepEqual([profile.welcomeMessage, profile.functions, profile.recordingNotice], ["", [], null]);
    assert.ok(all.pool.done.includes("say Please call back."));
    await assertOver(all, "message_left", "voicemail", 200);
    assert.ok(steps(all).includes("message_left"));
  });

  test("leaveMessage: a machine without a beep gets it when it is silent, or after a minute; nobody's voice gets the greeting", async () => {
    for (const event of ["machine_silent", undefined]) {
      const all = await answered({ agent: { ...leaves, machineMessage: "", welcomeMessage: "Hello." } });
      tell(all, "answered_by", machine);
      await settled();
      if (event === undefined) all.clock.advance(60_000);
      else tell(all, event);
      await settled();
      assert.ok(all.pool.done.includes("say Hello."));
      await assertOver(all, "message_left", "voicemail", 200);
    }
  });

  test("leaveMessage: what takes no messages is hung up on", async () => {
    for (const [reason, outcome] of [
      ["fax", "answered"],
      ["busy", "busy"],
      ["special_information", "not_found"],
    ] as const) {
      const all = await answered({ agent: leaves });
      tell(all, "answered_by", { answeredBy: "machine", reason });
      await assertOver(all, "machine_answered", outcome, 200);
    }
  });

  test("nothing is told: the agent talks after its wait; a beep that comes later counts all the same", async () => {
    const all = await answered({ agent: leaves });
    all.clock.advance(12_000);
    await settled();
    assert.ok(all.pool.started);
    tell(all, "answered_by", { answeredBy: "machine", reason: "beep" });
    tell(all, "beep_heard");
    await settled();
    await assertOver(all, "message_left", "voicemail", 200);
  });

  test("the call that ends meanwhile is over", async () => {
    for (const told of [[], ["answered_by"]]) {
      const all = await answered({ agent: leaves });
      for (const name of told) tell(all, name, machine);
      await settled();
      all.dial.leg.remoteEnds("bye");
      await assertOver(all, "callee_hung_up", told.length === 0 ? "answered" : "voicemail", 200);
      assert.equal(all.pool.started, undefined);
    }
  });
});

describe("a call out is not placed", () => {
  test("during a drain", () => {
    assert.throws(() => setUp({ draining: true }).place(), { code: "node_draining" });
  });

  test("beyond the limits, of which inbound calls are part", async () => {
    const all = setUp({ maxCalls: 1 });
    all.place();
    assert.throws(() => all.place(), { code: "busy", message: /RINGDOWN_MAX_CALLS/ });
    assert.throws(() => setUp({ agent: { maxConcurrentCalls: 0 } }).place(), { code: "busy" });
    await all.running.hangUp("c1");
    await settled();
  });

  test("for another organization's agent, or one by a model that is missing", () => {
    assert.throws(() => setUp({ agent: { organizationId: "o2" } }).place(), { code: "agent_not_found" });
    assert.throws(() => setUp({ agent: { mode: "realtime" } }).place(), { code: "provider_missing" });
  });
});

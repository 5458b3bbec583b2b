import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type IncomingCall, parseMessage, type SipRequest } from "@ringdown/sip";
import { AGENT_DEFAULTS } from "../store/agent-fields.ts";
import type { Agent, NewRejectedCall } from "../store/records.ts";
import { WorkerError } from "../worker/worker-error.ts";
import { FakeCallStore, FakeLeg, FakePool, settled, TestClock } from "./call-test-kit.ts";
import { InboundCalls, type InboundCallsOptions } from "./inbound-calls.ts";
import { RunningCalls } from "./running-calls.ts";

const agent: Agent = {
  ...AGENT_DEFAULTS,
  id: "a1",
  organizationId: "o1",
  username: "echo",
  phoneNumbers: [],
  mode: "echo",
  createdAt: "",
  updatedAt: "",
};
type Judgement = ReturnType<InboundCallsOptions["judge"]>;
const accepted: Judgement = {
  verdict: "accept",
  source: "192.0.2.1",
  agent,
  organizationId: "o1",
  callerNumber: "+15550100",
  calledUser: "echo",
};

class InviteLeg extends FakeLeg {
  override callId = "sip-1";
  override readonly remoteUserAgent = "Phone/1";
  override readonly request = parseMessage(
    Buffer.from(
      "INVITE sip:echo@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n" +
        `From: "${"x".repeat(400)}" <sip:+15550100@a>;tag=1\r\nTo: <sip:echo@b>\r\nCall-ID: sip-1\r\n` +
        "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    ),
  ) as SipRequest;

  override asIncomingCall(): IncomingCall {
    return this as unknown as IncomingCall;
  }
}

function setUp(
  given: {
    judge?: () => Judgement;
    judgement?: Judgement;
    draining?: boolean;
    pool?: FakePool;
    tooFast?: boolean;
  } = {},
) {
  const running = new RunningCalls();
  const rejected: NewRejectedCall[] = [];
  const store = new FakeCallStore();
  const pool = given.pool ?? new FakePool();
  const logged: string[] = [];
  const log = (_fields: object, message: string): void => void logged.push(message);
  const inbound = new InboundCalls({
    judge: () => {
      if (given.judge !== undefined) return given.judge();
      return given.judgement ?? accepted;
    },
    reject: (one) => {
      rejected.push(one);
      return given.tooFast !== true;
    },
    models: { modelsFor: () => ({ reason: "no models here" }) },
    takeOver: () => undefined,
    onTransferRequested: () => undefined,
    draining: () => given.draining ?? false,
    running,
    pool,
    store,
    files: {
      paths: () => ({ recording: "r.wav", messagePrefix: "m-" }),
      finished: async (path) => path,
      nameOf: (path) => path,
    },
    mediaAddressFor: (flow) => flow.localAddress,
    clock: new TestClock(),
    log: { info: log, warn: log, error: log },
    createId: () => "c1",
  });
  const leg = new InviteLeg();
  inbound.onInvite(leg.asIncomingCall());
  return { running, rejected, store, pool, leg, logged };
}

describe("an INVITE", () => {
  test("that is accepted becomes a call that counts until it ends", async () => {
    const { running, store, leg, rejected } = setUp();
    assert.deepEqual([running.size, running.ofAgent("a1"), running.ofOrganization("o1")], [1, 1, 1]);
    await settled();
    assert.deepEqual(leg.sent, ["180", "200 answer"]);
    const { record } = store;
    assert.deepEqual(
      [record.id, record.from, record.to, record.sipCallId],
      ["c1", "+15550100", "echo", "sip-1"],
    );
    assert.equal(record.legs[0]?.remoteAddress, "192.0.2.1:5066");
    assert.equal(record.legs[0]?.userAgent, "Phone/1");
    assert.ok(String(record.legs[0]?.from).length <= 256);
    leg.remoteEnds("bye");
    await settled();
    await running.idle();
    assert.equal(running.size, 0);
    assert.deepEqual(rejected, []);
  });

  test("that is refused among too many is answered, but not logged", () => {
    const judgement: Judgement = {
      verdict: "refuse",
      source: "192.0.2.1",
      status: 403,
      code: "source_not_listed",
      hint: "h",
    };
    assert.deepEqual(setUp({ judgement }).logged, ["INVITE refused"]);
    const { leg, logged } = setUp({ judgement, tooFast: true });
    assert.deepEqual([leg.sent, logged], [["403 once"], []]);
  });

  test("that is refused is answered and recorded", () => {
    const { leg, rejected, running } = setUp({
      judgement: {
        verdict: "refuse",
        source: "192.0.2.1",
        status: 503,
        code: "busy_node",
        hint: "Full.",
        retryAfter: 7,
        organizationId: "o1",
      },
    });
    assert.deepEqual(leg.sent, ["503 Retry-After: 7"]);
    assert.equal(running.size, 0);
    const [one] = rejected;
    assert.deepEqual(
      [one?.organizationId, one?.source, one?.transport, one?.code, one?.status, one?.hint],
      ["o1", "192.0.2.1", "udp", "busy_node", 503, "Full."],
    );
    assert.equal(one?.to, "sip:echo@192.0.2.9");
    assert.ok((one?.from.length ?? 999) <= 256);
  });

  test("from a source that nobody lists is answered once, never repeated: it may be forged", () => {
    const { leg, rejected } = setUp({
      judgement: {
        verdict: "refuse",
        source: "192.0.2.1",
        status: 403,
        code: "source_not_listed",
        hint: "List it.",
      },
    });
    assert.deepEqual(leg.sent, ["403 once"]);
    assert.equal(rejected[0]?.status, 403);
  });

  test("that is dropped gets no answer and is recorded with status 0", () => {
    const { leg, rejected } = setUp({
      judgement: { verdict: "drop", source: "192.0.2.1", code: "source_not_listed", hint: "List it." },
    });
    assert.deepEqual(leg.sent, ["nothing"]);
    assert.deepEqual([rejected[0]?.status, rejected[0]?.organizationId], [0, null]);
  });

  test("during a drain: 503, after the judgement", () => {
    const { leg, rejected, running } = setUp({ draining: true });
    assert.deepEqual(leg.sent, ["503 Retry-After: 10"]);
    assert.equal(rejected[0]?.code, "node_draining");
    assert.equal(running.size, 0);
  });

  test("without a codec in common: 488, recorded as refused, and no call", async () => {
    const pool = new FakePool();
    pool.opening = Promise.reject(new WorkerError("no_codec", "none"));
    const { leg, rejected, running, store } = setUp({ pool });
    await settled();
    assert.deepEqual(leg.sent, ["488"]);
    assert.deepEqual([rejected[0]?.code, rejected[0]?.status], ["no_codec", 488]);
    assert.deepEqual(store.records, []);
    assert.equal(running.size, 0);
    await running.idle();
  });

  test("for an agent by a model that is missing: 480", () => {
    const { leg } = setUp({ judgement: { ...accepted, agent: { ...agent, mode: "realtime" } } });
    assert.deepEqual(leg.sent, ["480"]);
  });

  test("that makes the judgement throw is answered, and the process goes on", () => {
    const { leg, logged } = setUp({
      judge: () => {
        throw new Error("a fault of ours");
      },
    });
    assert.deepEqual(leg.sent, ["500"]);
    assert.equal(logged.length, 1);
  });
});

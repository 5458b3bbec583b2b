// A transfer on a call with media, dialer and SIP faked: what the caller's media is told, and that nothing is left. The way of the
// judgement itself is the machine's tests'.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentProfile } from "@ringdown/voice";
import { AGENT_DEFAULTS } from "../../store/agent-fields.ts";
import type { Agent } from "../../store/records.ts";
import { Call } from "../call.ts";
import { CallRecorder } from "../call-record.ts";
import { FakeCallStore, FakeLeg, FakePool, settled, TestClock } from "../call-test-kit.ts";
import { FakeDialer } from "../dial-test-kit.ts";
import { setUpInbound } from "../inbound-setup.ts";
import { RunningCalls } from "../running-calls.ts";
import { Transfers } from "./transfers.ts";

const agent: Agent = {
  ...{ ...AGENT_DEFAULTS, id: "a1", organizationId: "o1", username: "desk", phoneNumbers: ["+15550000"] },
  ...{ createdAt: "", updatedAt: "" },
  functions: [{ type: "transfer", name: "sales", destination: "ext:1002" }],
};

/** A caller who talks with the agent. */
async function scene(allowed = true) {
  const clock = new TestClock();
  const pool = new FakePool();
  const store = new FakeCallStore();
  const leg = new FakeLeg();
  const running = new RunningCalls();
  const dialer = new FakeDialer();
  const log = (): void => undefined;
  const logs = { info: log, warn: log, error: log };
  const transfers = new Transfers({
    ...{ running, dialer, clock, log: logs },
    agents: { get: () => agent },
    destinations: {
      read: (_organization, text) => {
        if (!allowed) throw new Error("not allowed");
        return { kind: "extension", extension: text.slice(4) };
      },
    },
    mediaAddressFor: () => "192.0.2.9",
  });
  const recorder = new CallRecorder(
    { id: "c1", organizationId: "o1", direction: "inbound", agentId: "a1", from: "+15550100", to: "desk" },
    { store, clock, onWriteFailed: (error) => assert.fail(String(error)) },
  );
  const call = new Call({
    ...{ id: "c1", profile: {} as AgentProfile, record: false, recorder, pool, clock, log: logs },
    ...{ from: "+15550100", to: "desk", inputs: { direction: "inbound" } },
    files: {
      paths: () => ({ recording: "c1.wav", messagePrefix: "c1-" }),
      finished: async () => null,
      nameOf: (path) => path,
    },
    leg: { direction: "inbound", sipCallId: "sip-1" },
    onEnded: () => running.ended("c1"),
    onTransferRequested: (name) => transfers.requested("c1", name),
    onReleased: () => running.released("c1"),
  });
  running.add(call, { organizationId: "o1", agentId: "a1" });
  setUpInbound({
    ...{ call, dialog: leg.asIncomingCall(), localAddress: "127.0.0.1", ringSeconds: 0, log: logs },
    onRefused: () => undefined,
  });
  await settled();
  leg.onAcknowledged?.(undefined);
  await settled();
  pool.done.length = 0;
  const steps = () => store.record.timeline.map(({ type }) => type);
  const over = async () => {
    await settled();
    assert.equal(store.record.state, "ended");
    assert.equal(clock.pending, 0);
    assert.equal(running.size, 0);
    await running.idle();
  };
  return { clock, pool, store, leg, running, dialer, transfers, call, steps, over };
}

test("the caller waits, is joined to the person, and both end together", async () => {
  const { transfers, pool, dialer, store, leg, steps, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  const dial = dialer.dialled;
  assert.deepEqual(
    [dial.request.callerId, dial.request.headers],
    ["+15550100", [["Diversion", "<tel:+15550000>;reason=unconditional"]]],
  );
  await dial.attempts();
  dial.progress(180);
  dial.answers();
  await settled();
  const order = pool.done.filter((step) => /^(suspend|play|bridge|media)/.test(step));
  assert.equal(order[0]?.startsWith("suspend"), true, pool.done.join());
  assert.equal(order.at(-1)?.startsWith("bridge"), true, pool.done.join());
  leg.remoteEnds("bye");
  await over();
  assert.ok(steps().includes("transfer_connected"));
  assert.deepEqual(dial.leg.sent, ["BYE"]);
  assert.equal(store.record.endCode, "caller_hung_up");
});

test("a caller who hangs up while it rings takes the dial with him", async () => {
  const { transfers, dialer, leg, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002", "ext:1003"] });
  await settled();
  await dialer.dialled.attempts();
  dialer.dialled.progress(180);
  leg.remoteEnds("bye");
  await over();
  assert.equal(dialer.dials.length, 1, "nobody else is dialled for a caller who is gone");
  assert.deepEqual(dialer.dialled.leg.sent, ["CANCEL"]);
});

test("all fail: one after the other, then the agent is back with a word", async () => {
  const { transfers, dialer, pool, running, call, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002", "ext:1003"] });
  await settled();
  dialer.dials[0]?.fails("busy", 486, "Busy.");
  await settled();
  assert.throws(() => transfers.start("c1", { destinations: ["ext:1004"] }), { code: "transfer_under_way" });
  dialer.dials[1]?.fails("no_answer", 0, "Nobody answered.");
  await settled();
  assert.ok(
    pool.done.some((step) => step.startsWith("resume I am sorry, nobody answered.")),
    pool.done.join(),
  );
  assert.equal(call.live, true);
  assert.throws(() => transfers.cancel("c1"), { code: "transfer_not_found" });
  await running.hangUp("c1");
  await over();
});

test("the agent's function dials what it names; what is refused brings the agent back", async () => {
  const asked = await scene();
  asked.pool.listener?.onEvent({ type: "transferRequested", name: "sales" });
  await settled();
  assert.deepEqual(asked.dialer.dialled.request.destination, { kind: "extension", extension: "1002" });
  await asked.running.hangUp("c1");
  await asked.over();
  for (const [allowed, name] of [
    [true, "nothing"],
    [false, "sales"],
  ] as const) {
    const refused = await scene(allowed);
    refused.pool.listener?.onEvent({ type: "transferRequested", name });
    await settled();
    assert.equal(refused.dialer.dials.length, 0);
    assert.ok(
      refused.pool.done.some((step) => step.startsWith("resume I am sorry")),
      refused.pool.done.join(),
    );
    await refused.running.hangUp("c1");
    await refused.over();
    assert.ok(refused.steps().includes("transfer_refused"));
  }
});

test("media that cannot be joined: the person is let go, the agent is back", async () => {
  const { transfers, dialer, pool, running, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  await dialer.dialled.attempts();
  pool.refuses = "bridge";
  dialer.dialled.answers();
  await settled();
  assert.deepEqual(dialer.dialled.leg.sent, ["BYE"]);
  assert.ok(
    pool.done.some((step) => step.startsWith("resume ")),
    pool.done.join(),
  );
  await running.hangUp("c1");
  await over();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { callRecord } from "../store/test-store.ts";
import { callPayload } from "./call-payload.ts";

const agent = { id: "agt_1", username: "demo", phoneNumbers: ["+15125550111"] };
const context = { agent, baseUrl: "https://calls.example" };
const said = (role: "agent" | "user", content: string) => ({ role, content, startedAt: "x", endedAt: "y" });

test("a call that has ended is told by the fields of facts §8", () => {
  const call = callRecord({
    ...{
      id: "call_1",
      organizationId: "org_1",
      agentId: "agt_1",
      endCode: "bye",
      endedBy: "caller",
      duration: 7.5,
    },
    answeredAt: "2026-11-23T18:00:01.000Z",
    callDialog: [said("agent", "Hello."), said("user", "Hi.")],
    timeline: [
      { type: "ringing", at: "a" },
      { type: "function_run", at: "b", name: "hours", arguments: {}, output: "open", failed: false },
    ],
    recording: "recordings/call_1.wav",
  });
  const payload = callPayload("conversation", call, context);
  const { from, to, fromNumber, toNumber, timestamp, direction, eventType, missedCall, duration } = payload;
  assert.deepEqual(
    { from, to, fromNumber, toNumber, timestamp, direction, eventType, missedCall, duration },
    {
      ...{ from: "+15125550100", to: "demo", fromNumber: "+15125550100", toNumber: "+15125550111" },
      ...{ timestamp: 1_795_456_800, direction: "inbound", eventType: "inbound-call" },
      ...{ missedCall: false, duration: 7.5 },
    },
  );
  assert.equal(payload.conversation, "Agent: Hello.\nCaller: Hi.");
  assert.deepEqual(payload.functionsRun, [
    { at: "b", name: "hours", arguments: {}, output: "open", failed: false },
  ]);
  assert.equal(payload.recordingUrl, "https://calls.example/api/v2/calls/call_1/recording");
});

test("a call that comes has no end yet, and a call out goes the other way", () => {
  const call = callRecord({ id: "call_1", organizationId: "org_1", state: "ringing" });
  const incoming = callPayload("incoming", call, context);
  assert.equal(incoming.status, "ringing");
  assert.ok(!("duration" in incoming));
  const out = callPayload(
    "conversation",
    callRecord({ id: "c", organizationId: "o", direction: "outbound", from: "demo", to: "+15125550122" }),
    context,
  );
  assert.deepEqual(
    [out.from, out.to, out.fromNumber, out.missedCall],
    ["demo", "+15125550122", "+15125550111", true],
  );
});

test("what was said is bounded, and the cut is told", () => {
  const callDialog = Array.from({ length: 300 }, () => said("user", "x".repeat(1_000)));
  const payload = callPayload(
    "conversation",
    callRecord({ id: "c", organizationId: "o", callDialog }),
    context,
  );
  assert.equal((payload.callDialog as unknown[]).length, 200);
  assert.equal(payload.callDialogTruncated, true);
});

test("each transfer is told with its steps, and what SIP said", () => {
  const leg = "call_1-2";
  const timeline = [
    { at: "a", type: "answer_sent", status: 200 },
    { at: "b", type: "transfer_requested", function: "sales" },
    { at: "c", type: "transfer_started", mode: "bridge", targets: "ext:1002" },
    { at: "d", type: "progress", status: 180, leg },
    { at: "e", type: "dtmf_received", digit: "4" },
    { at: "f", type: "transfer_failed", target: "ext:1002", outcome: "busy", status: 486 },
    { at: "g", type: "transfer_over", outcome: "busy" },
    { at: "h", type: "hold", leg },
    { at: "i", type: "transfer_started", mode: "refer", targets: "+15551230000" },
    { at: "j", type: "transfer_refer_accepted", status: 202 },
    { at: "k", type: "transfer_requested", function: "nobody" },
    { at: "l", type: "transfer_refused", function: "nobody", reason: "Not there." },
  ];
  const told = (steps: string) => timeline.filter(({ at }) => steps.includes(at));
  const call = callRecord({ id: "call_1", organizationId: "org_1", timeline });
  assert.deepEqual(callPayload("conversation", call, context).transfers, [
    { startedAt: "b", function: "sales", mode: "bridge", outcome: "busy", steps: told("bcdfg") },
    { startedAt: "i", function: null, mode: "refer", outcome: null, steps: told("ij") },
    { startedAt: "k", function: "nobody", mode: null, outcome: "not_allowed", steps: told("kl") },
  ]);
});

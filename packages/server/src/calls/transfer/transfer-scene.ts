// A caller who talks with the agent, with media, dialer and SIP faked: for tests of transfers.
import assert from "node:assert/strict";
import type { AgentProfile } from "@ringdown/voice";
import { AGENT_DEFAULTS } from "../../store/agent-fields.ts";
import type { Agent } from "../../store/records.ts";
import { Call } from "../call.ts";
import { CallRecorder } from "../call-record.ts";
import { FakeCallStore, FakeLeg, FakePool, settled, TestClock } from "../call-test-kit.ts";
import type { Destination } from "../dial/destination.ts";
import { defaultDestinationSettings } from "../dial/destination-settings.ts";
import type { PostDial } from "../dial/post-dial.ts";
import { FakeDialer } from "../dial-test-kit.ts";
import { setUpInbound } from "../inbound-setup.ts";
import { RunningCalls } from "../running-calls.ts";
import { PeerTransfers } from "./peer-transfers.ts";
import { Transfers } from "./transfers.ts";

const desk: Agent = {
  ...{ ...AGENT_DEFAULTS, id: "a1", organizationId: "o1", username: "desk", phoneNumbers: ["+15550000"] },
  ...{ createdAt: "", updatedAt: "" },
  functions: [
    { type: "transfer", name: "sales", destination: "ext:1002", transferNotification: "A caller for sales." },
  ],
};

/** A caller who talks with the agent. */
export async function scene({
  allowed = true,
  fields = {},
  digits,
}: {
  allowed?: boolean;
  fields?: Partial<Agent>;
  /** Behind each extension. */
  digits?: PostDial;
} = {}) {
  const agent: Agent = { ...desk, ...fields };
  const clock = new TestClock();
  const pool = new FakePool();
  const store = new FakeCallStore();
  const leg = new FakeLeg();
  const running = new RunningCalls();
  const dialer = new FakeDialer();
  const log = (): void => undefined;
  const logs = { info: log, warn: log, error: log };
  const shared = {
    ...{ running, dialer, clock, log: logs },
    registrations: { line: () => undefined },
    agents: { get: () => agent },
    destinations: {
      settings: () => defaultDestinationSettings,
      read: (_organization: string, text: string): Destination => {
        if (!allowed) throw new Error("not allowed");
        if (text.startsWith("sip:") && !text.endsWith("other.example")) throw new Error("not listed");
        return text.startsWith("sip:")
          ? { kind: "sip", uri: text }
          : { kind: "extension", extension: text.slice(4), ...(digits && { digits }) };
      },
    },
    mediaAddressFor: () => "192.0.2.9",
  };
  const transfers = new Transfers({ ...shared, domain: "ringdown.example" });
  const peerTransfers = new PeerTransfers({
    ...shared,
    mediaAddressTowards: () => "192.0.2.9",
    isKnown: (address: string): boolean => address === "192.0.2.77",
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
    onTransferRequested: (name, notification) => transfers.requested("c1", name, notification),
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
  return { clock, pool, store, leg, running, dialer, transfers, peerTransfers, call, steps, over };
}

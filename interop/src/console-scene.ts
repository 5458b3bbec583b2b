// What there is to see in the console: agents, a registration, routes, a refused call, and a real one.
import type { CallRecord } from "./api-client.ts";
import type { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";
import { eventually } from "./wait.ts";

/** An agent with functions, and settings of the organization. */
export async function furnish(ringdown: RingdownProcess): Promise<void> {
  const { api } = ringdown;
  const agent = await api.createAgent({
    username: "sales",
    title: "The sales line",
    phoneNumbers: ["+15125550100"],
    welcomeMessage: "Hello, this is the sales line.",
    autoRecordingNotification: "false",
    functions: [
      {
        type: "say",
        name: "hours",
        key: "1",
        condition: "hear when we are open",
        text: "We are open from nine to five.",
      },
      {
        type: "transfer",
        name: "a person",
        key: "2",
        destination: ["ext:1002", "+15125550199"],
        fallback: "hours",
      },
    ],
  });
  // Nobody answers there: a registration that says what to do.
  const target = `targetAccountId=${agent.id}`;
  await api.json("POST", `/api/v2/sip/registration?${target}`, {
    ...{ aor: "1101@127.0.0.1", proxy: "127.0.0.1:9", transport: "tcp", password: "not a real one" },
  });
  await api.json("POST", "/api/v2/sip/ipWhitelist", { ip: "192.0.2.0/28", label: "our PBX" });
  await api.json("POST", "/api/v2/sip/outboundRoutes", {
    route: "127.0.0.1:9;transport=tcp",
    callerId: "+15125550100",
  });
  await api.json("POST", "/api/v2/sip/outboundRoutes", {
    route: "sip.example.com;proxyAddress=proxy.example.com",
    username: "acct",
  });
  await refusedCall(ringdown);
}

/** A call from an address that is not listed. */
export async function refusedCall(ringdown: RingdownProcess): Promise<void> {
  await runSipp({
    ...{ scenario: "refused", remote: ringdown.udp, user: "sales", localAddress: "127.0.0.3" },
    values: { status: "403" },
  });
  await eventually("the refusal is recorded", async () => (await ringdown.api.rejectedCalls()).length > 0);
}

export interface LeavingCall {
  from?: string;
  userAgent?: string;
  user?: string;
  localAddress?: string;
  /** Milliseconds. */
  hold?: string;
}

/** A call that hears the greeting and hangs up. */
export async function callThatLeaves(
  ringdown: RingdownProcess,
  {
    from,
    userAgent = "SIPp interop",
    hold = "3000",
    user = "sales",
    localAddress = "127.0.0.1",
  }: LeavingCall = {},
): Promise<CallRecord> {
  const result = await runSipp({
    ...{ scenario: "call", remote: ringdown.udp, user, localAddress, limitSeconds: 20 },
    values: { hold, userAgent, ...(from === undefined ? {} : { from }) },
  });
  assertSippPassed(result);
  return ringdown.endedCall(result.callId);
}

/** A call of 12 s whose caller is heard with one packet in five lost, and tells that one in ten is lost on the way to him. */
export async function callWithLoss(ringdown: RingdownProcess, user: string): Promise<CallRecord> {
  const probe = await RtpProbe.open();
  probe.losesEvery = 5;
  probe.tellsLost = 10;
  try {
    const caller = runSipp({
      ...{ scenario: "call", remote: ringdown.udp, user },
      values: {
        ...{ hold: "12000", rtpPort: String(probe.port), payloads: "0" },
        rtpmaps: `a=rtpmap:0 PCMU/8000\na=rtcp:${probe.port}`,
      },
    });
    await eventually("audio comes", () => probe.packets.length > 0);
    probe.play(440, 6_000);
    const result = await caller;
    assertSippPassed(result);
    return await ringdown.endedCall(result.callId);
  } finally {
    await probe.close();
  }
}

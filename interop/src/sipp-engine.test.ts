// What SIPp alone can be asked of the engine: glare, who calls by headers of the network, why a call ends, load, a registrar with wishes
// of its own, and somebody who is watched.
import assert from "node:assert/strict";
import {
  assertedIdentities,
  createSipStack,
  diversions,
  historyInfo,
  type IncomingCall,
  parseDialogInfo,
  privacy,
  type ReinviteAnswer,
  type SipStack,
  type SipStackOptions,
} from "@ringdown/sip";
import { AgentRegistration } from "./api-registration.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp, startSippServer } from "./sipp.ts";
import { eventually } from "./wait.ts";

const options = { peers: [sipp] };
const sdp = (version: number): string =>
  `v=0\r\no=- 1 ${version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n`;

async function withStack(
  handlers: Partial<SipStackOptions>,
  play: (stack: SipStack, port: number) => Promise<void>,
): Promise<void> {
  const stack = await createSipStack({
    listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
    screen: () => "answer",
    onInvite: (call) => call.accept(sdp(1)),
    ...handlers,
  });
  try {
    await play(stack, stack.transport.bound[0]?.port ?? 0);
  } finally {
    await stack.close();
  }
}

peerTest("glare: both offer at once, both say 491, and our offer is made again (we called)", options, () =>
  withStack({}, async ({ userAgent }) => {
    const server = await startSippServer({ scenario: "glare-callee" });
    const { host, port } = server.address;
    const call = userAgent.invite({
      ...{
        requestUri: `sip:uas@${host}:${port}`,
        to: `<sip:uas@${host}:${port}>`,
        from: "<sip:1001@interop>",
      },
      ...{ sdp: sdp(1), target: { transport: "udp", address: host, port } },
    });
    await new Promise<void>((resolve, reject) => {
      call.onAnswered = () => resolve();
      call.onEnded = ({ status }) => reject(new Error(`refused with ${status}`));
    });
    let asked = 0;
    call.onReinvite = (_offer, reply) => {
      asked++;
      reply.accept(sdp(9));
    };
    const result = new Promise<ReinviteAnswer>((resolve) => {
      call.onReinviteAnswer = resolve;
    });
    call.reinvite(sdp(2));
    const answer = await result;
    assert.ok(answer.ok && /^o=interop 7007 3 /m.test(answer.sdp ?? ""), JSON.stringify(answer));
    assert.equal(asked, 0, "an offer that crosses ours is not the application's to see");
    call.onEnded = undefined;
    call.hangUp();
    assertSippPassed(await server.result);
  }),
);

peerTest("glare: the same where SIPp called", options, () => {
  let settled: (answer: ReinviteAnswer) => void = () => {};
  const result = new Promise<ReinviteAnswer>((resolve) => {
    settled = resolve;
  });
  const onInvite = (call: IncomingCall): void => {
    call.onReinvite = (_offer, reply) => reply.accept(sdp(9));
    call.onReinviteAnswer = (answer) => {
      settled(answer);
      call.hangUp();
    };
    call.onAcknowledged = () => call.reinvite(sdp(2));
    call.accept(sdp(1));
  };
  return withStack({ onInvite }, async (_stack, port) => {
    assertSippPassed(await runSipp({ scenario: "glare-caller", remote: { host: "127.0.0.1", port } }));
    const answer = await result;
    assert.ok(answer.ok && /^o=interop 7007 3 /m.test(answer.sdp ?? ""), JSON.stringify(answer));
  });
});

peerTest("who calls, for whom, by which way, and why he hangs up, as SIPp says it", options, () => {
  const seen: unknown[] = [];
  let reason: string | undefined;
  const onInvite = (call: IncomingCall): void => {
    const { request } = call;
    seen.push(
      assertedIdentities(request).map(({ displayName, uri }) => [
        displayName,
        "number" in uri ? uri.number : "user" in uri ? uri.user : "",
      ]),
      [...privacy(request)],
      diversions(request).map(({ address: { uri }, reason: why, counter, privacy: hidden }) => [
        "user" in uri ? uri.user : "",
        ...[why, counter, hidden],
      ]),
      historyInfo(request).map(({ address: { uri }, index, reasons, change }) => [
        "user" in uri ? uri.user : "",
        ...[index, reasons.map(({ protocol, cause }) => `${protocol} ${cause}`).join(), change?.kind],
      ]),
    );
    call.onEnded = (ended) => {
      reason = ended.reason;
    };
    call.accept(sdp(1));
  };
  return withStack({ onInvite }, async (_stack, port) => {
    assertSippPassed(await runSipp({ scenario: "call-of-many-names", remote: { host: "127.0.0.1", port } }));
    assert.deepEqual(seen, [
      [
        ["Ann", "+15125550100"],
        [undefined, "+15125550100"],
      ],
      ["id", "user"],
      [
        ["+15125550111", "user-busy", 1, "off"],
        ["1001", "no-answer", 1, undefined],
      ],
      [
        ["+15125550111", "1", "SIP 486", undefined],
        ["1001", "1.1", "", "mp"],
      ],
    ]);
    assert.equal(reason, "Terminated");
  });
});

peerTest("a call too many gets 503 with Retry-After, before anything else is looked at", options, () => {
  const limits = { dialogs: 1 };
  return withStack({ limits, retryAfter: 7, onInvite: (call) => call.ring() }, async (stack, port) => {
    const { userAgent } = stack;
    const target = { transport: "udp", address: "127.0.0.1", port } as const;
    // It takes the only place: a call to ourselves rings at this stack.
    await withStack({}, async (other) => {
      const call = other.userAgent.invite({
        ...{
          requestUri: `sip:me@127.0.0.1:${port}`,
          to: `<sip:me@127.0.0.1:${port}>`,
          from: "<sip:1@interop>",
        },
        ...{ sdp: sdp(1), target },
      });
      await new Promise<void>((resolve) => {
        call.onProgress = () => resolve();
      });
      // SIPp's has a Require that nobody can fulfil, which would be 420 on another day.
      const remote = { host: "127.0.0.1", port };
      assertSippPassed(await runSipp({ scenario: "refused-for-load", remote, calls: 5 }));
      assert.equal(userAgent.counters.overload, 5);
      call.hangUp();
    });
  });
});

peerTest(
  "a registrar that wants longer, and a way: 423, Service-Route, Path; the next call goes by it",
  options,
  async () => {
    const ringdown = await RingdownProcess.start();
    try {
      // Whatever it is: it is the registrar's to know, and ours to name.
      const serviceRoute = "edge.pbx.test:5083";
      const registrar = await startSippServer({
        ...{ scenario: "registrar", limitSeconds: 40, calls: 2 },
        values: { asked: "300", least: "7200", serviceRoute },
      });
      const agent = await ringdown.api.createAgent({
        username: "watched",
        autoRecordingNotification: "false",
      });
      const registration = new AgentRegistration(ringdown.api, agent.id);
      await registration.put({
        ...{ aor: "1001@pbx.test", password: "none is asked for" },
        proxy: `127.0.0.1:${registrar.address.port}`,
      });
      await registration.until("registered");
      await ringdown.api.json("POST", `/api/v2/calls?targetAccountId=${agent.id}`, { target: "ext:1002" });
      const { id } = await eventually("the call is answered", async () =>
        (await ringdown.api.calls()).find(({ state }) => state === "active"),
      );
      await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
      await registration.delete();
      assertSippPassed(await registrar.result);
    } finally {
      await ringdown.stop();
    }
  },
);

peerTest("an INVITE too large for UDP goes by TCP, and so does its ACK", options, () =>
  withStack(
    {
      listeners: [
        { protocol: "udp", host: "127.0.0.1", port: 0 },
        { protocol: "tcp", host: "127.0.0.1", port: 0 },
      ],
    },
    async ({ userAgent }) => {
      const server = await startSippServer({ scenario: "callee", transport: "tcp", values: { ring: "10" } });
      const { host, port } = server.address;
      const call = userAgent.invite({
        ...{
          requestUri: `sip:uas@${host}:${port}`,
          to: `<sip:uas@${host}:${port}>`,
          from: "<sip:1001@interop>",
        },
        headers: Array.from({ length: 20 }, (_, index) => ["X-Wide", String(index).padEnd(80, "-")] as const),
        // By UDP, as nothing says otherwise: nobody listens there.
        ...{ sdp: sdp(1), target: { transport: "udp", address: host, port } },
      });
      await new Promise<void>((resolve, reject) => {
        call.onAnswered = () => resolve();
        call.onEnded = ({ status }) => reject(new Error(`refused with ${status}`));
      });
      call.onEnded = undefined;
      call.hangUp();
      const result = await server.result;
      assertSippPassed(result);
      const invite = result.messages.find(({ name }) => name === "INVITE");
      assert.match(invite?.header("Via") ?? "", /^SIP\/2\.0\/TCP /);
    },
  ),
);

peerTest("somebody is watched: SIPp tells of his calls, and of the end", options, () =>
  withStack({}, async (stack) => {
    const server = await startSippServer({ scenario: "busy-lamp" });
    const states: string[][] = [];
    let over: (reason: string | undefined) => void = () => {};
    const isOver = new Promise<string | undefined>((resolve) => {
      over = resolve;
    });
    const subscription = stack.subscribe(
      {
        ...{ resource: "sip:1001@interop", event: "dialog" },
        proxy: `sip:${server.address.host}:${server.address.port}`,
        credentials: () => undefined,
      },
      {
        onNotification: ({ body }) => {
          states.push(parseDialogInfo(body)?.dialogs.map(({ state }) => state) ?? []);
          if (states.length === 3) over(undefined);
        },
      },
    );
    await isOver;
    assert.deepEqual(states, [[], ["early"], ["confirmed"]]);
    assertSippPassed(await server.result);
    await subscription.stop();
  }),
);

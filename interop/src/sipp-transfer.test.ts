// REFER, Replaces and subscriptions between packages/sip and SIPp, each in both roles.
import assert from "node:assert/strict";
import {
  createSipStack,
  type IncomingCall,
  type IncomingRefer,
  type OutgoingCall,
  parseMessageSummary,
  type ReferOutcome,
  type SipStack,
  type SipStackOptions,
  SubscriptionRunner,
  type SubscriptionStatus,
  serialiseReplaces,
} from "@ringdown/sip";
import { peerTest, sipp } from "./peer.ts";
import { assertSippPassed, runSipp, type SippServer, startSippServer } from "./sipp.ts";

const options = { peers: [sipp] };
const sdp =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

async function withStack(
  handlers: Partial<SipStackOptions>,
  play: (stack: SipStack, port: number) => Promise<void>,
): Promise<void> {
  const stack = await createSipStack({
    listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
    screen: () => "answer",
    onInvite: (call) => call.accept(sdp),
    ...handlers,
  });
  try {
    await play(stack, stack.transport.bound[0]?.port ?? 0);
  } finally {
    await stack.close();
  }
}

async function callTo(
  { userAgent }: SipStack,
  { address: { host, port } }: SippServer,
  headers: readonly (readonly [string, string])[] = [],
): Promise<OutgoingCall> {
  const call = userAgent.invite({
    ...{
      requestUri: `sip:uas@${host}:${port}`,
      to: `<sip:uas@${host}:${port}>`,
      from: "<sip:agent@interop>",
    },
    ...{ sdp, headers, target: { transport: "udp", address: host, port } },
  });
  await new Promise<void>((resolve, reject) => {
    call.onAnswered = () => resolve();
    call.onEnded = ({ status }) => reject(new Error(`refused with ${status}`));
  });
  call.onEnded = undefined;
  return call;
}

peerTest("SIPp refers: 202, and a NOTIFY for each step until the end", options, () => {
  const refers: IncomingRefer[] = [];
  const onRefer = (refer: IncomingRefer) => {
    refers.push(refer);
    refer.accept();
    // The newest of those that wait is sent: a report at a time, so that each is seen.
    setTimeout(() => refer.progress(180), 200);
    setTimeout(() => refer.finish(200), 400);
  };
  return withStack({ onRefer }, async (_stack, port) => {
    assertSippPassed(await runSipp({ scenario: "refer-caller", remote: { host: "127.0.0.1", port } }));
    assert.equal(refers.length, 1);
    assert.match(refers[0]?.referredBy?.text ?? "", /sip:uac@127\.0\.0\.1/);
  });
});

peerTest("SIPp refers and is declined, or finds nobody who takes REFER", options, async () => {
  const run = (port: number, status: string) =>
    runSipp({ scenario: "refer-refused", remote: { host: "127.0.0.1", port }, values: { status } });
  await withStack({ onRefer: (refer) => refer.reject(603) }, async (_stack, port) =>
    assertSippPassed(await run(port, "603")),
  );
  await withStack({}, async (_stack, port) => assertSippPassed(await run(port, "405")));
});

peerTest("SIPp is referred: progress and outcome, with Replaces and Referred-By", options, () =>
  withStack({}, async (stack) => {
    const server = await startSippServer({ scenario: "refer-callee" });
    const call = await callTo(stack, server);
    const progress: number[] = [];
    const outcome = await new Promise<ReferOutcome>((resolve) => {
      const refer = call.refer("sip:carol@192.0.2.7", {
        referredBy: "<sip:agent@interop>",
        replaces: { callId: "other@interop", toTag: "a", fromTag: "b", earlyOnly: false },
      });
      refer.onProgress = (status) => progress.push(status);
      refer.onOutcome = resolve;
    });
    assert.deepEqual(progress, [100, 180]);
    assert.deepEqual(outcome, { kind: "reported", status: 200, reason: "OK" });
    call.hangUp();
    assertSippPassed(await server.result);
  }),
);

for (const [answer, kind, status] of [
  ["603 Decline", "refused", 603],
  ["202 Accepted", "silent", undefined],
  ["200 OK\nRefer-Sub: false", "accepted", undefined],
] as const) {
  peerTest(`SIPp is referred and says ${answer.replace("\n", ", ")}: ${kind}`, options, () =>
    // A short T1: silence is 64 of it.
    withStack({ timers: { t1: 50 } }, async (stack) => {
      const server = await startSippServer({ scenario: "refer-answered", values: { answer } });
      const call = await callTo(stack, server);
      const outcome = await new Promise<ReferOutcome>((resolve) => {
        call.refer("sip:carol@192.0.2.7", { reports: kind !== "accepted" }).onOutcome = resolve;
      });
      assert.deepEqual([outcome.kind, outcome.status], [kind, status]);
      assert.equal(call.state, "confirmed");
      call.hangUp();
      assertSippPassed(await server.result);
    }),
  );
}

peerTest("SIPp takes a call's place: the other SIPp gets BYE (RFC 3891)", options, () => {
  const calls: IncomingCall[] = [];
  const ends: string[] = [];
  let first: () => void = () => {};
  const hasFirst = new Promise<void>((resolve) => {
    first = resolve;
  });
  const onInvite = (call: IncomingCall) => {
    calls.push(call);
    call.onEnded = ({ cause }) => ends.push(cause);
    call.onAcknowledged = () => first();
    call.accept(sdp);
  };
  return withStack({ replaces: true, onInvite }, async (_stack, port) => {
    const remote = { host: "127.0.0.1", port };
    const replaced = runSipp({ scenario: "they-hang-up", remote });
    await hasFirst;
    const [call] = calls;
    const named = call?.asReplaces();
    assert.ok(call !== undefined && named !== undefined);
    // As we know it: the peer's view the other way round.
    const replaces = serialiseReplaces({ ...named, toTag: named.fromTag, fromTag: named.toTag });
    const unknown = { replaces: `${call.callId};to-tag=x;from-tag=y`, status: "481" };
    assertSippPassed(await runSipp({ scenario: "replaces-refused", remote, values: unknown }));
    const early = { replaces: `${replaces};early-only`, status: "486" };
    assertSippPassed(await runSipp({ scenario: "replaces-refused", remote, values: early }));
    const values = { replaces, hold: "200" };
    assertSippPassed(await runSipp({ scenario: "replaces-caller", remote, values }));
    assertSippPassed(await replaced);
    assert.deepEqual(ends, ["replaced", "bye"]);
    assert.equal(calls.length, 2, "a refusal asks nobody");
  });
});

peerTest("SIPp is sent an INVITE with Replaces", options, () =>
  withStack({}, async (stack) => {
    const replaces = "98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r";
    const server = await startSippServer({ scenario: "replaces-callee", values: { replaces } });
    const call = await callTo(stack, server, [["Replaces", replaces]]);
    call.hangUp();
    assertSippPassed(await server.result);
  }),
);

for (const answer of ["200 OK", "202 Accepted"]) {
  peerTest(`SIPp is a mailbox that says ${answer}: messages, and the end of the subscription`, options, () =>
    withStack({}, async (stack, port) => {
      const server = await startSippServer({ scenario: "mailbox", values: { answer } });
      const target = { transport: "udp", address: server.address.host, port: server.address.port } as const;
      const waiting: (boolean | undefined)[] = [];
      const states: SubscriptionStatus["state"][] = [];
      let told: () => void = () => {};
      const hasMessages = new Promise<void>((resolve) => {
        told = resolve;
      });
      const runner = new SubscriptionRunner(
        {
          ...{ resource: "sip:1001@interop", event: "message-summary", contactUser: "agent" },
          credentials: () => undefined,
        },
        {
          userAgent: stack.userAgent,
          now: () => performance.now(),
          random: Math.random,
          randomToken: (bytes) => crypto.getRandomValues(Buffer.alloc(bytes)).toString("hex"),
          contactFor: () => ({ host: "127.0.0.1", port }),
          setTimer: (after, action) => {
            const timer = setTimeout(action, after);
            return () => clearTimeout(timer);
          },
          resolve: () => [target],
          onNotification: ({ body }) => {
            waiting.push(parseMessageSummary(body)?.waiting);
            if (waiting.at(-1) === true) told();
          },
          onState: ({ state }) => {
            if (states.at(-1) !== state) states.push(state);
          },
        },
      );
      runner.start();
      await hasMessages;
      await runner.stop();
      assertSippPassed(await server.result);
      assert.deepEqual(waiting, [false, true, true]);
      assert.deepEqual(states, ["subscribing", "active", "unsubscribed"]);
    }),
  );
}

peerTest("SIPp sends a NOTIFY that nobody has asked for", options, async () => {
  const run = (port: number, status: string) =>
    runSipp({ scenario: "unasked-notify", remote: { host: "127.0.0.1", port }, values: { status } });
  const bodies: boolean[] = [];
  const onRequest: SipStackOptions["onRequest"] = (incoming) => {
    bodies.push(parseMessageSummary(incoming.request.body)?.waiting === true);
    incoming.respond(200);
  };
  await withStack({ onRequest }, async (_stack, port) => assertSippPassed(await run(port, "200")));
  assert.deepEqual(bodies, [true]);
  await withStack({}, async (_stack, port) => assertSippPassed(await run(port, "481")));
});

// Reliable provisional responses, UPDATE, session timers and forks between packages/sip and SIPp, each in both roles.
import assert from "node:assert/strict";
import {
  createSipStack,
  type IncomingCall,
  type OutgoingCall,
  type SipStack,
  type SipStackOptions,
} from "@ringdown/sip";
import { peerTest, sipp } from "./peer.ts";
import { assertSippPassed, runSipp, type SippServer, startSippServer } from "./sipp.ts";

const sdp =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

async function withStack(
  onInvite: (call: IncomingCall) => void,
  play: (stack: SipStack, port: number) => Promise<void>,
  trace?: SipStackOptions["trace"],
): Promise<void> {
  const stack = await createSipStack({
    listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
    screen: () => "answer",
    onInvite,
    ...(trace && { trace }),
  });
  try {
    await play(stack, stack.transport.bound[0]?.port ?? 0);
  } finally {
    await stack.close();
  }
}

function callTo({ userAgent }: SipStack, { address: { host, port } }: SippServer): OutgoingCall {
  return userAgent.invite({
    requestUri: `sip:uas@${host}:${port}`,
    from: "<sip:1001@interop>",
    to: `<sip:uas@${host}:${port}>`,
    sdp,
    target: { transport: "udp", address: host, port },
  });
}

function answered(call: OutgoingCall): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    call.onAnswered = (answer) => resolve(answer);
    call.onEnded = ({ status }) => reject(new Error(`refused with ${status}`));
  });
}

peerTest(
  "SIPp calls: 422, a reliable 183 with PRACK, UPDATE before and after the 200, INFO, a re-INVITE that rings",
  { peers: [sipp] },
  () => {
    const seen: string[] = [];
    return withStack(
      (call) => {
        call.onPrack = () => seen.push("PRACK");
        call.onReinvite = (_offer, reply) => {
          seen.push(reply.method);
          if (reply.method === "INVITE") reply.ring({ status: 183, sdp, reliable: true });
          reply.accept(sdp);
          call.accept();
        };
        call.onInfo = (type, body) => seen.push(`${type} ${body.toString().split("\r\n", 1)[0]}`);
        call.onEnded = ({ cause }) => seen.push(cause);
        call.ring({ status: 183, sdp });
      },
      async (_stack, port) => {
        assertSippPassed(await runSipp({ scenario: "session-caller", remote: { host: "127.0.0.1", port } }));
        assert.deepEqual(seen, [
          ...["PRACK", "UPDATE", "application/dtmf-relay Signal=5"],
          ...["INVITE", "PRACK", "bye"],
        ]);
      },
    );
  },
);

peerTest(
  "SIPp is called: 422, a reliable 183 with PRACK, UPDATE before and after the 200, INFO",
  { peers: [sipp] },
  () =>
    withStack(
      (call) => call.reject(480),
      async (stack) => {
        const server = await startSippServer({ scenario: "session-callee" });
        const call = callTo(stack, server);
        call.onProgress = (_status, _sdp, fork) => fork?.update(sdp.replace("1 1", "1 2"));
        const answer = await answered(call);
        assert.match(answer ?? "", /^o=interop 7007 2 /m);
        call.onEnded = undefined;
        const refreshed = new Promise((resolve) => {
          call.onReinviteAnswer = resolve;
        });
        call.update(undefined);
        assert.deepEqual(await refreshed, { ok: true, sdp: undefined });
        call.sendInfo("application/dtmf-relay", "Signal=7\r\nDuration=160\r\n");
        call.hangUp();
        assertSippPassed(await server.result);
      },
    ),
);

peerTest("SIPp is two phones that both answer: the second gets ACK and BYE", { peers: [sipp] }, () => {
  let left: () => void = () => {};
  const hasLeft = new Promise<void>((resolve) => {
    left = resolve;
  });
  return withStack(
    (call) => call.reject(480),
    async (stack) => {
      const server = await startSippServer({ scenario: "two-phones" });
      const call = callTo(stack, server);
      const progress: string[] = [];
      call.onProgress = (status, _sdp, fork) => progress.push(`${status} ${fork?.id}`);
      await answered(call);
      call.onEnded = undefined;
      assert.deepEqual(progress, ["180 one", "183 two"]);
      await hasLeft;
      call.hangUp();
      assertSippPassed(await server.result);
    },
    // The 200 to the BYE that the other phone got.
    ({ direction, message }) => {
      if (direction === "in" && message?.headers.get("CSeq")?.endsWith("BYE")) left();
    },
  );
});

// Digest between packages/sip and SIPp, each as the one that asks and as the one that answers.
import assert from "node:assert/strict";
import { createSipStack, DigestServer, type SipStack } from "@ringdown/sip";
import { peerTest, sipp } from "./peer.ts";
import { assertSippPassed, received, runSipp, startSippServer } from "./sipp.ts";

const account = { username: "1001", password: "secret" };

async function withStack(
  onRegister: Parameters<typeof createSipStack>[0]["onRequest"],
  play: (stack: SipStack, port: number) => Promise<void>,
): Promise<void> {
  const stack = await createSipStack({
    listeners: [
      { protocol: "udp", host: "127.0.0.1", port: 0 },
      { protocol: "tcp", host: "127.0.0.1", port: 0 },
    ],
    transport: { samePort: true },
    screen: () => "answer",
    onInvite: (call) => call.reject(480),
    extraMethods: ["REGISTER"],
    ...(onRegister && { onRequest: onRegister }),
  });
  try {
    await play(stack, stack.transport.bound[0]?.port ?? 0);
  } finally {
    await stack.close();
  }
}

for (const transport of ["udp", "tcp"] as const) {
  for (const [password, status] of [
    ["secret", 200],
    ["wrong", 403],
  ] as const) {
    const name = `SIPp answers our challenge over ${transport} with the ${password === "wrong" ? "wrong" : "right"} password: ${status}`;
    peerTest(name, { peers: [sipp] }, () => {
      const digest = new DigestServer({
        realm: "interop",
        secret: "0123456789abcdef",
        randomToken: (bytes) => "7".repeat(2 * bytes),
        account: (username) => (username === account.username ? account : undefined),
        algorithms: ["MD5"],
      });
      return withStack(
        (incoming) => {
          const verdict = digest.verify(incoming.request, performance.now());
          if (verdict.ok) incoming.respond(200);
          else if (verdict.code === "missing")
            incoming.respond(401, { headers: digest.challenge(performance.now()) });
          else incoming.respond(verdict.code === "wrong_password" ? 403 : 500);
        },
        async (_stack, port) => {
          const result = await runSipp({
            scenario: "register",
            remote: { host: "127.0.0.1", port },
            transport,
            user: account.username,
            values: { username: account.username, password, status: String(status) },
          });
          assertSippPassed(result);
          assert.deepEqual(received(result), ["401 REGISTER", `${status} REGISTER`]);
        },
      );
    });
  }
}

// SIPp 3.6 computes MD5 alone, unless it is built with OpenSSL.
peerTest("SIPp challenges our INVITE and our BYE", { peers: [sipp] }, () =>
  withStack(undefined, async ({ userAgent }) => {
    const server = await startSippServer({
      scenario: "answer-with-challenge",
      values: account,
    });
    const { host, port } = server.address;
    const call = userAgent.invite({
      requestUri: `sip:uas@${host}:${port}`,
      from: "<sip:1001@interop>",
      to: `<sip:uas@${host}:${port}>`,
      sdp: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n",
      target: { transport: "udp", address: host, port },
      credentials: (realm) => (realm === "interop" ? account : undefined),
    });
    await new Promise<void>((resolve, reject) => {
      call.onAnswered = () => resolve();
      call.onEnded = ({ status }) => reject(new Error(`refused with ${status}`));
    });
    call.onEnded = undefined;
    call.hangUp();
    const result = await server.result;
    assertSippPassed(result);
    assert.deepEqual(received(result), ["INVITE", "ACK", "INVITE", "ACK", "BYE", "BYE"]);
  }),
);

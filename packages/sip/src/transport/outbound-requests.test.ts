import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { topVia } from "../message/message.ts";
import { createSipStack, type SipStackOptions } from "../stack.ts";
import { bind, isCode, sendError, streamMessage } from "./transport-test-kit.ts";

async function stackOn(t: TestContext, listeners: SipStackOptions["listeners"], seen: string[]) {
  const stack = await createSipStack({
    listeners,
    transport: { samePort: true },
    screen: () => "answer",
    onInvite: (call) => call.ignore(),
    extraMethods: ["MESSAGE"],
    onRequest: (incoming) => {
      seen.push(topVia(incoming.request).transport);
      incoming.respond(200);
    },
  });
  t.after(() => stack.close());
  return stack;
}

const udp = { protocol: "udp", host: "127.0.0.1", port: 0 } as const;
const tcp = { protocol: "tcp", host: "127.0.0.1", port: 0 } as const;

describe("large requests on real sockets", () => {
  for (const [what, listeners, transports] of [
    ["by TCP to who takes it", [udp, tcp], ["TCP", "TCP"]],
    ["by UDP to who listens on UDP alone", [udp], ["UDP", "UDP"]],
  ] as const) {
    it(`go ${what}`, async (t) => {
      const seen: string[] = [];
      const peer = await stackOn(t, listeners, seen);
      const us = await stackOn(t, [udp], []);
      const port = peer.transport.bound[0]?.port ?? 0;
      for (let round = 0; round < 2; round++) {
        const { status } = await us.userAgent.request({
          ...{ method: "MESSAGE", requestUri: `sip:127.0.0.1:${port}`, to: "<sip:a@127.0.0.1>" },
          ...{ from: "<sip:b@127.0.0.1>", body: "x".repeat(2_000), contentType: "text/plain" },
          target: { transport: "udp", address: "127.0.0.1", port },
        }).result;
        assert.equal(status, 200);
      }
      assert.deepEqual(seen, transports);
      assert.equal(us.transport.counters.connectionsOpened, 1);
    });
  }
});

describe("waiting for a connection", () => {
  it("ends for a message that is in a hurry, and not for the others", async (t) => {
    const { transport } = await bind(t);
    const silent = await bind(t, {}, [{ protocol: "tcp", host: "127.0.0.1", port: 0 }]);
    // A TCP port that never begins TLS: the connection stays in its opening.
    const target = { transport: "tls", address: "127.0.0.1", port: silent.tcpPort } as const;
    const slow = sendError(transport, target, streamMessage("slow"));
    const hurried = await sendError(transport, { ...target, connectWithinMs: 30 }, streamMessage("hurried"));
    assert.ok(isCode("connect_failed")(hurried));
    assert.match(hurried.message, /did not open in time/);
    assert.equal(transport.connections, 1, "it still may open");
    await silent.transport.close();
    assert.ok(isCode("connect_failed")(await slow));
  });
});

describe("requests over a connection that closes", () => {
  it("fail at once, also where the connection was opened for them", async (t) => {
    const server = createServer((socket) => socket.once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    const us = await stackOn(t, [udp], []);
    const { status } = await us.userAgent.request({
      ...{
        method: "OPTIONS",
        requestUri: "sip:127.0.0.1",
        to: "<sip:a@127.0.0.1>",
        from: "<sip:b@127.0.0.1>",
      },
      target: { transport: "tcp", address: "127.0.0.1", port: address.port },
    }).result;
    assert.equal(status, 503);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSipStack } from "./stack.ts";
import { sdp } from "./user-agent/agent-test-kit.ts";

const listeners = [
  { protocol: "udp", host: "127.0.0.1", port: 0 },
  { protocol: "tcp", host: "127.0.0.1", port: 0 },
] as const;

test("two stacks call each other over real sockets, UDP and TCP", async () => {
  const callee = await createSipStack({
    listeners,
    screen: () => "answer",
    onInvite: (call) => {
      call.ring();
      call.accept(sdp);
    },
  });
  const caller = await createSipStack({ listeners, screen: () => "drop", onInvite: (call) => call.ignore() });
  try {
    for (const protocol of ["udp", "tcp"] as const) {
      const port = callee.transport.bound.find((listener) => listener.protocol === protocol)?.port ?? 0;
      const target = { transport: protocol, address: "127.0.0.1", port };
      const call = caller.userAgent.invite({
        requestUri: `sip:demo@127.0.0.1:${port}`,
        from: "<sip:+15551234567@127.0.0.1>",
        to: "<sip:demo@127.0.0.1>",
        sdp,
        target,
      });
      const answer = await new Promise<string | undefined>((resolve) => {
        call.onAnswered = resolve;
      });
      assert.equal(answer, sdp);
      call.hangUp();
      const options = caller.userAgent.request({
        method: "OPTIONS",
        requestUri: `sip:127.0.0.1:${port}`,
        from: "<sip:a@127.0.0.1>",
        to: `<sip:127.0.0.1:${port}>`,
        target,
      });
      assert.equal((await options.result).status, 200);
    }
    assert.equal(callee.userAgent.stateSize().dialogs, 0);
  } finally {
    await caller.close();
    await callee.close();
  }
});

test("tells when a connection is closed", async () => {
  const told: string[] = [];
  const callee = await createSipStack({ listeners, screen: () => "drop", onInvite: (call) => call.ignore() });
  let closed: () => void = () => {};
  const whenClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const caller = await createSipStack({
    listeners,
    screen: () => "drop",
    onInvite: (call) => call.ignore(),
    onConnectionClosed: ({ remotePort }) => {
      told.push(`closed ${remotePort}`);
      closed();
    },
  });
  try {
    const port = callee.transport.bound.find(({ protocol }) => protocol === "tcp")?.port ?? 0;
    const target = { transport: "tcp", address: "127.0.0.1", port } as const;
    caller.userAgent.request({
      ...{ method: "OPTIONS", requestUri: "sip:a@b", from: "<sip:a@b>", to: "<sip:a@b>", target },
    });
    await new Promise((resolve) => setImmediate(resolve));
    await callee.close();
    await whenClosed;
    assert.deepEqual(told, [`closed ${port}`]);
  } finally {
    await caller.close();
    await callee.close();
  }
});

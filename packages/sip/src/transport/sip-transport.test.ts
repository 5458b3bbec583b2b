import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import type { SendTarget } from "./flow.ts";
import { SipTransport } from "./sip-transport.ts";
import {
  bind,
  isCode,
  noIpv6,
  RecordingSink,
  sendError,
  streamMessage,
  tcpPeer,
  udpPeer,
} from "./transport-test-kit.ts";

describe("binding", () => {
  it("says the real ports, and takes the same number for both where that is asked for", async (t) => {
    const { transport, udpPort, tcpPort } = await bind(t, { samePort: true });
    assert.ok(udpPort > 0);
    assert.equal(udpPort, tcpPort);
    assert.deepEqual(
      transport.bound.map(({ protocol, host }) => `${protocol} ${host}`),
      ["udp 127.0.0.1", "tcp 127.0.0.1"],
    );
  });

  it("says address and reason when a port is taken, and leaves nothing bound", async (t) => {
    const { udpPort, tcpPort } = await bind(t);
    for (const [protocol, port] of [
      ["udp", udpPort],
      ["tcp", tcpPort],
    ] as const) {
      const other = protocol === "udp" ? ("tcp" as const) : ("udp" as const);
      const first = await SipTransport.bind(
        [{ protocol: other, host: "127.0.0.1", port: 0 }],
        new RecordingSink(),
      );
      const free = first.bound[0]?.port ?? 0;
      await first.close();
      const listeners = [
        { protocol: other, host: "127.0.0.1", port: free },
        { protocol, host: "127.0.0.1", port },
      ];
      await assert.rejects(SipTransport.bind(listeners, new RecordingSink()), (error) => {
        assert.ok(isCode("listen_failed")(error) && error instanceof Error);
        assert.equal(
          error.message,
          `Cannot listen on ${protocol} 127.0.0.1:${port}: another program already listens there.`,
        );
        return true;
      });
      const again = await SipTransport.bind(listeners.slice(0, 1), new RecordingSink());
      await again.close();
    }
  });

  it("refuses addresses that this machine has not, and names", async () => {
    for (const [host, reason] of [
      ["192.0.2.1", /no such address/],
      ["localhost", /must be an IP address/],
    ] as const) {
      for (const protocol of ["udp", "tcp"] as const) {
        await assert.rejects(SipTransport.bind([{ protocol, host, port: 0 }], new RecordingSink()), reason);
      }
    }
  });

  it("binds IPv4 and IPv6 wildcards side by side on one port", { skip: noIpv6 }, async (t) => {
    const { udpPort } = await bind(t, {}, [{ protocol: "udp", host: "0.0.0.0", port: 0 }]);
    const { transport } = await bind(t, {}, [{ protocol: "udp", host: "::", port: udpPort }]);
    assert.equal(transport.bound[0]?.port, udpPort);
  });
});

describe("UDP", () => {
  it("brings a datagram with its flow, and answers by it", async (t) => {
    const { sink, transport, udpPort } = await bind(t);
    const peer = await udpPeer(t);
    peer.send("hello", udpPort);
    const [message] = await sink.messages(1);
    assert.ok(message);
    assert.deepEqual(message, {
      text: "hello",
      flow: {
        transport: "udp",
        localAddress: "127.0.0.1",
        localPort: udpPort,
        remoteAddress: "127.0.0.1",
        remotePort: peer.port,
      },
    });
    transport.send(message.flow, Buffer.from("answer"));
    assert.equal(await peer.next(), "answer");
    assert.equal(transport.counters.datagramsReceived, 1);
    assert.equal(transport.counters.datagramsSent, 1);
  });

  it("says which address a remote sees where it listens on a wildcard", async (t) => {
    const { sink, udpPort } = await bind(t, {}, [{ protocol: "udp", host: "0.0.0.0", port: 0 }]);
    const peer = await udpPeer(t, "127.0.0.9");
    peer.send("hello", udpPort);
    const [message] = await sink.messages(1);
    assert.equal(message?.flow.localAddress, "127.0.0.1");
    assert.equal(message?.flow.remoteAddress, "127.0.0.9");
  });

  it("speaks IPv6", { skip: noIpv6 }, async (t) => {
    const one = await bind(t, {}, [{ protocol: "udp", host: "::1", port: 0 }]);
    const two = await bind(t, {}, [{ protocol: "udp", host: "::1", port: 0 }]);
    one.transport.send({ transport: "udp", address: "::1", port: two.udpPort }, Buffer.from("six"));
    const [message] = await two.sink.messages(1);
    assert.equal(message?.text, "six");
    assert.equal(message?.flow.remoteAddress, "::1");
    assert.equal(message?.flow.remotePort, one.udpPort);
  });

  it("sends from the listener that the target names", async (t) => {
    const { transport } = await bind(t, {}, [
      { protocol: "udp", host: "127.0.0.1", port: 0 },
      { protocol: "udp", host: "127.0.0.2", port: 0 },
      { protocol: "udp", host: "127.0.0.1", port: 0 },
    ]);
    const receiver = await bind(t);
    for (const [index, { host, port }] of transport.bound.entries()) {
      const target: SendTarget = { transport: "udp", address: "127.0.0.1", port: receiver.udpPort };
      transport.send({ ...target, localAddress: host, localPort: port }, Buffer.from("x"));
      const message = (await receiver.sink.messages(index + 1))[index];
      assert.deepEqual([message?.flow.remoteAddress, message?.flow.remotePort], [host, port]);
    }
  });

  it("drops keep-alives, and carries 60,000 bytes", async (t) => {
    const { sink, transport, udpPort } = await bind(t);
    const peer = await udpPeer(t);
    for (const text of ["\r\n\r\n", "\r\n", "\0\0\0\0", ""]) peer.send(text, udpPort);
    peer.send("x".repeat(60_000), udpPort);
    const [message] = await sink.messages(1);
    assert.equal(message?.text.length, 60_000);
    assert.equal(transport.counters.keepalives, 4);
  });

  it("reports what cannot be sent, later and once, and never throws", async (t) => {
    const { transport, udpPort } = await bind(t);
    const target: SendTarget = { transport: "udp", address: "127.0.0.1", port: udpPort };
    let inside = true;
    const tooLarge = new Promise<Error>((resolve) =>
      transport.send(target, Buffer.alloc(70_000), (error) => {
        assert.equal(inside, false);
        resolve(error);
      }),
    );
    inside = false;
    assert.ok(isCode("send_failed")(await tooLarge));
    for (const wrong of [
      { ...target, address: "sip.example.com" },
      { ...target, port: 0 },
      { ...target, port: 65_536 },
    ]) {
      assert.ok(isCode("send_failed")(await sendError(transport, wrong)));
    }
    assert.ok(isCode("no_listener")(await sendError(transport, { ...target, address: "::1" })));
    transport.send(target, Buffer.alloc(70_000));
    transport.send({ ...target, address: "nonsense" }, Buffer.from("x"));
    assert.equal(transport.counters.sendErrors, 6);
    await transport.close();
    assert.ok(isCode("closed")(await sendError(transport, target)));
  });
});

describe("TCP", () => {
  it("cuts messages, answers by their connection, and answers pings", async (t) => {
    const { sink, transport, tcpPort } = await bind(t);
    const peer = await tcpPeer(t, tcpPort);
    peer.write(streamMessage("1", "body") + streamMessage("2").slice(0, 20));
    peer.write(`${streamMessage("2").slice(20)}\r\n\r\n`);
    const [pong] = (await once(peer, "data")) as [Buffer];
    assert.equal(pong.toString(), "\r\n");
    const [one, two] = await sink.messages(2);
    assert.equal(one?.text, streamMessage("1", "body"));
    assert.equal(two?.text, streamMessage("2"));
    assert.ok(one);
    assert.equal(one.flow.localPort, tcpPort);
    assert.equal(one.flow.remotePort, peer.localPort);
    transport.send(one.flow, Buffer.from("answer"));
    const [answer] = (await once(peer, "data")) as [Buffer];
    assert.equal(answer.toString(), "answer");
  });

  it("uses one connection for a remote, in both directions", async (t) => {
    const one = await bind(t);
    const two = await bind(t);
    const target: SendTarget = { transport: "tcp", address: "127.0.0.1", port: two.tcpPort };
    one.transport.send(target, Buffer.from(streamMessage("1")));
    one.transport.send(target, Buffer.from(streamMessage("2")));
    const [first, second] = await two.sink.messages(2);
    assert.ok(first && second);
    assert.equal(first.flow.connectionId, second.flow.connectionId);
    const back: SendTarget = { transport: "tcp", address: "127.0.0.1", port: first.flow.remotePort };
    two.transport.send(back, Buffer.from(streamMessage("3")));
    const [third] = await one.sink.messages(1);
    assert.equal(third?.flow.remotePort, two.tcpPort);
    assert.equal(one.transport.connections, 1);
    assert.equal(two.transport.connections, 1);
    assert.equal(two.transport.counters.connectionsOpened, 0);
  });

  it("tells the sink once that a connection is closed, and opens another for a response", async (t) => {
    const { sink, transport, tcpPort } = await bind(t);
    const peer = await tcpPeer(t, tcpPort);
    peer.write(streamMessage("1"));
    const [message] = await sink.messages(1);
    assert.ok(message);
    peer.destroy();
    const [closure] = await sink.closures(1);
    assert.deepEqual(closure?.flow, message.flow);
    assert.ok(isCode("connection_closed")(await sendError(transport, message.flow)));
    // RFC 3261 §18.2.2: to the source address and the port of sent-by.
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    const { connectionId } = message.flow;
    assert.ok(connectionId !== undefined);
    transport.send(
      { transport: "tcp", address: "127.0.0.1", port: address.port, connectionId },
      Buffer.from("late answer"),
    );
    const [socket] = (await once(server, "connection")) as [Socket];
    const [bytes] = (await once(socket, "data")) as [Buffer];
    assert.equal(bytes.toString(), "late answer");
    assert.equal(sink.closed.length, 1);
    socket.destroy();
  });

  it("reports a connection that is refused, for each message", async (t) => {
    const { sink, transport } = await bind(t);
    const other = await bind(t);
    await other.transport.close();
    const target: SendTarget = { transport: "tcp", address: "127.0.0.1", port: other.tcpPort };
    const errors = await Promise.all([sendError(transport, target), sendError(transport, target)]);
    for (const error of errors) {
      assert.ok(isCode("connect_failed")(error));
      assert.match(error.message, /^No connection by tcp with 127.0.0.1 port \d+: .*ECONNREFUSED/);
    }
    assert.equal((await sink.closures(1)).length, 1);
    assert.equal(transport.connections, 0);
  });

  it("closes a stream that it cannot cut", async (t) => {
    const { sink, transport, tcpPort } = await bind(t);
    const peer = await tcpPeer(t, tcpPort);
    peer.resume();
    peer.write("INFO sip:a@b SIP/2.0\r\nCall-ID: no length\r\n\r\n");
    await once(peer, "close");
    const [closure] = await sink.closures(1);
    assert.ok(isCode("framing_error")(closure?.error));
    assert.equal(transport.counters.framingErrors, 1);
  });

  it("cuts a peer that sends a header for ever, by size and by time", async (t) => {
    const { sink, tcpPort } = await bind(t, { framing: { headerBytes: 2_000 }, messageTimeoutMs: 60 });
    const greedy = await tcpPeer(t, tcpPort);
    greedy.write(`INFO sip:a@b SIP/2.0\r\nX: ${"y".repeat(3_000)}`);
    const slow = await tcpPeer(t, tcpPort);
    slow.resume();
    slow.write(streamMessage("whole"));
    // Each byte is traffic, so only the bound on a message's own time can end this.
    const drip = setInterval(() => slow.write("X"), 5);
    t.after(() => clearInterval(drip));
    const closures = await sink.closures(2);
    assert.ok(isCode("framing_error")(closures[0]?.error));
    assert.ok(isCode("message_timeout")(closures[1]?.error));
  });

  it("closes connections that never bring a message, and idle ones", async (t) => {
    const silent = await bind(t, { firstMessageTimeoutMs: 40 });
    await tcpPeer(t, silent.tcpPort);
    assert.ok(isCode("message_timeout")((await silent.sink.closures(1))[0]?.error));
    const idle = await bind(t, { idleTimeoutMs: 40 });
    const peer = await tcpPeer(t, idle.tcpPort);
    peer.write(streamMessage("1"));
    assert.ok(isCode("connection_closed")((await idle.sink.closures(1))[0]?.error));
  });

  it("holds its limits of connections, in all and for a source", async (t) => {
    const { sink, transport, tcpPort } = await bind(t, { maxConnectionsPerSource: 2, maxConnections: 3 });
    const first = await tcpPeer(t, tcpPort);
    first.write(streamMessage("1"));
    (await tcpPeer(t, tcpPort)).write(streamMessage("2"));
    await sink.messages(2);
    const third = await tcpPeer(t, tcpPort);
    third.resume();
    await once(third, "close");
    assert.equal(transport.counters.connectionsRefused, 1);
    const other = await bind(t);
    const another = await bind(t);
    const target: SendTarget = { transport: "tcp", address: "127.0.0.1", port: other.tcpPort };
    transport.send(target, Buffer.from(streamMessage("3")));
    assert.ok(
      isCode("too_many_connections")(await sendError(transport, { ...target, port: another.tcpPort })),
    );
    // A place that becomes free can be taken again.
    first.destroy();
    await sink.closures(1);
    (await tcpPeer(t, tcpPort)).write(streamMessage("4"));
    await sink.messages(3);
  });

  it("leaves half of the connections to sources that somebody vouches for", async (t) => {
    let isKnown = false;
    const options = { maxConnections: 5, isKnownSource: () => isKnown };
    const { sink, transport, tcpPort } = await bind(t, options);
    const strangers: Socket[] = [];
    for (let i = 0; i < 4; i++) {
      const stranger = await tcpPeer(t, tcpPort);
      stranger.write(streamMessage(String(i)));
      stranger.resume();
      if (i === 3) await once(stranger, "close");
      else await sink.messages(i + 1);
      strangers.push(stranger);
    }
    assert.equal(transport.counters.connectionsRefused, 1);
    isKnown = true;
    (await tcpPeer(t, tcpPort)).write(streamMessage("known"));
    await sink.messages(4);
    // A place that becomes free can be taken again.
    isKnown = false;
    strangers[0]?.destroy();
    await sink.closures(1);
    (await tcpPeer(t, tcpPort)).write(streamMessage("stranger"));
    await sink.messages(5);
  });

  it("cuts a remote that does not read", async (t) => {
    const { sink, transport, tcpPort } = await bind(t, { maxBufferedBytes: 100_000 });
    const peer = await tcpPeer(t, tcpPort);
    peer.pause();
    peer.write(streamMessage("1"));
    const [message] = await sink.messages(1);
    assert.ok(message);
    const failed = new Promise<Error>((resolve) => {
      for (let i = 0; i < 400; i++) transport.send(message.flow, Buffer.alloc(50_000), resolve);
    });
    await failed;
    assert.ok(isCode("write_buffer_full")((await sink.closures(1))[0]?.error));
  });

  it("closes with everything, after what was sent has gone out", async (t) => {
    const { sink, transport, tcpPort } = await bind(t);
    const peer = await tcpPeer(t, tcpPort);
    peer.write(streamMessage("1"));
    const [message] = await sink.messages(1);
    assert.ok(message);
    transport.send(message.flow, Buffer.from("BYE"));
    const closing = transport.close();
    const [bytes] = (await once(peer, "data")) as [Buffer];
    assert.equal(bytes.toString(), "BYE");
    await closing;
    assert.equal(transport.close(), transport.close());
    assert.equal(sink.closed.length, 0, "its own closing is no news to the one who closed");
    await assert.rejects(tcpPeerFails(tcpPort));
  });
});

async function tcpPeerFails(port: number): Promise<void> {
  const { connect } = await import("node:net");
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
}

describe("a sink that throws", () => {
  it("does not end the process where the transport is told what to do", async (t) => {
    const errors: unknown[] = [];
    const seen = new RecordingSink();
    const transport = await SipTransport.bind(
      [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
      {
        receive: (bytes, flow) => {
          seen.receive(bytes, flow);
          throw new Error("a fault of ours");
        },
        connectionClosed: () => {},
      },
      { onSinkError: (error) => errors.push(error) },
    );
    t.after(() => transport.close());
    const peer = await udpPeer(t);
    const port = transport.bound[0]?.port ?? 0;
    peer.send("one", port);
    await seen.messages(1);
    peer.send("two", port);
    await seen.messages(2);
    assert.equal(errors.length, 2);
    assert.equal(transport.counters.sinkErrors, 2);
  });
});

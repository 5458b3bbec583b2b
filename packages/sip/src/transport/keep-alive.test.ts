import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import type { SendTarget } from "./flow.ts";
import { bind, isCode, sendError, streamMessage, tcpPeer } from "./transport-test-kit.ts";

/** A TCP server that is the test itself: the first socket that connects, and a target that leads to it. */
async function tcpServer(t: TestContext): Promise<{ target: SendTarget; accepted: Promise<Socket> }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection").then(([socket]: Socket[]) => {
    assert.ok(socket);
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    return socket;
  });
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return { target: { transport: "tcp", address: "127.0.0.1", port: address.port }, accepted };
}

/** Collects what comes, and waits until it is that. */
function hears(socket: Socket): { until(text: string): Promise<void> } {
  let heard = "";
  let wake = (): void => {};
  socket.on("data", (bytes) => {
    heard += bytes.toString();
    wake();
  });
  return {
    async until(text) {
      while (heard !== text)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
  };
}

const ping = Buffer.from("\r\n\r\n");

describe("keep-alive (RFC 5626 §4.4.1)", () => {
  it("pings by a double CRLF in the interval that was asked for, as long as pongs come", async (t) => {
    const { target, accepted } = await tcpServer(t);
    const { transport, sink } = await bind(t, { pongTimeoutMs: 50 });
    transport.send(target, Buffer.from(streamMessage("1")));
    const socket = await accepted;
    socket.write(streamMessage("2"));
    const [message] = await sink.messages(1);
    assert.ok(message?.flow.connectionId !== undefined);
    assert.equal(transport.keepAlive(message.flow.connectionId, 20, true), true);
    const peer = hears(socket);
    let expected = streamMessage("1");
    for (let round = 1; round <= 4; round++) {
      expected += "\r\n\r\n";
      await peer.until(expected);
      // A pong beside a message counts as well, and is no half of a ping.
      socket.write(round === 2 ? `\r\n${streamMessage("3")}` : "\r\n");
    }
    assert.equal((await sink.messages(2))[1]?.text, streamMessage("3"));
    const [closure] = await sink.closures(1);
    assert.ok(isCode("keepalive_failed")(closure?.error), "the fifth had no answer");
    assert.equal(transport.counters.keepalives, 4);
    assert.equal(transport.keepAlive(message.flow.connectionId, 20), false, "it is gone");
  });

  it("asks for a pong only of who has sent one before", async (t) => {
    const { transport, sink } = await bind(t, { pongTimeoutMs: 40 });
    const [able, unable] = [await tcpServer(t), await tcpServer(t)];
    for (const { target } of [able, unable]) transport.send(target, Buffer.from(streamMessage("1")));
    const [socket] = await Promise.all([able.accepted, unable.accepted]);
    const peer = hears(socket);
    await peer.until(streamMessage("1"));
    transport.send(able.target, ping);
    await peer.until(`${streamMessage("1")}\r\n\r\n`);
    socket.write(`\r\n${streamMessage("2")}`);
    await sink.messages(1);
    for (const { target } of [unable, able]) transport.send(target, ping);
    const [closure] = await sink.closures(1);
    assert.ok(isCode("keepalive_failed")(closure?.error));
    assert.equal(closure?.flow.remotePort, able.target.port);
    assert.equal(transport.connections, 1);
  });

  it("answers the peer's pings while it waits for a pong of its own", async (t) => {
    const { target, accepted } = await tcpServer(t);
    const { transport } = await bind(t);
    transport.send(target, Buffer.from(streamMessage("1")));
    const socket = await accepted;
    const peer = hears(socket);
    await peer.until(streamMessage("1"));
    transport.send(target, ping);
    await peer.until(`${streamMessage("1")}\r\n\r\n`);
    socket.write("\r\n\r\n\r\n");
    await peer.until(`${streamMessage("1")}\r\n\r\n\r\n`);
    assert.equal(transport.counters.keepalives, 2);
  });

  it("pings a WebSocket by its own frames", async (t) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false });
    t.after(() => {
      for (const one of server.clients) one.terminate();
      server.close();
    });
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    const { transport, sink } = await bind(t, { pongTimeoutMs: 40 });
    const connected = once(server, "connection") as Promise<[WebSocket]>;
    transport.send({ transport: "ws", address: "127.0.0.1", port: address.port }, Buffer.from("hello"));
    const [webSocket] = await connected;
    webSocket.send("hello yourself");
    const [message] = await sink.messages(1);
    transport.keepAlive(message?.flow.connectionId ?? 0, 20, true);
    for (let round = 0; round < 3; round++) {
      await once(webSocket, "ping");
      if (round < 2) webSocket.pong();
    }
    assert.ok(isCode("keepalive_failed")((await sink.closures(1))[0]?.error));
  });

  it("sends a ping over UDP as it is", async (t) => {
    const one = await bind(t);
    const two = await bind(t);
    one.transport.send({ transport: "udp", address: "127.0.0.1", port: two.udpPort }, ping);
    one.transport.send({ transport: "udp", address: "127.0.0.1", port: two.udpPort }, Buffer.from("message"));
    await two.sink.messages(1);
    assert.equal(two.transport.counters.keepalives, 1);
  });
});

describe("age", () => {
  it("ends a connection at a pause, though not one that we ping", async (t) => {
    let skipped = 0;
    const { now } = performance;
    t.mock.method(performance, "now", () => now.call(performance) + skipped);
    // The shortest time decides how often is looked.
    const { sink, transport, tcpPort } = await bind(t, { maxAgeMs: 60_000, pongTimeoutMs: 40 });
    const { target, accepted } = await tcpServer(t);
    const old = await tcpPeer(t, tcpPort);
    const busy = await tcpPeer(t, tcpPort);
    const ports = [old.localPort, busy.localPort];
    old.write(streamMessage("1"));
    busy.write(streamMessage("1"));
    await sink.messages(2);
    transport.send(target, Buffer.from(streamMessage("1")));
    const kept = await accepted;
    kept.write(streamMessage("2"));
    const pinged = (await sink.messages(3))[2];
    transport.keepAlive(pinged?.flow.connectionId ?? 0, 50_000);
    skipped = 55_000;
    busy.write(streamMessage("2"));
    await sink.messages(4);
    skipped = 61_000;
    const [closure] = await sink.closures(1);
    assert.equal(closure?.flow.remotePort, ports[0]);
    assert.ok(isCode("connection_closed")(closure?.error));
    skipped = 100_000;
    assert.equal((await sink.closures(2))[1]?.flow.remotePort, ports[1]);
    assert.equal(sink.closed.length, 2);
    assert.equal(transport.connections, 1);
  });

  it("sends nothing by a connection that is closing", async (t) => {
    const { sink, transport, tcpPort } = await bind(t, { idleTimeoutMs: 40 });
    const peer = await tcpPeer(t, tcpPort);
    peer.write(streamMessage("1"));
    const [message] = await sink.messages(1);
    assert.ok(message);
    await sink.closures(1);
    assert.ok(isCode("connection_closed")(await sendError(transport, message.flow)));
  });
});

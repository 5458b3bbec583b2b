import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import type { SendTarget } from "./flow.ts";
import type { HandshakeFailure, TransportOptions } from "./options.ts";
import { Authority } from "./tls-test-kit.ts";
import { bind, gone, isCode, noIpv6, sendError, streamMessage, tcpPeer } from "./transport-test-kit.ts";

async function wsBench(t: TestContext, options: TransportOptions = {}, host = "127.0.0.1") {
  const made = await bind(t, options, [{ protocol: "ws", host, port: 0 }]);
  const port = made.transport.bound[0]?.port ?? 0;
  const target: SendTarget = { transport: "ws", address: host, port };
  return { ...made, port, target };
}

async function client(t: TestContext, port: number, options: ClientOptions = {}): Promise<WebSocket> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`, ["sip"], options);
  webSocket.on("error", () => {});
  t.after(() => webSocket.terminate());
  await once(webSocket, "open");
  return webSocket;
}

/** The closing code that the other side gives. */
async function closeCode(webSocket: WebSocket): Promise<number> {
  const [code] = (await once(webSocket, "close")) as [number];
  return code;
}

/** A WebSocket whose frames the test writes itself. */
async function rawClient(t: TestContext, port: number): Promise<Socket> {
  const socket = await tcpPeer(t, port);
  socket.write(upgrade());
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 101 /);
  return socket;
}

function upgrade(lines: Record<string, string> = {}, start = "GET / HTTP/1.1"): string {
  const headers = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "sip",
    ...lines,
  };
  const text = Object.entries(headers).map(([name, value]) => (value === "" ? "" : `${name}: ${value}\r\n`));
  return `${start}\r\n${text.join("")}\r\n`;
}

/** One masked frame, with a mask of zeros. @param first FIN and opcode */
function frame(first: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const length = Buffer.alloc(body.length < 126 ? 2 : 4);
  length[0] = first;
  length[1] = 0x80 | Math.min(body.length, 126);
  if (body.length >= 126) length.writeUInt16BE(body.length, 2);
  return Buffer.concat([length, Buffer.alloc(4), body]);
}

describe("WebSocket (RFC 7118)", () => {
  it("takes text and binary messages, each one SIP message, and answers by its connection", async (t) => {
    const { sink, transport, port } = await wsBench(t);
    const webSocket = await client(t, port);
    assert.equal(webSocket.protocol, "sip");
    webSocket.send("OPTIONS without any Content-Length");
    webSocket.send(Buffer.from([1, 2, 3, 4, 255]));
    const [first] = await sink.messages(2);
    assert.ok(first);
    assert.equal(first.text, "OPTIONS without any Content-Length");
    assert.equal(first.flow.transport, "ws");
    assert.equal(first.flow.localPort, port);
    const answers: { data: Buffer; isBinary: boolean }[] = [];
    webSocket.on("message", (data: Buffer, isBinary: boolean) => answers.push({ data, isBinary }));
    transport.send(first.flow, Buffer.from("Täxt"));
    transport.send(first.flow, Buffer.from([0xff, 0xfe, 1, 2, 3]));
    while (answers.length < 2) await once(webSocket, "message");
    assert.deepEqual(answers, [
      { data: Buffer.from("Täxt"), isBinary: false },
      { data: Buffer.from([0xff, 0xfe, 1, 2, 3]), isBinary: true },
    ]);
  });

  it("takes a message in fragments with a ping between, and messages in one write", async (t) => {
    const { sink, transport, port } = await wsBench(t);
    const socket = await rawClient(t, port);
    socket.write(
      Buffer.concat([frame(0x01, "first "), frame(0x89, "ping"), frame(0x80, "half"), frame(0x81, "second")]),
    );
    const [first, second] = await sink.messages(2);
    assert.deepEqual([first?.text, second?.text], ["first half", "second"]);
    const [pong] = (await once(socket, "data")) as [Buffer];
    assert.deepEqual(pong, Buffer.from([0x8a, 4, ...Buffer.from("ping")]));
    assert.equal(transport.counters.keepalives, 1);
  });

  it("opens one itself, and uses it in both directions", async (t) => {
    const one = await wsBench(t);
    const two = await wsBench(t);
    one.transport.send(two.target, Buffer.from(streamMessage("1")));
    one.transport.send(two.target, Buffer.from(streamMessage("2")));
    const [first] = await two.sink.messages(2);
    assert.ok(first);
    const back: SendTarget = { transport: "ws", address: "127.0.0.1", port: first.flow.remotePort };
    two.transport.send(back, Buffer.from(streamMessage("3")));
    const [third] = await one.sink.messages(1);
    assert.equal(third?.text, streamMessage("3"));
    assert.equal(one.transport.connections, 1);
    assert.equal(two.transport.connections, 1);
  });

  it("asks for the path that the target names, and is told when there is none", async (t) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", path: "/sip" });
    t.after(() => {
      for (const one of server.clients) one.terminate();
      server.close();
    });
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    const { transport } = await wsBench(t);
    const target: SendTarget = { transport: "ws", address: "127.0.0.1", port: address.port };
    const asked = once(server, "connection");
    transport.send({ ...target, path: "/sip?a=b" }, Buffer.from("hello"));
    const [webSocket, request] = await asked;
    assert.equal(request.url, "/sip?a=b");
    assert.equal(webSocket.protocol, "sip");
    const error = await sendError(transport, { ...target, path: "/elsewhere" });
    assert.ok(isCode("connect_failed")(error));
    assert.match(error.message, /Unexpected server response: 400/);
    for (const wrong of [{ path: "/#nowhere" }, { serverName: "no host name" }])
      assert.ok(isCode("connect_failed")(await sendError(transport, { ...target, ...wrong })));
  });

  it("does not send to a server that speaks another subprotocol, or none", async (t) => {
    for (const handleProtocols of [() => "xmpp", () => false as const]) {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols });
      t.after(() => server.close());
      await once(server, "listening");
      const address = server.address();
      assert.ok(typeof address === "object" && address);
      const { transport } = await wsBench(t);
      const target: SendTarget = { transport: "ws", address: "127.0.0.1", port: address.port };
      const error = await sendError(transport, target);
      assert.match(error.message, /subprotocol/);
    }
  });

  it("opens no connection to where a browser's came from (§5)", async (t) => {
    const { sink, transport, port } = await wsBench(t);
    const webSocket = await client(t, port);
    webSocket.send("hello");
    const [message] = await sink.messages(1);
    webSocket.terminate();
    await sink.closures(1);
    const { connectionId } = message?.flow ?? {};
    assert.ok(connectionId !== undefined);
    const target: SendTarget = { transport: "ws", address: "127.0.0.1", port, connectionId };
    assert.ok(isCode("connection_closed")(await sendError(transport, target)));
    assert.equal(transport.counters.connectionsOpened, 0);
  });

  it("takes the WebSockets of another web server, whatever their origin", async (t) => {
    const { sink, transport } = await wsBench(t, { isAllowedOrigin: () => false });
    const adopted: (number | undefined)[] = [];
    const server = createServer();
    server.on("upgrade", (request, socket, head) =>
      adopted.push(transport.adoptWebSocket(request, socket as Socket, head)),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const webSocket = await client(t, port, { origin: "https://elsewhere.example" });
    webSocket.send("OPTIONS by it");
    const [first] = await sink.messages(1);
    assert.equal(first?.text, "OPTIONS by it");
    assert.deepEqual(adopted, [first?.flow.connectionId]);
    transport.send(first?.flow ?? assert.fail(), Buffer.from("the answer"));
    const [data] = (await once(webSocket, "message")) as [Buffer];
    assert.equal(data.toString(), "the answer");

    const other = new WebSocket(`ws://127.0.0.1:${port}/`, ["xmpp"]);
    const [error] = (await once(other, "error")) as [Error];
    assert.match(error.message, /400/);
    await transport.close();
    const late = new WebSocket(`ws://127.0.0.1:${port}/`, ["sip"]);
    await once(late, "error");
    assert.equal(adopted.at(-1), undefined);
  });

  it("answers keep-alives by message and by ping, and takes no pong for a message", async (t) => {
    const { sink, transport, port } = await wsBench(t);
    const webSocket = await client(t, port);
    webSocket.send("\r\n\r\n");
    const [pong] = (await once(webSocket, "message")) as [Buffer];
    assert.equal(pong.toString(), "\r\n");
    webSocket.send("\r\n");
    webSocket.ping();
    await once(webSocket, "pong");
    webSocket.send("whole message");
    await sink.messages(1);
    assert.equal(sink.received.length, 1);
    assert.equal(transport.counters.keepalives, 3);
  });

  it("closes by the closing handshake", async (t) => {
    const { sink, transport, port } = await wsBench(t);
    const webSocket = await client(t, port);
    webSocket.send("hello");
    const [message] = await sink.messages(1);
    assert.ok(message);
    transport.send(message.flow, Buffer.from("BYE"));
    const [[bytes], code] = await Promise.all([
      once(webSocket, "message") as Promise<[Buffer]>,
      closeCode(webSocket),
      transport.close(),
    ]);
    assert.equal(bytes.toString(), "BYE");
    assert.equal(code, 1001);
  });

  it("speaks IPv6, and TLS", { skip: noIpv6 }, async (t) => {
    const authority = new Authority();
    const tls = { ...authority.issue(["pbx.example.com"]), ca: authority.cert };
    const listener = [{ protocol: "wss" as const, host: "::1", port: 0 }];
    const two = await bind(t, { tls: { ...tls, clientCertificates: "request" } }, listener);
    const port = two.transport.bound[0]?.port ?? 0;
    const target: SendTarget = { transport: "wss", address: "::1", port, serverName: "pbx.example.com" };
    const one = await bind(t, { tls: { ...authority.issue(["me.example.com"]), ca: authority.cert } }, []);
    one.transport.send(target, Buffer.from("secret"));
    const [message] = await two.sink.messages(1);
    assert.equal(message?.flow.transport, "wss");
    assert.equal(message?.flow.remoteAddress, "::1");
    assert.deepEqual(message?.flow.peerNames, ["me.example.com"]);
    if (message) two.transport.send(message.flow, Buffer.from("answer"));
    assert.equal((await one.sink.messages(1))[0]?.flow.serverName, "pbx.example.com");
    const error = await sendError(one.transport, { ...target, serverName: "other.example.com" });
    assert.match(error.message, /for pbx.example.com, not for other.example.com/);
    const wrong = await sendError(one.transport, { ...target, transport: "ws" });
    assert.ok(isCode("connect_failed")(wrong), "plain text to a TLS port");
  });
});

describe("the upgrade", () => {
  it("is refused with a reason, and the connection closed", async (t) => {
    const failures: HandshakeFailure[] = [];
    const { transport, port } = await wsBench(t, {
      isAllowedOrigin: (origin) => origin !== "https://evil.example",
      onHandshakeFailed: (failure) => failures.push(failure),
    });
    const cases: [text: string, answer: RegExp][] = [
      [upgrade({ "Sec-WebSocket-Protocol": "" }), /^HTTP\/1.1 400 [\s\S]*subprotocol sip is not offered/],
      [upgrade({ "Sec-WebSocket-Protocol": "xmpp, SIP" }), /^HTTP\/1.1 400 /],
      [upgrade({ Origin: "https://evil.example" }), /^HTTP\/1.1 403 /],
      [upgrade({ "Sec-WebSocket-Key": "short" }), /^HTTP\/1.1 400 /],
      [upgrade({ "Sec-WebSocket-Version": "7" }), /^HTTP\/1.1 400 /],
      [upgrade({ Upgrade: "h2c" }), /^HTTP\/1.1 400 /],
      [upgrade({}, "POST / HTTP/1.1"), /^HTTP\/1.1 405 /],
      [upgrade({ Upgrade: "", Connection: "close" }), /^HTTP\/1.1 426 [\s\S]*SIP is spoken here/],
      [`GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
      [streamMessage("SIP, bare"), /^HTTP\/1.1 400 /],
      ["\x16\x03\x01\x02\x00\x01\x00", /^HTTP\/1.1 400 /],
    ];
    for (const [text, answer] of cases) {
      const peer = await tcpPeer(t, port);
      let heard = "";
      peer.on("data", (bytes) => {
        heard += bytes.toString();
      });
      peer.write(text);
      await gone(peer);
      assert.match(heard, answer, text);
    }
    while (transport.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(transport.counters.handshakeFailures, cases.length);
    assert.match(failures[0]?.error.message ?? "", /subprotocol/);
    await client(t, port, { origin: "https://good.example" });
    await client(t, port, { headers: { "Sec-WebSocket-Protocol": "xmpp, sip" } });
  });

  it("must be over in time, however it drips, and is counted", async (t) => {
    const { transport, port } = await wsBench(t, { handshakeTimeoutMs: 60, maxConnectionsPerSource: 3 });
    const silent = gone(await tcpPeer(t, port));
    const slow = await tcpPeer(t, port);
    slow.write("GET / HTTP/1.1\r\nX: ");
    const drip = setInterval(() => slow.write("y"), 5);
    t.after(() => clearInterval(drip));
    const refused = await tcpPeer(t, port);
    // It got its answer, and does not close.
    refused.write(upgrade({ "Sec-WebSocket-Protocol": "xmpp" }));
    const fourth = gone(await tcpPeer(t, port));
    await Promise.all([silent, gone(slow), gone(refused), fourth]);
    assert.equal(transport.counters.connectionsRefused, 1);
    await client(t, port);
  });
});

describe("hostile WebSockets", () => {
  it("are cut for messages that are too large, by one frame or by many", async (t) => {
    const { sink, port } = await wsBench(t, { framing: { headerBytes: 1_000, bodyBytes: 1_000 } });
    const large = await client(t, port);
    large.send("x".repeat(2_001));
    assert.equal(await closeCode(large), 1009);
    const announced = await rawClient(t, port);
    // 2^40 bytes to come.
    announced.write(Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    await gone(announced);
    const many = await rawClient(t, port);
    many.write(frame(0x01, "x".repeat(900)));
    for (let index = 0; index < 3; index++) many.write(frame(0x00, "x".repeat(900)));
    await gone(many);
    for (const { error } of await sink.closures(3)) assert.ok(isCode("framing_error")(error), String(error));
    assert.equal(sink.received.length, 0);
  });

  it("are cut for fragments without end, which cost more than their bytes", async (t) => {
    const { sink, port } = await wsBench(t);
    const socket = await rawClient(t, port);
    socket.write(Buffer.concat([frame(0x01, "x"), ...Array.from({ length: 300 }, () => frame(0x00, "x"))]));
    await gone(socket);
    assert.ok(isCode("framing_error")((await sink.closures(1))[0]?.error));
  });

  it("are cut for what RFC 6455 forbids", async (t) => {
    const { sink, port } = await wsBench(t);
    const unmasked = Buffer.from([0x81, 1, 120]);
    const badText = frame(0x81, Buffer.from([0xff, 0xfe]));
    const reserved = frame(0xc1, "x");
    const unknown = frame(0x83, "x");
    const continued = frame(0x80, "x");
    for (const bytes of [unmasked, badText, reserved, unknown, continued]) {
      const socket = await rawClient(t, port);
      socket.write(bytes);
      socket.write("more");
      await gone(socket);
    }
    for (const { error } of await sink.closures(5)) assert.ok(error instanceof Error);
    assert.equal(sink.received.length, 0);
  });

  it("are cut for a message that drips, and for none at all", async (t) => {
    const { sink, port } = await wsBench(t, { messageTimeoutMs: 60, firstMessageTimeoutMs: 3_600_000 });
    const slow = await rawClient(t, port);
    slow.write(frame(0x81, "whole message"));
    await sink.messages(1);
    slow.write(frame(0x81, "x".repeat(60_000)).subarray(0, 8));
    const drip = setInterval(() => slow.write("x"), 5);
    t.after(() => clearInterval(drip));
    assert.ok(isCode("message_timeout")((await sink.closures(1))[0]?.error));
    const silent = await wsBench(t, { firstMessageTimeoutMs: 40 });
    await client(t, silent.port);
    assert.ok(isCode("message_timeout")((await silent.sink.closures(1))[0]?.error));
  });

  it("are cut when they do not read", async (t) => {
    const { sink, transport, port } = await wsBench(t, { maxBufferedBytes: 100_000 });
    const socket = await rawClient(t, port);
    socket.pause();
    socket.write(frame(0x81, "hello"));
    const [message] = await sink.messages(1);
    assert.ok(message);
    await new Promise<Error>((resolve) => {
      for (let index = 0; index < 400; index++) transport.send(message.flow, Buffer.alloc(50_000), resolve);
    });
    assert.ok(isCode("write_buffer_full")((await sink.closures(1))[0]?.error));
  });

  it("may vanish in the middle of anything", async (t) => {
    const { sink, transport, port } = await wsBench(t);
    const text = upgrade();
    for (let cut = 0; cut < text.length; cut += 7) {
      const socket = await tcpPeer(t, port);
      socket.write(text.slice(0, cut));
      socket.resetAndDestroy();
    }
    const half = await rawClient(t, port);
    half.write(frame(0x81, "half of it").subarray(0, 10));
    half.resetAndDestroy();
    await sink.closures(1);
    while (transport.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sink.closed.length, 1);
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { createServer, type TLSSocket } from "node:tls";
import type { SendTarget } from "./flow.ts";
import { issueCertificate } from "./issue-certificate.ts";
import type { HandshakeFailure, TransportOptions } from "./options.ts";
import type { TlsOptions } from "./tls-endpoint.ts";
import { Authority, tlsPeer, validity } from "./tls-test-kit.ts";
import { bind, gone, isCode, noIpv6, sendError, streamMessage, tcpPeer } from "./transport-test-kit.ts";

const authority = new Authority();
const server = authority.issue(["pbx.example.com"]);
const ca = authority.cert;

async function tlsBench(
  t: TestContext,
  tls: TlsOptions = server,
  options: TransportOptions = {},
  host = "127.0.0.1",
) {
  const made = await bind(t, { ...options, tls: { ca, ...tls } }, [{ protocol: "tls", host, port: 0 }]);
  const port = made.transport.bound[0]?.port ?? 0;
  const target: SendTarget = { transport: "tls", address: host, port, serverName: "pbx.example.com" };
  return { ...made, port, target };
}

describe("TLS", () => {
  it("carries messages both ways by one connection, once the name is verified", async (t) => {
    const server = await tlsBench(t);
    const client = await tlsBench(t);
    client.transport.send(server.target, Buffer.from(streamMessage("1")));
    client.transport.send(server.target, Buffer.from(streamMessage("2")));
    const [first, second] = await server.sink.messages(2);
    assert.ok(first && second);
    assert.equal(first.text, streamMessage("1"));
    assert.equal(first.flow.transport, "tls");
    assert.equal(first.flow.localPort, server.port);
    assert.equal(first.flow.peerNames, undefined, "no certificate was asked for");
    assert.equal(first.flow.connectionId, second.flow.connectionId);
    server.transport.send(first.flow, Buffer.from(streamMessage("3")));
    const [third] = await client.sink.messages(1);
    assert.equal(third?.flow.serverName, "pbx.example.com");
    assert.deepEqual(third?.flow.peerNames, ["pbx.example.com"]);
    assert.equal(client.transport.connections, 1);
  });

  it("speaks IPv6", { skip: noIpv6 }, async (t) => {
    const server = await tlsBench(t, authority.issue(["::1"]), {}, "::1");
    const client = await tlsBench(t);
    const { serverName: _, ...byAddress } = server.target;
    client.transport.send(byAddress, Buffer.from(streamMessage("six")));
    const [message] = await server.sink.messages(1);
    assert.equal(message?.flow.remoteAddress, "::1");
  });

  it("refuses to listen without a certificate, and settings that are no good", async (t) => {
    const listener = [{ protocol: "tls" as const, host: "127.0.0.1", port: 0 }];
    await assert.rejects(bind(t, {}, listener), /Cannot listen on tls 127.0.0.1:0: there is no certificate/);
    const other = authority.issue(["pbx.example.com"]);
    for (const tls of [
      { cert: server.cert },
      { cert: server.cert, key: other.key },
      { cert: "nonsense", key: server.key },
    ]) {
      await assert.rejects(bind(t, { tls }, listener), isCode("tls_settings"));
    }
  });

  it("takes TLS 1.2 and 1.3, and nothing older", async (t) => {
    const { port, sink, transport } = await tlsBench(t);
    for (const [index, version] of (["TLSv1.2", "TLSv1.3"] as const).entries()) {
      const peer = await tlsPeer(t, port, { minVersion: version, maxVersion: version });
      assert.equal(peer.getProtocol(), version);
      peer.write(streamMessage(version));
      await sink.messages(index + 1);
    }
    await assert.rejects(
      tlsPeer(t, port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    );
    assert.equal(transport.counters.handshakeFailures, 1);
  });
});

describe("verifying a server", () => {
  /** What became of a message sent to a server with that certificate. */
  async function sendTo(
    t: TestContext,
    identity: TlsOptions,
    client: TlsOptions = {},
    target: Partial<SendTarget> = {},
  ) {
    const server = await tlsBench(t, identity);
    const one = await bind(t, { tls: { ca, ...client } }, []);
    const failure = sendError(one.transport, { ...server.target, ...target }, streamMessage("1"));
    const error = await Promise.race([failure, server.sink.messages(1).then(() => undefined)]);
    await server.transport.close();
    assert.equal(server.sink.received.length, error === undefined ? 1 : 0);
    return error;
  }

  it("takes the name that was asked for, as DNS name, SIP URI or address", async (t) => {
    assert.equal(await sendTo(t, authority.issue(["other.example", "PBX.example.com"])), undefined);
    assert.equal(await sendTo(t, authority.issue(["sip:pbx.example.com"])), undefined);
    assert.equal(await sendTo(t, authority.issue(["127.0.0.1"]), {}, { serverName: "127.0.0.1" }), undefined);
  });

  it("sends nothing to a server of another name, and says both", async (t) => {
    const error = await sendTo(t, authority.issue(["evil.example", "sip.evil.example"]));
    assert.ok(isCode("connect_failed")(error) && error instanceof Error);
    assert.match(
      error.message,
      /the certificate is for evil.example, sip.evil.example, not for pbx.example.com/,
    );
    // A sip URI takes the place of DNS names (RFC 5922 §7.1).
    const hidden = await sendTo(t, authority.issue(["pbx.example.com", "sip:example.com"]));
    assert.match(hidden?.message ?? "", /is for example.com, not for/);
  });

  it("knows wildcards only where it is told to", async (t) => {
    const identity = authority.issue(["*.example.com"]);
    assert.match((await sendTo(t, identity))?.message ?? "", /not for pbx.example.com/);
    assert.equal(await sendTo(t, identity, { wildcards: true }), undefined);
  });

  it("refuses an unknown authority, a certificate of its own making, and one whose time is over", async (t) => {
    const stranger = new Authority("Stranger").issue(["pbx.example.com"]);
    const own = issueCertificate({ ...validity(-1, 1), names: ["pbx.example.com"] });
    const old = authority.issue(["pbx.example.com"], validity(-10, -1));
    const early = authority.issue(["pbx.example.com"], validity(0.5, 1));
    for (const [identity, why] of [
      [stranger, /unable to verify|local issuer/],
      [own, /self-signed/],
      [old, /expired/],
      [early, /not yet valid/],
    ] as const) {
      const error = await sendTo(t, identity);
      assert.ok(isCode("connect_failed")(error) && error instanceof Error);
      assert.match(error.message, why);
    }
    // Named among the authorities itself, it is trusted.
    for (const identity of [stranger, own]) {
      assert.equal(await sendTo(t, identity, { ca: identity.cert }), undefined);
    }
  });

  it("opens a connection for each name, and shares it where one certificate bears both", async (t) => {
    const both = await tlsBench(t, authority.issue(["a.example", "b.example"]));
    const { transport } = await bind(t, { tls: { ca } }, []);
    const to = (serverName: string, id: string) =>
      transport.send({ ...both.target, serverName }, Buffer.from(streamMessage(id)));
    to("a.example", "1");
    const [first] = await both.sink.messages(1);
    to("B.example", "2");
    const second = (await both.sink.messages(2))[1];
    assert.equal(second?.flow.connectionId, first?.flow.connectionId);
    // Not verified for that name: not by the connection that stands, and not by another.
    const error = await sendError(transport, { ...both.target, serverName: "c.example" });
    assert.match(error.message, /is for a.example, b.example, not for c.example/);
    assert.equal(transport.connections, 1);
  });

  it("says the server's name in the handshake, but no address", async (t) => {
    const seen: (string | false | null)[] = [];
    const listener = createServer(authority.issue(["pbx.example.com", "127.0.0.1"]), (socket: TLSSocket) => {
      seen.push(socket.servername);
      socket.on("error", () => {});
      socket.resume();
    });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    t.after(() => listener.close());
    const address = listener.address();
    assert.ok(typeof address === "object" && address);
    for (const serverName of ["pbx.example.com", "127.0.0.1"]) {
      const { transport } = await bind(t, { tls: { ca } }, []);
      const shaken = once(listener, "secureConnection");
      transport.send(
        { transport: "tls", address: "127.0.0.1", port: address.port, serverName },
        Buffer.from("x"),
      );
      await shaken;
    }
    assert.deepEqual(seen, ["pbx.example.com", false]);
  });
});

describe("certificates of clients", () => {
  const client = authority.issue(["sbc.example.net"]);

  it("shows a verified one on the flow, and lets the others in where it only asks", async (t) => {
    const { sink, port } = await tlsBench(t, { ...server, clientCertificates: "request" });
    const stranger = new Authority("Stranger").issue(["sbc.example.net"]);
    for (const [index, [identity, names]] of (
      [
        [client, ["sbc.example.net"]],
        [{}, undefined],
        [stranger, undefined],
      ] as const
    ).entries()) {
      const peer = await tlsPeer(t, port, identity);
      peer.write(streamMessage("1"));
      assert.deepEqual((await sink.messages(index + 1))[index]?.flow.peerNames, names);
    }
  });

  it("turns away who has none, where it requires one", async (t) => {
    const failures: HandshakeFailure[] = [];
    const { sink, transport, port } = await tlsBench(
      t,
      { ...server, clientCertificates: "require" },
      { onHandshakeFailed: (failure) => failures.push(failure) },
    );
    for (const identity of [{}, new Authority("Stranger").issue(["sbc.example.net"])]) {
      // By TLS 1.3 the client learns of it only after its own half of the handshake.
      const peer = await tlsPeer(t, port, identity);
      peer.write(streamMessage("no"));
      await gone(peer);
    }
    assert.equal(transport.counters.handshakeFailures, 2);
    assert.equal(failures[0]?.transport, "tls");
    assert.equal(failures[0]?.remoteAddress, "127.0.0.1");
    const peer = await tlsPeer(t, port, client);
    peer.write(streamMessage("yes"));
    assert.equal((await sink.messages(1))[0]?.text, streamMessage("yes"));
    assert.equal(sink.received.length, 1);
  });

  it("takes clients' authorities apart from servers'", async (t) => {
    const clients = new Authority("Clients");
    const { sink, port } = await tlsBench(t, {
      ...{ ...server, clientCa: clients.cert, clientCertificates: "request" },
    });
    for (const [index, identity] of [clients.issue(["x.example"]), client].entries()) {
      (await tlsPeer(t, port, identity)).write(streamMessage("1"));
      const names = (await sink.messages(index + 1))[index]?.flow.peerNames;
      assert.deepEqual(names, index === 0 ? ["x.example"] : undefined);
    }
  });

  it("sends by an inbound connection only to the name that its certificate bears", async (t) => {
    const { sink, transport, port } = await tlsBench(t, { ...server, clientCertificates: "request" });
    const peer = await tlsPeer(t, port, client);
    peer.write(streamMessage("1"));
    const [message] = await sink.messages(1);
    const back: SendTarget = {
      ...{ transport: "tls", address: "127.0.0.1", port: message?.flow.remotePort ?? 0 },
      serverName: "sbc.example.net",
    };
    transport.send(back, Buffer.from("to you"));
    const [bytes] = (await once(peer, "data")) as [Buffer];
    assert.equal(bytes.toString(), "to you");
    assert.equal(transport.counters.connectionsOpened, 0);
    const error = await sendError(transport, { ...back, serverName: "other.example.net" });
    assert.ok(isCode("connect_failed")(error), String(error));
    assert.equal(transport.counters.connectionsOpened, 1);
  });
});

describe("other certificates without a restart", () => {
  it("are for new handshakes in both directions, while what stands goes on", async (t) => {
    const { sink, transport, port, target } = await tlsBench(t);
    const before = await tlsPeer(t, port);
    before.write(streamMessage("1"));
    await sink.messages(1);
    const renewed = new Authority("Next authority");
    transport.reloadTls({ ...renewed.issue(["pbx.example.com"]), ca: renewed.cert });
    before.write(streamMessage("2"));
    await sink.messages(2);
    const after = await tlsPeer(t, port);
    assert.equal(before.getPeerCertificate().issuer.CN, "Test authority");
    assert.equal(after.getPeerCertificate().issuer.CN, "Next authority");
    // It verifies by the new authority, too: itself, and no more who is of the old one.
    transport.send(target, Buffer.from(streamMessage("3")));
    await sink.messages(3);
    const old = await tlsBench(t);
    assert.ok(isCode("connect_failed")(await sendError(transport, old.target)));
  });

  it("leave the old ones in force where they are no good", async (t) => {
    const { sink, transport, port } = await tlsBench(t);
    const other = authority.issue(["pbx.example.com"]);
    assert.throws(() => transport.reloadTls({ cert: server.cert, key: other.key }), isCode("tls_settings"));
    const peer = await tlsPeer(t, port, { rejectUnauthorized: true, ca, servername: "pbx.example.com" });
    peer.write(streamMessage("1"));
    await sink.messages(1);
  });
});

describe("hostile TLS", () => {
  it("cuts a handshake that does not end, however it drips, and is told why others fail", async (t) => {
    const failures: HandshakeFailure[] = [];
    const { transport, port } = await tlsBench(t, server, {
      handshakeTimeoutMs: 60,
      onHandshakeFailed: (failure) => failures.push(failure),
    });
    const silent = await tcpPeer(t, port);
    const slow = await tcpPeer(t, port);
    // A record that announces 512 bytes and brings them one by one.
    slow.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
    const drip = setInterval(() => slow.write("x"), 5);
    t.after(() => clearInterval(drip));
    await Promise.all([gone(silent), gone(slow)]);
    const speaker = await tcpPeer(t, port);
    speaker.write(streamMessage("this is no TLS"));
    await gone(speaker);
    assert.equal(transport.counters.handshakeFailures, 3);
    assert.equal(transport.connections, 0);
    assert.match(
      failures.at(-1)?.error.message ?? "",
      /wrong version number|http request|unexpected|packet length/i,
    );
  });

  it("counts handshakes among the connections that strangers may have", async (t) => {
    const { sink, transport, port } = await tlsBench(t, server, {
      ...{ maxConnections: 6, isKnownSource: (address) => address === "127.0.0.2" },
    });
    for (let index = 0; index < 20; index++) (await tcpPeer(t, port)).resume();
    assert.ok(transport.connections <= 3, `${transport.connections} of strangers`);
    const known = await tlsPeer(t, port, { localAddress: "127.0.0.2" });
    known.write(streamMessage("1"));
    await sink.messages(1);
    assert.equal(transport.counters.connectionsRefused, 17);
  });

  it("cuts a header for ever, and a message that drips", async (t) => {
    const { sink, port } = await tlsBench(t, server, {
      framing: { headerBytes: 2_000 },
      messageTimeoutMs: 60,
    });
    const greedy = await tlsPeer(t, port);
    greedy.resume();
    greedy.write(`INFO sip:a@b SIP/2.0\r\nX: ${"y".repeat(3_000)}`);
    const slow = await tlsPeer(t, port);
    slow.resume();
    const drip = setInterval(() => slow.write("X"), 5);
    t.after(() => clearInterval(drip));
    const closures = await sink.closures(2);
    assert.ok(isCode("framing_error")(closures[0]?.error));
    assert.ok(isCode("message_timeout")(closures[1]?.error));
  });

  it("does not shake hands a second time", async (t) => {
    const { sink, transport, port } = await tlsBench(t);
    const peer = await tlsPeer(t, port, { maxVersion: "TLSv1.2" });
    peer.write(streamMessage("1"));
    await sink.messages(1);
    const refused = await new Promise((resolve) => {
      peer.on("error", resolve);
      if (!peer.renegotiate({}, resolve)) resolve(new Error("not even asked"));
    });
    assert.ok(refused instanceof Error);
    assert.equal(transport.counters.handshakeFailures, 0);
  });

  it("survives handshakes that end in the middle, many at once", async (t) => {
    const { sink, transport, port } = await tlsBench(t, server, {
      maxConnections: 3_000,
      maxConnectionsPerSource: 3_000,
    });
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 100 }, async (_unused, index) => {
          const socket = connectTcp(port, "127.0.0.1");
          socket.on("error", () => {});
          await once(socket, "connect");
          if (index % 2 === 0) socket.write(Buffer.from([22, 3, 1, 0, 100, 1]));
          socket.resetAndDestroy();
          await once(socket, "close");
        }),
      );
    }
    const peer = await tlsPeer(t, port);
    peer.write(streamMessage("1"));
    await sink.messages(1);
    peer.destroy();
    await sink.closures(1);
    while (transport.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sink.closed.length, 1, "a handshake that failed is no connection that closed");
  });

  it("is closed with everything, in the middle of a handshake too", async (t) => {
    const { transport, port } = await tlsBench(t);
    const closed = gone(await tcpPeer(t, port));
    await transport.close();
    await closed;
  });
});

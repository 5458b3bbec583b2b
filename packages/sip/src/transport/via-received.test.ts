import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Headers } from "../message/headers.ts";
import { topVia, vias } from "../message/message.ts";
import type { Flow } from "./flow.ts";
import { responseTarget, stampReceived } from "./via-received.ts";

const flow: Flow = {
  transport: "udp",
  localAddress: "198.51.100.7",
  localPort: 5060,
  remoteAddress: "203.0.113.9",
  remotePort: 40_001,
};

/** The Via line after a request with `via` came by `flow`, and where its response goes. */
function answer(via: string, over: Partial<Flow> = {}): [string | undefined, string] {
  const message = { headers: new Headers([["Via", via]]) };
  const came = { ...flow, ...over };
  stampReceived(message, came);
  const target = responseTarget(topVia(message), came);
  return [message.headers.get("Via"), `${target.transport} ${target.address} ${target.port}`];
}

describe("stampReceived", () => {
  it("adds received where sent-by is not the source (RFC 3261 §18.2.1)", () => {
    assert.deepEqual(answer("SIP/2.0/UDP host.example:5062;branch=z1"), [
      "SIP/2.0/UDP host.example:5062;branch=z1;received=203.0.113.9",
      "udp 203.0.113.9 5062",
    ]);
    assert.deepEqual(answer("SIP/2.0/UDP 203.0.113.9;branch=z1"), [
      "SIP/2.0/UDP 203.0.113.9;branch=z1",
      "udp 203.0.113.9 5060",
    ]);
  });

  it("writes a link-local source without its zone, and answers by it", () => {
    assert.deepEqual(answer("SIP/2.0/UDP [fe80::1];rport;branch=z1", { remoteAddress: "fe80::1%eth0" }), [
      "SIP/2.0/UDP [fe80::1];rport=40001;branch=z1;received=fe80::1",
      "udp fe80::1%eth0 40001",
    ]);
    const [via] = answer("SIP/2.0/UDP [fe80::1];branch=z1", { remoteAddress: "fe80::1%eth0" });
    assert.equal(via, "SIP/2.0/UDP [fe80::1];branch=z1");
  });

  it("fills rport in and always adds received then (RFC 3581 §4)", () => {
    assert.deepEqual(answer("SIP/2.0/UDP 203.0.113.9:5062;rport;branch=z1"), [
      "SIP/2.0/UDP 203.0.113.9:5062;rport=40001;branch=z1;received=203.0.113.9",
      "udp 203.0.113.9 40001",
    ]);
  });

  it("answers a WebSocket by its connection alone (RFC 7118 §5)", () => {
    assert.deepEqual(
      answer("SIP/2.0/WSS 9s22ntch7dhc.invalid;branch=z1", { transport: "wss", connectionId: 3 })[1],
      "wss 203.0.113.9 40001",
    );
  });

  it("believes nothing that the client wrote there: no answer goes to a third party", () => {
    assert.deepEqual(
      answer("SIP/2.0/UDP 203.0.113.9:5062;received=192.0.2.66;rport=53;branch=z1;maddr=192.0.2.67"),
      [
        "SIP/2.0/UDP 203.0.113.9:5062;received=203.0.113.9;rport=40001;branch=z1;maddr=192.0.2.67",
        "udp 203.0.113.9 40001",
      ],
    );
    assert.deepEqual(answer("SIP/2.0/UDP 203.0.113.9;received=192.0.2.66;branch=z1"), [
      "SIP/2.0/UDP 203.0.113.9;received=203.0.113.9;branch=z1",
      "udp 203.0.113.9 5060",
    ]);
  });

  it("changes the topmost value alone, in a list and before other lines", () => {
    const headers = new Headers([
      ["Via", "SIP/2.0/UDP a;rport;branch=1, SIP/2.0/UDP b;rport;branch=2"],
      ["Via", "SIP/2.0/UDP c;rport;branch=3"],
    ]);
    stampReceived({ headers }, flow);
    assert.deepEqual(
      vias({ headers }).map(({ host, params }) => [host, params.get("rport"), params.get("received")]),
      [
        ["a", "40001", "203.0.113.9"],
        ["b", "", undefined],
        ["c", "", undefined],
      ],
    );
    assert.equal(headers.getAll("Via")[1], "SIP/2.0/UDP c;rport;branch=3");
  });

  it("writes IPv6 without brackets (RFC 5118 §4.5)", () => {
    assert.deepEqual(answer("SIP/2.0/UDP [2001:db8::1]:5070;branch=z1", { remoteAddress: "2001:db8::9" }), [
      "SIP/2.0/UDP [2001:db8::1]:5070;branch=z1;received=2001:db8::9",
      "udp 2001:db8::9 5070",
    ]);
  });
});

describe("responseTarget", () => {
  it("stays on the connection, and names sent-by's port for when it is gone (RFC 3261 §18.2.2)", () => {
    const headers = new Headers([["Via", "SIP/2.0/TCP 203.0.113.9:5099;rport;branch=z1"]]);
    const came: Flow = { ...flow, transport: "tcp", connectionId: 7 };
    stampReceived({ headers }, came);
    assert.deepEqual(responseTarget(topVia({ headers }), came), {
      transport: "tcp",
      address: "203.0.113.9",
      port: 5099,
      localAddress: "198.51.100.7",
      localPort: 5060,
      connectionId: 7,
    });
    assert.equal(
      answer("SIP/2.0/TLS 203.0.113.9;branch=z1", { transport: "tls" })[1],
      "tls 203.0.113.9 5061",
    );
  });

  it("names by TLS who must be at the other end of a new connection", () => {
    const via = topVia({ headers: new Headers([["Via", "SIP/2.0/TLS pbx.example.com;branch=z1"]]) });
    const tls: Flow = { ...flow, transport: "tls", connectionId: 7 };
    assert.equal(responseTarget(via, tls).serverName, "pbx.example.com");
    assert.equal(responseTarget(via, { ...tls, peerNames: ["sbc.example"] }).serverName, "sbc.example");
    assert.equal(responseTarget(via, { ...tls, serverName: "example.org" }).serverName, "example.org");
  });

  it("leaves from the socket that the request came to", () => {
    const via = topVia({ headers: new Headers([["Via", "SIP/2.0/UDP a;branch=z1"]]) });
    const { localAddress, localPort } = responseTarget(via, flow);
    assert.deepEqual([localAddress, localPort], ["198.51.100.7", 5060]);
  });
});

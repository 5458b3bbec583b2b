import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Flow } from "../environment.ts";
import { parseUri } from "../message/uri.ts";
import { nextHopTarget } from "./next-hop.ts";

const udp: Flow = {
  transport: "udp",
  localAddress: "192.0.2.1",
  localPort: 5060,
  remoteAddress: "203.0.113.7",
  remotePort: 31000,
};
const tcp: Flow = { ...udp, transport: "tcp", connectionId: 3 };

function where(uri: string, flow: Flow, direct: boolean): string {
  const { transport, address, port, connectionId } = nextHopTarget(parseUri(uri), flow, direct);
  return `${transport} ${address} ${port}${connectionId === undefined ? "" : ` #${connectionId}`}`;
}

describe("the next hop inside a dialog", () => {
  test("is the literal address of route or target, with its port and transport", () => {
    assert.equal(where("sip:192.0.2.9:5080;lr", udp, false), "udp 192.0.2.9 5080");
    assert.equal(where("sip:a@[2001:db8::1]", udp, false), "udp 2001:db8::1 5060");
    assert.equal(where("sip:192.0.2.9;transport=TCP", udp, false), "tcp 192.0.2.9 5060");
    assert.equal(where("sips:192.0.2.9", udp, false), "tls 192.0.2.9 5061");
  });

  test("is the packets' source where the peer itself sent them from another address: NAT", () => {
    assert.equal(where("sip:a@10.0.0.5:5060", udp, true), "udp 203.0.113.7 31000");
    // A proxy that left the path sent it: then its address is not the peer's.
    assert.equal(where("sip:a@10.0.0.5:5060", udp, false), "udp 10.0.0.5 5060");
  });

  test("is the Contact's port when the address is the source's", () => {
    assert.equal(where("sip:a@203.0.113.7:5070", udp, true), "udp 203.0.113.7 5070");
  });

  test("is the flow for a host name, and for what is no SIP URI", () => {
    assert.equal(where("sip:a@pbx.example.com:5070", udp, false), "udp 203.0.113.7 31000");
    assert.equal(where("tel:+15551234567", udp, false), "udp 203.0.113.7 31000");
  });

  test("is the dialog's connection, with the literal address for when it is gone", () => {
    assert.equal(where("sip:a@192.0.2.9:5070;transport=tcp", tcp, true), "tcp 192.0.2.9 5070 #3");
    assert.equal(where("sip:a@pbx.example.com", tcp, false), "tcp 203.0.113.7 5060 #3");
    assert.equal(where("sip:a@pbx.example.com:5070", tcp, false), "tcp 203.0.113.7 5070 #3");
    // The remote of a connection that we opened listens where we opened it.
    const outbound: Flow = { ...tcp, remotePort: 5080, outbound: true };
    assert.equal(where("sip:a@pbx.example.com:5070", outbound, false), "tcp 203.0.113.7 5080 #3");
  });

  test("by TLS names who has to be at the other end of a new connection", () => {
    const tls: Flow = { ...tcp, transport: "tls" };
    const name = (uri: string, flow: Flow) => nextHopTarget(parseUri(uri), flow, false).serverName;
    assert.equal(where("sip:a@pbx.example.com", tls, false), "tls 203.0.113.7 5061 #3");
    assert.equal(name("sip:a@pbx.example.com", tls), "pbx.example.com", "who the dialog says it is");
    assert.equal(name("sip:a@192.0.2.9", tls), undefined, "the address itself");
    const verified: Flow = {
      ...tls,
      outbound: true,
      serverName: "example.com",
      peerNames: ["other.example"],
    };
    assert.equal(name("sip:a@pbx.example.com", verified), "example.com");
    assert.equal(name("sip:a@192.0.2.9", { ...tls, peerNames: ["sbc.example"] }), "sbc.example");
    assert.equal(name("sip:a@pbx.example.com", tcp), undefined);
  });

  test("knows the ports of WebSockets, and the secure one by its scheme (RFC 7118 §5.2)", () => {
    assert.equal(where("sip:192.0.2.9;transport=ws", udp, false), "ws 192.0.2.9 80");
    assert.equal(where("sips:192.0.2.9;transport=ws", udp, false), "wss 192.0.2.9 443");
    assert.equal(where("sip:192.0.2.9;transport=tls", udp, false), "tls 192.0.2.9 5061");
  });
});

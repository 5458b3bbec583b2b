import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SipParseError } from "../errors.ts";
import { parseVia, serialiseVia } from "./via.ts";

describe("parseVia", () => {
  it("reads transport, sent-by and parameters", () => {
    assert.deepEqual(parseVia("SIP/2.0/UDP Erlang.Bell-Telephone.com:5060;branch=z9hG4bK87asdks7;rport"), {
      transport: "UDP",
      host: "erlang.bell-telephone.com",
      port: 5060,
      params: new Map([
        ["branch", "z9hG4bK87asdks7"],
        ["rport", ""],
      ]),
    });
  });

  it("reads white space wherever the grammar lets it stand, and any transport", () => {
    const via = parseVia(
      "SIP / 2.0 / tls first.example.com : 4000 ; ttl=16 ;maddr=224.2.0.1 ;branch = z9hG4bKa7c6",
    );
    assert.equal(via.transport, "TLS");
    assert.equal(via.port, 4000);
    assert.equal(via.params.get("maddr"), "224.2.0.1");
    assert.equal(via.params.get("branch"), "z9hG4bKa7c6");
    assert.equal(parseVia("SIP/2.0/WSS x.invalid;branch=1").transport, "WSS");
  });

  it("reads IPv6 with brackets in sent-by, with and without in received (RFC 5118 §4.5)", () => {
    const via = parseVia("SIP/2.0/UDP [2001:DB8::9:1]:5070;received=[2001:db8::9:255];branch=z9hG4bK-1");
    assert.equal(via.host, "2001:db8::9:1");
    assert.equal(serialiseVia(via).startsWith("SIP/2.0/UDP [2001:db8::9:1]:5070;"), true);
    assert.equal(
      parseVia("SIP/2.0/UDP [::1];received=2001:db8::9:255").params.get("received"),
      "2001:db8::9:255",
    );
  });

  it("keeps the version of another protocol, so that its answer finds back", () => {
    const via = parseVia("SIP/7.0/UDP host;branch=z9hG4bK1");
    assert.equal(via.protocol, "SIP/7.0");
    assert.equal(serialiseVia(via), "SIP/7.0/UDP host;branch=z9hG4bK1");
  });

  it("reads the first of a list and leaves the rest alone", () => {
    assert.equal(parseVia("SIP/2.0/UDP a;branch=1, SIP/2.0/UDP ;;").host, "a");
    assert.equal(parseVia("SIP/2.0/UDP a , x").host, "a");
  });

  it("refuses broken ones", () => {
    for (const text of [
      "",
      "SIP/2.0/UDP",
      "SIP/2.0/UDP ",
      "SIP/2.0 host",
      "SIP/2.0/UDPhost",
      "SIP/2.0/UDP host:",
      "SIP/2.0/UDP host:0",
      "SIP/2.0/UDP host:70000",
      "SIP/2.0/UDP host;",
      "SIP/2.0/UDP host;;branch=1",
      "SIP/2.0/UDP host;branch=1;branch=2",
      "SIP/2.0/UDP [::1",
      "SIP/2.0/UDP [1.2.3.4]",
      "SIP/2.0/UDP host extra",
      "SIP/2.0/UDP ho$t",
    ]) {
      assert.throws(() => parseVia(text), SipParseError, text);
    }
  });
});

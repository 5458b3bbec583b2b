import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { localSipUri, readyLine, welcomeBlock } from "./welcome.ts";

const udp = { protocol: "udp", host: "0.0.0.0", port: 5060 };
const tcp = { protocol: "tcp", host: "::", port: 5070 };
const http = { host: "127.0.0.1", port: 8080 };

describe("what a start says", () => {
  test("the ready line names the listeners as RINGDOWN_SIP writes them", () => {
    assert.equal(readyLine([udp, tcp], http), "ready udp:0.0.0.0:5060 tcp:[::]:5070 http://127.0.0.1:8080");
  });

  test("the URI can be dialled on this machine", () => {
    assert.equal(localSipUri("demo", [udp]), "sip:demo@127.0.0.1");
    assert.equal(localSipUri("demo", [{ ...udp, port: 5080 }]), "sip:demo@127.0.0.1:5080");
    assert.equal(localSipUri("demo", [tcp, udp]), "sip:demo@127.0.0.1");
    assert.equal(localSipUri("demo", [tcp]), "sip:demo@[::1]:5070;transport=tcp");
    assert.equal(localSipUri("demo", [{ ...udp, host: "192.0.2.7" }]), "sip:demo@192.0.2.7");
  });

  test("a node with TLS says whose certificate it shows", () => {
    const given = {
      listeners: [udp],
      http,
      username: "demo",
      newToken: undefined,
      dataDir: "/data",
      startMs: 900,
    };
    const certificate = {
      names: "pbx.example.com",
      validTo: new Date("2027-01-02T03:04:05Z"),
      path: "/c.pem",
      own: false,
    };
    assert.doesNotMatch(welcomeBlock({ ...given, certificate }), /TLS/);
    const listeners = [udp, { protocol: "tls", host: "0.0.0.0", port: 5061 }];
    assert.match(
      welcomeBlock({ ...given, listeners, certificate }),
      /^ {2}TLS {8}pbx.example.com, until 2027-01-02$/m,
    );
    const own = welcomeBlock({ ...given, listeners, certificate: { ...certificate, own: true } });
    assert.match(own, /of its own making, .*: \/c.pem$/m);
    assert.match(own, /RINGDOWN_TLS_CERT/);
  });

  test("the block shows a token only when it was made, and one line alone begins with ready", () => {
    const given = {
      listeners: [udp],
      http,
      username: "demo",
      newToken: undefined,
      dataDir: "/data",
      startMs: 900,
    };
    assert.doesNotMatch(welcomeBlock(given), /token/i);
    const first = welcomeBlock({ ...given, newToken: "rdt_x" });
    assert.match(first, /rdt_x/);
    assert.match(first, /sip:demo@127\.0\.0\.1\n/);
    assert.match(first, /console {4}http:\/\/127\.0\.0\.1:8080\/\n/);
    assert.match(first, /http:\/\/127\.0\.0\.1:8080\/api\/v2/);
    assert.match(first, /Next: dial that address .* on this machine/);
    // From there it would be refused.
    const elsewhere = welcomeBlock({ ...given, listeners: [{ ...udp, host: "192.0.2.7" }] });
    assert.match(elsewhere, /Next: add .*ipWhitelist/);
    assert.ok(!first.split("\n").some((line) => line.startsWith("ready ")));
    assert.match(welcomeBlock({ ...given, username: undefined }), /POST \/api\/v2\/agents/);
  });
});

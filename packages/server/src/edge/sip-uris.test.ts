import assert from "node:assert/strict";
import { test } from "node:test";
import { sipUris } from "./sip-uris.ts";

const demo = { username: "demo", phoneNumbers: ["+18335888432"] };

test("an agent is dialled by its username and its numbers", () => {
  const node = { domain: "127.0.0.1", listeners: ["tcp:0.0.0.0:5060", "udp:0.0.0.0:5060"] };
  assert.deepEqual(sipUris(demo, node), ["sip:demo@127.0.0.1", "sip:+18335888432@127.0.0.1"]);
});

test("where nobody listens on 5060 a bare address needs the port; a name is left to SRV", () => {
  assert.deepEqual(
    sipUris({ ...demo, phoneNumbers: [] }, { domain: "[::1]", listeners: ["udp:[::1]:5070"] }),
    ["sip:demo@[::1]:5070"],
  );
  assert.deepEqual(
    sipUris({ ...demo, phoneNumbers: [] }, { domain: "127.0.0.1", listeners: ["tcp:127.0.0.1:5071"] }),
    ["sip:demo@127.0.0.1:5071;transport=tcp"],
  );
  assert.deepEqual(
    sipUris({ ...demo, phoneNumbers: [] }, { domain: "phone.example.com", listeners: ["udp:0.0.0.0:5070"] }),
    ["sip:demo@phone.example.com"],
  );
});

test("a node that takes no UDP says by what it is reached", () => {
  const uriOf = (listener: string) =>
    sipUris({ ...demo, phoneNumbers: [] }, { domain: "192.0.2.1", listeners: [listener] })[0];
  assert.equal(uriOf("tls:0.0.0.0:5061"), "sip:demo@192.0.2.1;transport=tls");
  assert.equal(uriOf("tls:0.0.0.0:5063"), "sip:demo@192.0.2.1:5063;transport=tls");
  assert.equal(uriOf("ws:0.0.0.0:8088"), "sip:demo@192.0.2.1:8088;transport=ws");
  assert.equal(uriOf("wss:0.0.0.0:443"), "sips:demo@192.0.2.1;transport=ws");
});

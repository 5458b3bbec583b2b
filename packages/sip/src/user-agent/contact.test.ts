import assert from "node:assert/strict";
import { test } from "node:test";
import type { TransportName } from "../environment.ts";
import { parseMessage } from "../message/parse.ts";
import { requestText } from "./agent-test-kit.ts";
import { contactValue } from "./contact.ts";

function contact(
  transport: TransportName,
  options: Parameters<typeof requestText>[1] = {},
  host = "192.0.2.1",
) {
  const request = parseMessage(Buffer.from(requestText("INVITE", options)));
  assert.equal(request.kind, "request");
  return contactValue({ host, port: 5060 }, "demo", transport, request as never);
}

test("a Contact says how it is reached, and promises TLS on every hop only where it was asked to", () => {
  assert.equal(contact("udp"), "<sip:demo@192.0.2.1:5060>");
  assert.equal(contact("tcp"), "<sip:demo@192.0.2.1:5060;transport=tcp>");
  assert.equal(contact("tls"), "<sip:demo@192.0.2.1:5060;transport=tls>");
  assert.equal(contact("ws"), "<sip:demo@192.0.2.1:5060;transport=ws>");
  assert.equal(contact("wss"), "<sip:demo@192.0.2.1:5060;transport=ws>");
  assert.equal(contact("tls", {}, "2001:db8::1"), "<sip:demo@[2001:db8::1]:5060;transport=tls>");
});

test("it is sips for a sips Request-URI, topmost Record-Route or Route, or Contact where there is none of these", () => {
  const secure = "<sips:demo@192.0.2.1:5060>";
  assert.equal(contact("tls", { uri: "sips:demo@192.0.2.1" }), secure);
  assert.equal(contact("wss", { uri: "sips:demo@192.0.2.1" }), "<sips:demo@192.0.2.1:5060;transport=ws>");
  assert.equal(contact("tls", { contact: "<sips:a@192.0.2.9>" }), secure);
  const routed = ["Record-Route: <sip:192.0.2.8;lr>, <sips:192.0.2.7;lr>"];
  assert.equal(
    contact("tls", { contact: "<sips:a@192.0.2.9>", headers: routed }),
    "<sip:demo@192.0.2.1:5060;transport=tls>",
  );
  assert.equal(contact("tls", { headers: ["Record-Route: <sips:192.0.2.8;lr>"] }), secure);
  assert.equal(contact("tls", { contact: null, headers: ["Route: <sips:192.0.2.8;lr>"] }), secure);
  // Nobody could keep that promise over UDP.
  assert.equal(contact("udp", { uri: "sips:demo@192.0.2.1" }), "<sip:demo@192.0.2.1:5060>");
});

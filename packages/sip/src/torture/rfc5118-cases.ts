import assert from "node:assert/strict";
import { contacts, to, topVia, vias } from "../message/message.ts";
import { sipUri } from "./rfc4475-cases.ts";
import type { TortureCase } from "./torture-case.ts";

/** RFC 5118, one by one in its order. The messages are our own, made after its ideas. */
export const rfc5118Cases: readonly TortureCase[] = [
  {
    file: "rfc5118/4.1-ipv6-good.sip",
    asks: "Well-formed. (We are no registrar: 405, as for the others.)",
    parse: "read",
    answer: 405,
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).host, "2001:db8::10");
      assert.equal(topVia(message).host, "2001:db8::9:1");
      const [contact] = contacts(message);
      assert.equal(typeof contact === "object" && sipUri(contact.uri).host, "2001:db8::1");
    },
  },
  {
    file: "rfc5118/4.2-ipv6-bad.sip",
    asks: "Answered with 400: the address in the Request-URI lacks its brackets.",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "rfc5118/4.3-port-ambiguous.sip",
    asks: "Well-formed: inside the brackets 5070 is part of the address.",
    parse: "read",
    answer: 405,
    check: (message) => {
      assert.ok(message.kind === "request");
      const { host, port } = sipUri(message.uri);
      assert.deepEqual([host, port], ["2001:db8::10:5070", undefined]);
    },
  },
  {
    file: "rfc5118/4.4-port-unambiguous.sip",
    asks: "Well-formed: outside of them it is the port.",
    parse: "read",
    answer: 405,
    check: (message) => {
      assert.ok(message.kind === "request");
      const { host, port } = sipUri(message.uri);
      assert.deepEqual([host, port], ["2001:db8::10", 5070]);
    },
  },
  {
    file: "rfc5118/4.5-received-with-delimiters.sip",
    asks: "To be read, although `received` has no brackets by the grammar. (A BYE of no dialog: 481.)",
    parse: "read",
    answer: 481,
    // Our own stamp replaces what the client wrote there (RFC 3261 §18.2.1).
    answerHeaders: { Via: /;received=192\.0\.2\.2;branch=z9hG4bKv6recv1$/ },
    check: (message) => assert.equal(topVia(message).params.get("received"), "[2001:db8::9:255]"),
  },
  {
    file: "rfc5118/4.5-received-without-delimiters.sip",
    asks: "Well-formed.",
    parse: "read",
    answer: 200,
    check: (message) => assert.equal(topVia(message).params.get("received"), "2001:db8::9:255"),
  },
  {
    file: "rfc5118/4.6-ipv6-in-sdp.sip",
    asks: "Well-formed: no brackets in SDP.",
    parse: "read",
    answer: "call",
    offer: /c=IN IP6 2001:db8::20/,
  },
  {
    file: "rfc5118/4.7-mult-ip-in-header.sip",
    asks: "Well-formed: IPv4 and IPv6 mixed in the Vias.",
    parse: "read",
    answer: 481,
    check: (message) => {
      assert.deepEqual(
        vias(message).map(({ transport, host, port }) => [transport, host, port]),
        [
          ["UDP", "2001:db8::9:1", 6050],
          ["UDP", "192.0.2.1", undefined],
          ["TCP", "2001:db8::9:255", undefined],
        ],
      );
      assert.equal(vias(message)[2]?.params.get("received"), "192.0.2.200");
    },
  },
  {
    file: "rfc5118/4.8-mult-ip-in-sdp.sip",
    asks: "Well-formed: each stream has an address of another family.",
    parse: "read",
    answer: "call",
    offer: /c=IN IP4 192\.0\.2\.1[\s\S]*c=IN IP6 2001:db8::1/,
  },
  {
    file: "rfc5118/4.9-ipv4-mapped-ipv6.sip",
    asks: "Well-formed: IPv4 addresses in IPv6's clothes in Via, Contact and SDP.",
    parse: "read",
    answer: "call",
    offer: /c=IN IP6 ::ffff:192\.0\.2\.2/,
    check: (message) => {
      const { host, port } = topVia(message);
      assert.deepEqual([host, port], ["::ffff:192.0.2.10", 19_823]);
      const [contact] = contacts(message);
      assert.equal(typeof contact === "object" && sipUri(contact.uri).host, "::ffff:192.0.2.2");
    },
  },
  {
    file: "rfc5118/4.10-three-colons.sip",
    asks: "To be tolerated: a third colon before an IPv4 address, as RFC 3261's own grammar makes it.",
    parse: "read",
    answer: 200,
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).host, "2001:db8::192.0.2.1");
      assert.equal(sipUri(to(message).uri).host, "2001:db8::192.0.2.1");
    },
  },
  {
    file: "rfc5118/4.10-two-colons.sip",
    asks: "Well-formed.",
    parse: "read",
    answer: 200,
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).host, "2001:db8::192.0.2.1");
    },
  },
];

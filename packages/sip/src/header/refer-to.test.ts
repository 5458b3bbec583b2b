import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SipParseError } from "../errors.ts";
import { Headers } from "../message/headers.ts";
import { serialiseUri } from "../message/uri.ts";
import { event, serialiseEvent, subscriptionState } from "./event.ts";
import { referredBy, referTo, serialiseReferTo } from "./refer-to.ts";
import { parseReplaces, replaces, serialiseReplaces, targetDialog } from "./replaces.ts";
import { parseSipfrag, serialiseSipfrag } from "./sipfrag.ts";
import { serialiseUriHeaders } from "./uri-headers.ts";

function message(...lines: readonly (readonly [name: string, value: string])[]): { headers: Headers } {
  return { headers: new Headers(lines) };
}

function refused(read: () => unknown, code?: string): void {
  assert.throws(
    read,
    (error) => error instanceof SipParseError && (code === undefined || error.code === code),
  );
}

describe("Refer-To", () => {
  test("the examples of RFC 3515 §2.1", () => {
    const plain = referTo(message(["Refer-To", "sip:alice@atlanta.example.com"]));
    assert.deepEqual([serialiseUri(plain.uri), plain.method], ["sip:alice@atlanta.example.com", "INVITE"]);
    const attended = referTo(
      message([
        "r",
        "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
      ]),
    );
    assert.equal(serialiseUri(attended.uri), "sip:dave@denver.example.org");
    assert.deepEqual(attended.replaces, {
      callId: "12345@192.168.118.3",
      toTag: "12345",
      fromTag: "5FFE-3994",
      earlyOnly: false,
    });
    const subscribe = referTo(message(["Refer-To", "<sip:carol@cleveland.example.org;method=SUBSCRIBE>"]));
    assert.deepEqual(
      [serialiseUri(subscribe.uri), subscribe.method],
      ["sip:carol@cleveland.example.org", "SUBSCRIBE"],
    );
    const web = referTo(message(["Refer-To", "http://www.ietf.org"]));
    assert.equal(serialiseUri(web.uri), "http://www.ietf.org");
    const header = referTo(
      message([
        "Refer-To",
        "<sip:bob@biloxi.example.net?Accept-Contact=sip:bobsdesk.biloxi.example.net&Call-ID%3D55>",
      ]),
    );
    assert.deepEqual(header.headers, [["Accept-Contact", "sip:bobsdesk.biloxi.example.net"]]);
  });

  test("none, two, or one that cannot be read: 400", () => {
    refused(() => referTo(message()), "missing_header");
    refused(() => referTo(message(["Refer-To", "<sip:a@b>"], ["Refer-To", "<sip:c@d>"])), "duplicate_header");
    refused(() => referTo(message(["Refer-To", "<sip:a@b>, <sip:c@d>"])), "duplicate_header");
    refused(() => referTo(message(["Refer-To", "<sip:a@b?Replaces=nothing>"])));
    refused(() => referTo(message(["Refer-To", "<sip:a@b?Replaces=%ZZ>"])), "malformed_uri");
    refused(() => referTo(message(["Refer-To", "sip:a@b?Replaces=x"])));
  });

  test("what is made can be read, whatever stands in it", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~<>()"/[\]?{}-]{1,20}$/);
    const tag = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,20}$/);
    fc.assert(
      fc.property(word, tag, tag, fc.boolean(), fc.string(), (callId, toTag, fromTag, earlyOnly, subject) => {
        const wanted = { callId, toTag, fromTag, earlyOnly };
        const value = serialiseReferTo("sip:x@y;transport=tcp", {
          replaces: wanted,
          headers: [["Subject", subject]],
        });
        const read = referTo(message(["Refer-To", value]));
        assert.deepEqual(read.replaces, wanted);
        assert.equal(serialiseUri(read.uri), "sip:x@y;transport=tcp");
        assert.equal(read.headers[1]?.[1], subject.toWellFormed());
      }),
    );
  });

  test("header components stay with the URI's own, and want a SIP URI", () => {
    assert.equal(
      serialiseReferTo("sip:a@b?Subject=x", { headers: [["Priority", "urgent & now"]] }),
      "<sip:a@b?Subject=x&Priority=urgent%20%26%20now>",
    );
    assert.equal(serialiseReferTo("tel:+15551234"), "<tel:+15551234>");
    refused(() => serialiseReferTo("tel:+1555", { headers: [["A", "b"]] }), "malformed_uri");
    refused(() => serialiseReferTo("no uri"), "malformed_uri");
    assert.equal(serialiseUriHeaders([["X", "\ud800"]]), "X=%EF%BF%BD");
  });
});

describe("Referred-By, Replaces, Target-Dialog", () => {
  test("Referred-By of RFC 3892 §3, long and short", () => {
    const text = '<sip:referror@referror.example>;cid="20398823.2UWQFN309shb3@referror.example"';
    const found = referredBy(message(["b", text]));
    assert.equal(found && serialiseUri(found.address.uri), "sip:referror@referror.example");
    assert.equal(found?.contentId, "20398823.2UWQFN309shb3@referror.example");
    assert.equal(found?.text, text);
    assert.equal(referredBy(message()), undefined);
    assert.equal(referredBy(message(["Referred-By", "<sip:"])), undefined);
  });

  test("the examples of RFC 3891 §6.1", () => {
    assert.deepEqual(parseReplaces("98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff"), {
      callId: "98732@sip.example.com",
      toTag: "ff87ff",
      fromTag: "r33th4x0r",
      earlyOnly: false,
    });
    const text = "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only";
    assert.equal(parseReplaces(text).earlyOnly, true);
    assert.equal(serialiseReplaces(parseReplaces(text)), text);
    assert.equal(parseReplaces("87134@171.161.34.23;to-tag=24796;from-tag=0").fromTag, "0");
  });

  test("without both tags, or twice, it is refused", () => {
    for (const text of [
      "a",
      "a;to-tag=1",
      "a;from-tag=1",
      ";to-tag=1;from-tag=2",
      "a b;to-tag=1;from-tag=2",
    ]) {
      refused(() => parseReplaces(text));
    }
    refused(() => parseReplaces("a;to-tag=1;to-tag=2;from-tag=3"), "duplicate_parameter");
    const one = ["Replaces", "a;to-tag=1;from-tag=2"] as const;
    assert.equal(replaces(message(one))?.callId, "a");
    assert.equal(replaces(message()), undefined);
    refused(() => replaces(message(one, one)), "duplicate_header");
  });

  test("Target-Dialog of RFC 4538 §10; a broken one is ignored", () => {
    const value = "fa77as7dad8-sd98ajzz@host.example.com ;local-tag=kkaz- ;remote-tag=6544";
    assert.deepEqual(targetDialog(message(["Target-Dialog", value])), {
      callId: "fa77as7dad8-sd98ajzz@host.example.com",
      localTag: "kkaz-",
      remoteTag: "6544",
    });
    assert.equal(targetDialog(message(["Target-Dialog", "a;local-tag=1"])), undefined);
  });
});

describe("Event and Subscription-State", () => {
  test("package, id, parameters", () => {
    const found = event(message(["o", "refer ;id=93809824"]));
    assert.deepEqual([found?.package, found?.id], ["refer", "93809824"]);
    const written = 'dialog;sla;call-id="12345";include-session-description';
    const dialog = event(message(["Event", written]));
    assert.equal(dialog && serialiseEvent(dialog), written);
    assert.equal(event(message(["Event", "two words"])), undefined);
    assert.equal(event(message()), undefined);
  });

  test("state, reason, seconds", () => {
    assert.deepEqual(subscriptionState(message(["Subscription-State", "Active;expires=60"])), {
      state: "active",
      reason: undefined,
      expires: 60,
      retryAfter: undefined,
    });
    assert.deepEqual(
      subscriptionState(
        message(["Subscription-State", "terminated;reason=Probation;retry-after=30;expires=-1"]),
      ),
      { state: "terminated", reason: "probation", expires: undefined, retryAfter: 30 },
    );
    assert.equal(subscriptionState(message(["Subscription-State", ";"])), undefined);
  });
});

describe("message/sipfrag", () => {
  test("the status line, also where headers follow or line ends are sloppy", () => {
    const parse = (text: string) => parseSipfrag(Buffer.from(text));
    assert.deepEqual(parse("SIP/2.0 100 Trying"), { status: 100, reason: "Trying" });
    assert.deepEqual(parse('SIP/2.0 503 Service Unavailable\r\nWarning: 399 x "y"\r\n'), {
      status: 503,
      reason: "Service Unavailable",
    });
    assert.deepEqual(parse("\r\nSIP/2.0 200\n"), { status: 200, reason: "" });
    assert.deepEqual(parse("sip/2.0 603 "), { status: 603, reason: "" });
  });

  test("all else is none", () => {
    for (const text of [
      "",
      "SIP/2.0",
      "SIP/2.0 99 x",
      "SIP/2.0 700 x",
      "SIP/2.0 2000",
      "INVITE sip:a SIP/2.0",
    ]) {
      assert.equal(parseSipfrag(Buffer.from(text)), undefined, text);
    }
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseSipfrag(Buffer.from(bytes))));
  });

  test("what is made is one line", () => {
    assert.equal(serialiseSipfrag(486), "SIP/2.0 486 Busy Here\r\n");
    assert.equal(serialiseSipfrag(200, "OK\r\nX: y"), "SIP/2.0 200 OK X: y\r\n");
  });
});

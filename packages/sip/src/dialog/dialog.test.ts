import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { serialiseUri } from "../message/uri.ts";
import { Dialog } from "./dialog.ts";

function parse(lines: string[]) {
  return parseMessage(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
}

function invite(extra: string[] = []): SipRequest {
  return parse([
    "INVITE sips:bob@192.0.2.4 SIP/2.0",
    "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1",
    "From: Alice <sip:alice@atlanta.example.com>;tag=alice",
    "To: Bob <sip:bob@biloxi.example.com>",
    "Call-ID: c1",
    "CSeq: 314 INVITE",
    "Contact: <sip:alice@192.0.2.1:5070;ob>",
    ...extra,
  ]) as SipRequest;
}

const recordRoutes = ["Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>"];

describe("a dialog", () => {
  test("UAS: route set in order, peer's number known, ours not begun (§12.1.1)", () => {
    const dialog = Dialog.asServer(invite(recordRoutes), "bob", true);
    assert.deepEqual(
      { ...dialog },
      {
        callId: "c1",
        localTag: "bob",
        remoteTag: "alice",
        localAddress: "Bob <sip:bob@biloxi.example.com>;tag=bob",
        remoteAddress: "Alice <sip:alice@atlanta.example.com>;tag=alice",
        routeSet: ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"],
        secure: true,
        localSeq: 0,
        remoteSeq: 314,
        remoteTarget: "sip:alice@192.0.2.1:5070;ob",
      },
    );
  });

  test("UAC: route set reversed, our number known, peer's not begun (§12.1.2)", () => {
    const response = parse([
      "SIP/2.0 200 OK",
      "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1",
      "From: Alice <sip:alice@atlanta.example.com>;tag=alice",
      "To: Bob <sip:bob@biloxi.example.com>;tag=bob",
      "Call-ID: c1",
      "CSeq: 314 INVITE",
      "Contact: <sip:bob@192.0.2.4>",
      ...recordRoutes,
    ]) as SipResponse;
    const dialog = Dialog.asClient(invite(), response, false);
    assert.deepEqual(dialog.routeSet, ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"]);
    assert.equal(dialog.localTag, "alice");
    assert.equal(dialog.remoteTag, "bob");
    assert.equal(dialog.remoteSeq, undefined);
    assert.equal(dialog.secure, false);
    assert.equal(dialog.createRequest("BYE").headers.get("CSeq"), "315 BYE");
    assert.equal(dialog.createRequest("ACK", { seq: 314 }).headers.get("CSeq"), "314 ACK");
    assert.equal(dialog.createRequest("INFO").headers.get("CSeq"), "316 INFO");
  });

  test("requests go to the remote target with the whole route set through loose routers", () => {
    const request = Dialog.asServer(invite(recordRoutes), "bob", false).createRequest("BYE");
    assert.equal(request.uriText, "sip:alice@192.0.2.1:5070;ob");
    assert.deepEqual(request.headers.getAll("Route"), ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"]);
  });

  test("a strict router takes the Request-URI, and the target becomes the last route (§12.2.1.1)", () => {
    const strict = [
      "Record-Route: <sip:old.example.com;method=INVITE>",
      "Record-Route: <sip:p1.example.com;lr>",
    ];
    const dialog = Dialog.asServer(invite(strict), "bob", false);
    const request = dialog.createRequest("BYE");
    assert.equal(request.uriText, "sip:old.example.com");
    assert.deepEqual(request.headers.getAll("Route"), [
      "<sip:p1.example.com;lr>",
      "<sip:alice@192.0.2.1:5070;ob>",
    ]);
    const hop = dialog.nextHop();
    assert.ok("host" in hop && hop.host === "old.example.com");
  });

  test("numbers may stay or grow, not fall (§12.2.2)", () => {
    const dialog = Dialog.asServer(invite(), "bob", false);
    assert.equal(dialog.acceptSequence(313), false);
    assert.equal(dialog.acceptSequence(315), true);
    assert.equal(dialog.acceptSequence(314), false);
    assert.equal(dialog.acceptSequence(400), true);
  });

  test("a Contact refreshes the target, and no Contact leaves it", () => {
    const dialog = Dialog.asServer(invite(), "bob", false);
    dialog.refreshTarget(invite());
    const moved = invite();
    moved.headers.set("Contact", "<sip:alice@198.51.100.1>");
    dialog.refreshTarget(moved);
    assert.equal(dialog.remoteTarget, "sip:alice@198.51.100.1");
    moved.headers.delete("Contact");
    dialog.refreshTarget(moved);
    assert.equal(dialog.remoteTarget, "sip:alice@198.51.100.1");
  });

  test("a peer of RFC 2543 has no tag, and a Contact may be missing in its INVITE", () => {
    const request = invite();
    request.headers.set("From", "<sip:alice@atlanta.example.com>");
    request.headers.delete("Contact");
    const dialog = Dialog.asServer(request, "bob", false);
    assert.equal(dialog.remoteTag, "");
    assert.equal(dialog.remoteTarget, "sip:alice@atlanta.example.com");
  });

  test("brackets in a route's quoted name and parameters are not taken for its URI's", () => {
    for (const route of [
      'Record-Route: <sip:192.0.2.7;lr>;x="<"',
      'Record-Route: "a <b> \\" <" <sip:192.0.2.7;lr>;x="<sip:no>"',
    ]) {
      const dialog = Dialog.asServer(invite([route]), "bob", false);
      assert.equal(serialiseUri(dialog.nextHop()), "sip:192.0.2.7;lr", route);
      assert.equal(dialog.createRequest("BYE").uriText, "sip:alice@192.0.2.1:5070;ob");
    }
  });
});

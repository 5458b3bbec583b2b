import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRequest, createResponse } from "./create.ts";
import { parseMessage } from "./parse.ts";
import { reasonPhrase } from "./reason-phrases.ts";
import { serialiseMessage } from "./serialise.ts";
import { parseUri } from "./uri.ts";

const invite = createRequest("INVITE", parseUri("sip:demo@127.0.0.1;lr"), {
  via: {
    transport: "UDP",
    host: "::1",
    port: 5060,
    params: new Map([
      ["branch", "z9hG4bK1"],
      ["rport", ""],
    ]),
  },
  from: { displayName: "A", uri: parseUri("sip:a@b"), params: new Map([["tag", "1"]]) },
  to: "<sip:demo@127.0.0.1>",
  callId: "c1",
  cseq: 1,
  headers: [
    ["Record-Route", "<sip:p1;lr>"],
    ["Timestamp", "54"],
    ["Record-Route", "<sip:p2;lr>"],
  ],
  contentType: "application/sdp",
  body: "v=0\r\n",
});

describe("createRequest", () => {
  it("writes the headers of RFC 3261 §8.1.1 in order", () => {
    assert.equal(
      serialiseMessage(invite).toString(),
      [
        "INVITE sip:demo@127.0.0.1;lr SIP/2.0",
        "Via: SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1;rport",
        "Max-Forwards: 70",
        'From: "A" <sip:a@b>;tag=1',
        "To: <sip:demo@127.0.0.1>",
        "Call-ID: c1",
        "CSeq: 1 INVITE",
        "Record-Route: <sip:p1;lr>",
        "Timestamp: 54",
        "Record-Route: <sip:p2;lr>",
        "Content-Type: application/sdp",
        "Content-Length: 5",
        "",
        "v=0\r\n",
      ].join("\r\n"),
    );
  });

  it("keeps a Request-URI given as text, and refuses a method that is no token", () => {
    const request = createRequest("OPTIONS", "sip:A@Example.com", {
      from: "<sip:a@b>",
      to: "<sip:a@b>",
      callId: "x",
      cseq: 1,
    });
    assert.equal(request.uriText, "sip:A@Example.com");
    assert.throws(() => createRequest("BAD METHOD", "sip:a@b", { from: "", to: "", callId: "", cseq: 1 }));
    assert.throws(() => createRequest("BYE", "nonsense", { from: "", to: "", callId: "", cseq: 1 }));
  });

  it("always says the right Content-Length, whatever its headers claim", () => {
    const request = createRequest("INFO", "sip:a@b", {
      from: "<sip:a@b>",
      to: "<sip:a@b>",
      callId: "x",
      cseq: 1,
      headers: [
        ["Content-Length", "999"],
        ["l", "7"],
      ],
      body: "größer",
    });
    assert.equal(
      serialiseMessage(request)
        .toString()
        .match(/Content-Length: .*/g)
        ?.join(),
      "Content-Length: 8",
    );
  });
});

describe("createResponse", () => {
  const names = (response: ReturnType<typeof createResponse>) =>
    [...response.headers.entries()].map(([name]) => name);

  it("copies what RFC 3261 §8.2.6 asks for", () => {
    const trying = createResponse(invite, 100, undefined, { toTag: "never on a 100" });
    assert.deepEqual(names(trying), ["Via", "From", "To", "Call-ID", "CSeq", "Timestamp"]);
    assert.equal(trying.headers.get("To"), "<sip:demo@127.0.0.1>");
    const ringing = createResponse(invite, 180, undefined, { toTag: "t" });
    assert.equal(ringing.headers.get("To"), "<sip:demo@127.0.0.1>;tag=t");
    assert.deepEqual(ringing.headers.getAll("Record-Route"), ["<sip:p1;lr>", "<sip:p2;lr>"]);
    const busy = createResponse(invite, 486, undefined, { toTag: "t", headers: [["Retry-After", "5"]] });
    assert.deepEqual(names(busy), ["Via", "From", "To", "Call-ID", "CSeq", "Retry-After"]);
    assert.equal(busy.reason, "Busy Here");
  });

  it("leaves a To alone that has a tag", () => {
    const inDialog = createRequest("BYE", "sip:a@b", {
      from: "<sip:a@b>;tag=1",
      to: "<sip:c@d>;tag=2",
      callId: "x",
      cseq: 2,
    });
    const response = createResponse(inDialog, 200, "Fine\r\nEvil: 1", { toTag: "3" });
    assert.equal(response.headers.get("To"), "<sip:c@d>;tag=2");
    assert.equal(response.headers.has("Record-Route"), false);
    assert.ok(serialiseMessage(response).toString().startsWith("SIP/2.0 200 Fine Evil: 1\r\nFrom"));
  });

  it("does not change the request it answers", () => {
    const request = parseMessage(serialiseMessage(invite));
    assert.ok(request.kind === "request");
    const response = createResponse(request, 200, undefined, {
      toTag: "t",
      body: "x",
      contentType: "text/plain",
    });
    response.headers.set("Via", "changed");
    assert.equal(request.headers.get("To"), "<sip:demo@127.0.0.1>");
    assert.ok(request.headers.get("Via")?.startsWith("SIP/2.0/UDP"));
  });

  it("knows the phrases, and those of a class for the rest", () => {
    assert.equal(reasonPhrase(487), "Request Terminated");
    assert.equal(reasonPhrase(499), "Bad Request");
    assert.equal(reasonPhrase(699), "Busy");
  });
});

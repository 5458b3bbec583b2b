import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { to, topVia } from "../message/message.ts";
import { Bench, requestText, sdp, tcpFlow, udpFlow } from "./agent-test-kit.ts";

const other = { ...udpFlow, remoteAddress: "198.51.100.4", remotePort: 6000 };

/** The one response to a request that reaches a user agent that answers everyone. */
function answerTo(text: string) {
  const bench = new Bench();
  bench.receive(text);
  const response = bench.takeResponse();
  assert.equal(bench.agent.stateSize().serverTransactions, 0, "nothing is kept");
  return response;
}

describe("what comes in is checked before anything else sees it", () => {
  test("OPTIONS gets 200 with what we can do, the same again for a repetition, and keeps nothing", () => {
    const bench = new Bench();
    const text = requestText("OPTIONS");
    bench.receive(text);
    bench.receive(text);
    const [first, second] = bench.sent.splice(0);
    assert.ok(first?.message.kind === "response");
    assert.equal(first.message.status, 200);
    assert.match(first.message.headers.get("Allow") ?? "", /INVITE, ACK, CANCEL, BYE/);
    assert.equal(first.message.headers.get("Accept"), "application/sdp");
    assert.ok(to(first.message).params.get("tag"));
    assert.deepEqual(first.bytes, second?.bytes);
    bench.receive(requestText("OPTIONS", { callId: "another" }));
    assert.notEqual(to(bench.takeResponse()).params.get("tag"), to(first.message).params.get("tag"));
    bench.assertAtRest();
  });

  test("OPTIONS with Max-Forwards 0 is for us (§11); a new INVITE with 0 gets 483", () => {
    assert.equal(answerTo(requestText("OPTIONS", { maxForwards: 0 })).status, 200);
    assert.equal(answerTo(requestText("INVITE", { maxForwards: 0, body: sdp })).status, 483);
  });

  test("a source over the message rate is dropped unread; others and known ones are not", () => {
    const bench = new Bench({
      messageRate: { perSecond: 2, limits: (flow) => flow.remoteAddress !== other.remoteAddress },
    });
    const ask = (flow = udpFlow) => {
      bench.receive(requestText("OPTIONS"), flow);
      return bench.take().length;
    };
    assert.deepEqual([ask(), ask(), ask(), ask(), ask(), ask()], [1, 1, 1, 1, 0, 0]);
    assert.equal(ask({ ...udpFlow, remoteAddress: "198.51.100.5" }), 1);
    for (let round = 0; round < 20; round++) assert.equal(ask(other), 1);
    assert.equal(bench.agent.counters.overRate, 2);
    assert.equal(bench.agent.counters.dropped, 0);
    bench.pass(500);
    assert.deepEqual([ask(), ask()], [1, 0]);
  });

  test("400 where a Via can be read, nothing where none can", () => {
    const broken = answerTo(requestText("OPTIONS").replace(/Max-Forwards: .*/, "Max-Forwards: many"));
    assert.equal(broken.status, 400);
    assert.match(broken.reason, /Max-Forwards/);
    const bench = new Bench();
    for (const text of [
      "\r\n\r\n",
      "hello",
      requestText("OPTIONS").replace(/Via: .*/, "Via: nonsense"),
      requestText("ACK").replace(/CSeq: .*/, "CSeq: nonsense"),
      `SIP/2.0 200 OK\r\n\r\n`,
    ])
      bench.receive(text);
    assert.deepEqual(bench.take(), []);
    assert.equal(bench.agent.counters.malformed, 5);
  });

  test("a Contact or Record-Route that cannot be read gets 400 and leaves nothing", () => {
    assert.equal(answerTo(requestText("INVITE", { contact: "<sip:", body: sdp })).status, 400);
    assert.equal(answerTo(requestText("INVITE", { contact: null, body: sdp })).status, 400);
    assert.equal(answerTo(requestText("INVITE", { contact: "<tel:+1555>", body: sdp })).status, 400);
    assert.equal(answerTo(requestText("INVITE", { headers: ["Record-Route: <sip"], body: sdp })).status, 400);
  });

  test("505 for another version of SIP", () => {
    assert.equal(answerTo(requestText("OPTIONS", { version: "SIP/3.0" })).status, 505);
  });

  test("405 with Allow for a method that we do not take", () => {
    for (const method of ["REGISTER", "MESSAGE", "SUBSCRIBE"]) {
      const response = answerTo(requestText(method));
      assert.equal(response.status, 405, method);
      assert.match(response.headers.get("Allow") ?? "", /OPTIONS/);
    }
  });

  test("501 with Allow for a method that nobody has heard of", () => {
    for (const method of ["NEWFANGLED", "options"]) {
      const response = answerTo(requestText(method));
      assert.equal(response.status, 501, method);
      assert.match(response.headers.get("Allow") ?? "", /OPTIONS/);
    }
  });

  test("416 for a URI that is neither SIP nor tel", () => {
    assert.equal(answerTo(requestText("INVITE", { uri: "http://example.com/", body: sdp })).status, 416);
    const bench = new Bench();
    bench.receive(requestText("INVITE", { uri: "tel:+15551234567", body: sdp }));
    assert.equal(bench.calls.length, 1);
  });

  test("420 names what is required and not supported", () => {
    const response = answerTo(
      requestText("INVITE", { headers: ["Require: 100rel, foo", "Require: bar"], body: sdp }),
    );
    assert.equal(response.status, 420);
    assert.equal(response.headers.get("Unsupported"), "foo, bar");
  });

  test("415 for a body that we cannot read: type, encoding", () => {
    const typed = answerTo(requestText("INVITE", { headers: ["Content-Type: text/plain"], body: "hello" }));
    assert.equal(typed.status, 415);
    assert.equal(typed.headers.get("Accept"), "application/sdp");
    const encoded = answerTo(requestText("INVITE", { headers: ["Content-Encoding: gzip"], body: sdp }));
    assert.equal(encoded.status, 415);
    assert.equal(encoded.headers.get("Accept-Encoding"), "identity");
  });

  test("a body whose handling is optional, or that holds SDP among others, is no reason to refuse", () => {
    const bench = new Bench();
    const optional = ["Content-Type: text/plain", "Content-Disposition: session;handling=optional"];
    bench.receive(requestText("INVITE", { headers: optional, body: "hello", callId: "a" }));
    assert.equal(bench.calls[0]?.offer, undefined);
    const parts = `--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\ncontent-type: application/sdp\r\n\r\n${sdp}\r\n--b1--\r\n`;
    const mixed = ['Content-Type: multipart/mixed; boundary="b1"'];
    bench.receive(requestText("INVITE", { headers: mixed, body: parts, callId: "b" }));
    assert.equal(bench.calls[1]?.offer?.trim(), sdp.trim());
  });

  test("481 for a NOTIFY of no subscription, outside a dialog and in a call's", () => {
    assert.equal(answerTo(requestText("NOTIFY")).status, 481);
    assert.equal(answerTo(requestText("NOTIFY", { toTag: "x" })).status, 481);
    const bench = new Bench();
    bench.receive(requestText("INVITE", { body: sdp }));
    bench.call.accept(sdp);
    const toTag = bench.call.id;
    bench.take();
    bench.receive(requestText("NOTIFY", { toTag, seq: 2 }));
    assert.equal(bench.takeResponse().status, 481);
  });

  test("a dialog that is opened gets its requests, and none that only look like them", () => {
    const bench = new Bench();
    const methods: string[] = [];
    const close = bench.agent.openDialog({
      callId: "call-1@192.0.2.9",
      localTag: "ours",
      onRequest: (incoming) => {
        methods.push(incoming.request.method);
        if (incoming.request.method === "NOTIFY") incoming.respond(200);
      },
    });
    assert.equal(bench.agent.stateSize().dialogs, 1);
    const notify = requestText("NOTIFY", { toTag: "ours" });
    bench.receive(notify);
    const response = bench.takeResponse();
    assert.equal(response.status, 200);
    assert.match(response.headers.get("To") ?? "", /;tag=ours$/);
    bench.receive(notify);
    assert.equal(bench.takeResponse().status, 200, "repeated by the transaction");
    for (const parts of [{ toTag: "theirs" }, { toTag: "ours", callId: "other" }]) {
      bench.receive(requestText("NOTIFY", parts));
      assert.equal(bench.takeResponse().status, 481);
    }
    bench.receive(requestText("INFO", { toTag: "ours" }));
    assert.equal(bench.takeResponse().status, 481, "not answered by the dialog");
    assert.deepEqual(methods, ["NOTIFY", "INFO"]);
    close();
    bench.receive(requestText("NOTIFY", { toTag: "ours", seq: 5 }));
    assert.equal(bench.takeResponse().status, 481);
    bench.assertAtRest();
  });

  test("481 for a dialog or an INVITE that we do not know", () => {
    for (const method of ["BYE", "INFO", "UPDATE", "INVITE", "OPTIONS"])
      assert.equal(answerTo(requestText(method, { toTag: "unknown" })).status, 481, method);
    assert.equal(answerTo(requestText("CANCEL")).status, 481);
    assert.equal(answerTo(requestText("BYE")).status, 481);
  });

  test("482 for a copy of an INVITE that came by another way (§8.2.2.2)", () => {
    const bench = new Bench();
    bench.receive(requestText("INVITE", { branch: "z9hG4bKone", body: sdp }));
    bench.take();
    bench.receive(requestText("INVITE", { branch: "z9hG4bKtwo", body: sdp }));
    assert.equal(bench.takeResponse().status, 482);
    assert.equal(bench.calls.length, 1);
  });

  test("ACK is never answered", () => {
    const bench = new Bench();
    for (const parts of [{}, { toTag: "x" }, { uri: "http://x/" }, { headers: ["Require: foo"] }])
      bench.receive(requestText("ACK", parts));
    assert.deepEqual(bench.take(), []);
    assert.equal(bench.agent.counters.dropped, 4);
  });

  test("strangers get no answer to anything but a call's own INVITE", () => {
    const bench = new Bench({ screen: () => "drop" });
    for (const method of ["OPTIONS", "REGISTER", "BYE", "CANCEL"]) bench.receive(requestText(method));
    bench.receive(requestText("BYE", { toTag: "unknown" }));
    bench.receive(requestText("OPTIONS", { version: "SIP/3.0" }));
    bench.receive(requestText("INVITE").replace(/CSeq: .*/, "CSeq: nonsense"));
    bench.receive(requestText("INVITE", { headers: ["Require: foo"], body: sdp }));
    assert.deepEqual(bench.take(), []);
    bench.receive(requestText("INVITE", { body: sdp }));
    assert.equal(bench.takeResponse().status, 100);
  });

  test("received and rport lead the answer back to where the request came from (RFC 3581)", () => {
    const bench = new Bench();
    bench.receive(requestText("OPTIONS").replace(";branch", ";rport;branch"), other);
    const sent = bench.sent[0];
    assert.ok(sent !== undefined && "address" in sent.to);
    assert.deepEqual([sent.to.address, sent.to.port], ["198.51.100.4", 6000]);
    const via = topVia(bench.takeResponse());
    assert.equal(via.params.get("received"), "198.51.100.4");
    assert.equal(via.params.get("rport"), "6000");
  });

  test("without rport the answer goes to the source address and the port of Via", () => {
    const bench = new Bench();
    bench.receive(requestText("OPTIONS"), other);
    const { to: target } = bench.sent[0] ?? {};
    assert.ok(target !== undefined && "address" in target);
    assert.deepEqual([target.address, target.port], ["198.51.100.4", 5060]);
  });

  test("over a connection the answer goes by that connection", () => {
    const bench = new Bench();
    bench.receive(requestText("OPTIONS", { transport: "TCP" }), tcpFlow);
    assert.equal(bench.sent[0]?.to.connectionId, 7);
  });

  test("a full table refuses new calls with 503 and Retry-After, and keeps those that stand", () => {
    const bench = new Bench({ limits: { dialogs: 2 } });
    for (const callId of ["a", "b"]) bench.receive(requestText("INVITE", { callId, body: sdp }));
    const [first] = bench.calls;
    bench.take();
    // What is wrong with it is not looked at.
    bench.receive(requestText("INVITE", { callId: "c", body: sdp, headers: ["Require: unknown"] }));
    const refused = bench.takeResponse();
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("Retry-After"), "10");
    assert.equal(bench.agent.counters.overload, 1);
    first?.accept(sdp);
    assert.equal(bench.takeResponse().status, 200);
  });

  test("the transaction limit holds as well", () => {
    const bench = new Bench({ limits: { transactions: 3 } });
    for (let i = 0; i < 10; i++) bench.receive(requestText("INVITE", { callId: `c${i}`, body: sdp }));
    assert.equal(bench.calls.length, 3);
    assert.equal(bench.agent.stateSize().serverTransactions, 3);
  });

  test("draining: new calls get 503, standing ones go on", () => {
    const bench = new Bench();
    bench.receive(requestText("INVITE", { callId: "a", body: sdp }));
    bench.take();
    bench.agent.drain();
    bench.receive(requestText("INVITE", { callId: "b", body: sdp }));
    assert.equal(bench.takeResponse().status, 503);
    bench.call.ring();
    assert.equal(bench.takeResponse().status, 180);
  });

  test("onRequest may answer, now or later, and what it leaves is answered for it", () => {
    const bench = new Bench({
      extraMethods: ["MESSAGE"],
      onRequest: (incoming) => {
        if (incoming.request.method !== "MESSAGE") return;
        incoming.defer();
        later = () => incoming.respond(202);
      },
    });
    let later: (() => void) | undefined;
    const text = requestText("MESSAGE", { body: "hi", headers: ["Content-Type: text/plain"] });
    bench.receive(text);
    bench.receive(text);
    assert.deepEqual(bench.take(), []);
    later?.();
    assert.deepEqual(bench.takeLines(), [202]);
    bench.receive(text);
    assert.deepEqual(bench.takeLines(), [202]);
    bench.receive(requestText("OPTIONS"));
    assert.deepEqual(bench.takeLines(), [200]);
    bench.assertAtRest();
  });

  test("a handler that throws is reported, and the next message is taken", () => {
    const errors: unknown[] = [];
    const bench = new Bench({
      onInvite: () => {
        throw new Error("fault");
      },
      onError: (error) => errors.push(error),
    });
    bench.receive(requestText("INVITE", { body: sdp }));
    bench.receive(requestText("OPTIONS"));
    assert.equal(errors.length, 1);
    assert.deepEqual(bench.takeLines(), [500, 200]);
  });

  test("every message is traced, also what is none", () => {
    const seen: string[] = [];
    const bench = new Bench({
      trace: ({ direction, message }) => seen.push(`${direction} ${message?.kind ?? "bytes"}`),
    });
    bench.receive(requestText("OPTIONS"));
    bench.receive("nonsense");
    assert.deepEqual(seen, ["in request", "out response", "in bytes"]);
  });
});

describe("hostile bytes", () => {
  const valid = [
    requestText("INVITE", { body: sdp, headers: ["Record-Route: <sip:192.0.2.7;lr>", "Supported: timer"] }),
    requestText("OPTIONS"),
    requestText("CANCEL", { branch: "z9hG4bKfuzz" }),
    requestText("INVITE", { branch: "z9hG4bKfuzz", body: sdp, callId: "f" }),
    requestText("BYE", { toTag: "x", seq: 2 }),
    requestText("ACK", { branch: "z9hG4bKfuzz", toTag: "x" }),
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
  ];
  /** One change to one message: a piece cut out, doubled, or overwritten by other bytes. */
  const mutated = fc
    .record({
      base: fc.constantFrom(...valid),
      at: fc.nat(400),
      length: fc.nat(40),
      bytes: fc.uint8Array({ maxLength: 12 }),
      double: fc.boolean(),
    })
    .map(({ base, at, length, bytes, double }) => {
      const whole = Buffer.from(base);
      const start = at % whole.length;
      const rest = whole.subarray(double ? Math.max(start - length, 0) : start + length);
      return Buffer.concat([whole.subarray(0, start), bytes, rest]);
    });

  test("nothing throws, nothing is left behind, and the next call is taken", () => {
    fc.assert(
      fc.property(fc.array(mutated, { minLength: 1, maxLength: 30 }), (messages) => {
        const bench = new Bench({ onInvite: (call) => call.accept(sdp) });
        for (const bytes of messages) bench.receive(bytes);
        bench.sent.length = 0;
        bench.receive(requestText("INVITE", { callId: "good-one", body: sdp }));
        assert.deepEqual(bench.takeLines(), [100, 200]);
        bench.assertAtRest();
      }),
      { numRuns: 150 },
    );
  });
});

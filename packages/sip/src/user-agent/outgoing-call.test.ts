import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cseq, topVia } from "../message/message.ts";
import { serialiseUri } from "../message/uri.ts";
import { Bench, requestText, responseText, sdp, tcpFlow } from "./agent-test-kit.ts";
import type { LegEnded, OutgoingCall } from "./call.ts";

const target = { transport: "udp", address: "192.0.2.9", port: 5060 } as const;

function calling(options: { sdp?: string; ringTimeout?: number } = { sdp }) {
  const bench = new Bench();
  const call = bench.agent.invite({
    requestUri: "sip:+15557654321@192.0.2.9",
    from: "<sip:agent@192.0.2.1>",
    to: "<sip:+15557654321@192.0.2.9>",
    target,
    ...options,
  });
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  const answers: (string | undefined)[] = [];
  call.onAnswered = (answer) => answers.push(answer);
  const invite = bench.takeRequest();
  return { bench, call, ended, answers, invite };
}

function confirmed() {
  const all = calling();
  all.bench.receive(responseText(all.invite, 200, { toTag: "them", body: sdp }));
  const ack = all.bench.takeRequest();
  return { ...all, ack };
}

/** A request of the peer inside the dialog of an outgoing call. */
function inDialog(call: OutgoingCall, method: string, seq: number): string {
  return requestText(method, { toTag: call.id, fromTag: "them", callId: call.callId, seq });
}

describe("an outgoing call", () => {
  test("INVITE, 180, 183, 200, ACK", () => {
    const { bench, call, answers, invite } = calling();
    assert.equal(invite.headers.get("Contact"), "<sip:agent@192.0.2.1:5060>");
    assert.match(
      invite.headers.get("Via") ?? "",
      /^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK.{20,};rport$/,
    );
    const progress: unknown[] = [];
    call.onProgress = (status, body) => progress.push([status, body]);
    bench.receive(responseText(invite, 100));
    bench.receive(responseText(invite, 180, { toTag: "them" }));
    bench.receive(responseText(invite, 183, { toTag: "them", body: sdp }));
    assert.deepEqual(progress, [
      [180, undefined],
      [183, sdp],
    ]);
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    const ack = bench.takeRequest();
    assert.equal(ack.method, "ACK");
    assert.equal(ack.uriText, "sip:callee@192.0.2.9");
    assert.deepEqual(cseq(ack), { seq: 1, method: "ACK" });
    assert.notEqual(topVia(ack).params.get("branch"), topVia(invite).params.get("branch"));
    assert.deepEqual(answers, [sdp]);
    assert.equal(call.state, "confirmed");
  });

  test("each repeated 200 gets its ACK again, and is told once", () => {
    const { bench, answers, invite, ack } = confirmed();
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    assert.deepEqual(bench.takeRequest().headers.get("Via"), ack.headers.get("Via"));
    assert.equal(answers.length, 1);
  });

  test("a second fork that answers gets ACK and BYE (§13.2.2.4)", () => {
    const { bench, call, invite } = confirmed();
    bench.receive(responseText(invite, 200, { toTag: "fork", body: sdp }));
    assert.deepEqual(bench.takeLines(), ["ACK", "BYE"]);
    bench.receive(responseText(invite, 200, { toTag: "fork", body: sdp }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.equal(call.state, "confirmed");
  });

  test("INVITE without SDP: the ACK waits for the answer to the offer in the 200", () => {
    const { bench, call, answers, invite } = calling({});
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    assert.deepEqual(answers, [sdp]);
    assert.deepEqual(bench.take(), []);
    call.answer("v=0 mine");
    const ack = bench.takeRequest();
    assert.equal(ack.method, "ACK");
    assert.equal(ack.body.toString(), "v=0 mine");
  });

  test("a 200 whose offer has no answer yet is acknowledged when the peer ends the call", () => {
    const { bench, call, invite } = calling({});
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    bench.receive(inDialog(call, "BYE", 1));
    assert.deepEqual(bench.takeLines(), [200, "ACK"]);
    bench.assertAtRest();
  });

  test("a refusal: ACK in the INVITE's transaction, the end with status and phrase", () => {
    const { bench, invite, ended } = calling();
    bench.receive(responseText(invite, 486, { toTag: "them" }));
    const ack = bench.takeRequest();
    assert.equal(ack.method, "ACK");
    assert.equal(topVia(ack).params.get("branch"), topVia(invite).params.get("branch"));
    assert.equal(ack.uriText, invite.uriText);
    assert.deepEqual(ended, [{ by: "remote", cause: "rejected", status: 486, reason: "Said So" }]);
    bench.receive(responseText(invite, 486, { toTag: "them" }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.assertAtRest();
  });

  test("a redirection names its targets, the preferred first, and nobody goes there (§8.1.3.4)", () => {
    const refused = (contact: string, status = 302) => {
      const { bench, invite, ended } = calling();
      bench.receive(responseText(invite, status, { toTag: "them", contact }));
      assert.deepEqual(bench.takeLines(), ["ACK"]);
      return ended[0]?.contacts?.map(({ uri }) => serialiseUri(uri));
    };
    assert.deepEqual(
      refused("<sip:late@a>;q=0.2, <sip:first@b>, <tel:+15551234567>;q=0.9, <sip:odd@c>;q=x"),
      ["sip:first@b", "sip:odd@c", "tel:+15551234567", "sip:late@a"],
    );
    assert.equal(refused("<sip:broken@"), undefined);
    assert.equal(refused("*"), undefined);
    assert.equal(refused("<sip:a@b>", 486), undefined);
  });

  test("nobody answers: the INVITE is repeated and given up after 64·T1", () => {
    const { bench, ended } = calling();
    bench.pass(32_100);
    assert.deepEqual(bench.takeLines(), Array(6).fill("INVITE"));
    assert.deepEqual(ended, [{ by: "system", cause: "timeout", status: 408 }]);
    bench.assertAtRest();
  });

  test("CANCEL waits for a provisional response (§9.1) and has the INVITE's branch", () => {
    const { bench, call, invite, ended } = calling();
    call.hangUp();
    assert.deepEqual(ended, [{ by: "local", cause: "cancelled" }]);
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(invite, 100));
    const cancel = bench.takeRequest();
    assert.equal(cancel.method, "CANCEL");
    assert.equal(topVia(cancel).params.get("branch"), topVia(invite).params.get("branch"));
    assert.deepEqual(cseq(cancel), { seq: 1, method: "CANCEL" });
    assert.equal(cancel.headers.get("To"), invite.headers.get("To"));
    bench.receive(responseText(cancel, 200, { toTag: "them" }));
    bench.receive(responseText(invite, 487, { toTag: "them" }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.equal(ended.length, 1);
    bench.assertAtRest();
  });

  test("a 200 that crosses the CANCEL gets ACK and BYE", () => {
    const { bench, call, invite, ended, answers } = calling();
    bench.receive(responseText(invite, 180, { toTag: "them" }));
    call.hangUp();
    assert.deepEqual(bench.takeLines(), ["CANCEL"]);
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    assert.deepEqual(bench.takeLines(), ["ACK", "BYE"]);
    assert.equal(ended.length, 1);
    assert.deepEqual(answers, []);
    bench.assertAtRest();
  });

  test("a cancelled INVITE that never ends is forgotten after 64·T1", () => {
    const { bench, call, invite } = calling();
    bench.receive(responseText(invite, 180, { toTag: "them" }));
    call.hangUp();
    bench.pass(33_000);
    assert.equal(bench.agent.stateSize().clientTransactions, 0);
    bench.assertAtRest();
  });

  test("an INVITE that only rings is cancelled after the ring time", () => {
    const { bench, ended, invite } = calling({ sdp, ringTimeout: 30_000 });
    bench.receive(responseText(invite, 180, { toTag: "them" }));
    bench.pass(30_000);
    assert.deepEqual(bench.takeLines(), ["CANCEL"]);
    assert.deepEqual(ended, [{ by: "system", cause: "timeout", status: 408 }]);
  });

  test("a transport error, or the end of the connection, ends the call at once", () => {
    const { bench, ended } = calling();
    const other = new Bench();
    const call = other.agent.invite({
      requestUri: "sip:x@192.0.2.9",
      from: "<sip:a@192.0.2.1>",
      to: "<sip:x@192.0.2.9>",
      flow: tcpFlow,
    });
    const seen: LegEnded[] = [];
    call.onEnded = (one) => seen.push(one);
    other.sent[0]?.fail?.();
    other.agent.connectionClosed(tcpFlow);
    assert.deepEqual(seen, [{ by: "system", cause: "transport-error", status: 503 }]);
    other.assertAtRest();
    assert.deepEqual(ended, []);
    bench.assertAtRest();
  });

  test("connectionClosed fails what waits on that connection alone", () => {
    const bench = new Bench();
    const seen: (string | undefined)[] = [];
    for (const connectionId of [7, 8]) {
      const call = bench.agent.invite({
        requestUri: "sip:x@192.0.2.9",
        from: "<sip:a@192.0.2.1>",
        to: "<sip:x@192.0.2.9>",
        flow: { ...tcpFlow, connectionId },
      });
      call.onEnded = ({ cause }) => seen.push(`${connectionId} ${cause}`);
    }
    bench.agent.connectionClosed({ ...tcpFlow, connectionId: 8 });
    assert.deepEqual(seen, ["8 transport-error"]);
  });

  test("the route set is the Record-Route reversed, and BYE follows it", () => {
    const { bench, call, invite } = calling();
    const headers = ["Record-Route: <sip:192.0.2.51;lr>, <sip:192.0.2.52;lr>"];
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp, headers }));
    bench.take();
    call.hangUp();
    const [sent] = bench.sent;
    assert.ok(sent !== undefined && "address" in sent.to);
    assert.equal(sent.to.address, "192.0.2.52");
    assert.deepEqual(bench.takeRequest().headers.getAll("Route"), [
      "<sip:192.0.2.52;lr>",
      "<sip:192.0.2.51;lr>",
    ]);
  });

  test("BYE of the peer, and one in an early dialog", () => {
    const { bench, call, ended } = confirmed();
    bench.receive(inDialog(call, "BYE", 1));
    assert.deepEqual(bench.takeLines(), [200]);
    assert.deepEqual(ended, [{ by: "remote", cause: "bye" }]);
    const early = calling();
    early.bench.receive(responseText(early.invite, 180, { toTag: "them" }));
    early.bench.receive(inDialog(early.call, "BYE", 1));
    assert.deepEqual(early.bench.takeLines(), [200, "CANCEL"]);
    assert.equal(early.call.state, "ended");
  });

  test("481 to a request inside the dialog ends it by a BYE, as no answer does (§12.2.1.2)", () => {
    const { bench, call, ended } = confirmed();
    call.sendInfo("text/plain", "x");
    bench.receive(responseText(bench.takeRequest(), 481));
    assert.deepEqual(ended, [{ by: "remote", cause: "rejected", status: 481 }]);
    assert.deepEqual(bench.takeLines(), ["BYE"]);
    const silent = confirmed();
    silent.call.sendInfo("text/plain", "x");
    silent.bench.pass(32_000);
    assert.deepEqual(silent.ended, [{ by: "system", cause: "timeout", status: 408 }]);
    assert.equal(silent.bench.takeLines().at(-1), "BYE");
    silent.bench.assertAtRest();
  });

  test("the outcome of an INFO is told, and what the peer says of INFO and its bodies", () => {
    const { bench, call } = confirmed();
    const told: number[] = [];
    for (const status of [200, 415]) {
      call.sendInfo("text/plain", "x", (outcome) => told.push(outcome));
      bench.receive(responseText(bench.takeRequest(), status));
    }
    call.hangUp();
    call.sendInfo("text/plain", "x", (outcome) => told.push(outcome));
    assert.deepEqual(told, [200, 415, 481]);
    for (const [headers, takes] of [
      [[], false],
      [["Allow: INVITE, BYE"], false],
      [["Allow: INVITE, INFO"], true],
      [["Allow: INFO", "Accept: application/sdp"], false],
      [["Allow: INFO", "Accept: application/sdp, Application/DTMF-Relay;q=0.5"], true],
      [["Allow: INFO", "Accept: application/*"], true],
      [["Allow: INFO", "Accept: */*"], true],
    ] as const) {
      const { bench, call, invite } = calling();
      assert.equal(call.takesInfo("application/dtmf-relay"), false);
      bench.receive(responseText(invite, 200, { toTag: "them", headers, body: sdp }));
      assert.equal(call.takesInfo("application/dtmf-relay"), takes, headers.join());
    }
  });

  test("what comes before the 200 that makes its dialog waits to be said again; over a stream it is refused", () => {
    const { bench, call, invite } = calling();
    const infos: string[] = [];
    call.onInfo = (type) => infos.push(type);
    bench.receive(responseText(invite, 100));
    const info = requestText("INFO", { toTag: call.id, fromTag: "them", callId: call.callId, body: "v=" });
    bench.receive(info);
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    bench.receive(info);
    assert.deepEqual(bench.takeLines(), ["ACK", 200]);
    assert.equal(infos.length, 1);

    const ringing = calling();
    ringing.bench.receive(inDialog(ringing.call, "INFO", 1), tcpFlow);
    ringing.bench.receive(inDialog(ringing.call, "BYE", 2));
    assert.deepEqual(ringing.bench.takeLines(), [481, 481]);
  });

  test("many forks do not grow without bound", () => {
    const { bench, call, invite } = calling();
    for (let i = 0; i < 100; i++) bench.receive(responseText(invite, 180, { toTag: `f${i}` }));
    for (let i = 0; i < 100; i++) bench.receive(responseText(invite, 200, { toTag: `f${i}`, body: sdp }));
    assert.ok(bench.agent.stateSize().clientTransactions < 30);
    call.hangUp();
    bench.assertAtRest();
  });

  test("a 200 with unreadable Contact and Record-Route is acknowledged, and the call can be ended", () => {
    const { bench, call, answers, invite } = calling();
    const headers = ["Record-Route: <sip:x@"];
    bench.receive(responseText(invite, 200, { toTag: "them", contact: "<sip:x@", headers, body: sdp }));
    assert.equal(bench.takeRequest().method, "ACK");
    assert.deepEqual(answers, [sdp]);
    call.hangUp();
    const bye = bench.takeRequest();
    assert.deepEqual([bye.method, bye.uriText], ["BYE", "sip:+15557654321@192.0.2.9"]);
  });

  test("a response with a second Via is not for us (§8.1.3.3)", () => {
    const { bench, call, invite } = calling();
    const text = responseText(invite, 200, { toTag: "them", body: sdp });
    const other = "SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKother";
    bench.receive(text.replace("\r\nFrom", `\r\nVia: ${other}\r\nFrom`));
    bench.receive(text.replace("\r\nFrom", `, ${other}\r\nFrom`));
    assert.equal(call.state, "early");
    assert.equal(bench.agent.counters.dropped, 2);
  });

  test("the ACK kept for a repeated 200 keeps no more than its own bytes", () => {
    const { bench, invite } = confirmed();
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    const [again] = bench.sent;
    assert.ok(again !== undefined && again.message.kind === "request" && again.message.method === "ACK");
    assert.equal(again.bytes.buffer.byteLength, again.bytes.length);
  });

  test("a response with another branch is nobody's", () => {
    const { bench, call, invite } = calling();
    const text = responseText(invite, 200, { toTag: "them" }).replace(/branch=[^;]+/, "branch=z9hG4bKguess");
    bench.receive(text);
    assert.equal(call.state, "early");
    assert.equal(bench.agent.counters.dropped, 1);
  });

  test("a request outside a dialog resolves with its response, with 408 or with 503", async () => {
    const bench = new Bench();
    const options = {
      method: "OPTIONS",
      requestUri: "sip:192.0.2.9",
      from: "<sip:a@192.0.2.1>",
      to: "<sip:192.0.2.9>",
      target,
    };
    const first = bench.agent.request(options);
    bench.receive(responseText(bench.takeRequest(), 200, { toTag: "x" }));
    assert.equal((await first.result).status, 200);
    const second = bench.agent.request(options);
    bench.pass(32_000);
    assert.deepEqual(await second.result, { status: 408, response: undefined });
    bench.take();
    const third = bench.agent.request(options);
    bench.sent[0]?.fail?.();
    assert.equal((await third.result).status, 503);
    bench.assertAtRest();
  });
});

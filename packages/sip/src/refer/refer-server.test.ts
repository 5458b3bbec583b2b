import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { serialiseUri } from "../message/uri.ts";
import { responseText } from "../user-agent/agent-test-kit.ts";
import { Answered, reportOf } from "./refer-test-kit.ts";

const referLine = "Refer-To: <sip:carol@192.0.2.7>";

/** A REFER of the peer that was taken, and its first report answered. */
function accepted(headers: readonly string[] = [referLine]): Answered {
  const call = new Answered();
  call.receive("REFER", headers);
  call.refer.accept();
  const [taken, first] = call.bench.take();
  assert.ok(taken?.kind === "response" && taken.status === 202);
  assert.ok(first?.kind === "request");
  call.bench.receive(responseText(first, 200));
  return call;
}

describe("a REFER of the peer in a call", () => {
  test("is shown with all that it says", () => {
    const call = new Answered();
    call.receive("REFER", [
      "Refer-To: <sip:carol@192.0.2.7;method=INVITE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x>",
      "Referred-By: <sip:caller@192.0.2.9>",
    ]);
    const { refer } = call;
    assert.equal(serialiseUri(refer.uri), "sip:carol@192.0.2.7");
    assert.equal(refer.method, "INVITE");
    assert.deepEqual(refer.replaces, { callId: "a@b", toTag: "1", fromTag: "2", earlyOnly: false });
    assert.equal(refer.referredBy?.text, "<sip:caller@192.0.2.9>");
    assert.equal(refer.leg, call.leg);
    assert.equal(refer.isInDialog, true);
    assert.equal(refer.reports, true);
    assert.deepEqual(call.bench.take(), [], "the application decides");
  });

  test("202, 100 at once, then what the application reports, noresource at the end (RFC 3515 §2.4)", () => {
    const call = new Answered();
    const { bench } = call;
    call.receive("REFER", [referLine]);
    call.refer.accept();
    const [taken, first] = bench.take();
    assert.ok(taken?.kind === "response" && taken.status === 202);
    assert.ok(taken.headers.has("Contact"));
    assert.ok(first?.kind === "request");
    assert.deepEqual(reportOf(first), ["SIP/2.0 100 Trying", "active;expires=300", "refer;id=2"]);
    assert.ok(first.headers.has("Contact"));
    bench.receive(responseText(first, 200));
    bench.pass(10_000);
    call.refer.progress(180);
    const ringing = bench.takeRequest();
    assert.deepEqual(reportOf(ringing), ["SIP/2.0 180 Ringing", "active;expires=290", "refer;id=2"]);
    bench.receive(responseText(ringing, 200));
    call.refer.finish(486);
    const last = bench.takeRequest();
    assert.deepEqual(reportOf(last), ["SIP/2.0 486 Busy Here", "terminated;reason=noresource", "refer;id=2"]);
    bench.receive(responseText(last, 200));
    call.refer.progress(180);
    call.refer.finish(200);
    assert.deepEqual(bench.take(), []);
    call.receive("BYE");
    bench.assertAtRest();
  });

  test("reports do not overtake each other, and only the newest of those that wait is sent", () => {
    const call = new Answered();
    const { bench } = call;
    call.receive("REFER", [referLine]);
    call.refer.accept();
    const first = bench.take()[1];
    assert.ok(first?.kind === "request");
    call.refer.progress(180);
    call.refer.progress(183);
    call.refer.finish(200, "Answered");
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(first, 200));
    const last = bench.takeRequest();
    assert.deepEqual(reportOf(last).slice(0, 2), ["SIP/2.0 200 Answered", "terminated;reason=noresource"]);
    bench.receive(responseText(last, 200));
    call.receive("BYE");
    bench.assertAtRest();
  });

  test("declined", () => {
    const call = new Answered();
    call.receive("REFER", [referLine]);
    call.refer.reject(603, [["Retry-After", "60"]]);
    const response = call.bench.takeResponse();
    assert.equal(response.status, 603);
    assert.equal(response.headers.get("Retry-After"), "60");
    call.refer.accept();
    call.refer.finish(200);
    assert.deepEqual(call.bench.take(), []);
  });

  test("nobody decides: declined before the peer's transaction gives up", () => {
    const call = new Answered();
    call.receive("REFER", [referLine]);
    call.bench.pass(21_000);
    assert.equal(call.bench.takeResponse().status, 603);
  });

  test("a handler that throws: 500", () => {
    const errors: unknown[] = [];
    const call = new Answered({
      onError: (error) => errors.push(error),
      onRefer: () => {
        throw new Error("handler");
      },
    });
    call.receive("REFER", [referLine]);
    assert.equal(call.bench.takeResponse().status, 500);
    assert.equal(errors.length, 1);
    call.receive("BYE");
    call.bench.assertAtRest();
  });

  test("none, two or a broken Refer-To: 400, and nobody is asked", () => {
    const call = new Answered();
    for (const headers of [
      [],
      [referLine, referLine],
      ["Refer-To: <sip:"],
      ["Refer-To: <sip:a@b?Replaces=x>"],
    ]) {
      call.receive("REFER", headers);
      assert.equal(call.bench.takeResponse().status, 400);
    }
    assert.equal(call.refers.length, 0);
    call.receive("BYE");
    call.bench.assertAtRest();
  });

  test("without a handler: 405, and Allow does not name it", () => {
    const bare = { onRefer: undefined } as unknown as { onRefer: () => void };
    const call = new Answered(bare);
    call.receive("REFER", [referLine]);
    const response = call.bench.takeResponse();
    assert.equal(response.status, 405);
    assert.doesNotMatch(response.headers.get("Allow") ?? "", /REFER/);
    const willing = new Answered();
    willing.receive("OPTIONS");
    const { headers } = willing.bench.takeResponse();
    assert.match(headers.get("Allow") ?? "", /REFER/);
    for (const tag of ["norefersub", "tdialog"]) assert.ok(headers.list("Supported").includes(tag), tag);
  });

  test("RFC 4488: who wants no reports gets none, and is told so", () => {
    const call = new Answered();
    call.receive("REFER", [referLine, "Refer-Sub: false", "Require: norefersub"]);
    assert.equal(call.refer.reports, false);
    call.refer.accept();
    const response = call.bench.takeResponse();
    assert.equal(response.status, 202);
    assert.equal(response.headers.get("Refer-Sub"), "false");
    call.refer.finish(200);
    assert.deepEqual(call.bench.take(), []);
    call.receive("BYE");
    call.bench.assertAtRest();
  });

  test("five at a time are one too many", () => {
    const call = new Answered();
    for (let count = 0; count < 4; count++) call.receive("REFER", [referLine]);
    assert.deepEqual(call.bench.take(), []);
    call.receive("REFER", [referLine]);
    const response = call.bench.takeResponse();
    assert.equal(response.status, 500);
    assert.ok(response.headers.has("Retry-After"));
    assert.equal(call.refers.length, 4);
    call.leg.hangUp();
    assert.deepEqual(call.bench.takeLines().toSorted(), [481, 481, 481, 481, "BYE"]);
    call.bench.assertAtRest();
  });

  test("two are told apart by id", () => {
    const call = accepted();
    const [first] = call.refers;
    call.receive("REFER", [referLine]);
    call.refer.accept();
    const second = call.bench.take()[1];
    assert.ok(second?.kind === "request");
    assert.equal(reportOf(second)[2], "refer;id=3");
    first?.finish(200);
    assert.equal(reportOf(call.bench.takeRequest())[2], "refer;id=2");
  });

  test("the call ends: what was taken is still reported, what was not is refused", () => {
    const call = accepted();
    const { bench } = call;
    call.receive("REFER", [referLine]);
    call.receive("BYE");
    assert.deepEqual(bench.takeLines(), [200, 481]);
    assert.equal(bench.agent.stateSize().dialogs, 1);
    call.receive("REFER", [referLine]);
    assert.equal(bench.takeResponse().status, 481);
    call.refers[0]?.finish(200);
    const last = bench.takeRequest();
    bench.receive(responseText(last, 200));
    assert.equal(bench.agent.stateSize().dialogs, 0);
    bench.assertAtRest();
  });

  test("no report goes out while a BYE of ours has no answer: it could overtake it (§12.2.2)", () => {
    const call = accepted();
    const { bench } = call;
    call.leg.hangUp();
    const bye = bench.takeRequest();
    assert.equal(bye.method, "BYE");
    call.refer.finish(200);
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(bye, 200));
    const last = bench.takeRequest();
    assert.equal(reportOf(last)[0], "SIP/2.0 200 OK");
    bench.receive(responseText(last, 200));
    bench.assertAtRest();
  });

  test("a report that the peer refuses, or does not answer, is the last", () => {
    for (const end of [
      (call: Answered) => call.bench.receive(responseText(call.bench.takeRequest(), 481)),
      (call: Answered) => call.bench.pass(33_000),
    ]) {
      const call = accepted();
      let told = 0;
      call.refer.onUnsubscribed = () => told++;
      call.refer.progress(180);
      end(call);
      assert.equal(told, 1);
      assert.equal(call.leg.state, "confirmed");
      call.bench.take();
      call.refer.finish(200);
      assert.deepEqual(call.bench.take(), []);
      call.receive("BYE");
      call.bench.assertAtRest();
    }
  });

  test("five minutes without an end: the subscription times out", () => {
    const call = accepted();
    let told = 0;
    call.refer.onUnsubscribed = () => told++;
    call.refer.progress(180);
    call.bench.receive(responseText(call.bench.takeRequest(), 200));
    call.bench.pass(301_000);
    const [last] = call.bench.take();
    assert.ok(last?.kind === "request");
    assert.deepEqual(reportOf(last).slice(0, 2), ["SIP/2.0 180 Ringing", "terminated;reason=timeout"]);
    assert.equal(told, 1);
    call.leg.hangUp();
    call.bench.assertAtRest();
  });

  test("the peer unsubscribes, refreshes, or subscribes to what it has not (RFC 3515 §2.4.4)", () => {
    const call = accepted();
    const { bench } = call;
    call.receive("SUBSCRIBE", ["Event: refer;id=2", "Expires: 9999"]);
    const [taken, current] = bench.take();
    assert.ok(taken?.kind === "response" && taken.status === 200);
    assert.equal(taken.headers.get("Expires"), "300", "not prolonged");
    assert.ok(current?.kind === "request");
    assert.equal(reportOf(current)[0], "SIP/2.0 100 Trying");
    bench.receive(responseText(current, 200));
    for (const event of ["refer;id=77", "presence"]) {
      call.receive("SUBSCRIBE", [`Event: ${event}`, "Expires: 60"]);
      assert.equal(bench.takeResponse().status, 403);
    }
    let told = 0;
    call.refer.onUnsubscribed = () => told++;
    call.receive("SUBSCRIBE", ["Event: refer;id=2", "Expires: 0"]);
    const [gone, last] = bench.take();
    assert.ok(gone?.kind === "response" && gone.status === 200);
    assert.ok(last?.kind === "request");
    assert.equal(reportOf(last)[1], "terminated;reason=timeout");
    assert.equal(told, 1);
    bench.receive(responseText(last, 200));
    call.receive("SUBSCRIBE", ["Event: refer;id=2", "Expires: 0"]);
    assert.equal(bench.takeResponse().status, 403);
    call.receive("BYE");
    bench.assertAtRest();
  });

  test("before the call is answered it is too early", () => {
    const early = new Answered();
    early.bench.receive(
      `INVITE sip:demo@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKearly\r\nFrom: <sip:x@y>;tag=e\r\nTo: <sip:demo@192.0.2.1>\r\nCall-ID: early\r\nCSeq: 1 INVITE\r\nContact: <sip:x@192.0.2.9>\r\nContent-Length: 0\r\n\r\n`,
    );
    const leg = early.bench.call;
    early.bench.take();
    early.bench.receive(
      `REFER sip:demo@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKearly2\r\nFrom: <sip:x@y>;tag=e\r\nTo: <sip:demo@192.0.2.1>;tag=${leg.id}\r\nCall-ID: early\r\nCSeq: 2 REFER\r\nContact: <sip:x@192.0.2.9>\r\n${referLine}\r\nContent-Length: 0\r\n\r\n`,
    );
    assert.equal(early.bench.takeResponse().status, 500);
    assert.equal(early.refers.length, 0);
  });
});

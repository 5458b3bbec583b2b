import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { to } from "../message/message.ts";
import { Bench, requestText, responseText, sdp } from "./agent-test-kit.ts";

/** An inbound call that stands, and a text for the peer's requests in it. */
function standing(headers: readonly string[] = []) {
  const bench = new Bench();
  bench.receive(requestText("INVITE", { headers, body: sdp }));
  bench.call.accept(sdp);
  const ok = bench.take()[1];
  assert.ok(ok !== undefined);
  const toTag = to(ok).params.get("tag") ?? "";
  bench.receive(requestText("ACK", { toTag }));
  const results: unknown[] = [];
  const { call } = bench;
  call.onReinviteAnswer = (result) => results.push(result);
  return { bench, call, toTag, results };
}

describe("changes of a session", () => {
  test("the peer's re-INVITE: 200 with our answer until its ACK, and its new Contact counts", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = (offer, reply) => reply.accept(`answer to ${offer}`);
    const contact = "<sip:moved@192.0.2.9:5999>";
    const text = requestText("INVITE", { toTag, seq: 2, body: "v=hold", contact });
    bench.receive(text);
    const ok = bench.takeResponse();
    assert.equal(ok.body.toString(), "answer to v=hold");
    bench.receive(text);
    bench.pass(500);
    assert.deepEqual(bench.takeLines(), [200]);
    bench.receive(requestText("ACK", { toTag, seq: 2 }));
    bench.pass(10_000);
    assert.deepEqual(bench.take(), []);
    call.hangUp();
    const [sent] = bench.sent;
    assert.ok(sent !== undefined && "address" in sent.to);
    assert.equal(sent.to.port, 5999);
    assert.equal(bench.takeRequest().uriText, "sip:moved@192.0.2.9:5999");
  });

  test("a refused re-INVITE leaves call and target as they were", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = (_offer, reply) => reply.reject(488);
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp, contact: "<sip:moved@192.0.2.9>" }));
    assert.deepEqual(bench.takeLines(), [488]);
    assert.equal(call.state, "confirmed");
    call.hangUp();
    assert.equal(bench.takeRequest().uriText, "sip:caller@192.0.2.9");
  });

  test("a re-INVITE without SDP gets our offer; the ACK brings the answer", () => {
    const { bench, call, toTag } = standing();
    let got: string | undefined;
    call.onAcknowledged = (answer) => {
      got = answer;
    };
    call.onReinvite = (offer, reply) => reply.accept(`offer after ${offer}`);
    bench.receive(requestText("INVITE", { toTag, seq: 2 }));
    assert.equal(bench.takeResponse().body.toString(), "offer after undefined");
    // Our offer is under way: another INVITE may not cross it.
    bench.receive(requestText("INVITE", { toTag, seq: 3, body: sdp }));
    assert.deepEqual(bench.takeLines(), [491]);
    bench.receive(requestText("ACK", { toTag, seq: 2, body: "v=answer" }));
    assert.equal(got, "v=answer");
  });

  test("a second re-INVITE before the first is answered gets 500 with Retry-After (§14.2)", () => {
    const { bench, call, toTag } = standing();
    let accept: (() => void) | undefined;
    call.onReinvite = (_offer, reply) => {
      accept = () => reply.accept(sdp);
    };
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp }));
    assert.deepEqual(bench.takeLines(), [100]);
    bench.receive(requestText("INVITE", { toTag, seq: 3, body: sdp }));
    const refused = bench.takeResponse();
    assert.equal(refused.status, 500);
    assert.match(refused.headers.get("Retry-After") ?? "", /^([0-9]|10)$/);
    accept?.();
    assert.deepEqual(bench.takeLines(), [200]);
    accept?.();
    assert.deepEqual(bench.take(), []);
  });

  test("our re-INVITE: its 200 is acknowledged, again when repeated, and told once", () => {
    const { bench, call, results } = standing();
    call.reinvite("v=mine");
    const invite = bench.takeRequest();
    assert.equal(invite.body.toString(), "v=mine");
    assert.equal(invite.headers.get("Contact"), "<sip:demo@192.0.2.1:5060>");
    const ok = responseText(invite, 200, { body: "v=theirs" });
    bench.receive(ok);
    bench.receive(ok);
    assert.deepEqual(bench.takeLines(), ["ACK", "ACK"]);
    assert.deepEqual(results, [{ ok: true, sdp: "v=theirs" }]);
    call.hangUp();
    bench.assertAtRest();
  });

  test("our re-INVITE without an offer: the ACK waits for our answer", () => {
    const { bench, call, results } = standing();
    call.reinvite(undefined);
    bench.receive(responseText(bench.takeRequest(), 200, { body: "v=theirs" }));
    assert.deepEqual(results, [{ ok: true, sdp: "v=theirs" }]);
    assert.deepEqual(bench.take(), []);
    call.answer("v=mine");
    assert.equal(bench.takeRequest().body.toString(), "v=mine");
  });

  test("an offer that nobody answers before the call ends is acknowledged all the same", () => {
    const ours = standing();
    ours.call.reinvite(undefined);
    ours.bench.receive(responseText(ours.bench.takeRequest(), 200, { body: "v=theirs" }));
    ours.call.hangUp();
    assert.deepEqual(ours.bench.takeLines(), ["ACK", "BYE"]);

    const theirs = standing();
    theirs.call.reinvite(undefined);
    theirs.bench.receive(responseText(theirs.bench.takeRequest(), 200, { body: "v=theirs" }));
    theirs.bench.receive(requestText("BYE", { toTag: theirs.toTag, seq: 2 }));
    assert.deepEqual(theirs.bench.takeLines(), [200, "ACK"]);
    theirs.bench.assertAtRest();
  });

  test("while ours is under way the peer's gets 491; ours after 491 is tried again by itself", () => {
    const { bench, call, toTag, results } = standing();
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    call.reinvite("v=mine");
    const invite = bench.takeRequest();
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp }));
    assert.deepEqual(bench.takeLines(), [491]);
    bench.receive(responseText(invite, 491));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    // The Call-ID is the peer's, so we wait at most two seconds (§14.1).
    bench.pass(2000);
    const again = bench.take().find((message) => message.kind === "request");
    assert.equal(again?.body.toString(), "v=mine");
    assert.notEqual(again?.headers.get("CSeq"), invite.headers.get("CSeq"));
    assert.deepEqual(results, []);
  });

  test("a wish that comes while another is under way waits for its turn", () => {
    const { bench, call } = standing();
    call.reinvite("v=1");
    const first = bench.takeRequest();
    call.reinvite("v=2");
    call.reinvite("v=3");
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(first, 200, { body: sdp }));
    const [ack, next] = bench.take();
    assert.ok(ack?.kind === "request" && next?.kind === "request");
    assert.equal(next.body.toString(), "v=3");
  });

  test("481 and 408 end the call with a BYE, 488 leaves it", () => {
    const refused = standing();
    refused.call.reinvite(sdp);
    refused.bench.receive(responseText(refused.bench.takeRequest(), 488));
    assert.deepEqual(refused.results, [{ ok: false, status: 488 }]);
    assert.equal(refused.call.state, "confirmed");
    const gone = standing();
    gone.call.reinvite(sdp);
    gone.bench.receive(responseText(gone.bench.takeRequest(), 481));
    assert.equal(gone.call.state, "ended");
    assert.deepEqual(gone.bench.takeLines(), ["ACK", "BYE"]);
    const silent = standing();
    silent.call.reinvite(sdp);
    silent.bench.pass(32_500);
    assert.equal(silent.call.state, "ended");
    assert.ok(silent.bench.takeLines().includes("BYE"));
    silent.bench.assertAtRest();
  });

  test("481 before our 200 is acknowledged leaves the call: the peer may not know of it yet", () => {
    const bench = new Bench();
    bench.receive(requestText("INVITE", { body: sdp, headers: ["Allow: UPDATE"] }));
    const { call } = bench;
    call.accept(sdp);
    const toTag = to(bench.take()[1] ?? assert.fail()).params.get("tag") ?? "";
    call.sendInfo("text/plain", "x");
    bench.receive(responseText(bench.takeRequest(), 481));
    assert.equal(call.state, "confirmed");
    bench.receive(requestText("ACK", { toTag }));
    call.sendInfo("text/plain", "x");
    bench.receive(responseText(bench.takeRequest(), 481));
    assert.equal(call.state, "ended");
    assert.deepEqual(bench.takeLines(), ["BYE"]);
    bench.assertAtRest();
  });

  test("a change waits until the peer knows the dialog: for the ACK, or for the first PRACK", () => {
    for (const isEarly of [false, true]) {
      const bench = new Bench();
      const headers = ["Allow: UPDATE", "Require: 100rel"];
      bench.receive(requestText("INVITE", { body: sdp, headers }));
      const { call } = bench;
      if (isEarly) call.ring();
      else call.accept(sdp);
      const first = bench.take()[1];
      assert.ok(first !== undefined);
      call.update(undefined);
      assert.deepEqual(bench.take(), []);
      const rack = [`RAck: ${first.headers.get("RSeq")} 1 INVITE`];
      if (isEarly) bench.receive(requestText("PRACK", { toTag: call.id, seq: 2, headers: rack }));
      else bench.receive(requestText("ACK", { toTag: call.id }));
      assert.equal(bench.takeLines().at(-1), "UPDATE");
    }
  });

  test("each 200 of ours gets its ACK again, also when another change is under way", () => {
    const { bench, call } = standing();
    call.reinvite("v=1");
    const first = bench.takeRequest();
    bench.receive(responseText(first, 200, { body: sdp }));
    const ack = bench.sent[0]?.bytes;
    bench.take();
    call.reinvite("v=2");
    bench.receive(responseText(first, 200, { body: sdp }));
    assert.deepEqual(bench.sent[1]?.bytes, ack);
    const second = bench.take()[0];
    assert.ok(second?.kind === "request");
    bench.receive(responseText(second, 200, { body: sdp }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.receive(responseText(first, 200, { body: sdp }));
    assert.deepEqual(bench.sent[0]?.bytes, ack);
  });

  test("a re-INVITE may ring: reliably, with the answer, and its 200 waits for the PRACK", () => {
    const { bench, call, toTag } = standing();
    const acknowledged: unknown[] = [];
    call.onPrack = (answer) => acknowledged.push(answer);
    call.onReinvite = (_offer, reply) => {
      reply.ring({ status: 183, sdp: "v=answer", reliable: true });
      reply.accept();
      reply.accept("v=twice");
    };
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: "v=offer", headers: ["Supported: 100rel"] }));
    const [progress, ...more] = bench.take();
    assert.ok(progress?.kind === "response" && progress.status === 183 && more.length === 0);
    assert.equal(progress.body.toString(), "v=answer");
    bench.pass(500);
    assert.deepEqual(bench.takeLines(), [183]);
    const rack = [`RAck: ${progress.headers.get("RSeq")} 2 INVITE`];
    bench.receive(requestText("PRACK", { toTag, seq: 3, headers: rack }));
    const [ok, answer] = bench.take();
    assert.ok(ok?.kind === "response" && answer?.kind === "response");
    assert.deepEqual([ok.status, answer.status, answer.body.toString()], [200, 200, ""]);
    assert.deepEqual(acknowledged, [undefined]);
    bench.receive(requestText("ACK", { toTag, seq: 2 }));
    call.update("v=next");
    assert.deepEqual(bench.takeLines(), ["INVITE"]);
  });

  test("without an offer a re-INVITE that rings reliably holds ours; the PRACK brings the answer", () => {
    const { bench, call, toTag } = standing();
    const answers: unknown[] = [];
    call.onPrack = (answer) => answers.push(answer);
    call.onReinvite = (_offer, reply) => {
      reply.ring();
      reply.ring({ sdp: "v=ours" });
      reply.accept();
    };
    bench.receive(requestText("INVITE", { toTag, seq: 2, headers: ["Require: 100rel"] }));
    const [progress] = bench.take();
    assert.ok(progress?.kind === "response" && progress.body.toString() === "v=ours");
    const rack = [`RAck: ${progress.headers.get("RSeq")} 2 INVITE`];
    bench.receive(requestText("PRACK", { toTag, seq: 3, headers: rack, body: "v=theirs" }));
    assert.deepEqual(bench.takeLines(), [200, 200]);
    assert.deepEqual(answers, ["v=theirs"]);
  });

  test("a reliable 18x to a re-INVITE that nobody acknowledges: 504, and the call stands", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = (_offer, reply) => reply.ring({ sdp: "v=answer" });
    const headers = ["Require: 100rel"];
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: "v=offer", headers }));
    bench.pass(32_000);
    assert.equal(bench.takeLines().at(-1), 504);
    bench.receive(requestText("ACK", { toTag, seq: 2 }));
    assert.equal(call.state, "confirmed");
    call.onReinvite = (offer, reply) => reply.accept(`answer to ${offer}`);
    bench.receive(requestText("INVITE", { toTag, seq: 3, body: "v=again" }));
    assert.equal(bench.takeResponse().body.toString(), "answer to v=again");
  });

  test("CANCEL of a re-INVITE: 487, and the call stands", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = () => {};
    bench.receive(requestText("INVITE", { toTag, seq: 2, branch: "z9hG4bKre", body: sdp }));
    bench.take();
    bench.receive(requestText("CANCEL", { toTag, seq: 2, branch: "z9hG4bKre" }));
    assert.deepEqual(bench.takeLines(), [200, 487]);
    assert.equal(call.state, "confirmed");
  });

  test("hanging up while a re-INVITE waits for us answers it with 487", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = () => {};
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp }));
    bench.take();
    call.hangUp();
    assert.deepEqual(bench.takeLines(), ["BYE", 487]);
    bench.assertAtRest();
  });

  test("no ACK to the 200 of a re-INVITE ends the call (§14.2)", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp }));
    bench.pass(33_000);
    assert.equal(call.state, "ended");
    bench.assertAtRest();
  });

  test("UPDATE is answered in its own transaction, with or without an offer", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = (offer, reply) => reply.accept(`answer to ${offer}`);
    bench.receive(requestText("UPDATE", { toTag, seq: 2, body: "v=hold" }));
    assert.equal(bench.takeResponse().body.toString(), "answer to v=hold");
    bench.receive(requestText("UPDATE", { toTag, seq: 3, contact: "<sip:moved@192.0.2.9>" }));
    assert.equal(bench.takeResponse().body.length, 0);
    bench.pass(40_000);
    assert.deepEqual(bench.take(), [], "no ACK is waited for");
    call.hangUp();
    assert.equal(bench.takeRequest().uriText, "sip:moved@192.0.2.9");
  });

  test("without a handler an offer gets 488", () => {
    const { bench, toTag } = standing();
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp }));
    assert.deepEqual(bench.takeLines(), [488]);
  });

  test("a re-INVITE or UPDATE with an unreadable Contact gets 400 and leaves nothing behind", () => {
    for (const method of ["INVITE", "UPDATE"]) {
      const { bench, call, toTag } = standing();
      call.onReinvite = () => assert.fail("asked");
      bench.receive(requestText(method, { toTag, seq: 2, body: sdp, contact: "<sip:x@" }));
      assert.deepEqual(bench.takeLines(), [400]);
      call.hangUp();
      bench.receive(responseText(bench.takeRequest(), 200));
      bench.assertAtRest();
    }
  });

  test("a 200 to our re-INVITE is acknowledged, whatever its Contact says", () => {
    const { bench, call, results } = standing();
    call.reinvite(sdp);
    bench.receive(responseText(bench.takeRequest(), 200, { contact: "<sip:x@", body: sdp }));
    const ack = bench.takeRequest();
    assert.equal(ack.method, "ACK");
    assert.equal(ack.uriText, "sip:caller@192.0.2.9");
    assert.deepEqual(results, [{ ok: true, sdp }]);
  });

  test("re-INVITEs whose 200s nobody acknowledges are refused from the fifth on, until an ACK comes", () => {
    const { bench, call, toTag } = standing();
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    for (let seq = 2; seq < 8; seq++) bench.receive(requestText("INVITE", { toTag, seq, body: sdp }));
    assert.deepEqual(bench.takeLines(), [200, 200, 200, 200, 500, 500]);
    bench.receive(requestText("ACK", { toTag, seq: 5 }));
    bench.receive(requestText("INVITE", { toTag, seq: 8, body: sdp }));
    assert.deepEqual(bench.takeLines(), [200]);
  });
});

describe("UPDATE (RFC 3311)", () => {
  const allow = ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE"];

  test("goes out where the peer allows it, and is answered by its 200 alone", () => {
    const { bench, call, results } = standing(allow);
    call.update("v=mine");
    const update = bench.takeRequest();
    assert.equal(update.method, "UPDATE");
    assert.equal(update.body.toString(), "v=mine");
    assert.equal(update.headers.get("Contact"), "<sip:demo@192.0.2.1:5060>");
    const contact = "<sip:moved@192.0.2.9>";
    bench.receive(responseText(update, 200, { body: "v=theirs", contact }));
    assert.deepEqual(bench.take(), []);
    assert.deepEqual(results, [{ ok: true, sdp: "v=theirs" }]);
    call.update(undefined);
    const refresh = bench.takeRequest();
    assert.deepEqual([refresh.method, refresh.uriText], ["UPDATE", "sip:moved@192.0.2.9"]);
    assert.equal(refresh.body.length, 0);
  });

  test("to a peer that does not allow it, an offer goes by re-INVITE", () => {
    const { bench, call } = standing();
    call.update("v=mine");
    assert.deepEqual(bench.takeLines(), ["INVITE"]);
  });

  test("where the peer refuses the method that its Allow names, the offer goes by re-INVITE", () => {
    for (const status of [405, 501]) {
      const { bench, call, results } = standing(allow);
      call.update("v=new");
      bench.receive(responseText(bench.takeRequest(), status));
      const again = bench.takeRequest();
      assert.deepEqual([again.method, again.body.toString()], ["INVITE", "v=new"]);
      bench.receive(responseText(again, 200, { body: sdp }));
      assert.deepEqual(results, [{ ok: true, sdp }]);
      bench.take();
      call.update("v=newer");
      assert.equal(bench.takeRequest().method, "INVITE");
    }
  });

  test("one change at a time, whichever method; then the next", () => {
    const { bench, call } = standing(allow);
    call.update("v=1");
    const update = bench.takeRequest();
    call.reinvite("v=2");
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(update, 200, { body: sdp }));
    assert.deepEqual(bench.takeLines(), ["INVITE"]);
  });

  test("glare: 491 for the peer's offer while ours has no answer, none for a mere refresh (§5.2)", () => {
    const { bench, call, toTag, results } = standing(allow);
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    call.update("v=mine");
    const update = bench.takeRequest();
    bench.receive(requestText("UPDATE", { toTag, seq: 2, body: sdp }));
    bench.receive(requestText("INVITE", { toTag, seq: 3, body: sdp }));
    bench.receive(requestText("UPDATE", { toTag, seq: 4 }));
    assert.deepEqual(bench.takeLines(), [491, 491, 200]);
    bench.receive(requestText("ACK", { toTag, seq: 3 }));
    bench.receive(responseText(update, 491));
    bench.pass(2000);
    const again = bench.take().findLast((message) => message.kind === "request");
    assert.ok(again !== undefined);
    assert.deepEqual([again.method, again.body.toString()], ["UPDATE", "v=mine"]);
    bench.receive(responseText(again, 200, { body: sdp }));
    assert.deepEqual(results, [{ ok: true, sdp }]);
    bench.receive(requestText("UPDATE", { toTag, seq: 5, body: sdp }));
    assert.deepEqual(bench.takeLines(), [200]);
  });

  test("500 for an offer before the last is answered (§5.2), whichever way that came", () => {
    const { bench, call, toTag } = standing(allow);
    const answers: (() => void)[] = [];
    call.onReinvite = (_offer, reply) => answers.push(() => reply.accept(sdp));
    bench.receive(requestText("INVITE", { toTag, seq: 2, body: sdp }));
    bench.take();
    bench.receive(requestText("UPDATE", { toTag, seq: 3, body: sdp }));
    const refused = bench.takeResponse();
    assert.equal(refused.status, 500);
    assert.match(refused.headers.get("Retry-After") ?? "", /^([0-9]|10)$/);
    answers.shift()?.();
    bench.receive(requestText("UPDATE", { toTag, seq: 4, body: sdp }));
    bench.receive(requestText("UPDATE", { toTag, seq: 5 }));
    bench.receive(requestText("INVITE", { toTag, seq: 6, body: sdp }));
    assert.deepEqual(bench.takeLines(), [200, 500, 500]);
    bench.receive(requestText("ACK", { toTag, seq: 2 }));
    answers.shift()?.();
    assert.deepEqual(bench.takeLines(), [200]);
  });

  test("491 while our offer in a 200 has no answer", () => {
    const { bench, call, toTag } = standing(allow);
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    bench.receive(requestText("INVITE", { toTag, seq: 2 }));
    bench.receive(requestText("UPDATE", { toTag, seq: 3, body: sdp }));
    assert.deepEqual(bench.takeLines(), [200, 491]);
    bench.receive(requestText("ACK", { toTag, seq: 2, body: sdp }));
    bench.receive(requestText("UPDATE", { toTag, seq: 4, body: sdp }));
    assert.deepEqual(bench.takeLines(), [200]);
  });

  test("an ACK without the answer that it owes does not block the session for ever", () => {
    const { bench, call, toTag } = standing(allow);
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    bench.receive(requestText("INVITE", { toTag, seq: 2 }));
    bench.receive(requestText("ACK", { toTag, seq: 2 }));
    bench.take();
    call.update("v=mine");
    assert.deepEqual(bench.takeLines(), ["UPDATE"]);
  });

  test("500 with Retry-After is tried again after so many seconds, 488 is not", () => {
    const { bench, call, results } = standing(allow);
    call.update("v=mine");
    bench.receive(responseText(bench.takeRequest(), 500, { headers: ["Retry-After: 3"] }));
    bench.pass(2900);
    assert.deepEqual(bench.take(), []);
    bench.pass(100);
    bench.receive(responseText(bench.takeRequest(), 488));
    bench.pass(30_000);
    assert.deepEqual(bench.take(), []);
    assert.deepEqual(results, [{ ok: false, status: 488 }]);
    // The session is as it was: the next offer may go.
    call.update("v=next");
    assert.deepEqual(bench.takeLines(), ["UPDATE"]);
  });

  test("481 ends the call, silence ends it with a BYE (§5.3)", () => {
    const gone = standing(allow);
    gone.call.update(undefined);
    gone.bench.receive(responseText(gone.bench.takeRequest(), 481));
    assert.equal(gone.call.state, "ended");
    const silent = standing(allow);
    silent.call.update(undefined);
    silent.bench.pass(32_500);
    assert.equal(silent.call.state, "ended");
    assert.ok(silent.bench.takeLines().includes("BYE"));
    silent.bench.assertAtRest();
  });

  test("a re-INVITE that is answered by 100 alone is cancelled, and ends the call when that is in vain", () => {
    const { bench, call } = standing();
    call.reinvite(sdp);
    const invite = bench.takeRequest();
    bench.receive(responseText(invite, 100));
    bench.pass(179_000);
    assert.deepEqual(bench.take(), []);
    bench.pass(1_000);
    const cancel = bench.takeRequest();
    assert.equal(cancel.method, "CANCEL");
    assert.equal(cancel.headers.get("Via"), invite.headers.get("Via"));
    assert.equal(cancel.headers.get("CSeq"), "1 CANCEL");
    bench.receive(responseText(cancel, 200));
    bench.pass(32_000);
    assert.equal(call.state, "ended");
    assert.deepEqual(bench.takeLines(), ["BYE"]);
    bench.assertAtRest();
  });

  test("a cancelled re-INVITE that is refused leaves the call as it was", () => {
    const { bench, call, results } = standing();
    call.reinvite(sdp);
    const invite = bench.takeRequest();
    bench.receive(responseText(invite, 100));
    bench.pass(180_000);
    bench.receive(responseText(bench.takeRequest(), 200));
    bench.receive(responseText(invite, 487));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual(results, [{ ok: false, status: 487 }]);
    bench.pass(100_000);
    assert.equal(call.state, "confirmed");
    call.hangUp();
    bench.assertAtRest();
  });

  test("a re-INVITE under way when the call ends is not kept for a peer that never refuses it", () => {
    const { bench, call } = standing();
    call.reinvite(sdp);
    bench.receive(responseText(bench.takeRequest(), 100));
    call.hangUp();
    bench.receive(responseText(bench.takeRequest(), 200));
    bench.assertAtRest();
  });

  test("before the call is answered, both end its INVITE and send no BYE (RFC 3261 §15)", () => {
    for (const status of [481, 408]) {
      const bench = new Bench();
      bench.receive(requestText("INVITE", { headers: [...allow, "Require: 100rel"], body: sdp }));
      bench.call.ring();
      const rack = [`RAck: ${bench.take()[1]?.headers.get("RSeq")} 1 INVITE`];
      bench.receive(requestText("PRACK", { toTag: bench.call.id, seq: 2, headers: rack }));
      bench.take();
      bench.call.update(undefined);
      const update = bench.takeRequest();
      if (status === 481) bench.receive(responseText(update, 481));
      else bench.pass(32_000);
      assert.equal(bench.call.state, "ended");
      assert.deepEqual(
        bench.takeLines().filter((line) => line !== "UPDATE"),
        [487],
        String(status),
      );
      bench.assertAtRest();
    }
  });

  test("before a first offer has its answer, an UPDATE with one gets 500", () => {
    const bench = new Bench();
    bench.receive(requestText("INVITE", { body: sdp }));
    bench.call.onReinvite = () => assert.fail("asked");
    bench.call.ring();
    const [, ring] = bench.take();
    assert.ok(ring?.kind === "response");
    const toTag = to(ring).params.get("tag") ?? "";
    bench.receive(requestText("UPDATE", { toTag, seq: 2, body: sdp }));
    bench.receive(requestText("UPDATE", { toTag, seq: 3 }));
    assert.deepEqual(bench.takeLines(), [500, 200]);
  });
});

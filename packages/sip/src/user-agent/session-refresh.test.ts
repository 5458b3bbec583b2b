import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipRequest } from "../message/message.ts";
import { cseq } from "../message/message.ts";
import { Bench, requestText, responseText, sdp } from "./agent-test-kit.ts";
import type { LegEnded } from "./call.ts";
import type { UserAgentOptions } from "./options.ts";

type Timers = NonNullable<UserAgentOptions["sessionTimers"]>;

const allow = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE";
const seconds = 1000;

/** A call to us that is answered and acknowledged, and the headers of our 200. */
function answered(headers: readonly string[], sessionTimers?: Timers) {
  const bench = new Bench(sessionTimers && { sessionTimers });
  bench.receive(requestText("INVITE", { headers, body: sdp }));
  bench.call.accept("v=ours");
  const ok = bench.take()[1];
  assert.ok(ok?.kind === "response" && ok.status === 200);
  const { call } = bench;
  bench.receive(requestText("ACK", { toTag: call.id }));
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  let seq = 1;
  const send = (method: string, parts: { headers?: readonly string[]; body?: string } = {}) =>
    bench.receive(requestText(method, { toTag: call.id, seq: ++seq, ...parts }));
  return { bench, call, ended, send, seq: () => seq, timer: ok.headers.get("Session-Expires"), ok };
}

/** A call from us that is answered with these headers. */
function called(headers: readonly string[], sessionTimers?: Timers) {
  const bench = new Bench(sessionTimers && { sessionTimers });
  const call = bench.agent.invite({
    requestUri: "sip:+15557654321@192.0.2.9",
    from: "<sip:agent@192.0.2.1>",
    to: "<sip:+15557654321@192.0.2.9>",
    target: { transport: "udp", address: "192.0.2.9", port: 5060 },
    sdp: "v=ours",
  });
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  const results: unknown[] = [];
  call.onReinviteAnswer = (result) => results.push(result);
  const invite = bench.takeRequest();
  const answer = (request: SipRequest = invite) => {
    bench.receive(responseText(request, 200, { toTag: "them", body: sdp, headers }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
  };
  return { bench, call, ended, results, invite, answer };
}

describe("session timers in a call to us (RFC 4028 §9)", () => {
  test("what the caller asks for is in the 200, with who refreshes", () => {
    const timerOf = (headers: readonly string[], sessionTimers?: Timers) => {
      const { ok } = answered(headers, sessionTimers);
      return [ok.headers.get("Session-Expires"), ok.headers.get("Require")];
    };
    const supported = "Supported: timer";
    assert.deepEqual(timerOf([supported, "Session-Expires: 600"]), ["600;refresher=uas", "timer"]);
    assert.deepEqual(timerOf(["k: timer", "x: 600;refresher=uac"]), ["600;refresher=uac", "timer"]);
    assert.deepEqual(timerOf([supported]), ["1800;refresher=uas", "timer"]);
    // A proxy asked: the caller itself does not know.
    assert.deepEqual(timerOf(["Session-Expires: 600"]), ["600;refresher=uas", undefined]);
    assert.deepEqual(timerOf([]), [undefined, undefined]);
    assert.deepEqual(timerOf([supported], { use: "when-asked" }), [undefined, undefined]);
    assert.deepEqual(timerOf([supported, "Session-Expires: 600"], { use: "never" }), [undefined, undefined]);
  });

  test("422 with Min-SE below our minimum; nothing is kept of it", () => {
    const bench = new Bench({ sessionTimers: { minimum: 300 } });
    bench.receive(
      requestText("INVITE", { headers: ["Supported: timer", "Session-Expires: 299"], body: sdp }),
    );
    const refused = bench.takeResponse();
    assert.deepEqual([refused.status, refused.headers.get("Min-SE")], [422, "300"]);
    assert.equal(bench.calls.length, 0);
    bench.assertAtRest();
  });

  test("an unreadable Session-Expires gets 400, in a dialog too; not where we know nothing of it", () => {
    const broken = ["Supported: timer", "Session-Expires: soon"];
    const bench = new Bench();
    bench.receive(requestText("INVITE", { headers: broken, body: sdp }));
    assert.deepEqual(bench.takeLines(), [400]);
    const standing = answered([]);
    standing.send("UPDATE", { headers: broken });
    assert.deepEqual(standing.bench.takeLines(), [400]);
    assert.equal(answered(broken, { use: "never" }).timer, undefined);
  });

  test("as refresher: UPDATE without SDP at half the interval, for as long as the call lasts", () => {
    const { bench, call } = answered(["Supported: timer", "Session-Expires: 600", allow]);
    for (let round = 0; round < 50; round++) {
      bench.pass(299 * seconds);
      assert.deepEqual(bench.take(), []);
      bench.pass(1 * seconds);
      const update = bench.takeRequest();
      assert.equal(update.method, "UPDATE");
      assert.equal(update.headers.get("Session-Expires"), "600;refresher=uac");
      assert.match(update.headers.get("Supported") ?? "", /timer/);
      assert.equal(update.body.length, 0);
      bench.receive(responseText(update, 200, { headers: ["Session-Expires: 600;refresher=uac", allow] }));
    }
    assert.equal(call.state, "confirmed");
    call.hangUp();
    bench.receive(responseText(bench.takeRequest(), 200));
    bench.assertAtRest();
  });

  test("to a peer without UPDATE: re-INVITE with what we said last, and the answer is told", () => {
    const { bench, call, send } = answered(["Supported: timer", "Session-Expires: 600"]);
    const results: unknown[] = [];
    call.onReinviteAnswer = (result) => results.push(result);
    bench.pass(300 * seconds);
    const refresh = bench.takeRequest();
    assert.deepEqual([refresh.method, refresh.body.toString()], ["INVITE", "v=ours"]);
    const headers = ["Session-Expires: 600;refresher=uac"];
    bench.receive(responseText(refresh, 200, { body: sdp, headers }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual(results, [{ ok: true, sdp, refresh: true }]);
    // A refused offer of ours is not what we said last; one that was taken is.
    call.reinvite("v=refused");
    bench.receive(responseText(bench.takeRequest(), 488));
    call.onReinvite = (_offer, reply) => reply.accept("v=newest");
    send("INVITE", { body: sdp, headers: ["Supported: timer", "Session-Expires: 600;refresher=uas"] });
    send("ACK", {});
    bench.receive(requestText("ACK", { toTag: call.id, seq: 2 }));
    bench.take();
    bench.pass(300 * seconds);
    assert.equal(bench.takeRequest().body.toString(), "v=newest");
  });

  test("as the other side: over when no refresh comes, with a BYE that says why", () => {
    const { bench, call, ended } = answered([
      "Supported: timer",
      "Session-Expires: 600;refresher=uac",
      allow,
    ]);
    bench.pass(567 * seconds);
    assert.equal(call.state, "confirmed");
    bench.pass(1 * seconds);
    assert.equal(bench.takeRequest().headers.get("Reason"), 'SIP;cause=408;text="Session expired"');
    assert.deepEqual(ended, [{ by: "system", cause: "session-expired" }]);
    bench.assertAtRest();
  });

  test("the caller's refreshes, by UPDATE and by re-INVITE, keep the call", () => {
    const { bench, call, send } = answered(["Supported: timer", "Session-Expires: 600;refresher=uac", allow]);
    call.onReinvite = (_offer, reply) => reply.accept(sdp);
    const headers = ["Supported: timer", "Session-Expires: 600;refresher=uac"];
    for (let round = 0; round < 10; round++) {
      bench.pass(500 * seconds);
      if (round % 2 === 0) send("UPDATE", { headers });
      else send("INVITE", { headers, body: sdp });
      const ok = bench.takeResponse();
      assert.equal(ok.headers.get("Session-Expires"), "600;refresher=uac");
      if (round % 2 === 1) bench.receive(requestText("ACK", { toTag: call.id, seq: cseq(ok).seq }));
    }
    assert.equal(call.state, "confirmed");
    bench.pass(600 * seconds);
    assert.equal(call.state, "ended");
  });

  test("a refresh with too short an interval gets 422, one without the header ends the timer", () => {
    const { bench, call, send } = answered(["Supported: timer", "Session-Expires: 600;refresher=uac", allow]);
    send("UPDATE", { headers: ["Supported: timer", "Session-Expires: 30"] });
    send("INVITE", { headers: ["Supported: timer", "Session-Expires: 30"], body: sdp });
    assert.deepEqual(bench.takeLines(), [422, 422]);
    bench.receive(requestText("ACK", { toTag: call.id, seq: 3 }));
    send("UPDATE", {});
    bench.take();
    bench.pass(10_000 * seconds);
    assert.equal(call.state, "confirmed");
  });

  test("a refresh that gets 481 or no answer ends the call", () => {
    const gone = answered(["Supported: timer", allow]);
    gone.bench.pass(900 * seconds);
    gone.bench.receive(responseText(gone.bench.takeRequest(), 481));
    assert.deepEqual(gone.ended, [{ by: "remote", cause: "rejected", status: 481 }]);
    const silent = answered(["Supported: timer", allow]);
    silent.bench.pass(933 * seconds);
    assert.deepEqual(silent.ended, [{ by: "system", cause: "timeout", status: 408 }]);
    assert.equal(silent.bench.takeLines().at(-1), "BYE");
    silent.bench.assertAtRest();
  });

  test("a refused refresh is made again, and the call ends when none is taken", () => {
    const { bench, ended } = answered(["Supported: timer", allow]);
    const tries = new Set<number>();
    for (let second = 0; second < 1800; second++) {
      bench.pass(1 * seconds);
      for (const message of bench.take()) {
        if (message.kind === "response" || message.method !== "UPDATE") continue;
        tries.add(cseq(message).seq);
        bench.receive(responseText(message, 500));
      }
    }
    assert.equal(tries.size, 9);
    assert.deepEqual(ended, [{ by: "system", cause: "session-expired" }]);
  });

  test("a refresh that falls due while a change rings is made after its refusal", () => {
    const { bench, call } = answered(["Supported: timer", allow]);
    bench.pass(899 * seconds);
    call.reinvite("v=hold");
    const invite = bench.takeRequest();
    const headers = ["Require: 100rel", "RSeq: 1"];
    bench.receive(responseText(invite, 183, { headers, body: sdp }));
    bench.receive(responseText(bench.takeRequest(), 200));
    bench.pass(2 * seconds);
    bench.receive(responseText(invite, 488));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.pass(480 * seconds);
    assert.equal(bench.takeLines()[0], "UPDATE");
  });

  test("a refresh that meets the peer's change (491) is tried again by itself", () => {
    const { bench, call } = answered(["Supported: timer", allow]);
    bench.pass(900 * seconds);
    bench.receive(responseText(bench.takeRequest(), 491));
    bench.pass(2 * seconds);
    const again = bench.take().at(-1);
    assert.ok(again?.kind === "request");
    const answeredAt = bench.now;
    bench.receive(responseText(again, 200, { headers: ["Session-Expires: 1800;refresher=uac"] }));
    bench.pass(answeredAt + 900 * seconds - 1 - bench.now);
    assert.deepEqual(bench.take(), []);
    bench.pass(1);
    assert.deepEqual(bench.takeLines(), ["UPDATE"]);
    assert.equal(call.state, "confirmed");
  });

  test("422 to a refresh: again at once, with the interval that is asked for", () => {
    const { bench } = answered(["Supported: timer", "Session-Expires: 600", allow]);
    bench.pass(300 * seconds);
    bench.receive(responseText(bench.takeRequest(), 422, { headers: ["Min-SE: 1200"] }));
    const again = bench.takeRequest();
    assert.deepEqual(
      [again.headers.get("Session-Expires"), again.headers.get("Min-SE")],
      ["1200;refresher=uac", "1200"],
    );
    // No more of it than the limit allows.
    bench.receive(responseText(again, 422, { headers: ["Min-SE: 1300"] }));
    for (let least = 1400; least < 3000; least += 100) {
      const [next] = bench.take();
      if (next?.kind !== "request") break;
      bench.receive(responseText(next, 422, { headers: [`Min-SE: ${least}`] }));
      assert.ok(least < 2000);
    }
  });

  test("a change of ours refreshes as well", () => {
    const { bench, call } = answered(["Supported: timer", allow]);
    bench.pass(800 * seconds);
    call.update("v=new");
    const update = bench.takeRequest();
    assert.equal(update.headers.get("Session-Expires"), "1800;refresher=uac");
    bench.receive(
      responseText(update, 200, { body: sdp, headers: ["Session-Expires: 1800;refresher=uac", allow] }),
    );
    bench.pass(899 * seconds);
    assert.deepEqual(bench.take(), []);
  });
});

describe("session timers in a call from us (RFC 4028 §7)", () => {
  test("asked for with 1800 s, without saying who refreshes", () => {
    const { invite } = called([]);
    assert.equal(invite.headers.get("Session-Expires"), "1800");
    assert.equal(invite.headers.get("Min-SE"), undefined);
    assert.match(invite.headers.get("Supported") ?? "", /timer/);
    const asked = called([], { use: "when-asked" }).invite.headers;
    assert.equal(asked.get("Session-Expires"), undefined);
    assert.match(asked.get("Supported") ?? "", /timer/);
    const never = called([], { use: "never" }).invite.headers;
    assert.doesNotMatch(never.get("Supported") ?? "", /timer/);
  });

  test("422: again with the next CSeq, a longer interval and Min-SE (§7.3)", () => {
    const { bench, invite, answer, ended } = called(["Session-Expires: 3600;refresher=uac", allow]);
    bench.receive(responseText(invite, 422, { toTag: "proxy", headers: ["Min-SE: 3600"] }));
    const [ack, again] = bench.take();
    assert.ok(ack?.kind === "request" && again?.kind === "request");
    assert.deepEqual([ack.method, again.method, cseq(again).seq], ["ACK", "INVITE", 2]);
    assert.deepEqual([again.headers.get("Session-Expires"), again.headers.get("Min-SE")], ["3600", "3600"]);
    assert.equal(again.headers.get("Call-ID"), invite.headers.get("Call-ID"));
    assert.equal(again.headers.getAll("Via").length, 1);
    assert.equal(again.body.toString(), "v=ours");
    answer(again);
    bench.pass(1800 * seconds);
    const refresh = bench.takeRequest();
    assert.deepEqual(
      [refresh.headers.get("Session-Expires"), refresh.headers.get("Min-SE")],
      ["3600;refresher=uac", "3600"],
    );
    assert.deepEqual(ended, []);
  });

  test("422 that asks for nothing more, or too often, is a refusal", () => {
    const same = called([]);
    same.bench.receive(responseText(same.invite, 422, { toTag: "x", headers: ["Min-SE: 1800"] }));
    assert.equal(same.ended[0]?.status, 422);
    same.bench.assertAtRest();
    const greedy = called([]);
    let next: SipRequest | undefined = greedy.invite;
    let tries = 0;
    while (next !== undefined && tries < 20) {
      tries++;
      greedy.bench.receive(responseText(next, 422, { toTag: "x", headers: [`Min-SE: ${2000 + tries}`] }));
      next = greedy.bench
        .take()
        .find((one): one is SipRequest => one.kind === "request" && one.method === "INVITE");
    }
    assert.equal(tries, 5);
    assert.equal(greedy.ended[0]?.status, 422);
  });

  test("the 200 decides who refreshes", () => {
    const ours = called(["Session-Expires: 1800;refresher=uac", "Require: timer", allow]);
    ours.answer();
    ours.bench.pass(900 * seconds);
    assert.deepEqual(ours.bench.takeLines(), ["UPDATE"]);
    const theirs = called(["Session-Expires: 1800;refresher=uas", allow]);
    theirs.answer();
    theirs.bench.pass(1767 * seconds);
    assert.deepEqual(theirs.bench.take(), []);
    theirs.bench.pass(1 * seconds);
    assert.deepEqual(theirs.bench.takeLines(), ["BYE"]);
    assert.deepEqual(theirs.ended, [{ by: "system", cause: "session-expired" }]);
    const none = called([allow]);
    none.answer();
    none.bench.pass(100_000 * seconds);
    assert.equal(none.call.state, "confirmed");
  });

  test("the late 200 to an UPDATE from before the answer, which has no timer yet, says nothing of it", () => {
    const { bench, call, invite, answer } = called(["Session-Expires: 1800;refresher=uac", allow]);
    const early = ["Require: 100rel", "RSeq: 1", allow];
    bench.receive(responseText(invite, 183, { toTag: "them", headers: early, body: sdp }));
    bench.receive(responseText(bench.takeRequest(), 200));
    call.forks[0]?.update("v=early");
    const update = bench.takeRequest();
    assert.equal(update.method, "UPDATE");
    answer();
    bench.receive(responseText(update, 200, { body: sdp }));
    bench.pass(900 * seconds);
    assert.deepEqual(bench.takeLines(), ["UPDATE"]);
  });

  test("a refresh by re-INVITE repeats our offer", () => {
    const { bench, answer, results } = called(["Session-Expires: 1800;refresher=uac"]);
    answer();
    bench.pass(900 * seconds);
    const refresh = bench.takeRequest();
    assert.deepEqual([refresh.method, refresh.body.toString()], ["INVITE", "v=ours"]);
    bench.receive(responseText(refresh, 200, { body: "v=same" }));
    assert.deepEqual(results, [{ ok: true, sdp: "v=same", refresh: true }]);
  });
});

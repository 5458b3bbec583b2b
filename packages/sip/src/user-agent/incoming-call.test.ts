import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contacts, to } from "../message/message.ts";
import { Bench, requestText, sdp, tcpFlow, udpFlow } from "./agent-test-kit.ts";
import type { IncomingCall, LegEnded } from "./call.ts";

function ends(call: IncomingCall): LegEnded[] {
  const list: LegEnded[] = [];
  call.onEnded = (ended) => list.push(ended);
  return list;
}

const inviteText = requestText("INVITE", { branch: "z9hG4bKinvite", body: sdp });

/** A call that has come in and got its 100. */
function ringing(text = inviteText) {
  const bench = new Bench();
  bench.receive(text);
  assert.deepEqual(bench.takeLines(), [100]);
  return { bench, call: bench.call, ended: ends(bench.call) };
}

/** A call that was answered and acknowledged. */
function answered(text = inviteText) {
  const { bench, call, ended } = ringing(text);
  call.accept(sdp);
  const ok = bench.takeResponse();
  const toTag = to(ok).params.get("tag") ?? "";
  bench.receive(requestText("ACK", { toTag }));
  return { bench, call, ended, toTag, ok };
}

describe("an incoming call", () => {
  test("rings and is answered; the 200 makes the dialog", () => {
    const { bench, call } = ringing();
    assert.equal(call.offer, sdp);
    assert.equal(call.state, "early");
    call.ring();
    const ring = bench.takeResponse();
    assert.equal(ring.status, 180);
    call.ring({ status: 183, sdp });
    assert.equal(bench.takeResponse().body.toString(), sdp);
    call.accept(sdp, [["X-Own", "1"]]);
    const ok = bench.takeResponse();
    assert.equal(call.state, "confirmed");
    assert.equal(to(ok).params.get("tag"), to(ring).params.get("tag"));
    assert.equal(ok.headers.get("X-Own"), "1");
    assert.match(ok.headers.get("Allow") ?? "", /BYE/);
    const list = contacts(ok);
    assert.ok(list !== "*" && list.length === 1);
    assert.equal(ok.headers.get("Contact"), "<sip:demo@192.0.2.1:5060>");
  });

  test("answered, refused or ignored inside onInvite: 100 only before an answer", () => {
    const run = (onInvite: (call: IncomingCall) => void) => {
      const bench = new Bench({ onInvite });
      bench.receive(inviteText);
      return bench.takeLines();
    };
    assert.deepEqual(
      run((call) => call.ring()),
      [100, 180],
    );
    assert.deepEqual(
      run((call) => call.accept(sdp)),
      [100, 200],
    );
    assert.deepEqual(
      run((call) => call.reject(403)),
      [403],
    );
    assert.deepEqual(
      run((call) => call.ignore()),
      [],
    );
    assert.deepEqual(
      run(() => {}),
      [100],
    );
  });

  test("a repeated INVITE gets the last response again, and is the same call", () => {
    const { bench, call } = ringing();
    bench.receive(inviteText);
    assert.deepEqual(bench.takeLines(), [100]);
    call.ring();
    bench.take();
    bench.receive(inviteText);
    assert.deepEqual(bench.takeLines(), [180]);
    call.reject(486);
    bench.take();
    bench.receive(inviteText);
    assert.deepEqual(bench.takeLines(), [486]);
    assert.equal(bench.calls.length, 1);
  });

  test("the 200 is repeated from T1 to T2 until the ACK, over TCP too (§13.3.1.4)", () => {
    for (const flow of [udpFlow, tcpFlow]) {
      const bench = new Bench();
      bench.receive(inviteText, flow);
      bench.call.accept(sdp);
      const [, ok] = bench.take();
      assert.ok(ok?.kind === "response");
      const times: number[] = [];
      for (let i = 0; i < 120; i++) {
        bench.pass(100);
        if (bench.take().length > 0) times.push(bench.now);
      }
      assert.deepEqual(times, [500, 1500, 3500, 7500, 11500]);
      bench.receive(requestText("ACK", { toTag: to(ok).params.get("tag") ?? "" }), flow);
      bench.pass(20_000);
      assert.deepEqual(bench.take(), []);
    }
  });

  test("no ACK in 64·T1: BYE, and the end is told", () => {
    const { bench, call, ended } = ringing();
    call.accept(sdp);
    bench.take();
    bench.pass(31_900);
    assert.equal(call.state, "confirmed");
    bench.take();
    bench.pass(200);
    assert.deepEqual(bench.takeLines(), ["BYE"]);
    assert.deepEqual(ended, [{ by: "system", cause: "no-ack" }]);
    bench.assertAtRest();
  });

  test("INVITE without SDP: the 200 offers, the ACK answers", () => {
    const { bench, call } = ringing(requestText("INVITE"));
    assert.equal(call.offer, undefined);
    let got: string | undefined;
    call.onAcknowledged = (answer) => {
      got = answer;
    };
    call.accept(sdp);
    const toTag = to(bench.takeResponse()).params.get("tag") ?? "";
    bench.receive(requestText("ACK", { toTag, body: "v=0 answer" }));
    assert.equal(got, "v=0 answer");
    bench.receive(requestText("ACK", { toTag, body: "v=0 again" }));
    assert.equal(got, "v=0 answer");
  });

  test("an INVITE with Expires gets 487 when its time is over (§13.3.1)", () => {
    const { bench, call, ended } = ringing(
      requestText("INVITE", { branch: "z9hG4bKinvite", headers: ["Expires: 90"], body: sdp }),
    );
    call.ring();
    bench.pass(89_999);
    assert.deepEqual(bench.takeLines(), [180, 180]);
    bench.pass(1);
    assert.deepEqual(bench.takeLines(), [487]);
    assert.deepEqual(ended, [{ by: "remote", cause: "cancelled", status: 487, reason: "Expired" }]);
    bench.assertAtRest();
  });

  test("an Expires that is long, late or broken changes nothing", () => {
    const answered = ringing(requestText("INVITE", { headers: ["Expires: 10"], body: sdp }));
    answered.call.accept(sdp);
    answered.bench.pass(20_000);
    assert.equal(answered.call.state, "confirmed");
    for (const value of ["4294967295", "soon", "-1"]) {
      const { bench, call } = ringing(requestText("INVITE", { headers: [`Expires: ${value}`], body: sdp }));
      bench.pass(300_000);
      assert.equal(call.state, "early", value);
    }
  });

  test("CANCEL: 200 with the same To tag, 487, and the end with the peer's reason", () => {
    const { bench, call, ended } = ringing();
    call.ring();
    const tag = to(bench.takeResponse()).params.get("tag");
    const headers = ['Reason: SIP;cause=200;text="Call completed elsewhere"'];
    const cancel = requestText("CANCEL", { branch: "z9hG4bKinvite", headers });
    bench.receive(cancel);
    const [ok, terminated] = bench.take();
    assert.ok(ok?.kind === "response" && terminated?.kind === "response");
    assert.deepEqual([ok.status, terminated.status], [200, 487]);
    assert.equal(to(ok).params.get("tag"), tag);
    assert.equal(to(terminated).params.get("tag"), tag);
    assert.deepEqual(ended, [
      { by: "remote", cause: "cancelled", status: 487, reason: "Call completed elsewhere" },
    ]);
    bench.receive(cancel);
    assert.deepEqual(bench.takeLines(), [200]);
    call.accept(sdp);
    call.reject(486);
    call.hangUp();
    assert.deepEqual(bench.take(), []);
    bench.receive(requestText("ACK", { branch: "z9hG4bKinvite", toTag: tag ?? "" }));
    bench.pass(30_000);
    assert.deepEqual(bench.take(), [], "the ACK stopped the 487");
    bench.assertAtRest();
  });

  test("CANCEL that crosses the 200 changes nothing", () => {
    const { bench, call, ended } = ringing();
    call.accept(sdp);
    bench.take();
    bench.receive(requestText("CANCEL", { branch: "z9hG4bKinvite" }));
    assert.deepEqual(bench.takeLines(), [200]);
    assert.equal(call.state, "confirmed");
    assert.deepEqual(ended, []);
  });

  test("a refusal is repeated until its ACK, and may carry headers and a reason", () => {
    const { bench, call, ended } = ringing();
    call.reject(503, { headers: [["Retry-After", "5"]], reason: "No room" });
    const refusal = bench.takeResponse();
    assert.equal(refusal.headers.get("Retry-After"), "5");
    assert.equal(refusal.headers.get("Reason"), 'SIP;cause=503;text="No room"');
    bench.pass(500);
    assert.deepEqual(bench.takeLines(), [503]);
    const toTag = to(refusal).params.get("tag") ?? "";
    bench.receive(requestText("ACK", { branch: "z9hG4bKinvite", toTag }));
    bench.pass(10_000);
    assert.deepEqual(bench.take(), []);
    assert.deepEqual(ended, [{ by: "local", cause: "rejected", status: 503, reason: "No room" }]);
    bench.assertAtRest();
  });

  test("an ignored call stays unanswered through repetitions and CANCEL, and is forgotten", () => {
    const bench = new Bench({ onInvite: (call) => call.ignore() });
    for (let i = 0; i < 5; i++) {
      bench.receive(inviteText);
      bench.pass(1000);
    }
    bench.receive(requestText("CANCEL", { branch: "z9hG4bKinvite" }));
    // The last repetition is sent after 31.5 s, and may be on its way for longer than the first was.
    bench.pass(28_000);
    bench.receive(inviteText);
    assert.deepEqual(bench.take(), []);
    assert.equal(bench.calls.length, 1);
    assert.equal(bench.agent.stateSize().serverTransactions, 0);
    bench.assertAtRest();
  });

  test("a call turned away gets one response for each request, the same each time, and leaves nothing (§8.2.7)", () => {
    const bench = new Bench({ onInvite: (call) => call.turnAway(403) });
    const answers = [0, 1].map(() => {
      bench.receive(inviteText);
      const answer = bench.takeResponse();
      bench.pass(40_000);
      assert.deepEqual(bench.take(), []);
      return [answer.status, to(answer).params.get("tag")];
    });
    assert.equal(answers[0]?.[0], 403);
    assert.deepEqual(answers[0], answers[1]);
    bench.receive(requestText("ACK", { branch: "z9hG4bKinvite", toTag: String(answers[0]?.[1]) }));
    assert.deepEqual(bench.take(), []);
    bench.assertAtRest();
  });

  test("ignored calls are remembered up to a bound", () => {
    const bench = new Bench({ onInvite: (call) => call.ignore(), limits: { ignored: 3 } });
    for (let i = 0; i < 10; i++) bench.receive(requestText("INVITE", { callId: `c${i}`, body: sdp }));
    assert.equal(bench.agent.stateSize().ignored, 3);
    bench.assertAtRest();
  });

  test("BYE before the answer: 200 to it, 487 to the INVITE", () => {
    const { bench, call, ended } = ringing();
    call.ring();
    const toTag = to(bench.takeResponse()).params.get("tag") ?? "";
    bench.receive(requestText("BYE", { toTag, seq: 2 }));
    assert.deepEqual(bench.takeLines().toSorted(), [200, 487]);
    assert.deepEqual(ended, [{ by: "remote", cause: "bye" }]);
  });

  test("the peer's BYE is answered, also when it is repeated or meets a new one", () => {
    const { bench, call, ended, toTag } = answered();
    const bye = requestText("BYE", { toTag, seq: 2, headers: ["Reason: Q.850;cause=16"] });
    bench.receive(bye);
    bench.receive(bye);
    assert.deepEqual(bench.takeLines(), [200, 200]);
    assert.deepEqual(ended, [{ by: "remote", cause: "bye", reason: "Q.850;cause=16" }]);
    assert.equal(call.state, "ended");
    bench.receive(requestText("BYE", { toTag, seq: 3 }));
    assert.deepEqual(bench.takeLines(), [481]);
    bench.assertAtRest();
  });

  test("BYE from another tag or Call-ID is not about this call", () => {
    const { bench, call, toTag } = answered();
    bench.receive(requestText("BYE", { toTag, seq: 2, fromTag: "stranger" }));
    bench.receive(requestText("BYE", { toTag, seq: 2, callId: "other" }));
    assert.deepEqual(bench.takeLines(), [481, 481]);
    assert.equal(call.state, "confirmed");
  });

  test("a request out of order gets 500 (§12.2.2)", () => {
    const { bench, call, toTag } = answered(requestText("INVITE", { seq: 10, body: sdp }));
    bench.receive(requestText("INFO", { toTag, seq: 9 }));
    assert.deepEqual(bench.takeLines(), [500]);
    assert.equal(call.state, "confirmed");
  });

  test("a BYE that was overtaken ends the call all the same", () => {
    const { bench, call, toTag } = answered();
    bench.receive(requestText("NOTIFY", { toTag, seq: 3 }));
    bench.receive(requestText("BYE", { toTag, seq: 2 }));
    assert.deepEqual(bench.takeLines(), [481, 200]);
    assert.equal(call.state, "ended");
  });

  test("hanging up sends BYE to the Contact through the route set, and ends when it is answered or lost", () => {
    const routes = ["Record-Route: <sip:192.0.2.77;lr>", "Record-Route: <sip:192.0.2.78:5070;lr>"];
    const { bench, call, ended, toTag } = answered(requestText("INVITE", { headers: routes, body: sdp }));
    call.hangUp({ reason: "Agent said goodbye" });
    const [sent] = bench.sent;
    const bye = bench.takeRequest();
    assert.equal(bye.uriText, "sip:caller@192.0.2.9");
    assert.deepEqual(bye.headers.getAll("Route"), ["<sip:192.0.2.77;lr>", "<sip:192.0.2.78:5070;lr>"]);
    assert.ok(sent !== undefined && "address" in sent.to);
    assert.deepEqual([sent.to.address, sent.to.port], ["192.0.2.77", 5060]);
    assert.equal(bye.headers.get("To"), '"Caller" <sip:+15551234567@192.0.2.9>;tag=peer');
    assert.equal(bye.headers.get("From"), `<sip:demo@192.0.2.1>;tag=${toTag}`);
    assert.equal(bye.headers.get("Reason"), 'SIP;cause=200;text="Agent said goodbye"');
    assert.deepEqual(ended, [{ by: "local", cause: "local", reason: "Agent said goodbye" }]);
    // The peer's own BYE meets ours.
    bench.receive(requestText("BYE", { toTag, seq: 2 }));
    assert.deepEqual(bench.takeLines(), [200]);
    bench.assertAtRest();
  });

  test("hanging up before the ACK waits for it (§15)", () => {
    const { bench, call, ended } = ringing();
    call.accept(sdp);
    const toTag = to(bench.takeResponse()).params.get("tag") ?? "";
    call.hangUp();
    assert.equal(ended.length, 1);
    bench.pass(500);
    assert.deepEqual(bench.takeLines(), [200], "the 200 goes on asking for its ACK");
    bench.receive(requestText("ACK", { toTag }));
    assert.deepEqual(bench.takeLines(), ["BYE"]);
    bench.assertAtRest();
  });

  test("an early call is refused by hanging up", () => {
    const { bench, call } = ringing();
    call.hangUp();
    assert.deepEqual(bench.takeLines(), [480]);
  });

  test("INFO reaches its handler, which may refuse it; without one only an empty INFO is taken", () => {
    const { bench, call, toTag } = answered();
    const headers = ["Content-Type: application/dtmf-relay"];
    bench.receive(requestText("INFO", { toTag, seq: 2, headers, body: "Signal=1" }));
    assert.deepEqual(bench.takeLines(), [415]);
    let got = "";
    call.onInfo = () => false;
    bench.receive(requestText("INFO", { toTag, seq: 3, headers, body: "Signal=1" }));
    assert.deepEqual(bench.takeLines(), [415], "the handler does not take it");
    call.onInfo = (type, body) => {
      got = `${type} ${body}`;
    };
    bench.receive(requestText("INFO", { toTag, seq: 4, headers, body: "Signal=1" }));
    assert.deepEqual(bench.takeLines(), [200]);
    assert.equal(got, "application/dtmf-relay Signal=1");
    call.sendInfo("text/plain", "hello");
    assert.equal(bench.takeRequest().body.toString(), "hello");
  });

  test("a call that only rings is prolonged each minute and given up after some", () => {
    const { bench, call, ended } = ringing();
    call.ring();
    bench.take();
    bench.pass(61_000);
    assert.deepEqual(bench.takeLines(), [180]);
    bench.pass(400_000);
    assert.deepEqual(ended, [{ by: "system", cause: "timeout", status: 480 }]);
    bench.assertAtRest();
  });

  test("a peer behind a NAT is reached where its packets come from", () => {
    const bench = new Bench();
    const nat = { ...udpFlow, remoteAddress: "203.0.113.7", remotePort: 31000 };
    bench.receive(requestText("INVITE", { contact: "<sip:caller@10.0.0.5:5060>", body: sdp }), nat);
    bench.call.accept(sdp);
    const ok = bench.take()[1];
    assert.ok(ok !== undefined);
    bench.receive(requestText("ACK", { toTag: to(ok).params.get("tag") ?? "" }), nat);
    bench.call.hangUp();
    const [sent] = bench.sent;
    assert.ok(sent !== undefined && "address" in sent.to);
    assert.deepEqual([sent.to.address, sent.to.port], ["203.0.113.7", 31000]);
  });

  test("a ringing call whose connection closes: the response goes by a new one, or the call ends (§18.2.2)", () => {
    for (const reachable of [true, false]) {
      const bench = new Bench();
      bench.receive(requestText("INVITE", { body: sdp, transport: "TCP" }), tcpFlow);
      const { call } = bench;
      const ended: LegEnded[] = [];
      call.onEnded = (one) => ended.push(one);
      call.ring();
      bench.take();
      bench.agent.connectionClosed(tcpFlow);
      const [ringing] = bench.sent;
      assert.ok(ringing !== undefined && ringing.message.kind === "response" && "port" in ringing.to);
      assert.deepEqual(
        [ringing.message.status, ringing.to.address, ringing.to.port],
        [180, "192.0.2.9", 5060],
      );
      bench.take();
      if (reachable) {
        call.accept(sdp);
        assert.deepEqual(bench.takeLines(), [200]);
        bench.agent.connectionClosed(tcpFlow);
        assert.deepEqual(bench.takeLines(), []);
      } else {
        ringing.fail?.();
        assert.deepEqual(ended, [{ by: "system", cause: "transport-error" }]);
      }
      bench.assertAtRest();
    }
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rseq } from "../header/rack.ts";
import { type SipResponse, to } from "../message/message.ts";
import { Bench, requestText, responseText, sdp } from "./agent-test-kit.ts";
import type { LegEnded } from "./call.ts";
import type { UserAgentOptions } from "./options.ts";

const required = ["Require: 100rel", "Supported: 100rel", "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE"];
const supported = ["Supported: 100rel"];

/** A call that has come in and got its 100. */
function called(
  options: { headers?: readonly string[]; body?: string; agent?: Partial<UserAgentOptions> } = {},
) {
  const { headers = required, body = sdp, agent } = options;
  const bench = new Bench(agent);
  bench.receive(requestText("INVITE", { branch: "z9hG4bKinvite", headers, body }));
  bench.take();
  const { call } = bench;
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  const pracks: (string | undefined)[] = [];
  call.onPrack = (answer) => pracks.push(answer);
  let seq = 1;
  const toTag = call.id;
  /** The caller's next request in the dialog. */
  const send = (method: string, parts: { headers?: readonly string[]; body?: string; seq?: number } = {}) =>
    bench.receive(requestText(method, { toTag, seq: ++seq, ...parts }));
  const prack = (response: SipResponse, parts: { body?: string; seq?: number } = {}) =>
    send("PRACK", { headers: [`RAck: ${rseq(response)} 1 INVITE`], ...parts });
  return { bench, call, ended, pracks, toTag, send, prack };
}

function requires(response: SipResponse): boolean {
  return response.headers.get("Require") === "100rel" && rseq(response) !== undefined;
}

describe("reliable provisional responses to a call to us (RFC 3262 §3)", () => {
  test("are sent where the caller requires them, by default not where it only supports them", () => {
    const plain = called({ headers: supported });
    plain.call.ring();
    assert.equal(requires(plain.bench.takeResponse()), false);
    plain.call.ring({ reliable: true });
    assert.equal(requires(plain.bench.takeResponse()), true);
    const eager = called({ headers: supported, agent: { reliableProvisionals: "when-supported" } });
    eager.call.ring();
    assert.equal(requires(eager.bench.takeResponse()), true);
    const none = called({ headers: [], agent: { reliableProvisionals: "when-supported" } });
    none.call.ring({ reliable: true });
    assert.equal(requires(none.bench.takeResponse()), false);
    const strict = called();
    strict.call.ring({ reliable: false });
    const ring = strict.bench.takeResponse();
    assert.equal(requires(ring), true);
    assert.equal(ring.headers.get("Contact"), "<sip:demo@192.0.2.1:5060>");
    assert.equal(to(ring).params.get("tag"), strict.toTag);
  });

  test("never: 420, and PRACK is no method of ours", () => {
    const bench = new Bench({ reliableProvisionals: "never" });
    bench.receive(requestText("INVITE", { headers: required, body: sdp }));
    const refused = bench.takeResponse();
    assert.deepEqual([refused.status, refused.headers.get("Unsupported")], [420, "100rel"]);
    bench.receive(requestText("OPTIONS"));
    const { headers } = bench.takeResponse();
    assert.doesNotMatch(headers.get("Allow") ?? "", /PRACK/);
    assert.doesNotMatch(headers.get("Supported") ?? "", /100rel/);
  });

  test("repeated from T1, doubling without a limit, until the PRACK", () => {
    const { bench, call, prack } = called();
    call.ring();
    const ring = bench.takeResponse();
    const times: number[] = [];
    for (let i = 0; i < 200; i++) {
      bench.pass(100);
      if (bench.take().length > 0) times.push(bench.now);
    }
    assert.deepEqual(times, [500, 1500, 3500, 7500, 15_500]);
    prack(ring);
    assert.deepEqual(bench.takeLines(), [200]);
    bench.pass(30_000);
    assert.deepEqual(bench.take(), []);
  });

  test("without a PRACK in 64·T1 the call is refused", () => {
    const { bench, call, ended } = called();
    call.ring({ sdp });
    bench.pass(31_900);
    assert.equal(call.state, "early");
    bench.take();
    bench.pass(100);
    assert.deepEqual(bench.takeLines(), [504]);
    assert.deepEqual(ended, [{ by: "system", cause: "no-ack", status: 504 }]);
    bench.receive(requestText("ACK", { toTag: call.id, branch: "z9hG4bKinvite" }));
    bench.assertAtRest();
  });

  test("a PRACK for none of them gets 481, one without RAck 400", () => {
    const { bench, call, send, prack, pracks } = called();
    call.ring();
    const ring = bench.takeResponse();
    const number = rseq(ring) ?? 0;
    for (const rack of [`${number + 1} 1 INVITE`, `${number} 2 INVITE`, `${number} 1 UPDATE`]) {
      send("PRACK", { headers: [`RAck: ${rack}`] });
    }
    send("PRACK");
    assert.deepEqual(bench.takeLines(), [481, 481, 481, 400]);
    prack(ring);
    prack(ring);
    assert.deepEqual(bench.takeLines(), [200, 481]);
    assert.deepEqual(pracks, [undefined]);
  });

  test("one at a time: the next waits, of several the newest status and description go out as one", () => {
    const { bench, call, prack } = called();
    call.ring();
    const first = bench.takeResponse();
    call.ring({ status: 183, sdp });
    call.ring({ status: 182 });
    assert.deepEqual(bench.take(), []);
    prack(first);
    const [ok, second] = bench.take();
    assert.ok(ok?.kind === "response" && second?.kind === "response");
    assert.deepEqual([second.status, second.body.toString()], [182, sdp]);
    assert.equal(rseq(second), (rseq(first) ?? 0) + 1);
    prack(second);
    assert.deepEqual(bench.takeLines(), [200]);
    // The answer is given: nothing that follows repeats it.
    call.ring({ status: 183, sdp });
    assert.equal(bench.takeResponse().body.length, 0);
  });

  test("the 200 waits for the PRACK of a response with SDP, and has none itself", () => {
    const { bench, call, prack } = called();
    call.ring({ status: 183, sdp });
    const ring = bench.takeResponse();
    call.accept(sdp);
    call.accept(sdp);
    assert.equal(call.state, "early");
    assert.deepEqual(bench.take(), []);
    prack(ring);
    const [ok, answer] = bench.take();
    assert.ok(ok?.kind === "response" && answer?.kind === "response");
    assert.deepEqual([ok.headers.get("CSeq"), answer.headers.get("CSeq")], ["2 PRACK", "1 INVITE"]);
    assert.deepEqual([answer.status, answer.body.length], [200, 0]);
    assert.equal(call.state, "confirmed");
  });

  test("it does not wait for one without SDP; that PRACK still gets its 200", () => {
    const { bench, call, prack, send } = called();
    call.ring();
    const ring = bench.takeResponse();
    call.accept(sdp);
    assert.equal(bench.takeResponse().body.toString(), sdp);
    prack(ring);
    assert.deepEqual(bench.takeLines(), [200]);
    send("ACK", { seq: 1 });
    bench.pass(40_000);
    assert.deepEqual(bench.take(), []);
  });

  test("a description that still waits to be sent goes into the 200", () => {
    const { bench, call } = called();
    call.ring();
    bench.take();
    call.ring({ sdp });
    call.accept();
    assert.equal(bench.takeResponse().body.toString(), sdp);
  });

  test("CANCEL and refusal end the repetitions", () => {
    const cancelled = called();
    cancelled.call.ring({ sdp });
    cancelled.bench.take();
    cancelled.bench.receive(requestText("CANCEL", { branch: "z9hG4bKinvite" }));
    assert.deepEqual(cancelled.bench.takeLines(), [200, 487]);
    const refused = called();
    refused.call.ring({ sdp });
    refused.call.accept();
    refused.bench.take();
    refused.call.reject(486);
    assert.deepEqual(refused.bench.takeLines(), [486]);
    for (const { bench, call } of [cancelled, refused]) {
      bench.receive(requestText("ACK", { toTag: call.id, branch: "z9hG4bKinvite" }));
      bench.pass(40_000);
      assert.deepEqual(bench.take(), []);
      bench.assertAtRest();
    }
  });

  test("while it rings for long, a new one each minute keeps proxies waiting (RFC 3261 §13.3.1.1)", () => {
    const { bench, call, prack } = called();
    call.ring();
    prack(bench.takeResponse());
    bench.take();
    bench.pass(60_000);
    const again = bench.takeResponse();
    assert.ok(requires(again));
    assert.equal(again.status, 180);
  });

  test("a PRACK that was overtaken counts all the same", () => {
    const { bench, call, send, prack } = called();
    call.ring();
    const ring = bench.takeResponse();
    send("UPDATE", { seq: 9 });
    prack(ring, { seq: 8 });
    assert.deepEqual(bench.takeLines(), [200, 200]);
  });
});

describe("offers and answers before a call to us is answered (RFC 6337 §2.1)", () => {
  test("INVITE without SDP: the reliable 183 offers, its PRACK answers, the 200 has none", () => {
    const { bench, call, pracks, prack, send } = called({ body: "" });
    call.ring({ status: 183, sdp: "v=ours" });
    const ring = bench.takeResponse();
    assert.equal(ring.body.toString(), "v=ours");
    prack(ring, { body: "v=theirs" });
    assert.deepEqual(pracks, ["v=theirs"]);
    bench.take();
    const acknowledged: unknown[] = [];
    call.onAcknowledged = (answer) => acknowledged.push(answer);
    call.accept(sdp);
    assert.equal(bench.takeResponse().body.length, 0);
    send("ACK", { seq: 1 });
    assert.deepEqual(acknowledged, [undefined]);
  });

  test("INVITE without SDP: no first reliable response without an offer, no offer in an unreliable one", () => {
    const strict = called({ body: "" });
    strict.call.ring();
    assert.deepEqual(strict.bench.take(), []);
    const plain = called({ body: "", headers: supported });
    plain.call.ring({ sdp });
    assert.equal(plain.bench.takeResponse().body.length, 0);
    plain.call.ring({ reliable: true });
    assert.equal(requires(plain.bench.takeResponse()), false);
  });

  test("a PRACK without the answer that it owes leaves the offer to the 200", () => {
    const { bench, call, pracks, prack } = called({ body: "" });
    call.ring({ sdp });
    prack(bench.takeResponse());
    assert.deepEqual(pracks, [undefined]);
    bench.take();
    call.accept("v=again");
    assert.equal(bench.takeResponse().body.toString(), "v=again");
  });

  test("an offer in the PRACK is answered in its 200, and the call's 200 waits for that", () => {
    const { bench, call, prack } = called();
    const asked: string[] = [];
    let accept: (() => void) | undefined;
    call.onReinvite = (offer, reply) => {
      asked.push(`${reply.method} ${offer}`);
      accept = () => reply.accept("v=answer");
    };
    call.ring({ sdp });
    prack(bench.takeResponse(), { body: "v=more" });
    assert.deepEqual(asked, ["PRACK v=more"]);
    call.accept();
    assert.deepEqual(bench.take(), []);
    accept?.();
    const [pracked, answered] = bench.take();
    assert.ok(pracked?.kind === "response" && answered?.kind === "response");
    assert.deepEqual([pracked.headers.get("CSeq"), pracked.body.toString()], ["2 PRACK", "v=answer"]);
    assert.deepEqual([answered.headers.get("CSeq"), answered.body.length], ["1 INVITE", 0]);
  });

  test("an offer in a PRACK for a call that is over is nobody's to answer", () => {
    const { bench, call, prack, ended } = called();
    let asked = 0;
    call.onReinvite = () => asked++;
    call.ring({ status: 183, sdp });
    prack(bench.takeResponse());
    bench.take();
    call.ring();
    const ringing = bench.takeResponse();
    call.accept();
    call.hangUp();
    bench.take();
    prack(ringing, { body: "v=more" });
    assert.deepEqual([bench.takeLines(), asked, ended.length], [[481], 0, 1]);
  });

  test("an offer in the PRACK that nobody takes, or takes in time", () => {
    const refused = called();
    refused.call.ring({ sdp });
    refused.prack(refused.bench.takeResponse(), { body: "v=more" });
    assert.deepEqual(refused.bench.takeLines(), [488]);
    const slow = called();
    slow.call.onReinvite = () => {};
    slow.call.ring({ sdp });
    slow.prack(slow.bench.takeResponse(), { body: "v=more" });
    slow.bench.pass(15_900);
    assert.deepEqual(slow.bench.take(), []);
    slow.bench.pass(100);
    assert.deepEqual(slow.bench.takeLines(), [504]);
    // The response itself is acknowledged in either case.
    for (const { bench, call } of [refused, slow]) {
      call.accept();
      assert.deepEqual(bench.takeLines(), [200]);
    }
  });

  test("an offer in a PRACK before the INVITE's is answered gets 500", () => {
    const { bench, call, prack } = called();
    call.ring();
    prack(bench.takeResponse(), { body: "v=early" });
    assert.deepEqual(bench.takeLines(), [500]);
  });

  test("UPDATE both ways once the answer is acknowledged (RFC 3311 §5.1)", () => {
    const { bench, call, send, prack } = called();
    const results: unknown[] = [];
    call.onReinviteAnswer = (result) => results.push(result);
    call.onReinvite = (offer, reply) => reply.accept(`answer to ${offer}`);
    call.ring({ sdp });
    const ring = bench.takeResponse();
    call.update("v=ours");
    assert.deepEqual(bench.take(), []);
    prack(ring);
    const [ok, update] = bench.take();
    assert.ok(ok?.kind === "response" && update?.kind === "request");
    assert.deepEqual([update.method, update.body.toString()], ["UPDATE", "v=ours"]);
    send("UPDATE", { body: "v=cross" });
    assert.deepEqual(bench.takeLines(), [491]);
    // The call's 200 waits as well.
    call.accept();
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(update, 200, { body: "v=theirs" }));
    assert.deepEqual(results, [{ ok: true, sdp: "v=theirs" }]);
    assert.deepEqual(bench.takeLines(), [200]);
    assert.equal(call.state, "confirmed");
  });

  test("an UPDATE that is not answered in time gets 504, a refused one leaves things as they were (RFC 3311 §5.2)", () => {
    const { bench, call, send, prack } = called();
    call.ring({ sdp });
    prack(bench.takeResponse());
    bench.take();
    call.onReinvite = (_offer, reply) => reply.reject(488);
    send("UPDATE", { body: "v=1" });
    call.onReinvite = () => {};
    send("UPDATE", { body: "v=2" });
    send("UPDATE", { body: "v=3" });
    assert.deepEqual(bench.takeLines(), [488, 500]);
    bench.pass(16_000);
    assert.deepEqual(bench.takeLines(), [504]);
    call.onReinvite = (_offer, reply) => reply.accept("v=answer");
    send("UPDATE", { body: "v=4" });
    assert.equal(bench.takeResponse().body.toString(), "v=answer");
  });
});

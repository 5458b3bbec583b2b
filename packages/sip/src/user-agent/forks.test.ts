import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cseq } from "../message/message.ts";
import { Bench, requestText, responseText, sdp } from "./agent-test-kit.ts";
import type { Fork, LegEnded } from "./call.ts";
import type { UserAgentOptions } from "./options.ts";

const target = { transport: "udp", address: "192.0.2.9", port: 5060 } as const;
const allow = "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE";

interface Parts {
  toTag?: string;
  body?: string;
  contact?: string;
}

function calling(options: { sdp?: string; agent?: Partial<UserAgentOptions> } = { sdp }) {
  const bench = new Bench(options.agent);
  const call = bench.agent.invite({
    requestUri: "sip:+15557654321@192.0.2.9",
    from: "<sip:agent@192.0.2.1>",
    to: "<sip:+15557654321@192.0.2.9>",
    target,
    ...(options.sdp !== undefined && { sdp: options.sdp }),
  });
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  const progress: string[] = [];
  call.onProgress = (status, body, fork) => progress.push(`${status} ${fork?.id} ${body}`);
  const answers: string[] = [];
  call.onAnswered = (answer, fork) => answers.push(`${fork.id} ${answer}`);
  const results: unknown[] = [];
  call.onReinviteAnswer = (result) => results.push(result);
  const invite = bench.takeRequest();
  const respond = (status: number, parts: Parts = {}) =>
    bench.receive(responseText(invite, status, { toTag: "one", headers: [allow], ...parts }));
  const reliably = (status: number, rseq: number, parts: Parts = {}) =>
    bench.receive(
      responseText(invite, status, {
        toTag: "one",
        headers: [allow, "Require: 100rel", `RSeq: ${rseq}`],
        ...parts,
      }),
    );
  /** A request of the peer in the dialog of one fork. */
  const ask = (fromTag: string, method: string, seq: number, body = "") =>
    bench.receive(requestText(method, { toTag: call.id, fromTag, callId: call.callId, seq, body }));
  return { bench, call, ended, progress, answers, results, invite, respond, reliably, ask };
}

describe("reliable provisional responses to a call from us (RFC 3262 §4)", () => {
  test("are offered, and each gets its PRACK, in the dialog that it makes", () => {
    const { bench, invite, progress, answers, respond, reliably } = calling();
    assert.match(invite.headers.get("Supported") ?? "", /100rel/);
    assert.match(invite.headers.get("Allow") ?? "", /PRACK/);
    reliably(180, 776656, { contact: "<sip:phone@192.0.2.9:5070>" });
    const prack = bench.takeRequest();
    assert.deepEqual([prack.method, prack.uriText], ["PRACK", "sip:phone@192.0.2.9:5070"]);
    assert.equal(prack.headers.get("RAck"), "776656 1 INVITE");
    assert.equal(cseq(prack).seq, 2);
    bench.receive(responseText(prack, 200));
    reliably(183, 776657, { body: "v=answer" });
    assert.equal(bench.takeRequest().headers.get("RAck"), "776657 1 INVITE");
    respond(200);
    assert.equal(bench.takeRequest().body.length, 0);
    assert.deepEqual(progress, ["180 one undefined", "183 one v=answer"]);
    assert.deepEqual(answers, ["one v=answer"]);
  });

  test("one that comes again, or out of turn, is left alone", () => {
    const { bench, progress, reliably } = calling();
    reliably(180, 10);
    reliably(180, 10);
    reliably(183, 12, { body: sdp });
    reliably(183, 9);
    assert.deepEqual(bench.takeLines(), ["PRACK"]);
    reliably(182, 11);
    reliably(183, 12, { body: sdp });
    const racks = bench.take().map((message) => message.headers.get("RAck"));
    assert.deepEqual(racks, ["11 1 INVITE", "12 1 INVITE"]);
    assert.equal(progress.length, 3);
  });

  test("each fork counts for itself", () => {
    const { bench, reliably } = calling();
    reliably(180, 10, { toTag: "one" });
    reliably(180, 5000, { toTag: "two" });
    reliably(183, 11, { toTag: "one" });
    const racks = bench.take().map((message) => message.headers.get("RAck"));
    assert.deepEqual(racks, ["10 1 INVITE", "5000 1 INVITE", "11 1 INVITE"]);
  });

  test("what a broken RSeq, or an agent that offers none, makes of them: plain responses", () => {
    const broken = calling();
    broken.reliably(180, 0);
    assert.deepEqual([broken.bench.take(), broken.progress], [[], ["180 one undefined"]]);
    const never = calling({ sdp, agent: { reliableProvisionals: "never" } });
    assert.doesNotMatch(never.invite.headers.get("Supported") ?? "", /100rel/);
    never.reliably(180, 1);
    assert.deepEqual([never.bench.take(), never.progress], [[], ["180 one undefined"]]);
  });

  test("the PRACK is repeated like any request, and its failure is not the call's", () => {
    const { bench, call, reliably, respond } = calling();
    reliably(180, 1);
    bench.pass(33_000);
    const lines = bench.takeLines();
    assert.ok(lines.length > 5 && lines.every((line) => line === "PRACK"));
    assert.equal(call.state, "early");
    respond(200, { body: sdp });
    assert.equal(call.state, "confirmed");
  });
});

describe("offers and answers before a call from us is answered (RFC 6337 §2.1)", () => {
  test("INVITE without SDP: the reliable 183 offers, the PRACK waits for our answer, the ACK has none", () => {
    const { bench, call, progress, answers, reliably, respond } = calling({});
    reliably(183, 1, { body: "v=offer" });
    assert.deepEqual(bench.take(), []);
    assert.deepEqual(progress, ["183 one v=offer"]);
    // A plain 180 that was overtaken is no answer.
    respond(180);
    assert.deepEqual(bench.take(), []);
    call.forks[0]?.answer("v=mine");
    const prack = bench.takeRequest();
    assert.deepEqual([prack.method, prack.body.toString()], ["PRACK", "v=mine"]);
    call.forks[0]?.answer("v=again");
    assert.deepEqual(bench.take(), []);
    bench.receive(responseText(prack, 200));
    respond(200);
    assert.equal(bench.takeRequest().body.length, 0);
    assert.deepEqual(answers, ["one v=offer"]);
  });

  test("our offer in the PRACK, its answer in the 200 to it", () => {
    const { bench, call, results, reliably } = calling();
    const said: boolean[] = [];
    call.onProgress = (_status, _sdp, fork) => {
      said.push(fork?.offerInPrack("v=more") === true);
    };
    reliably(183, 1, { body: "v=answer" });
    const prack = bench.takeRequest();
    assert.equal(prack.body.toString(), "v=more");
    bench.receive(responseText(prack, 200, { body: "v=yes" }));
    assert.deepEqual(results, [{ ok: true, sdp: "v=yes" }]);
    assert.equal(call.forks[0]?.sdp, "v=yes");
    // Nothing is agreed, or no PRACK is owed: then there is no offer to make.
    assert.equal(call.forks[0]?.offerInPrack("v=late"), false);
    const early = calling();
    early.call.onProgress = (_status, _sdp, fork) => said.push(fork?.offerInPrack("v=early") === true);
    early.reliably(180, 1);
    assert.equal(early.bench.takeRequest().body.length, 0);
    assert.deepEqual(said, [true, false]);
  });

  test("an offer in the PRACK that is refused", () => {
    const { bench, call, results, reliably } = calling();
    call.onProgress = (_status, _sdp, fork) => void fork?.offerInPrack("v=more");
    reliably(183, 1, { body: "v=answer" });
    bench.receive(responseText(bench.takeRequest(), 488));
    assert.deepEqual(results, [{ ok: false, status: 488 }]);
    call.forks[0]?.update("v=next");
    assert.deepEqual(bench.takeLines(), ["UPDATE"]);
    const over = calling();
    over.call.onProgress = (_status, _sdp, fork) => void fork?.offerInPrack("v=more");
    over.reliably(183, 1, { body: "v=answer" });
    const prack = over.bench.takeRequest();
    over.respond(486);
    over.bench.receive(responseText(prack, 481));
    assert.deepEqual([over.ended.length, over.results], [1, []]);
  });

  test("UPDATE in an early dialog waits for the answer, and for the PRACK's 200 (RFC 3311 §5.1)", () => {
    const { bench, call, results, answers, reliably, respond } = calling();
    respond(180);
    const [fork] = call.forks;
    fork?.update("v=hold");
    reliably(183, 1, { body: "v=answer" });
    const prack = bench.takeRequest();
    assert.equal(prack.method, "PRACK");
    bench.receive(responseText(prack, 200));
    const update = bench.takeRequest();
    assert.deepEqual([update.method, update.body.toString(), cseq(update).seq], ["UPDATE", "v=hold", 3]);
    bench.receive(responseText(update, 200, { body: "v=held" }));
    assert.deepEqual(results, [{ ok: true, sdp: "v=held" }]);
    respond(200);
    assert.equal(cseq(bench.takeRequest()).seq, 1);
    assert.deepEqual(answers, ["one v=held"]);
    call.hangUp();
    assert.equal(cseq(bench.takeRequest()).seq, 4);
  });

  test("the peer's UPDATE in an early dialog says which fork asks", () => {
    const { bench, call, reliably, ask } = calling();
    const asked: string[] = [];
    call.onReinvite = (offer, reply) => {
      asked.push(`${reply.method} ${reply.fork?.id} ${offer}`);
      reply.accept("v=mine");
    };
    reliably(183, 1, { toTag: "one", body: "v=1" });
    reliably(183, 1, { toTag: "two", body: "v=2" });
    bench.take();
    ask("two", "UPDATE", 1, "v=hold");
    assert.equal(bench.takeResponse().body.toString(), "v=mine");
    assert.deepEqual(asked, ["UPDATE two v=hold"]);
    assert.deepEqual(
      call.forks.map((fork) => fork.sdp),
      ["v=1", "v=hold"],
    );
  });

  test("an answer in an unreliable 183 is a look ahead; where the 200 says nothing it has to do", () => {
    const { bench, call, progress, answers, respond } = calling();
    respond(183, { body: "v=look" });
    call.forks[0]?.update("v=early");
    assert.deepEqual(bench.take(), [], "nothing is agreed yet");
    respond(200);
    assert.deepEqual(progress, ["183 one v=look"]);
    assert.deepEqual(answers, ["one v=look"]);
    const other = calling();
    other.respond(183, { body: "v=look" });
    other.respond(200, { body: "v=answer" });
    assert.deepEqual(other.answers, ["one v=answer"]);
  });
});

describe("several phones that ring (RFC 3261 §13.2.2.4)", () => {
  test("each is an early dialog with media of its own; the first 200 takes the call, others get ACK and BYE", () => {
    const { bench, call, progress, answers, respond, reliably } = calling();
    respond(180, { toTag: "one" });
    respond(183, { toTag: "two", body: "v=2" });
    reliably(183, 7, { toTag: "three", body: "v=3" });
    assert.deepEqual(progress, ["180 one undefined", "183 two v=2", "183 three v=3"]);
    assert.deepEqual(
      call.forks.map(({ id, sdp: body }) => `${id} ${body}`),
      ["one undefined", "two v=2", "three v=3"],
    );
    assert.deepEqual(bench.takeLines(), ["PRACK"]);
    respond(200, { toTag: "two", body: "v=22" });
    assert.deepEqual(answers, ["two v=22"]);
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual(call.forks, []);
    respond(200, { toTag: "three" });
    const [ack, bye] = bench.take();
    assert.ok(ack?.kind === "request" && bye?.kind === "request");
    assert.deepEqual([ack.headers.get("CSeq"), bye.headers.get("CSeq")], ["1 ACK", "3 BYE"]);
    assert.match(bye.headers.get("To") ?? "", /tag=three/);
    respond(200, { toTag: "three" });
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual(answers.length, 1);
    call.hangUp();
    bench.assertAtRest();
  });

  test("a request of a phone that did not take the call gets 481", () => {
    const { bench, respond, ask } = calling();
    respond(180, { toTag: "one" });
    respond(180, { toTag: "two" });
    respond(200, { toTag: "two", body: sdp });
    bench.take();
    ask("one", "UPDATE", 1);
    assert.deepEqual(bench.takeLines(), [481]);
  });

  test("199: that phone is out, the others ring on (RFC 6228 §4)", () => {
    const { bench, call, invite, progress, respond, reliably } = calling();
    assert.match(invite.headers.get("Supported") ?? "", /199/);
    respond(180, { toTag: "one" });
    respond(180, { toTag: "two" });
    reliably(199, 1, { toTag: "one", body: "v=0" });
    assert.deepEqual(bench.takeLines(), ["PRACK"]);
    respond(199, { toTag: "unknown" });
    assert.deepEqual(
      call.forks.map((fork) => fork.id),
      ["two"],
    );
    assert.deepEqual(progress.slice(2), ["199 one undefined", "199 undefined undefined"]);
    respond(183, { toTag: "one", body: sdp });
    assert.equal(progress.length, 4, "nothing comes of it any more");
    respond(200, { toTag: "two", body: sdp });
    assert.equal(call.state, "confirmed");
  });

  test("a phone that was taken for out, and answers after all, has the call like any other", () => {
    const { bench, call, answers, ended, respond, ask } = calling({ sdp: "v=ours" });
    respond(180);
    respond(199);
    respond(200, { body: sdp });
    assert.deepEqual([bench.takeLines(), answers], [["ACK"], [`one ${sdp}`]]);
    call.update("v=next");
    assert.equal(bench.takeRequest().method, "UPDATE");
    ask("one", "BYE", 1);
    assert.deepEqual(bench.takeLines(), [200]);
    assert.deepEqual(ended, [{ by: "remote", cause: "bye" }]);
  });

  test("the application may choose: a 200 that it does not want gets ACK and BYE", () => {
    const { bench, call, answers, respond } = calling();
    const seen: string[] = [];
    call.chooseAnswer = (fork: Fork, body) => {
      seen.push(`${fork.id} ${body}`);
      return fork.id === "two";
    };
    respond(180, { toTag: "two" });
    respond(200, { toTag: "one", body: "v=1" });
    assert.deepEqual(bench.takeLines(), ["ACK", "BYE"]);
    assert.equal(call.state, "early");
    respond(200, { toTag: "one", body: "v=1" });
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    respond(200, { toTag: "two", body: "v=2" });
    assert.deepEqual(answers, ["two v=2"]);
    assert.deepEqual(seen, ["one v=1", "two v=2"]);
  });

  test("none is wanted: the call is over after 64·T1, without a CANCEL that would come too late", () => {
    const { bench, call, ended, respond } = calling();
    call.chooseAnswer = () => false;
    respond(200, { toTag: "one", body: sdp });
    const [, bye] = bench.take();
    assert.ok(bye?.kind === "request");
    bench.receive(responseText(bye, 200));
    bench.pass(31_900);
    assert.deepEqual(ended, []);
    bench.pass(100);
    assert.deepEqual(ended, [{ by: "local", cause: "rejected" }]);
    assert.deepEqual(bench.take(), []);
    bench.assertAtRest();
  });

  test("the only phone was left, and has answered: over after 64·T1 as well, without a CANCEL", () => {
    const { bench, call, ended, respond } = calling();
    respond(180, { toTag: "one" });
    call.forks[0]?.hangUp();
    bench.receive(responseText(bench.takeRequest(), 200));
    respond(200, { toTag: "one", body: sdp });
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.pass(20_000);
    respond(200, { toTag: "one", body: sdp });
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.pass(12_000);
    assert.deepEqual(ended, [{ by: "local", cause: "rejected" }]);
    bench.pass(600_000);
    assert.deepEqual(bench.take(), []);
    bench.assertAtRest();
  });

  test("hung up from within the choice", () => {
    const { bench, call, ended, respond } = calling();
    call.chooseAnswer = () => {
      call.hangUp();
      return true;
    };
    respond(200, { body: sdp });
    assert.deepEqual(ended, [{ by: "local", cause: "cancelled" }]);
    assert.deepEqual(bench.takeLines(), ["ACK", "BYE"]);
    bench.assertAtRest();
  });

  test("one phone can be left alone: BYE in its early dialog (§15)", () => {
    const { bench, call, answers, respond } = calling();
    respond(180, { toTag: "one" });
    respond(180, { toTag: "two" });
    const [first] = call.forks;
    first?.hangUp();
    const bye = bench.takeRequest();
    assert.equal(bye.method, "BYE");
    assert.match(bye.headers.get("To") ?? "", /tag=one/);
    first?.hangUp();
    first?.update(undefined);
    assert.deepEqual(bench.take(), []);
    // It had answered already: the one BYE is enough, unless that was refused.
    respond(200, { toTag: "one", body: sdp });
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.receive(responseText(bye, 500));
    assert.deepEqual(bench.takeLines(), ["BYE"]);
    respond(200, { toTag: "two", body: sdp });
    assert.deepEqual(answers, [`two ${sdp}`]);
    // What waited for our answer waits no more.
    const asked = calling({});
    asked.reliably(183, 1, { body: "v=offer" });
    const [fork] = asked.call.forks;
    fork?.hangUp();
    fork?.answer("v=late");
    assert.deepEqual(asked.bench.takeLines(), ["BYE"]);
    const taken = calling();
    taken.respond(180, { toTag: "one" });
    taken.call.forks[0]?.hangUp();
    taken.bench.receive(responseText(taken.bench.takeRequest(), 200));
    taken.respond(200, { toTag: "one", body: sdp });
    assert.deepEqual(taken.bench.takeLines(), ["ACK"]);
    const refused = calling();
    refused.respond(180, { toTag: "one" });
    refused.call.forks[0]?.hangUp();
    refused.bench.receive(responseText(refused.bench.takeRequest(), 500));
    refused.respond(200, { toTag: "one", body: sdp });
    assert.deepEqual(refused.bench.takeLines(), ["ACK", "BYE"]);
  });

  test("no more than 16 are remembered", () => {
    const { bench, call, progress, respond } = calling();
    for (let i = 0; i < 40; i++) respond(180, { toTag: `t${i}` });
    assert.equal(call.forks.length, 16);
    assert.equal(progress.length, 40);
    respond(200, { toTag: "t30", body: sdp });
    assert.equal(call.state, "confirmed");
    call.hangUp();
    bench.assertAtRest();
  });

  test("hanging up cancels them all", () => {
    const { bench, call, respond } = calling();
    respond(180, { toTag: "one" });
    respond(180, { toTag: "two" });
    call.hangUp();
    assert.deepEqual(bench.takeLines(), ["CANCEL"]);
    assert.deepEqual(call.forks, []);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DigestServer } from "../auth/digest-server.ts";
import { SipParseError } from "../errors.ts";
import { referTo } from "../header/refer-to.ts";
import { responseText } from "../user-agent/agent-test-kit.ts";
import { Answered, seqOf, watch } from "./refer-test-kit.ts";

const target = "sip:carol@192.0.2.7";

describe("a REFER of ours", () => {
  test("202, reports, the final one with the end of the subscription", () => {
    const call = new Answered();
    const { bench } = call;
    const refer = call.leg.refer(target, { referredBy: "<sip:agent@192.0.2.1>" });
    const seen = watch(refer);
    const request = bench.takeRequest();
    assert.equal(request.method, "REFER");
    assert.equal(request.headers.get("Refer-To"), `<${target}>`);
    assert.equal(request.headers.get("Referred-By"), "<sip:agent@192.0.2.1>");
    assert.ok(request.headers.has("Contact"));
    bench.receive(responseText(request, 202));
    call.report("100 Trying", "active;expires=60");
    assert.equal(bench.takeResponse().status, 200);
    call.report("180 Ringing", "active;expires=60");
    call.report("200 OK", "terminated;reason=noresource");
    assert.deepEqual(seen.progress, [100, 180]);
    assert.deepEqual(seen.outcomes, [{ kind: "reported", status: 200, reason: "OK" }]);
    assert.deepEqual(refer.outcome, seen.outcomes[0]);
    bench.take();
    call.report("200 OK", "terminated");
    assert.equal(bench.takeResponse().status, 481, "the subscription is over");
    assert.equal(call.leg.state, "confirmed");
    call.receive("BYE");
    bench.assertAtRest();
  });

  test("a report may come before the 202, which may never come", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target));
    call.bench.take();
    call.report("100 Trying", "active");
    call.bench.pass(33_000);
    assert.deepEqual(seen.outcomes, []);
    call.report("486 Busy Here", "terminated;reason=noresource");
    assert.deepEqual(seen.outcomes, [{ kind: "reported", status: 486, reason: "Busy Here" }]);
  });

  test("refused, unanswered, unsendable", () => {
    for (const [act, status] of [
      [(call: Answered) => call.bench.receive(responseText(call.bench.takeRequest(), 603)), 603],
      [(call: Answered) => call.bench.pass(33_000), 408],
    ] as const) {
      const call = new Answered();
      const seen = watch(call.leg.refer(target));
      act(call);
      assert.equal(seen.outcomes[0]?.kind, "refused");
      assert.equal(seen.outcomes[0]?.status, status);
      assert.equal(call.leg.state, "confirmed", "no answer to a REFER is no reason to end a call that talks");
    }
  });

  test("481 says that there is no such call any more (RFC 5057 §5.1)", () => {
    const call = new Answered();
    const ends: unknown[] = [];
    call.leg.onEnded = (ended) => ends.push(ended);
    const seen = watch(call.leg.refer(target));
    call.bench.receive(responseText(call.bench.takeRequest(), 481));
    assert.equal(seen.outcomes[0]?.status, 481);
    assert.deepEqual(ends, [{ by: "remote", cause: "rejected", status: 481 }]);
    call.bench.assertAtRest();
  });

  test("taken, and not one report within 64·T1: silent", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target));
    call.bench.receive(responseText(call.bench.takeRequest(), 202));
    call.bench.pass(31_000);
    assert.deepEqual(seen.outcomes, []);
    call.bench.pass(2_000);
    assert.deepEqual(seen.outcomes, [{ kind: "silent", status: undefined, reason: undefined }]);
  });

  test("reports that stop: unfinished when the time is over; ended without a final status: unfinished, with why", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target, { timeout: 60_000 }));
    call.bench.receive(responseText(call.bench.takeRequest(), 202));
    call.report("100 Trying", "active");
    call.bench.pass(59_000);
    assert.deepEqual(seen.outcomes, []);
    call.bench.pass(2_000);
    assert.deepEqual(seen.outcomes, [{ kind: "unfinished", status: undefined, reason: undefined }]);
    const other = watch(call.leg.refer(target));
    call.bench.take();
    call.report(undefined, "terminated;reason=giveup");
    assert.deepEqual(other.outcomes, [{ kind: "unfinished", status: undefined, reason: "giveup" }]);
  });

  test("RFC 4488: no reports wanted, and none made", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target, { reports: false }));
    const request = call.bench.takeRequest();
    assert.equal(request.headers.get("Refer-Sub"), "false");
    assert.ok(request.headers.list("Supported").includes("norefersub"));
    call.bench.receive(responseText(request, 200, { headers: ["Refer-Sub: false"] }));
    assert.deepEqual(seen.outcomes, [{ kind: "accepted", status: undefined, reason: undefined }]);
    call.report("200 OK", "terminated");
    assert.equal(call.bench.takeResponse().status, 481);
  });

  test("RFC 4488: a peer that does not know it makes reports all the same", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target, { reports: false }));
    call.bench.receive(responseText(call.bench.takeRequest(), 202));
    call.report("200 OK", "terminated;reason=noresource");
    assert.equal(seen.outcomes[0]?.kind, "reported");
  });

  test("several in one call are told apart by id; without one the first is meant", () => {
    const call = new Answered();
    const { bench } = call;
    const first = watch(call.leg.refer("sip:one@192.0.2.7"));
    const firstRequest = bench.takeRequest();
    const second = watch(call.leg.refer("sip:two@192.0.2.7"));
    const secondRequest = bench.takeRequest();
    bench.receive(responseText(firstRequest, 202));
    bench.receive(responseText(secondRequest, 202));
    call.report("180 Ringing", "active", `refer;id=${seqOf(secondRequest)}`);
    call.report("486 Busy Here", "terminated", "refer");
    call.report("200 OK", "terminated", `refer;id=${seqOf(secondRequest)}`);
    assert.deepEqual(first, {
      progress: [],
      outcomes: [{ kind: "reported", status: 486, reason: "Busy Here" }],
    });
    assert.deepEqual(second, {
      progress: [180],
      outcomes: [{ kind: "reported", status: 200, reason: "OK" }],
    });
    bench.take();
    const third = watch(call.leg.refer(target));
    bench.take();
    call.report("200 OK", "terminated", "refer;id=9999");
    assert.equal(bench.takeResponse().status, 481);
    call.report("200 OK", "terminated", "presence");
    assert.equal(bench.takeResponse().status, 489);
    assert.deepEqual(third.outcomes, []);
  });

  test("past a challenge the id is the number of the REFER that was taken", () => {
    const call = new Answered();
    const { bench } = call;
    const digest = new DigestServer({
      ...{ realm: "pbx", secret: "0123456789abcdef", randomToken: () => "abc" },
      account: () => ({ username: "1001", password: "secret" }),
    });
    call.leg.credentials = () => ({ username: "1001", password: "secret" });
    const seen = watch(call.leg.refer(target));
    const request = bench.takeRequest();
    const challenge = digest.challenge(0).map(([name, value]) => `${name}: ${value}`);
    bench.receive(responseText(request, 401, { headers: challenge }));
    const again = bench.takeRequest();
    assert.ok(again.headers.has("Authorization"));
    assert.notEqual(seqOf(again), seqOf(request));
    bench.receive(responseText(again, 202));
    call.report("200 OK", "terminated", `refer;id=${seqOf(request)}`);
    assert.equal(bench.takeResponse().status, 481);
    call.report("200 OK", "terminated", `refer;id=${seqOf(again)}`);
    assert.equal(seen.outcomes[0]?.status, 200);
  });

  test("after the call's end reports still come, but not for long", () => {
    const call = new Answered();
    const { bench } = call;
    const seen = watch(call.leg.refer(target));
    bench.receive(responseText(bench.takeRequest(), 202));
    call.report("100 Trying", "active");
    call.receive("BYE");
    assert.equal(call.leg.state, "ended");
    bench.take();
    call.report("180 Ringing", "active");
    assert.equal(bench.takeResponse().status, 200);
    call.report("200 OK", "terminated;reason=noresource");
    assert.deepEqual(seen.outcomes, [{ kind: "reported", status: 200, reason: "OK" }]);
    assert.equal(bench.agent.stateSize().dialogs, 0);
    const other = new Answered();
    const left = watch(other.leg.refer(target));
    other.bench.receive(responseText(other.bench.takeRequest(), 202));
    other.report("100 Trying", "active");
    other.leg.hangUp();
    other.bench.pass(33_000);
    assert.equal(left.outcomes[0]?.kind, "unfinished");
    other.bench.assertAtRest();
  });

  test("a final status without the subscription's end: the rest is waited for, for a while", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target));
    call.bench.receive(responseText(call.bench.takeRequest(), 202));
    call.report("200 OK", "active;expires=60");
    assert.equal(seen.outcomes.length, 1);
    call.bench.take();
    call.report("200 OK", "terminated;reason=noresource");
    assert.equal(call.bench.takeResponse().status, 200);
    assert.equal(seen.outcomes.length, 1);
    const other = watch(call.leg.refer(target));
    call.bench.receive(responseText(call.bench.takeRequest(), 202));
    call.report("503 Service Unavailable", "active");
    call.bench.pass(33_000);
    call.bench.take();
    call.report("503 Service Unavailable", "terminated");
    assert.equal(call.bench.takeResponse().status, 481);
    assert.deepEqual(other.outcomes, [{ kind: "reported", status: 503, reason: "Service Unavailable" }]);
  });

  test("a body that is no status line reports nothing, and harms nothing", () => {
    const call = new Answered();
    const seen = watch(call.leg.refer(target));
    call.bench.take();
    call.report("<xml>", "active");
    assert.equal(call.bench.takeResponse().status, 200);
    assert.deepEqual(seen, { progress: [], outcomes: [] });
  });

  test("where it cannot be sent it refuses, once its handler can be set", () => {
    const call = new Answered();
    const many = Array.from({ length: 5 }, () => watch(call.leg.refer(target)));
    assert.equal(call.bench.take().length, 4);
    call.bench.pass(1);
    assert.equal(many[4]?.outcomes[0]?.status, 503);
    call.leg.hangUp();
    const late = watch(call.leg.refer(target));
    call.bench.pass(1);
    assert.equal(late.outcomes[0]?.status, 481);
    assert.throws(() => call.leg.refer("no uri"), SipParseError);
    call.bench.assertAtRest();
  });

  test("attended: the other call is named as its peer knows it", () => {
    const call = new Answered();
    const other = new Answered();
    const replaces = other.leg.asReplaces();
    assert.deepEqual(replaces, {
      callId: "call-1@192.0.2.9",
      toTag: "peer",
      fromTag: other.leg.id,
      earlyOnly: false,
    });
    assert.equal(other.leg.remoteTarget, "sip:caller@192.0.2.9");
    call.leg.refer(other.leg.remoteTarget ?? "", { replaces });
    assert.deepEqual(referTo(call.bench.takeRequest()).replaces, replaces);
  });

  test("RFC 7647 §4: to a GRUU of a peer that knows Target-Dialog it goes in a dialog of its own", () => {
    const gruu = "<sip:caller@192.0.2.9;gr=urn:uuid:f81d4fae>";
    const call = new Answered({}, ["Supported: tdialog"], gruu);
    const seen = watch(call.leg.refer(target));
    const request = call.bench.takeRequest();
    assert.equal(request.method, "REFER");
    assert.equal(request.uriText, "sip:caller@192.0.2.9;gr=urn:uuid:f81d4fae");
    assert.notEqual(request.headers.get("Call-ID"), call.leg.callId);
    assert.equal(request.headers.get("To"), '"Caller" <sip:+15551234567@192.0.2.9>');
    assert.equal(request.headers.get("Require"), "tdialog");
    assert.equal(
      request.headers.get("Target-Dialog"),
      `${call.leg.callId};local-tag=peer;remote-tag=${call.leg.id}`,
    );
    call.bench.receive(responseText(request, 603));
    assert.equal(seen.outcomes[0]?.status, 603);
    const old = new Answered({}, [], gruu);
    old.leg.refer(target);
    assert.equal(old.bench.takeRequest().headers.get("Call-ID"), old.leg.callId);
  });
});

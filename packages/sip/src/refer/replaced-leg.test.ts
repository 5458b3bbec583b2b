import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { serialiseReplaces } from "../header/replaces.ts";
import { Bench, requestText, responseText, sdp, udpFlow } from "../user-agent/agent-test-kit.ts";
import type { CallLeg, LegEnded } from "../user-agent/call.ts";

/** An INVITE of another peer that wants to take the place of a call. */
function replacing(value: string, callId = "second", headers: readonly string[] = []): string {
  return requestText("INVITE", {
    ...{ callId, fromTag: "third-party", body: sdp },
    headers: [`Replaces: ${value}`, ...headers],
  });
}

/** A bench where somebody's call is answered. */
function standing(options: { replaces?: boolean } = { replaces: true }) {
  const bench = new Bench(options);
  bench.receive(requestText("INVITE", { body: sdp }));
  const leg = bench.call;
  leg.accept(sdp);
  bench.receive(requestText("ACK", { toTag: leg.id }));
  bench.take();
  const value = `call-1@192.0.2.9;to-tag=${leg.id};from-tag=peer`;
  return { bench, leg, value, ended: endsOf(leg) };
}

function endsOf(leg: CallLeg): LegEnded[] {
  const ends: LegEnded[] = [];
  leg.onEnded = (ended) => ends.push(ended);
  return ends;
}

/** A bench that calls somebody, who rings. */
function calling() {
  const bench = new Bench({ replaces: true });
  const leg = bench.agent.invite({
    ...{ requestUri: "sip:bob@192.0.2.9", to: "<sip:bob@192.0.2.9>", from: "<sip:alice@192.0.2.1>" },
    ...{ sdp, flow: udpFlow },
  });
  const invite = bench.takeRequest();
  bench.receive(responseText(invite, 180, { toTag: "desk" }));
  bench.take();
  const value = `${leg.callId};to-tag=${leg.id};from-tag=desk`;
  return { bench, leg, invite, value, ended: endsOf(leg) };
}

describe("an INVITE with Replaces (RFC 3891)", () => {
  test("is shown with the call, which ends by BYE when it is accepted", () => {
    const { bench, leg, value, ended } = standing();
    bench.receive(replacing(value, "second", ["Require: replaces"]));
    const call = bench.call;
    assert.notEqual(call, leg);
    assert.equal(call.replaces, leg);
    call.ring();
    assert.deepEqual(bench.takeLines(), [100, 180]);
    assert.equal(leg.state, "confirmed");
    call.accept(sdp);
    const [ok, bye] = bench.take();
    assert.ok(ok?.kind === "response" && ok.status === 200);
    assert.ok(ok.headers.list("Supported").includes("replaces"));
    assert.ok(bye?.kind === "request" && bye.method === "BYE");
    assert.equal(bye.headers.get("Call-ID"), leg.callId);
    assert.match(bye.headers.get("Reason") ?? "", /Replaced/);
    assert.deepEqual(ended, [{ by: "remote", cause: "replaced" }]);
    assert.equal(call.replaces, undefined);
    assert.equal(call.state, "confirmed");
    bench.receive(responseText(bye, 200));
  });

  test("refused, or taken back, it leaves the call as it is", () => {
    const { bench, leg, value, ended } = standing();
    bench.receive(replacing(value));
    bench.call.reject(403);
    assert.deepEqual(bench.takeLines(), [100, 403]);
    bench.receive(replacing(value, "third"));
    const third = bench.call;
    third.hangUp();
    assert.equal(third.replaces, undefined);
    assert.equal(leg.state, "confirmed");
    assert.deepEqual(ended, []);
  });

  test("481 for no call of ours, whichever part of its name is wrong", () => {
    const { bench, leg } = standing();
    for (const value of [
      `other;to-tag=${leg.id};from-tag=peer`,
      "call-1@192.0.2.9;to-tag=x;from-tag=peer",
      `call-1@192.0.2.9;to-tag=${leg.id};from-tag=x`,
      `call-1@192.0.2.9;to-tag=${leg.id};from-tag=0`,
    ]) {
      bench.receive(replacing(value, value.replace(/[;=]/g, "-")));
      assert.equal(bench.takeResponse().status, 481);
    }
    assert.equal(bench.calls.length, 1, "nobody is asked");
  });

  test("a refusal stands when the INVITE is repeated, though the call has come to be meanwhile", () => {
    const bench = new Bench({ replaces: true });
    const leg = bench.agent.invite({
      ...{ requestUri: "sip:bob@192.0.2.9", to: "<sip:bob@192.0.2.9>", from: "<sip:alice@192.0.2.1>" },
      ...{ sdp, flow: udpFlow },
    });
    const invite = bench.takeRequest();
    const asked = replacing(`${leg.callId};to-tag=${leg.id};from-tag=desk`);
    bench.receive(asked);
    const refusal = bench.takeResponse();
    assert.equal(refusal.status, 481);
    bench.receive(responseText(invite, 180, { toTag: "desk" }));
    bench.take();
    bench.receive(asked);
    assert.deepEqual(bench.takeResponse(), refusal);
    assert.equal(bench.calls.length, 0, "nobody is asked");
  });

  test("486 where it is for a ringing call alone, and that is answered", () => {
    const { bench, value } = standing();
    bench.receive(replacing(`${value};early-only`));
    assert.equal(bench.takeResponse().status, 486);
  });

  test("603 for a call that has just ended", () => {
    const { bench, leg, value } = standing();
    leg.hangUp();
    bench.take();
    bench.receive(replacing(value));
    assert.equal(bench.takeResponse().status, 603);
  });

  test("481 for a call that rings here, which we have not begun", () => {
    const bench = new Bench({ replaces: true });
    bench.receive(requestText("INVITE", { body: sdp }));
    const leg = bench.call;
    leg.ring();
    bench.take();
    bench.receive(replacing(`call-1@192.0.2.9;to-tag=${leg.id};from-tag=peer`));
    assert.equal(bench.takeResponse().status, 481);
    assert.equal(leg.state, "early");
  });

  test("§7.1: a call of ours that rings elsewhere is picked up, and cancelled", () => {
    const { bench, leg, value, ended } = calling();
    bench.receive(replacing(`${value};early-only`));
    assert.equal(bench.call.replaces, leg);
    bench.call.accept(sdp);
    assert.deepEqual(bench.takeLines(), [100, 200, "CANCEL"]);
    assert.deepEqual(ended, [{ by: "remote", cause: "replaced" }]);
  });

  test("a peer without a tag is named by 0 (§6.1)", () => {
    const bench = new Bench({ replaces: true });
    const untagged = requestText("INVITE", { body: sdp }).replace(";tag=peer", "");
    bench.receive(untagged);
    const leg = bench.call;
    leg.accept(sdp);
    bench.take();
    const named = leg.asReplaces();
    assert.equal(named?.toTag, "0");
    bench.receive(
      replacing(
        serialiseReplaces({ ...named, callId: leg.callId, toTag: leg.id, fromTag: "0", earlyOnly: false }),
      ),
    );
    assert.equal(bench.call.replaces, leg);
  });

  test("400 for two, for one that cannot be read, and in anything else than an INVITE", () => {
    const { bench, leg, value } = standing();
    bench.receive(replacing(value, "two", [`Replaces: ${value}`]));
    bench.receive(replacing("nothing", "broken"));
    bench.receive(requestText("OPTIONS", { callId: "options", headers: [`Replaces: ${value}`] }));
    bench.receive(requestText("INFO", { toTag: leg.id, seq: 2, headers: [`Replaces: ${value}`] }));
    assert.deepEqual(bench.takeLines(), [400, 400, 400, 400]);
    assert.equal(bench.calls.length, 1);
  });

  test("where it is not wanted it is a header like any other, and who requires it gets 420", () => {
    const { bench, leg, value } = standing({});
    bench.receive(replacing(value));
    assert.equal(bench.call.replaces, undefined);
    bench.call.accept(sdp);
    assert.equal(leg.state, "confirmed");
    bench.take();
    bench.receive(replacing(value, "required", ["Require: replaces"]));
    assert.equal(bench.takeResponse().status, 420);
  });

  test("a chain of calls that replace each other does not hold on to the earlier ones", () => {
    const { bench, value } = standing();
    let wanted = value;
    for (let count = 0; count < 50; count++) {
      bench.receive(replacing(wanted, `chain-${count}`));
      const { call } = bench;
      call.accept(sdp);
      bench.receive(requestText("ACK", { callId: `chain-${count}`, fromTag: "third-party", toTag: call.id }));
      for (const message of bench.take()) {
        if (message.kind === "request" && message.method === "BYE") bench.receive(responseText(message, 200));
      }
      wanted = `chain-${count};to-tag=${call.id};from-tag=third-party`;
    }
    assert.equal(bench.agent.stateSize().dialogs, 1);
    bench.call.hangUp();
    bench.assertAtRest();
  });
});

// The other side transfers its end of the call, with media, dialer and SIP faked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type IncomingRefer, parseNameAddr, type ReferTo } from "@ringdown/sip";
import { FakeLeg, settled, testInvite } from "../call-test-kit.ts";
import { scene } from "./transfer-scene.ts";

/** A REFER that writes down what it is answered. */
class FakeRefer {
  readonly said: string[] = [];
  readonly request = testInvite;
  readonly method: string;
  readonly uri: ReferTo["uri"];
  readonly replaces: ReferTo["replaces"];
  readonly referredBy = undefined;
  readonly leg: FakeLeg | undefined;

  constructor(
    leg: FakeLeg | undefined,
    target: string,
    options: Partial<Pick<ReferTo, "method" | "replaces">> = {},
  ) {
    this.leg = leg;
    this.uri = parseNameAddr(`<${target}>`).uri;
    this.method = options.method ?? "INVITE";
    this.replaces = options.replaces;
  }
  accept(): void {
    this.said.push("202");
  }
  reject(status: number): void {
    this.said.push(String(status));
  }
  progress(status: number): void {
    this.said.push(`report ${status}`);
  }
  finish(status: number): void {
    this.said.push(`final ${status}`);
  }
  get asRefer(): IncomingRefer {
    return this as unknown as IncomingRefer;
  }
}

test("sent on: the new dialog has the leg, its media, and ends the call", async () => {
  const { peerTransfers, leg, dialer, pool, store, call, steps, over } = await scene();
  const refer = new FakeRefer(leg, "sip:bob@192.0.2.1", {
    replaces: { callId: "x", toTag: "a", fromTag: "b", earlyOnly: false },
  });
  peerTransfers.onRefer(refer.asRefer);
  const dial = dialer.dialled;
  assert.deepEqual(dial.request.destination, {
    kind: "peer",
    uri: "sip:bob@192.0.2.1",
    target: { transport: "udp", address: "192.0.2.1", port: 5066 },
  });
  assert.deepEqual(dial.request.headers, [["Replaces", "x;to-tag=a;from-tag=b"]]);
  await dial.attempts();
  assert.ok(pool.done.includes("successor 192.0.2.9 -"), pool.done.join());
  dial.progress(180);
  dial.answers();
  await settled();
  assert.deepEqual(refer.said, ["202", "report 180", "final 200"]);
  assert.ok(pool.done.includes("successor's answer final"), pool.done.join());
  assert.ok(!pool.done.some((step) => step.startsWith("close")), "the media goes on");
  // Who has sent it on hangs up, as RFC 5589 has it: nothing of the call ends.
  leg.remoteEnds("bye");
  assert.equal(call.live, true);
  dial.leg.remoteEnds("bye");
  await over();
  assert.equal(store.record.endCode, "caller_hung_up");
  assert.deepEqual(
    store.record.legs.map(({ direction, sipCallId }) => [direction, sipCallId]),
    [
      ["inbound", "sip-1"],
      ["outbound", "sip-1"],
    ],
  );
  assert.ok(steps().includes("refer_followed"));
});

test("who has sent it on and does not hang up is hung up on", async () => {
  const { peerTransfers, leg, dialer, clock, running, over } = await scene();
  peerTransfers.onRefer(new FakeRefer(leg, "sip:bob@192.0.2.1").asRefer);
  await dialer.dialled.attempts();
  dialer.dialled.answers();
  await settled();
  assert.ok(!leg.sent.includes("BYE"));
  clock.advance(5_000);
  assert.equal(leg.sent.at(-1), "BYE");
  await running.hangUp("c1");
  await over();
});

test("nobody takes it: the call goes on as it was; where its peer left meanwhile, it ends", async () => {
  for (const leaves of [false, true]) {
    const { peerTransfers, leg, dialer, call, running, over, store } = await scene();
    const refer = new FakeRefer(leg, "sip:bob@192.0.2.1");
    peerTransfers.onRefer(refer.asRefer);
    await dialer.dialled.attempts();
    if (leaves) leg.remoteEnds("bye");
    assert.equal(call.live, true, "perhaps somebody answers");
    dialer.dialled.fails("busy", 486, "Busy.");
    await settled();
    assert.deepEqual(refer.said, ["202", "final 486"]);
    assert.equal(call.live, !leaves);
    if (!leaves) await running.hangUp("c1");
    await over();
    assert.equal(store.record.endCode, leaves ? "caller_hung_up" : "operator");
  }
});

test("a call that ends meanwhile takes the dial along", async () => {
  const { peerTransfers, leg, dialer, running, over } = await scene();
  const refer = new FakeRefer(leg, "sip:bob@192.0.2.1");
  peerTransfers.onRefer(refer.asRefer);
  await dialer.dialled.attempts();
  await running.hangUp("c1");
  await over();
  assert.deepEqual(dialer.dialled.leg.sent, ["CANCEL"]);
  assert.equal(leg.sent.at(-1), "BYE");
});

test("an answer that crosses the end of the call is hung up on", async () => {
  const { peerTransfers, leg, dialer, running, over } = await scene();
  peerTransfers.onRefer(new FakeRefer(leg, "sip:bob@192.0.2.1").asRefer);
  await dialer.dialled.attempts();
  dialer.dialled.answers();
  await running.hangUp("c1");
  await over();
  assert.deepEqual(dialer.dialled.leg.sent, ["BYE"]);
});

test("an answer that cannot be used leaves the call as it was", async () => {
  const { peerTransfers, leg, dialer, pool, call, running, over } = await scene();
  const refer = new FakeRefer(leg, "sip:bob@192.0.2.1");
  peerTransfers.onRefer(refer.asRefer);
  await dialer.dialled.attempts();
  pool.refuses = "successor's";
  dialer.dialled.answers();
  await settled();
  assert.deepEqual(refer.said, ["202", "final 488"]);
  assert.deepEqual(dialer.dialled.leg.sent, ["BYE"]);
  assert.equal(call.live, true);
  await running.hangUp("c1");
  await over();
});

test("refused: outside a call, of no call, not for a call, not callable, not wanted, emergency, twice", async () => {
  const { peerTransfers, leg, dialer, running, over } = await scene();
  const answer = (refer: FakeRefer): string[] => {
    peerTransfers.onRefer(refer.asRefer);
    return refer.said;
  };
  assert.deepEqual(answer(new FakeRefer(undefined, "sip:bob@192.0.2.1")), ["403"]);
  assert.deepEqual(answer(new FakeRefer(new FakeLeg(), "sip:bob@192.0.2.1")), ["481"]);
  assert.deepEqual(answer(new FakeRefer(leg, "sip:bob@192.0.2.1", { method: "BYE" })), ["603"]);
  assert.deepEqual(answer(new FakeRefer(leg, "sip:192.0.2.1")), ["416"]);
  assert.deepEqual(answer(new FakeRefer(leg, "http://192.0.2.1/")), ["416"]);
  assert.equal(dialer.dials.length, 0);
  assert.deepEqual(answer(new FakeRefer(leg, "sip:bob@192.0.2.1")), ["202"]);
  assert.deepEqual(answer(new FakeRefer(leg, "sip:carol@192.0.2.1")), ["491"]);
  await running.hangUp("c1");
  await over();

  const other = await scene({ fields: { acceptTransfers: false } });
  const unwanted = new FakeRefer(other.leg, "sip:bob@192.0.2.1");
  other.peerTransfers.onRefer(unwanted.asRefer);
  assert.deepEqual(unwanted.said, ["603"]);
  await other.running.hangUp("c1");
  await other.over();
});

test("two PBXs that send a call to and fro are ended", async () => {
  const { peerTransfers, leg, dialer, running, over } = await scene();
  for (let time = 0; time < 10; time++) {
    peerTransfers.onRefer(new FakeRefer(leg, "sip:bob@192.0.2.1").asRefer);
    dialer.dials[time]?.fails("busy", 486, "Busy.");
  }
  const last = new FakeRefer(leg, "sip:bob@192.0.2.1");
  peerTransfers.onRefer(last.asRefer);
  assert.deepEqual(last.said, ["603"]);
  await running.hangUp("c1");
  await over();
});

for (const offer of ["theirs", null]) {
  test(`Replaces, ${offer === null ? "our offer" : "their offer"}: the other one has the leg`, async () => {
    const { peerTransfers, leg, pool, store, call, over } = await scene();
    const incoming = new FakeLeg(offer, "sip-2");
    incoming.replaces = leg;
    assert.equal(peerTransfers.onReplaces(incoming.asIncomingCall()), undefined);
    await settled();
    assert.ok(pool.done.includes(`successor 192.0.2.9 ${offer ?? "-"}`), pool.done.join());
    assert.deepEqual(incoming.sent, ["200 answer"]);
    // The stack ends the replaced call.
    leg.remoteEnds("replaced");
    incoming.onAcknowledged?.(offer === null ? "theirs" : undefined);
    await settled();
    assert.equal(call.live, true);
    incoming.remoteEnds("bye");
    await over();
    assert.equal(store.record.endCode, "caller_hung_up");
    assert.deepEqual(
      store.record.legs.map(({ sipCallId }) => sipCallId),
      ["sip-1", "sip-2"],
    );
  });
}

test("Replaces from elsewhere is refused, but for a source that may call the agent", async () => {
  const { peerTransfers, leg, running, over } = await scene();
  const from = (remoteAddress: string): FakeLeg => {
    const incoming = new FakeLeg("theirs", "sip-2");
    incoming.replaces = leg;
    Object.assign(incoming, { flow: { ...incoming.flow, remoteAddress } });
    return incoming;
  };
  assert.equal(peerTransfers.onReplaces(from("203.0.113.5").asIncomingCall())?.status, 403);
  assert.equal(peerTransfers.onReplaces(new FakeLeg().asIncomingCall())?.status, 481);
  const known = from("192.0.2.77");
  assert.equal(peerTransfers.onReplaces(known.asIncomingCall()), undefined);
  await settled();
  assert.equal(known.state, "confirmed");
  await running.hangUp("c1");
  await over();
  assert.equal(known.sent.at(-1), "BYE");
});

test("Replaces with media that cannot be had leaves the call as it was", async () => {
  const { peerTransfers, leg, pool, call, running, over } = await scene();
  pool.refuses = "successor";
  const incoming = new FakeLeg("theirs", "sip-2");
  incoming.replaces = leg;
  assert.equal(peerTransfers.onReplaces(incoming.asIncomingCall()), undefined);
  await settled();
  assert.deepEqual(incoming.sent, ["500"]);
  assert.equal(call.live, true);
  await running.hangUp("c1");
  await over();
});

// A transfer on a call with media, dialer and SIP faked: what the caller's media is told, and that nothing is left. The way of the
// judgement itself is the machine's tests'.
import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "../call-test-kit.ts";
import { scene } from "./transfer-scene.ts";

test("the caller waits, is joined to the person, and both end together", async () => {
  const { transfers, pool, dialer, store, leg, steps, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  const dial = dialer.dialled;
  assert.deepEqual(
    [dial.request.callerId, dial.request.headers],
    [
      "+15550100",
      [
        ["Diversion", "<tel:+15550000>;reason=unconditional"],
        ["Referred-By", "<sip:desk@ringdown.example>"],
      ],
    ],
  );
  await dial.attempts();
  dial.progress(180);
  dial.answers();
  await settled();
  const order = pool.done.filter((step) => /^(suspend|play|bridge|media)/.test(step));
  assert.equal(order[0]?.startsWith("suspend"), true, pool.done.join());
  assert.equal(order.at(-1)?.startsWith("bridge"), true, pool.done.join());
  leg.remoteEnds("bye");
  await over();
  assert.ok(steps().includes("transfer_connected"));
  assert.deepEqual(dial.leg.sent, ["BYE"]);
  assert.equal(store.record.endCode, "caller_hung_up");
});

test("a caller who hangs up while it rings takes the dial with him", async () => {
  const { transfers, dialer, leg, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002", "ext:1003"] });
  await settled();
  await dialer.dialled.attempts();
  dialer.dialled.progress(180);
  leg.remoteEnds("bye");
  await over();
  assert.equal(dialer.dials.length, 1, "nobody else is dialled for a caller who is gone");
  assert.deepEqual(dialer.dialled.leg.sent, ["CANCEL"]);
});

test("all fail: one after the other, then the agent is back with a word", async () => {
  const { transfers, dialer, pool, running, call, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002", "ext:1003"] });
  await settled();
  dialer.dials[0]?.fails("busy", 486, "Busy.");
  await settled();
  assert.throws(() => transfers.start("c1", { destinations: ["ext:1004"] }), { code: "transfer_under_way" });
  dialer.dials[1]?.fails("no_answer", 0, "Nobody answered.");
  await settled();
  assert.ok(
    pool.done.some((step) => step.startsWith("resume I am sorry, nobody answered.")),
    pool.done.join(),
  );
  assert.equal(call.live, true);
  assert.throws(() => transfers.cancel("c1"), { code: "transfer_not_found" });
  await running.hangUp("c1");
  await over();
});

test("who answers is told what the agent wants, in place of what its function has", async () => {
  for (const notification of ["Ann wants tea.", undefined]) {
    const { pool, dialer, running, over } = await scene();
    pool.listener?.onEvent({
      ...{ type: "transferRequested", name: "sales" },
      ...(notification !== undefined && { notification }),
    });
    await settled();
    await dialer.dialled.attempts();
    dialer.dialled.answers();
    await settled();
    const announced = pool.done.filter((step) => step.startsWith("announce"));
    const expected = notification ?? "A caller for sales.";
    assert.ok(announced[0]?.startsWith(`announce ${expected}`), pool.done.join());
    await running.hangUp("c1");
    await over();
  }
});

test("the agent's function dials what it names; what is refused brings the agent back", async () => {
  const asked = await scene();
  asked.pool.listener?.onEvent({ type: "transferRequested", name: "sales" });
  await settled();
  assert.deepEqual(asked.dialer.dialled.request.destination, { kind: "extension", extension: "1002" });
  await asked.running.hangUp("c1");
  await asked.over();
  for (const [allowed, name] of [
    [true, "nothing"],
    [false, "sales"],
  ] as const) {
    const refused = await scene({ allowed });
    refused.pool.listener?.onEvent({ type: "transferRequested", name });
    await settled();
    assert.equal(refused.dialer.dials.length, 0);
    assert.ok(
      refused.pool.done.some((step) => step.startsWith("resume I am sorry")),
      refused.pool.done.join(),
    );
    await refused.running.hangUp("c1");
    await refused.over();
    assert.ok(refused.steps().includes("transfer_refused"));
  }
});

test("media that cannot be joined: the person is let go, the agent is back", async () => {
  const { transfers, dialer, pool, running, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  await dialer.dialled.attempts();
  pool.refuses = "bridge";
  dialer.dialled.answers();
  await settled();
  assert.deepEqual(dialer.dialled.leg.sent, ["BYE"]);
  assert.ok(
    pool.done.some((step) => step.startsWith("resume ")),
    pool.done.join(),
  );
  await running.hangUp("c1");
  await over();
});

test("REFER: the caller's own side is asked, its reports are followed, and the call is over", async () => {
  const { transfers, leg, pool, dialer, store, over } = await scene({ fields: { transferMode: "refer" } });
  transfers.start("c1", { destinations: ["sip:bob@other.example"] });
  await settled();
  assert.deepEqual(
    leg.refers.map(({ target, options }) => [target, options.referredBy]),
    [["sip:bob@other.example", "<sip:desk@ringdown.example>"]],
  );
  assert.ok(pool.done.includes("play hold"), pool.done.join());
  leg.refers[0]?.refer.onProgress?.(180, "Ringing");
  leg.refers[0]?.refer.onOutcome?.({ kind: "reported", status: 200, reason: "OK" });
  await over();
  assert.equal(dialer.dials.length, 0);
  assert.equal(store.record.endCode, "handed_over");
});

test("REFER that the caller's side refuses, or could not follow: a call of ours", async () => {
  for (const outcome of [
    { kind: "refused", status: 405, reason: undefined },
    { kind: "reported", status: 503, reason: undefined },
  ] as const) {
    const { transfers, leg, dialer, running, over } = await scene({ fields: { transferMode: "refer" } });
    transfers.start("c1", { destinations: ["sip:bob@other.example"] });
    await settled();
    leg.refers[0]?.refer.onOutcome?.(outcome);
    await settled();
    assert.equal(dialer.dials.length, 1);
    await running.hangUp("c1");
    await over();
  }
});

test("what the caller's side cannot reach is called by us at once", async () => {
  const { transfers, leg, dialer, running, over } = await scene({ fields: { transferMode: "refer" } });
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  assert.deepEqual([leg.refers.length, dialer.dials.length], [0, 1]);
  await running.hangUp("c1");
  await over();
});

test("attended: the agent stays with the caller until the person says yes", async () => {
  const { transfers, dialer, pool, running, over } = await scene({ fields: { attendedTransfers: true } });
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  const dial = dialer.dialled;
  await dial.attempts();
  dial.answers();
  await settled();
  assert.ok(!pool.done.some((step) => /^(suspend|bridge)/.test(step)), pool.done.join());
  assert.ok(pool.done.includes("play hold, quiet"), pool.done.join());
  assert.ok(
    pool.done.some((step) => step.startsWith("announce Say yes, or press 1,")),
    pool.done.join(),
  );
  assert.ok(
    pool.done.some((step) => /^hear \d\d/.test(step)),
    pool.done.join(),
  );
  pool.listener?.onEvent({ type: "speech", text: "yes" });
  await settled();
  assert.deepEqual(
    pool.done.filter((step) => /^(suspend|bridge)/.test(step)).map((step) => step.split(" ")[0]),
    ["suspend", "bridge"],
  );
  await running.hangUp("c1");
  await over();
});

test("attended, and nobody has time: the agent interrupts himself to say so", async () => {
  const { transfers, dialer, pool, running, over } = await scene({ fields: { attendedTransfers: true } });
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  await dialer.dialled.attempts();
  dialer.dialled.answers();
  await settled();
  pool.listener?.onEvent({ type: "speech", text: "not now" });
  await settled();
  const told = pool.done.filter((step) => /^(suspend|resume)/.test(step)).slice(-2);
  assert.deepEqual(told, ["suspend", "resume I am sorry, nobody can take your call right now."]);
  await running.hangUp("c1");
  await over();
});

test("ringing for who waits, where that is wanted; the agent listens on after it has put the caller through", async () => {
  const fields = { transferAudio: "ringback", monitorTransfers: true } as const;
  const { transfers, dialer, pool, running, over } = await scene({ fields });
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  assert.ok(pool.done.includes("play 440+480 Hz"), pool.done.join());
  await dialer.dialled.attempts();
  dialer.dialled.answers();
  await settled();
  assert.deepEqual(
    pool.done.filter((step) => step.startsWith("suspend")),
    ["suspend", "suspend, listening"],
  );
  await running.hangUp("c1");
  await over();
});

test("digits after the answer: by telephone events, INFO or sound, as the person's side has them", async () => {
  for (const { telephoneEvents, infos, sent, dtmf, as } of [
    { telephoneEvents: true, infos: [], sent: [], dtmf: ["dtmf 12"], as: "rfc4733" },
    { telephoneEvents: false, infos: undefined, sent: [], dtmf: ["dtmf 12"], as: "tones" },
    { telephoneEvents: false, infos: [], sent: ["INFO Signal=1", "INFO Signal=2"], dtmf: [], as: "info" },
    {
      ...{ telephoneEvents: false, infos: [200, 415], as: "tones" },
      ...{ sent: ["INFO Signal=1", "INFO Signal=2"], dtmf: ["dtmf 2"] },
    },
  ]) {
    const digits = [{ waitSeconds: 1, digits: "12" }];
    const { transfers, dialer, pool, clock, running, store, over } = await scene({ digits });
    pool.description = { ...pool.description, telephoneEvents };
    transfers.start("c1", { destinations: ["ext:1002"] });
    await settled();
    const dial = dialer.dialled;
    await dial.attempts();
    dial.leg.infos = infos?.slice();
    dial.answers();
    for (let turn = 0; turn < 4; turn++) {
      await settled();
      clock.advance(turn === 0 ? 1_000 : 260);
    }
    await settled();
    assert.deepEqual(dial.leg.sent, sent);
    assert.deepEqual(
      pool.done.filter((step) => step.startsWith("dtmf")),
      dtmf,
    );
    const step = store.record.timeline.find(({ type }) => type === "digits_sent");
    assert.deepEqual([step?.digits, step?.waitSeconds, step?.as], [2, 1, as]);
    assert.ok(pool.done.at(-1)?.startsWith("bridge"), pool.done.join());
    await running.hangUp("c1");
    await over();
  }
});

test("a person who holds the call is not taken for lost, however silent he is", async () => {
  const { transfers, dialer, pool, running, steps, over } = await scene();
  transfers.start("c1", { destinations: ["ext:1002"] });
  await settled();
  await dialer.dialled.attempts();
  dialer.dialled.answers();
  await settled();
  pool.description = { ...pool.description, onHold: true };
  dialer.dialled.leg.onReinvite?.("hold", { accept: () => undefined, reject: () => undefined } as never);
  await settled();
  pool.listener?.onEvent({ type: "mediaTimeout", silentMs: 30_000 });
  await settled();
  assert.deepEqual(dialer.dialled.leg.sent, []);
  pool.description = { ...pool.description, onHold: false };
  dialer.dialled.leg.onReinvite?.("resume", { accept: () => undefined, reject: () => undefined } as never);
  await settled();
  pool.listener?.onEvent({ type: "mediaTimeout", silentMs: 30_000 });
  await settled();
  assert.deepEqual(dialer.dialled.leg.sent, ["BYE"]);
  await running.hangUp("c1");
  await over();
  assert.ok(steps().includes("hold") && steps().includes("transfer_person_left"), steps().join());
});

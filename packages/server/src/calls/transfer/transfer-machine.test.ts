import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TransferResult } from "./transfer-plan.ts";
import { MachineBench, type plan, target } from "./transfer-test-kit.ts";
import { compileTrigger } from "./transfer-trigger.ts";

const two = [target("ext:1"), target("ext:2")];
const byKey = { consent: { by: "key" }, notification: "A call.", prompt: "Press 1." } as const;

function dialled(options: Parameters<typeof plan>[0] = {}): MachineBench {
  const bench = new MachineBench(options);
  bench.tell({ type: "start" });
  return bench;
}

function asked(options: Parameters<typeof plan>[0] = {}): MachineBench {
  const bench = dialled({ ...byKey, ...options });
  bench.tell({ type: "answered", dial: 1 });
  return bench;
}

function talking(options: Parameters<typeof plan>[0] = {}): MachineBench {
  const bench = dialled(options);
  bench.tell({ type: "answered", dial: 1 });
  bench.tell({ type: "connected", dial: 1 });
  return bench;
}

function result(bench: MachineBench): TransferResult {
  const finished = bench.outputs.find((output) => output.type === "finished");
  assert.ok(finished);
  return finished.result;
}

describe("a transfer by a call of ours", () => {
  test("rings, connects, and ends with the person's BYE", () => {
    const bench = new MachineBench();
    assert.deepEqual(bench.tell({ type: "start" }), ["caller waits", "dial 1 ext:1002"]);
    assert.deepEqual(bench.tell({ type: "ringing", dial: 1, status: 180 }), []);
    assert.deepEqual(bench.tell({ type: "answered", dial: 1 }), ["caller with person 1"]);
    assert.deepEqual(bench.tell({ type: "connected", dial: 1 }), ["settled connected"]);
    assert.deepEqual(bench.wait(60_000), []);
    assert.deepEqual(bench.tell({ type: "personGone", dial: 1, how: "hung-up" }), [
      "hang up caller: person_hung_up",
      "finished connected",
    ]);
    assert.deepEqual(bench.steps, [
      "transfer_started",
      "transfer_dialling",
      "transfer_ringing",
      "transfer_answered",
      "transfer_connected",
      "transfer_person_left",
      "transfer_over",
    ]);
    assert.ok(bench.machine.idle);
  });

  test("the agent that has its caller back after a talk, where it is to", () => {
    const bench = talking({ afterTalk: "return" });
    bench.wait(60_000);
    assert.deepEqual(bench.tell({ type: "personGone", dial: 1, how: "hung-up" }), [
      "caller with agent: connected",
      "finished connected",
    ]);
  });

  for (const how of ["hung-up", "lost"] as const) {
    test(`a person who is gone at once (${how}) was not talked with`, () => {
      const bench = talking();
      bench.wait(9_000);
      assert.deepEqual(bench.tell({ type: "personGone", dial: 1, how }), [
        "caller with agent: dropped",
        "finished dropped",
      ]);
      assert.deepEqual(
        result(bench).attempts.map(({ outcome }) => outcome),
        ["dropped"],
      );
    });
  }

  test("a line that is lost in the middle of a talk brings the caller back", () => {
    const bench = talking();
    bench.wait(60_000);
    assert.deepEqual(
      bench.tell({ type: "personGone", dial: 1, how: "lost" })[0],
      "caller with agent: dropped",
    );
  });

  test("targets in order; the agent hears of all of them", () => {
    const bench = dialled({ targets: two });
    const busy = { outcome: "busy", status: 486, reason: "Busy Here" } as const;
    assert.deepEqual(bench.tell({ type: "dialFailed", dial: 1, ...busy }), ["dial 2 ext:2"]);
    const declined = { outcome: "declined", status: 603, reason: "Decline" } as const;
    assert.deepEqual(bench.tell({ type: "dialFailed", dial: 2, ...declined }), [
      "caller with agent: declined",
      "settled declined",
      "finished declined",
    ]);
    assert.deepEqual(result(bench).attempts, [
      { target: "ext:1", ...busy },
      { target: "ext:2", ...declined },
    ]);
  });

  test("a dialer that never says anything is given up", () => {
    const bench = dialled();
    assert.deepEqual(bench.wait(44_999), []);
    assert.deepEqual(bench.wait(1), [
      "cancel 1",
      "caller with agent: no_answer",
      "settled no_answer",
      "finished no_answer",
    ]);
    assert.ok(!bench.machine.idle, "the dialer still owes an answer");
    bench.tell({ type: "dialFailed", dial: 1, outcome: "cancelled", status: 487, reason: "" });
    assert.ok(bench.machine.idle);
  });

  test("a 200 that crosses our CANCEL is hung up, and nothing else changes", () => {
    const bench = dialled();
    assert.deepEqual(bench.tell({ type: "callerGone" }), [
      "cancel 1",
      "settled caller_gone",
      "finished caller_gone",
    ]);
    assert.deepEqual(bench.tell({ type: "answered", dial: 1 }), ["hang up 1"]);
    assert.ok(bench.machine.idle);
  });

  test("the same while the next target rings already", () => {
    const bench = dialled({ targets: two });
    assert.deepEqual(bench.wait(45_000), ["cancel 1", "dial 2 ext:2"]);
    assert.deepEqual(bench.tell({ type: "answered", dial: 1 }), ["hang up 1"]);
    assert.deepEqual(bench.tell({ type: "answered", dial: 2 }), ["caller with person 2"]);
  });

  test("digits after the answer, then the notification, then the caller", () => {
    const digits = [{ waitSeconds: 2, digits: "12" }];
    const bench = dialled({ targets: [target("+15551230000,,12", { digits })], notification: "A call." });
    assert.deepEqual(bench.tell({ type: "answered", dial: 1 }), ["digits 12"]);
    assert.deepEqual(bench.tell({ type: "digitsSent", dial: 1 }), ["listen", 'say "A call."']);
    assert.deepEqual(bench.tell({ type: "announced", dial: 1 }), ["caller with person 1"]);
  });

  test("digits whose end is never told", () => {
    const digits = [{ waitSeconds: 2, digits: "12" }];
    const bench = dialled({ targets: [target("x", { digits })] });
    bench.tell({ type: "answered", dial: 1 });
    assert.deepEqual(bench.wait(2_000 + 800 + 4_999), []);
    assert.deepEqual(bench.wait(1), ["caller with person 1"]);
  });

  test("a notification is cut short by 1, and by nothing else", () => {
    const bench = dialled({ notification: "A long story." });
    bench.tell({ type: "answered", dial: 1 });
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "5" }), []);
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "1" }), ["caller with person 1"]);
  });

  test("a notification that never ends", () => {
    const bench = dialled({ notification: "A long story." });
    bench.tell({ type: "answered", dial: 1 });
    assert.deepEqual(bench.wait(60_000), ["caller with person 1"]);
  });

  test("a person who is gone while the caller is on his way", () => {
    const bench = dialled({ targets: two });
    bench.tell({ type: "answered", dial: 1 });
    assert.deepEqual(bench.tell({ type: "personGone", dial: 1, how: "hung-up" }), [
      "caller waits",
      "dial 2 ext:2",
    ]);
  });

  test("media that cannot be put together", () => {
    for (const fail of [
      (bench: MachineBench) => bench.tell({ type: "connectFailed", dial: 1, reason: "no worker" }),
      (bench: MachineBench) => bench.wait(5_000),
    ]) {
      const bench = dialled();
      bench.tell({ type: "answered", dial: 1 });
      assert.deepEqual(fail(bench), [
        "hang up 1",
        "caller with agent: failed",
        "settled failed",
        "finished failed",
      ]);
    }
  });

  test("hold on either side reaches the other, also where it began before", () => {
    const bench = dialled();
    assert.deepEqual(bench.tell({ type: "held", by: "caller", on: true }), []);
    bench.tell({ type: "answered", dial: 1 });
    assert.deepEqual(bench.tell({ type: "connected", dial: 1 }), ["settled connected", "person is held"]);
    assert.deepEqual(bench.tell({ type: "held", by: "caller", on: false }), ["person is held no more"]);
    assert.deepEqual(bench.tell({ type: "held", by: "person", on: true }), ["caller is held"]);
  });

  test("the caller who hangs up takes the person's call along", () => {
    const bench = talking();
    assert.deepEqual(bench.tell({ type: "callerGone" }), ["hang up 1", "finished connected"]);
    assert.deepEqual(bench.tell({ type: "personGone", dial: 1, how: "hung-up" }), []);
  });

  test("cancelled at each step", () => {
    assert.deepEqual(dialled().tell({ type: "cancel" }).slice(0, 2), [
      "cancel 1",
      "caller with agent: cancelled",
    ]);
    assert.deepEqual(asked().tell({ type: "cancel" }).slice(0, 2), [
      "hang up 1",
      "caller with agent: cancelled",
    ]);
    assert.deepEqual(talking().tell({ type: "cancel" }), [
      "hang up 1",
      "caller with agent: cancelled",
      "finished cancelled",
    ]);
  });
});

describe("consent", () => {
  test("1 takes the call", () => {
    const bench = dialled(byKey);
    assert.deepEqual(bench.tell({ type: "answered", dial: 1 }), ["listen", 'say "A call. Press 1."']);
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "1" }), ["caller with person 1"]);
    assert.deepEqual(bench.timers, ["connecting"]);
  });

  test("2 declines: the next is asked", () => {
    const bench = asked({ targets: two });
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "2" }), ["hang up 1", "dial 2 ext:2"]);
  });

  test("3 has the caller told; nobody else is asked", () => {
    const bench = asked({ targets: two });
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "3" }), [
      "hang up 1",
      "caller with agent: call_back_later",
      "settled call_back_later",
      "finished call_back_later",
    ]);
  });

  test("any other key has the choices said again, and so has silence", () => {
    const bench = asked();
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "9" }), ['say "Press 1."']);
    bench.tell({ type: "announced", dial: 1 });
    assert.deepEqual(bench.wait(6_000), ['say "Press 1."']);
  });

  test("not confirmed in time; 1 comes too late", () => {
    const bench = asked({ confirmSeconds: 5 });
    assert.deepEqual(bench.wait(5_000), [
      "hang up 1",
      "caller with agent: not_confirmed",
      "settled not_confirmed",
      "finished not_confirmed",
    ]);
    assert.deepEqual(bench.tell({ type: "key", dial: 1, key: "1" }), []);
  });

  test("the person hangs up instead", () => {
    const bench = asked();
    assert.equal(
      bench.tell({ type: "personGone", dial: 1, how: "hung-up" })[0],
      "caller with agent: dropped",
    );
  });

  test("by speech, the agent staying with the caller", () => {
    const options = {
      ...byKey,
      consent: { by: "speech", trigger: compileTrigger(null) },
      agentStays: true,
    } as const;
    const bench = new MachineBench(options);
    assert.deepEqual(bench.tell({ type: "start" }), ["dial 1 ext:1002"]);
    assert.deepEqual(bench.tell({ type: "answered", dial: 1 })[0], "listen, speech too");
    assert.deepEqual(bench.tell({ type: "speech", dial: 1, text: undefined }), []);
    assert.deepEqual(bench.tell({ type: "speech", dial: 1, text: "hello who is that" }), []);
    assert.deepEqual(bench.tell({ type: "speech", dial: 1, text: "Yes please" }), ["caller with person 1"]);
  });

  test("speech says no", () => {
    const bench = asked({ consent: { by: "speech", trigger: compileTrigger(null) } });
    assert.equal(bench.tell({ type: "speech", dial: 1, text: "no" })[1], "caller with agent: declined");
  });

  test("speech is no consent where a key is asked for", () => {
    assert.deepEqual(asked().tell({ type: "speech", dial: 1, text: "yes" }), []);
  });
});

describe("REFER", () => {
  const refer = {
    mode: "refer",
    targets: [target("+15551230000", { referTo: "sip:+15551230000@pbx" })],
  } as const;

  test("reported to the end: the caller's call is ended", () => {
    const bench = new MachineBench(refer);
    assert.deepEqual(bench.tell({ type: "start" }), ["caller waits", "refer sip:+15551230000@pbx"]);
    bench.tell({ type: "referProgress", status: 100 });
    bench.tell({ type: "referProgress", status: 180 });
    assert.deepEqual(bench.tell({ type: "referOutcome", kind: "reported", status: 200 }), [
      "hang up caller: handed_over",
      "settled handed_over",
      "finished handed_over",
    ]);
  });

  test("a busy target is busy: no call of ours", () => {
    const bench = dialled(refer);
    assert.equal(
      bench.tell({ type: "referOutcome", kind: "reported", status: 486 })[0],
      "caller with agent: busy",
    );
  });

  test("refused: a call of ours, or none where that is not allowed", () => {
    const refused = { type: "referOutcome", kind: "refused", status: 405 } as const;
    assert.deepEqual(dialled(refer).tell(refused), ["dial 1 +15551230000"]);
    const bench = dialled({ ...refer, referFallback: false });
    assert.equal(bench.tell(refused)[0], "caller with agent: rejected");
  });

  test("never reported: a call of ours; a late success ends that", () => {
    const bench = dialled(refer);
    assert.deepEqual(bench.wait(8_000), ["dial 1 +15551230000"]);
    assert.deepEqual(bench.tell({ type: "referOutcome", kind: "reported", status: 200 }), [
      "cancel 1",
      "hang up caller: handed_over",
      "settled handed_over",
      "finished handed_over",
    ]);
  });

  test("reports that stop half-way", () => {
    const bench = dialled(refer);
    bench.tell({ type: "referProgress", status: 180 });
    assert.deepEqual(bench.wait(44_999), []);
    assert.deepEqual(bench.wait(1), ["dial 1 +15551230000"]);
  });

  test("a phone that hangs up as soon as it goes there", () => {
    const bench = dialled(refer);
    bench.tell({ type: "referProgress", status: 100 });
    assert.deepEqual(bench.tell({ type: "callerGone" }), ["settled handed_over", "finished handed_over"]);
  });

  test("one that hangs up before it said anything is a caller who left", () => {
    assert.equal(dialled(refer).tell({ type: "callerGone" })[0], "settled caller_gone");
  });

  test("digits cannot be referred", () => {
    const digits = [{ waitSeconds: 1, digits: "1" }];
    const bench = new MachineBench({ ...refer, targets: [target("a", { referTo: "sip:a@b", digits })] });
    assert.equal(bench.tell({ type: "start" })[1], "dial 1 a");
  });

  describe("after consent: the two are joined without us", () => {
    const attended = { ...byKey, ...refer };
    function joining(): MachineBench {
      const bench = asked(attended);
      bench.tell({ type: "key", dial: 1, key: "1" });
      assert.deepEqual(bench.tell({ type: "connected", dial: 1 }), ["settled connected", "join 1"]);
      return bench;
    }

    test("done", () => {
      assert.deepEqual(joining().tell({ type: "referOutcome", kind: "reported", status: 200 }), [
        "hang up 1",
        "hang up caller: handed_over",
        "finished handed_over",
      ]);
    });

    test("the person's side was replaced first", () => {
      const bench = joining();
      assert.deepEqual(bench.tell({ type: "personGone", dial: 1, how: "hung-up" }), ["caller waits"]);
      assert.deepEqual(bench.tell({ type: "referOutcome", kind: "reported", status: 200 }), [
        "hang up caller: handed_over",
        "finished handed_over",
      ]);
    });

    test("the person only hung up", () => {
      const bench = joining();
      bench.tell({ type: "personGone", dial: 1, how: "hung-up" });
      assert.deepEqual(bench.wait(2_000), ["caller with agent: dropped", "finished dropped"]);
    });

    test("refused, or never reported: they go on through us", () => {
      const bench = joining();
      assert.deepEqual(bench.tell({ type: "referOutcome", kind: "refused", status: 501 }), []);
      bench.wait(20_000);
      assert.equal(
        bench.tell({ type: "personGone", dial: 1, how: "hung-up" })[0],
        "hang up caller: person_hung_up",
      );
      const silent = joining();
      assert.deepEqual(silent.wait(60_000), []);
      assert.ok(silent.machine.talking);
    });
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AgreedTimer,
  defaultSessionTimerPolicy,
  judgeTimer,
  SessionTimer,
  type SessionTimerPolicy,
  type TimerRequest,
} from "./session-timer.ts";

function timer(policy: Partial<SessionTimerPolicy> = {}): SessionTimer {
  return new SessionTimer({ ...defaultSessionTimerPolicy, ...policy });
}

/** Runs a timer on its own until nothing is due. @returns what it asked for, with seconds */
function run(machine: SessionTimer, until: number, on?: (what: string, now: number) => void): string[] {
  const log: string[] = [];
  for (;;) {
    const { next } = machine;
    if (next === undefined || next > until * 1000) return log;
    const action = machine.onTimer(next);
    log.push(`${next / 1000} ${action}`);
    if (action !== undefined) on?.(action, next);
  }
}

const asked: TimerRequest = { supported: true, expires: undefined, minSe: undefined };

describe("a session timer as the side that asks", () => {
  test("the first request names no refresher and no Min-SE (§7.1)", () => {
    assert.deepEqual(timer().request(), {
      expires: { interval: 1800, refresher: undefined },
      minSe: undefined,
    });
    for (const use of ["never", "when-asked"] as const) {
      assert.deepEqual(timer({ use }).request(), { expires: undefined, minSe: undefined });
    }
  });

  test("422: again with at least that Min-SE; what does not grow is a refusal (§7.3)", () => {
    const machine = timer({ interval: 50 });
    assert.equal(machine.tooSmall(3600), true);
    assert.deepEqual(machine.request(), { expires: { interval: 3600, refresher: undefined }, minSe: 3600 });
    assert.equal(machine.tooSmall(3600), false);
    assert.equal(machine.tooSmall(undefined), false);
    assert.equal(machine.tooSmall(4000), true);
    // Of several, the largest counts from now on (§7.4).
    machine.answered({ interval: 4000, refresher: "uac" }, 0);
    assert.deepEqual(machine.request(), { expires: { interval: 4000, refresher: "uac" }, minSe: 4000 });
  });

  test("as refresher: at half the interval, and again by each answer", () => {
    const machine = timer();
    machine.answered({ interval: 1800, refresher: "uac" }, 0);
    const refreshes = run(machine, 4000, (what, now) => {
      if (what === "refresh") machine.answered({ interval: 1800, refresher: "uac" }, now + 20);
    });
    assert.deepEqual(refreshes, ["900 refresh", "1800.02 refresh", "2700.04 refresh", "3600.06 refresh"]);
  });

  test("as refresher without an answer: over 32 s before the end", () => {
    const machine = timer();
    machine.answered({ interval: 1800, refresher: "uac" }, 0);
    assert.deepEqual(run(machine, 4000), ["900 refresh", "1768 expire"]);
    assert.equal(machine.interval, undefined);
  });

  test("a refused refresh is tried again in half of what is left, not for ever", () => {
    const machine = timer();
    machine.answered({ interval: 1800, refresher: "uac" }, 0);
    const log = run(machine, 4000, (what, now) => {
      if (what === "refresh") machine.refused(now);
    });
    assert.deepEqual(log, [
      "900 refresh",
      "1334 refresh",
      "1551 refresh",
      "1659.5 refresh",
      "1713.75 refresh",
      "1740.875 refresh",
      "1754.4375 refresh",
      "1761.21875 refresh",
      "1764.609375 refresh",
      "1768 expire",
    ]);
  });

  test("a refresh of the shortest interval is tried again, too, where a change was in its way and was refused", () => {
    const machine = timer();
    machine.answered({ interval: 90, refresher: "uac" }, 0);
    assert.deepEqual(run(machine, 46), ["45 refresh"]);
    machine.refused(48_000);
    assert.deepEqual(run(machine, 100), ["54 refresh", "60 expire"]);
  });

  test("a change that is refused before a refresh is due moves nothing", () => {
    const machine = timer();
    machine.answered({ interval: 1800, refresher: "uac" }, 0);
    machine.refused(100_000);
    assert.equal(machine.next, 900_000);
  });

  test("as the other side: over when no refresh came (§10: 32 s, or a third)", () => {
    const long = timer();
    long.answered({ interval: 1800, refresher: "uas" }, 0);
    assert.deepEqual(long.request().expires, { interval: 1800, refresher: "uas" });
    assert.deepEqual(run(long, 4000), ["1768 expire"]);
    const short = timer();
    short.answered({ interval: 90, refresher: "uas" }, 0);
    assert.deepEqual(run(short, 4000), ["60 expire"]);
  });

  test("an answer without Session-Expires turns the timer off (§7.2)", () => {
    const machine = timer();
    machine.answered({ interval: 1800, refresher: "uac" }, 0);
    machine.answered(undefined, 900_000);
    assert.deepEqual(run(machine, 10_000), []);
    assert.equal(machine.interval, undefined);
  });

  test("an answer that wants a refresh each second gets the shortest interval", () => {
    const machine = timer();
    machine.answered({ interval: 1, refresher: "uac" }, 0);
    assert.equal(machine.interval, 90);
    assert.equal(machine.next, 45_000);
  });

  test("an answer that does not say who refreshes leaves it to us", () => {
    const machine = timer();
    machine.answered({ interval: 1800, refresher: undefined }, 0);
    assert.equal(machine.isRefresher, true);
  });

  test("never: not even when the answer has one", () => {
    const machine = timer({ use: "never" });
    machine.answered({ interval: 1800, refresher: "uac" }, 0);
    assert.equal(machine.next, undefined);
  });
});

describe("a session timer as the side that answers", () => {
  const judged = (request: Partial<TimerRequest>, policy: Partial<SessionTimerPolicy> = {}) =>
    judgeTimer({ ...defaultSessionTimerPolicy, ...policy }, { ...asked, ...request });
  const expires = (interval: number, refresher?: "uac" | "uas") => ({ interval, refresher });

  test("table 2 of §9: who refreshes", () => {
    const of = (supported: boolean, refresher?: "uac" | "uas") => {
      const verdict = judged({ supported, expires: expires(1800, refresher) });
      assert.ok("require" in verdict);
      return [verdict.expires?.refresher, verdict.require];
    };
    assert.deepEqual(of(false), ["uas", false]);
    assert.deepEqual(of(true), ["uas", true]);
    assert.deepEqual(of(true, "uac"), ["uac", true]);
    assert.deepEqual(of(true, "uas"), ["uas", true]);
    // "NA" in the table: a proxy cannot speak for a caller that does not know of session timers.
    assert.deepEqual(of(false, "uac"), ["uas", false]);
  });

  test("422 below our minimum, but only to a side that understands it", () => {
    assert.deepEqual(judged({ expires: expires(60) }), { tooSmall: 90 });
    assert.deepEqual(judged({ expires: expires(300) }, { minimum: 600 }), { tooSmall: 600 });
    assert.deepEqual(judged({ expires: expires(300), supported: false }, { minimum: 600 }), {
      expires: { interval: 300, refresher: "uas" },
      require: false,
    });
  });

  test("a policy below 90 s counts as 90", () => {
    assert.deepEqual(judged({ expires: expires(60) }, { minimum: 10 }), { tooSmall: 90 });
  });

  test("a longer interval than ours is shortened, never below the request's Min-SE", () => {
    const interval = (request: Partial<TimerRequest>, policy: Partial<SessionTimerPolicy> = {}) => {
      const verdict = judged(request, policy);
      return "expires" in verdict ? verdict.expires?.interval : undefined;
    };
    assert.equal(interval({ expires: expires(7200) }), 1800);
    assert.equal(interval({ expires: expires(7200), minSe: 3600 }), 3600);
    assert.equal(interval({ expires: expires(600) }), 600);
    assert.equal(interval({ expires: expires(7200) }, { use: "when-asked" }), 7200);
  });

  test("the peer knows of session timers and asks for none: we ask, where we want one", () => {
    assert.deepEqual(judged({}), { expires: { interval: 1800, refresher: "uas" }, require: true });
    assert.deepEqual(judged({ minSe: 2400 }), {
      expires: { interval: 2400, refresher: "uas" },
      require: true,
    });
    assert.deepEqual(judged({}, { use: "when-asked" }), { expires: undefined, require: false });
    assert.deepEqual(judged({ supported: false }), { expires: undefined, require: false });
    assert.deepEqual(judged({ expires: expires(60) }, { use: "never" }), {
      expires: undefined,
      require: false,
    });
  });

  test("what is accepted runs, in the role that it names", () => {
    const of = (agreed: AgreedTimer | undefined) => {
      const machine = timer();
      machine.accepted(agreed, 120, 1000);
      return { next: machine.next, request: machine.request() };
    };
    assert.deepEqual(of({ interval: 1800, refresher: "uas" }), {
      next: 901_000,
      request: { expires: { interval: 1800, refresher: "uac" }, minSe: 120 },
    });
    assert.deepEqual(of({ interval: 1800, refresher: "uac" }), {
      next: 1_769_000,
      request: { expires: { interval: 1800, refresher: "uas" }, minSe: 120 },
    });
    assert.equal(of(undefined).next, undefined);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TargetHealth } from "./target-health.ts";

const target = { transport: "udp", address: "192.0.2.1", port: 5060 } as const;
const other = { ...target, port: 5070 };
const middle = () => 0.5;

function pauseOf(health: TargetHealth, now: number): number {
  const state = health.state(target, now);
  return state.state === "paused" ? state.until - now : 0;
}

describe("TargetHealth", () => {
  it("passes a failed target by, longer each time, up to a bound", () => {
    const health = new TargetHealth(middle, { firstPause: 5_000, maxPause: 60_000 });
    assert.equal(health.state(target, 0).state, "healthy");
    const pauses: number[] = [];
    let now = 0;
    for (let failure = 0; failure < 6; failure++) {
      assert.equal(health.take(target, now), true);
      health.failed(target, { reason: "no answer" }, now);
      pauses.push(pauseOf(health, now));
      assert.equal(health.take(target, now), false);
      now += pauseOf(health, now);
    }
    assert.deepEqual(pauses, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    assert.equal(health.state(other, 0).state, "healthy");
  });

  it("says whether the server asked for the pause, or it is our own caution", () => {
    const isAsked = (health: TargetHealth, now: number) => {
      const state = health.state(target, now);
      return state.state === "paused" && state.isAsked;
    };
    const health = new TargetHealth(middle, { firstPause: 5_000 });
    health.failed(target, { reason: "no answer" }, 0);
    assert.equal(isAsked(health, 1), false);
    // Another call that was on its way hears of it.
    health.failed(target, { reason: "503", retryAfter: 2 }, 10);
    assert.equal(isAsked(health, 2_009), true);
    assert.equal(isAsked(health, 2_010), false);
    assert.equal(health.state(target, 2_010).state, "paused");
    health.failed(other, { reason: "503", retryAfter: 60 }, 0);
    const state = health.state(other, 59_999);
    assert.deepEqual(state.state === "paused" && [state.until, state.isAsked], [60_000, true]);
  });

  it("spreads the pauses, so that not all come back at once", () => {
    for (const [value, pause] of [
      [0, 4_000],
      [0.5, 5_000],
      [1 - 2 ** -32, 6_000],
    ] as const) {
      const health = new TargetHealth(() => value, { firstPause: 5_000, jitter: 0.2 });
      health.failed(target, { reason: "x" }, 0);
      assert.equal(Math.round(pauseOf(health, 0)), pause);
    }
  });

  it("keeps to Retry-After, within a bound (RFC 3261 §21.5.4)", () => {
    const health = new TargetHealth(middle, { maxRetryAfter: 600_000 });
    health.failed(target, { reason: "503", retryAfter: 120 }, 0);
    assert.equal(pauseOf(health, 0), 120_000);
    health.failed(target, { reason: "503", retryAfter: 1e9 }, 200_000);
    assert.equal(pauseOf(health, 200_000), 600_000);
    const odd = new TargetHealth(middle);
    odd.failed(target, { reason: "503", retryAfter: Number.NaN }, 0);
    assert.equal(pauseOf(odd, 0), 5_000);
  });

  it("lets one request through after the pause, and the others when it came back", () => {
    const health = new TargetHealth(middle, { probeTimeout: 40_000 });
    health.failed(target, { reason: "no answer" }, 0);
    const state = health.state(target, 5_000);
    assert.deepEqual(state, { state: "probe", failures: 1, reason: "no answer" });
    assert.equal(health.take(target, 5_000), true);
    assert.equal(health.take(target, 5_001), false, "the probe is on its way");
    assert.equal(health.state(target, 5_001).state, "paused");
    health.succeeded(target);
    assert.equal(health.take(target, 5_002), true);
    assert.equal(health.take(target, 5_002), true);
    assert.equal(health.size, 0);
  });

  it("gives a probe up that nobody reported on", () => {
    const health = new TargetHealth(middle, { probeTimeout: 40_000 });
    health.failed(target, { reason: "x" }, 0);
    assert.equal(health.take(target, 5_000), true);
    assert.equal(health.take(target, 44_999), false);
    assert.equal(health.take(target, 45_000), true);
  });

  it("counts calls that fail together as one failure", () => {
    const health = new TargetHealth(middle);
    for (let call = 0; call < 20; call++) health.failed(target, { reason: "x" }, call);
    assert.equal(pauseOf(health, 20), 5_000 - 20);
    // Begun before the first failed, over after its pause: nothing new.
    health.failed(target, { reason: "x", startedAt: -10_000 }, 6_000);
    assert.equal(health.state(target, 6_000).state, "probe");
    health.failed(target, { reason: "503", retryAfter: 60, startedAt: -10_000 }, 6_000);
    assert.equal(pauseOf(health, 6_000), 60_000, "but what the server asks for counts");
  });

  it("begins anew when the target was in order for long", () => {
    const health = new TargetHealth(middle, { firstPause: 5_000, maxPause: 60_000 });
    health.failed(target, { reason: "x" }, 0);
    health.failed(target, { reason: "x" }, 5_000);
    assert.equal(pauseOf(health, 5_000), 10_000);
    health.failed(target, { reason: "x" }, 15_000 + 60_000);
    assert.equal(pauseOf(health, 75_000), 5_000);
  });

  it("never grows over its bound", () => {
    const health = new TargetHealth(middle, { maxEntries: 10 });
    for (let port = 1; port <= 1_000; port++) health.failed({ ...target, port }, { reason: "x" }, port);
    assert.equal(health.size, 10);
    assert.equal(health.state({ ...target, port: 1_000 }, 1_000).state, "paused");
    assert.equal(health.state({ ...target, port: 1 }, 1_000).state, "healthy");
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type InviteOptions,
  type LegEnded,
  type LocatedTarget,
  type LocateResult,
  type OutgoingCall,
  type SendTarget,
  TargetHealth,
} from "@ringdown/sip";
import { AppError } from "../../errors.ts";
import { settled, VirtualClock } from "../../registrations/registration-test-kit.ts";
import type { Agent } from "../../store/records.ts";
import type { Dial, DialFailure, DialRequest } from "../dial-port.ts";
import type { DialPlan, Way } from "./dial-plan.ts";
import { createDialer, type DialLimits } from "./dialer.ts";

/** An INVITE, and what the far side does with it. */
class Leg {
  readonly invite: InviteOptions;
  onProgress: OutgoingCall["onProgress"];
  onAnswered: OutgoingCall["onAnswered"];
  onEnded: OutgoingCall["onEnded"];
  readonly hungUp: (string | undefined)[] = [];

  constructor(invite: InviteOptions) {
    this.invite = invite;
  }
  get to(): string {
    return this.invite.target?.address ?? "";
  }
  hangUp({ reason }: { reason?: string } = {}): void {
    this.hungUp.push(reason);
  }
  ends(status: number, phrase = "Said", more: Partial<LegEnded> = {}): void {
    this.onEnded?.({ by: "remote", cause: "rejected", status, reason: phrase, ...more });
  }
  fails(cause: LegEnded["cause"]): void {
    this.onEnded?.({ by: "local", cause });
  }
  rings(status = 180, sdp?: string): void {
    this.onProgress?.(status, sdp, { id: "one" } as never);
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly health = new TargetHealth(() => 0.5, { jitter: 0 });
  readonly legs: Leg[] = [];
  readonly told: string[] = [];
  readonly offers: string[] = [];
  readonly errors: unknown[] = [];
  readonly internal: string[] = [];
  failure: DialFailure | undefined;
  plan: DialPlan | Error;
  places: Record<string, readonly string[] | Error>;
  /** What each of these waits for. */
  waits: { plan?: Promise<void>; locate?: Promise<void>; offer?: Promise<void> } = {};

  constructor(ways: readonly Way[], places: World["places"] = {}) {
    this.plan =
      ways[0] === undefined
        ? { ways: [], reason: "There is no way." }
        : { ways: [ways[0], ...ways.slice(1)] };
    this.places = places;
  }

  async dial(request: Partial<DialRequest> = {}, limits: Partial<DialLimits> = {}): Promise<Dial> {
    const { clock } = this;
    const dialer = createDialer({
      plan: async () => {
        await this.waits.plan;
        if (this.plan instanceof Error) throw this.plan;
        return this.plan;
      },
      locate: async (uri) => {
        await this.waits.locate;
        return this.#locate(uri);
      },
      health: this.health,
      invite: (invite) => {
        this.legs.push(new Leg(invite));
        return this.legs.at(-1) as unknown as OutgoingCall;
      },
      openInternal: (agentId) =>
        agentId === "agt_none"
          ? undefined
          : {
              target: { transport: "udp", address: "127.0.0.1", port: 5060 },
              requestUri: `sip:token-${agentId}@127.0.0.1`,
              close: () => void this.internal.push(agentId),
            },
      addressTowards: ({ address }) => (address.startsWith("10.") ? "10.0.0.9" : "192.0.2.9"),
      now: () => clock.now,
      after: (ms, action) => clock.after(ms, action),
      onError: (error) => this.errors.push(error),
      limits,
    });
    const dial = dialer.dial(
      {
        ...{ organizationId: "org_1", agent: {} as Agent, ringSeconds: 30 },
        destination: { kind: "number", number: "+15125550123" },
        offer: async (target: SendTarget) => {
          await this.waits.offer;
          return `sdp ${this.offers.push(target.address)}`;
        },
        ...request,
      },
      {
        onAttempt: ({ way, target }) => this.told.push(`${way} ${target}`),
        onAttemptFailed: ({ status, reason }) => this.told.push(`failed ${status} ${reason}`),
        onProgress: (status) => this.told.push(`progress ${status}`),
        onAnswered: (_leg, sdp) => this.told.push(`answered ${sdp}`),
        onFailed: (failure) => {
          assert.equal(this.failure, undefined, "told once");
          this.failure = failure;
        },
      },
    );
    await settled();
    return dial;
  }

  #locate(uri: string): LocateResult {
    const found = this.places[uri] ?? [];
    if (found instanceof Error) throw found;
    const targets = found.map(
      (address): LocatedTarget => ({ transport: "udp", address, port: 5060 }) as LocatedTarget,
    );
    const failure = targets.length > 0 ? {} : { failure: { sentence: `Nothing is at ${uri}.` } };
    return { targets, skipped: [], trace: [], ...failure } as unknown as LocateResult;
  }

  /** The leg that rings now, or the n-th one. */
  leg(index = this.legs.length - 1): Leg {
    const leg = this.legs[index];
    assert.ok(leg, `no INVITE ${index}`);
    return leg;
  }

  get outcome(): [string | undefined, number | undefined] {
    return [this.failure?.outcome, this.failure?.status];
  }
}

const way = (name: string, hop: Way["hop"] = { locate: `sip:${name}` }): Way => ({
  ...{ name: `route ${name}`, kind: "route", requestUri: `sip:x@${name}`, to: `<sip:x@${name}>` },
  ...{ from: "<sip:us@here>", headers: [["P-Asserted-Identity", "<sip:us@here>"]], hop },
});
const two = () =>
  new World([way("a"), way("b")], { "sip:a": ["192.0.2.1", "192.0.2.2"], "sip:b": ["192.0.2.3"] });

describe("target by target, way by way", () => {
  for (const status of [408, 500, 502, 503, 504]) {
    test(`${status} leads on`, async () => {
      const world = two();
      await world.dial();
      for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
        assert.equal(world.leg().to, address);
        world.leg().ends(status);
        await settled();
      }
      assert.equal(world.legs.length, 3);
      assert.deepEqual(world.outcome, ["unreachable", status]);
      assert.equal(world.failure?.attempts.length, 3);
    });
  }

  for (const cause of ["timeout", "transport-error"] as const) {
    test(`${cause} leads on`, async () => {
      const world = two();
      await world.dial();
      world.leg().fails(cause);
      await settled();
      assert.equal(world.leg().to, "192.0.2.2");
    });
  }

  for (const [status, outcome] of [
    [302, "failed"],
    [401, "rejected"],
    [403, "rejected"],
    [404, "not_found"],
    [410, "not_found"],
    [480, "no_answer"],
    [484, "not_found"],
    [486, "busy"],
    [487, "failed"],
    [488, "rejected"],
    [501, "failed"],
    [513, "failed"],
    [600, "busy"],
    [603, "declined"],
    [604, "not_found"],
    [606, "rejected"],
    [607, "declined"],
  ] as const) {
    test(`${status} is final: ${outcome}`, async () => {
      const world = two();
      await world.dial();
      world.leg().ends(status);
      await settled();
      assert.equal(world.legs.length, 1);
      assert.deepEqual(world.outcome, [outcome, status]);
      assert.match(world.failure?.reason ?? "", new RegExp(`${status} Said`));
    });
  }

  test("what cannot be located is passed over, and said", async () => {
    const world = two();
    world.places["sip:a"] = new Error("no such name");
    await world.dial();
    assert.equal(world.leg().to, "192.0.2.3");
    assert.deepEqual(world.told, ["failed 0 no such name", "route b udp:192.0.2.3:5060"]);
  });

  test("the offer is made again only where our address is another", async () => {
    const world = two();
    world.places["sip:a"] = ["192.0.2.1", "10.0.0.1", "10.0.0.2"];
    await world.dial();
    for (const address of ["10.0.0.1", "10.0.0.2", "192.0.2.3"]) {
      world.leg().ends(503);
      await settled();
      assert.equal(world.leg().to, address);
    }
    assert.deepEqual(world.offers, ["192.0.2.1", "10.0.0.1", "192.0.2.3"]);
    assert.deepEqual(
      world.legs.map(({ invite }) => invite.sdp),
      ["sdp 1", "sdp 2", "sdp 2", "sdp 3"],
    );
  });

  test("each INVITE waits for its first response no longer than the limit, a connection neither", async () => {
    const world = two();
    await world.dial(
      { headers: [["Diversion", "<sip:d@here>"]], maxForwards: 5 },
      { responseTimeout: 1_500 },
    );
    const { invite } = world.leg();
    assert.deepEqual(
      [invite.responseTimeout, invite.target?.connectWithinMs, invite.maxForwards],
      [1_500, 1_500, 5],
    );
    assert.deepEqual(invite.headers, [
      ["P-Asserted-Identity", "<sip:us@here>"],
      ["Diversion", "<sip:d@here>"],
    ]);
  });

  test("tries and time are bounded", async () => {
    const many = Array.from({ length: 40 }, (_, index) => `192.0.2.${index + 1}`);
    const world = new World([way("a")], { "sip:a": many });
    await world.dial({}, { attempts: 3 });
    for (let i = 0; i < 3; i++) {
      world.leg().ends(503);
      await settled();
    }
    assert.equal(world.legs.length, 3);
    assert.equal(world.failure?.outcome, "unreachable");
    const slow = new World([way("a")], { "sip:a": many });
    await slow.dial({}, { setup: 10_000 });
    for (let i = 0; i < 3; i++) {
      await slow.clock.pass(4_000);
      slow.leg().fails("timeout");
      await settled();
    }
    assert.equal(slow.legs.length, 3);
  });
});

describe("ringing", () => {
  test("counts from the first 18x; then nobody answered, and it is cancelled", async () => {
    const world = two();
    await world.dial({ ringSeconds: 30 });
    await world.clock.pass(20_000);
    world.leg().rings();
    await world.clock.pass(29_000);
    world.leg().rings(183, "early");
    assert.equal(world.failure, undefined);
    await world.clock.pass(1_000);
    assert.deepEqual(world.outcome, ["no_answer", 0]);
    assert.deepEqual(world.leg().hungUp, ["Nobody answered"]);
    assert.equal(world.clock.timers, 0);
  });

  test("without any 18x from the INVITE on", async () => {
    const world = two();
    await world.dial({ ringSeconds: 30 });
    await world.clock.pass(30_000);
    assert.deepEqual(world.outcome, ["no_answer", 0]);
  });

  test("a target that rang and then has no answer is final", async () => {
    for (const end of [(leg: Leg) => leg.ends(408), (leg: Leg) => leg.fails("timeout")]) {
      const world = two();
      await world.dial();
      world.leg().rings();
      end(world.leg());
      await settled();
      assert.deepEqual(world.outcome, ["no_answer", 408]);
      assert.equal(world.legs.length, 1);
    }
  });

  test("the answer ends the dial: nothing of the leg is its any more", async () => {
    const world = two();
    const dial = await world.dial();
    world.leg().rings();
    world.leg().onAnswered?.("final", undefined as never);
    assert.deepEqual(world.told, ["route a udp:192.0.2.1:5060", "progress 180", "answered final"]);
    assert.equal(world.leg().onEnded, undefined);
    assert.equal(world.clock.timers, 0);
    dial.cancel();
    assert.deepEqual(world.leg().hungUp, []);
    assert.equal(world.failure, undefined);
  });
});

describe("cancelled", () => {
  test("while it rings", async () => {
    const world = two();
    const dial = await world.dial();
    world.leg().rings();
    dial.cancel("The caller is gone.");
    assert.deepEqual(world.outcome, ["cancelled", 0]);
    assert.deepEqual(world.leg().hungUp, ["The caller is gone."]);
    assert.equal(world.clock.timers, 0);
    dial.cancel();
  });

  for (const during of ["plan", "locate", "offer"] as const) {
    test(`before the first INVITE, while it waits for the ${during}: none is sent`, async () => {
      const gate = Promise.withResolvers<void>();
      const world = two();
      world.waits = { [during]: gate.promise };
      const dial = await world.dial();
      dial.cancel();
      gate.resolve();
      await settled();
      assert.deepEqual(world.outcome, ["cancelled", 0]);
      assert.equal(world.legs.length, 0);
    });
  }

  test("inside of what it tells", async () => {
    const world = two();
    const dial = await world.dial();
    world.told.push = () => {
      dial.cancel();
      return 0;
    };
    world.leg().ends(503);
    await settled();
    assert.equal(world.legs.length, 1);
    assert.equal(world.failure?.outcome, "cancelled");
  });
});

describe("targets that failed before", () => {
  test("are passed by, and tried where nothing else is left", async () => {
    const world = new World([way("a")], { "sip:a": ["192.0.2.1", "192.0.2.2"] });
    await world.dial();
    world.leg().fails("timeout");
    await settled();
    world.leg().ends(486);
    await settled();
    const next = new World([way("a")], world.places);
    Object.assign(next, { health: world.health });
    await next.dial();
    assert.equal(next.leg().to, "192.0.2.2");
    next.leg().ends(503);
    await settled();
    assert.equal(next.leg().to, "192.0.2.1");
    next.leg().ends(486);
    assert.equal(next.failure?.outcome, "busy");
  });

  test("one that asked to be left alone is", async () => {
    const world = new World([way("a")], { "sip:a": ["192.0.2.1"] });
    await world.dial();
    world.leg().ends(503, "Busy", { retryAfter: 60 });
    await settled();
    const next = new World([way("a")], world.places);
    Object.assign(next, { health: world.health });
    await next.dial();
    assert.equal(next.legs.length, 0);
    assert.match(next.failure?.reason ?? "", /passed by for 60 s: 503 Busy/);
  });
});

describe("what goes wrong on our side", () => {
  test("no way: the plan's own words", async () => {
    const world = new World([]);
    await world.dial();
    assert.deepEqual([world.failure?.outcome, world.failure?.reason], ["no_route", "There is no way."]);
  });

  test("an error that is known is said, a fault of ours is logged", async () => {
    const known = two();
    known.plan = new AppError("validation_failed", "The caller ID is no number.");
    await known.dial();
    assert.equal(known.failure?.reason, "The caller ID is no number.");
    assert.deepEqual(known.errors, []);
    const fault = two();
    fault.plan = new TypeError("x is undefined");
    await fault.dial();
    assert.deepEqual(
      [fault.failure?.outcome, fault.failure?.reason],
      ["failed", "The call failed inside Ringdown."],
    );
    assert.equal(fault.errors.length, 1);
  });

  test("a route whose password cannot be read is passed over", async () => {
    const unreadable = new AppError("secret_unreadable", "The key is another.");
    const locked: Way = {
      ...way("a"),
      credentials: () => {
        throw unreadable;
      },
    };
    const world = new World([locked, way("b")], { "sip:a": ["192.0.2.1"], "sip:b": ["192.0.2.3"] });
    await world.dial();
    assert.equal(world.leg().to, "192.0.2.3");
    assert.equal(world.told[0], "failed 0 The key is another");
  });
});

test("an agent's line is open for one INVITE, and no news of a target's health", async () => {
  const internal: Way = { ...way("here", { agentId: "agt_2" }), name: "internal", kind: "internal" };
  const world = new World([internal]);
  await world.dial();
  assert.equal(world.leg().invite.requestUri, "sip:token-agt_2@127.0.0.1");
  assert.deepEqual(world.internal, []);
  world.leg().rings();
  assert.deepEqual(world.internal, ["agt_2"]);
  world.leg().ends(503);
  await settled();
  assert.equal(world.failure?.outcome, "unreachable");
  assert.equal(
    world.health.state({ transport: "udp", address: "127.0.0.1", port: 5060 }, 0).state,
    "healthy",
  );
  const none = new World([{ ...internal, hop: { agentId: "agt_none" } }]);
  await none.dial();
  assert.match(none.failure?.reason ?? "", /UDP or TCP listener/);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SendTarget } from "../environment.ts";
import type { SipRequest } from "../message/message.ts";
import { seededRandom } from "../simulation/random.ts";
import { FakeRegistrar, Harness, minute, target } from "./registration-test-kit.ts";
import type { RegistrationConfig } from "./registration-types.ts";

const hour = 60 * minute;

function started(registrar: FakeRegistrar, config: Partial<RegistrationConfig> = {}, seed = 1) {
  const harness = new Harness(registrar, { keepAlive: "none", ...config }, seed);
  harness.do({ type: "start" });
  return harness;
}

function always(registrar: FakeRegistrar, status: number, headers: [string, string][] = []): void {
  registrar.moods = Array.from(
    { length: 1_000 },
    () => (request: SipRequest) => registrar.reply(request, status, headers),
  );
}

const far: SendTarget = { transport: "udp", address: "192.0.2.2", port: 5060 };

describe("Registration: a refused account", () => {
  it("is tried twice, then every ten minutes or more, for a wrong password", () => {
    const registrar = new FakeRegistrar();
    registrar.password = "changed";
    const harness = started(registrar);
    harness.run(minute + 1_000);
    assert.equal(registrar.faults.filter((fault) => fault === "wrong_password").length, 2);
    assert.equal(harness.sent.length, 4);
    assert.equal(harness.state.state, "rejected");
    assert.equal(harness.state.fault, "wrong_password");
    assert.equal(harness.state.lastCode, 401);
    const at = harness.sent.at(-1)?.at ?? 0;
    const wait = (harness.state.nextAttemptAt ?? 0) - at;
    assert.ok(wait >= 600_000 && wait <= 750_100, `${wait}`);
    harness.run(24 * hour);
    const attempts = registrar.faults.filter((fault) => fault === "wrong_password").length;
    assert.ok(attempts <= 2 + 24 * 6 && attempts >= 24 * 4, `${attempts}`);
  });

  it("is tried at once when the password is changed, here or there", () => {
    const registrar = new FakeRegistrar();
    registrar.password = "changed";
    const harness = started(registrar);
    harness.run(5 * minute);
    harness.password = "changed";
    harness.do({ type: "configure", changes: {} });
    harness.run(5 * minute + 1_000);
    assert.equal(harness.state.state, "registered");
    // The PBX changes it under our feet: the refresh is refused, and twice is enough again.
    registrar.password = "again";
    harness.run(30 * minute);
    assert.equal(harness.state.state, "rejected");
    registrar.password = "changed";
    harness.run(50 * minute);
    assert.equal(harness.state.state, "registered");
  });

  it("is tried at once when the password is changed while the old one is under way", () => {
    const registrar = new FakeRegistrar();
    registrar.password = "changed";
    const harness = started(registrar);
    while (harness.sent.at(-1)?.request.headers.get("Authorization") === undefined)
      harness.run(harness.now + 1);
    harness.password = "changed";
    harness.do({ type: "configure", changes: {} });
    harness.run(1_000);
    assert.equal(harness.state.state, "registered");
    assert.equal(registrar.faults.filter((fault) => fault === "wrong_password").length, 1);
  });

  it("looks for the new proxy when that is changed while the old one is looked for", () => {
    const harness = started(new FakeRegistrar());
    harness.do({ type: "configure", changes: { proxy: "sip:edge.example.org" } });
    assert.equal(harness.resolved.at(-1), "sip:edge.example.org");
    harness.run(1_000);
    assert.equal(harness.state.state, "registered");
    assert.equal(harness.count(), 2);
  });

  it("is treated alike when the answer is 403", () => {
    const registrar = new FakeRegistrar();
    always(registrar, 403);
    const harness = started(registrar);
    harness.run(hour);
    assert.equal(harness.state.fault, "forbidden");
    assert.ok(harness.sent.length <= 2 + 6, `${harness.sent.length}`);
  });

  it("is not hammered where we have no credentials, or cannot do what is asked", () => {
    const harness = started(new FakeRegistrar(), { credentials: () => undefined });
    harness.run(9 * minute);
    assert.equal(harness.sent.length, 1);
    assert.equal(harness.state.fault, "no_credentials");
    const registrar = new FakeRegistrar();
    always(registrar, 401, [["WWW-Authenticate", 'Digest realm="x", nonce="y", algorithm=AKAv1-MD5']]);
    const other = started(registrar);
    other.run(9 * minute);
    assert.equal(other.sent.length, 1);
    assert.equal(other.state.fault, "unsupported_challenge");
  });

  it("does not count stale nonces as wrong passwords, nor ask for ever where all are stale", () => {
    const registrar = new FakeRegistrar({ nonceLifetime: 1 });
    const harness = started(registrar);
    harness.run(hour);
    assert.ok(registrar.faults.every((fault) => fault === "stale" || fault === "missing"));
    assert.equal(harness.state.fault, "too_many_challenges");
    assert.ok(harness.sent.length <= 8 * 6, `${harness.sent.length}`);
  });

  it("answers a registrar that has restarted, and knows neither nonce nor binding", () => {
    const registrar = new FakeRegistrar();
    const harness = started(registrar, { expires: 300 });
    harness.run(minute);
    registrar.restart();
    harness.run(6 * minute);
    assert.equal(harness.state.state, "registered");
    assert.equal(registrar.bindings.size, 1);
    assert.ok(harness.states.every(({ state }) => state === "registering" || state === "registered"));
  });
});

describe("Registration: a registrar in trouble", () => {
  it("is tried again after growing pauses, half of each chance, and found when it is back", () => {
    const registrar = new FakeRegistrar();
    registrar.isUp = false;
    const harness = started(registrar);
    harness.run(12 * hour);
    const pauses = harness.sent.slice(1).map(({ at }, n) => at - (harness.sent[n]?.at ?? 0) - 32_010);
    for (const [n, pause] of pauses.entries()) {
      const longest = Math.min(1_800_000, 30_000 * 2 ** (n + 1));
      assert.ok(pause >= longest / 2 - 1 && pause <= longest + 1, `${n}: ${pause}`);
    }
    assert.equal(harness.state.state, "unreachable");
    assert.equal(harness.state.fault, "no_answer");
    assert.equal(harness.state.lastCode, undefined);
    registrar.isUp = true;
    harness.run(12 * hour + 40 * minute);
    assert.equal(harness.state.state, "registered");
    assert.equal(harness.state.fault, undefined);
  });

  it("loses an answer: the refresh is repeated in time, the binding never ends", () => {
    const registrar = new FakeRegistrar();
    const harness = started(registrar, { expires: 600 });
    harness.run(minute);
    registrar.moods = [() => "lost"];
    let gap = 0;
    for (let time = minute; time < hour; time += 1_000) {
      harness.run(time);
      if (![...registrar.bindings.values()].some((until) => until > time)) gap++;
    }
    assert.equal(gap, 0);
    assert.equal(harness.state.state, "registered");
  });

  it("is left for the next of its targets, and all are looked up again later", () => {
    const registrar = new FakeRegistrar();
    const harness = new Harness(registrar, { keepAlive: "none" });
    harness.targets = [target, far];
    harness.route = (request, { address }) =>
      address === target.address ? "broken" : registrar.answer(request, harness.now);
    harness.do({ type: "start" });
    harness.run(1_000);
    assert.equal(harness.state.state, "registered");
    assert.deepEqual(harness.state.target, far);
    assert.equal(harness.resolved.length, 1);
    harness.route = (request, { address }) =>
      address === far.address ? "lost" : registrar.answer(request, harness.now);
    harness.run(20 * minute);
    assert.deepEqual(harness.state.target, target);
    assert.equal(harness.resolved.length, 2);
    assert.equal(harness.state.state, "registered");
  });

  it("cannot be sent to: that is said as the transport said it, until something else is known", () => {
    const registrar = new FakeRegistrar();
    const harness = new Harness(registrar, { keepAlive: "none" });
    harness.route = () => "broken";
    harness.do({ type: "start" });
    harness.run(1_000);
    assert.deepEqual(
      [harness.state.fault, harness.state.lastError],
      ["connection_failed", "The wire is cut."],
    );
    harness.route = (request) => registrar.answer(request, harness.now);
    harness.run(5 * minute);
    assert.deepEqual([harness.state.state, harness.state.lastError], ["registered", undefined]);
  });

  it("has no address: that is said, and looked up again", () => {
    const harness = new Harness(new FakeRegistrar(), { keepAlive: "none" });
    harness.targets = [];
    harness.do({ type: "start" });
    harness.run(1_000);
    assert.equal(harness.state.state, "unreachable");
    assert.equal(harness.state.fault, "no_address");
    harness.targets = [target];
    harness.run(2 * minute);
    assert.equal(harness.state.state, "registered");
  });

  it("says when it can be asked again (503, 404, 302 without a Contact), and is not asked before", () => {
    for (const [status, state] of [
      [503, "unreachable"],
      [500, "unreachable"],
      [404, "rejected"],
      [302, "rejected"],
    ] as const) {
      const registrar = new FakeRegistrar();
      registrar.moods = [
        (request) => registrar.reply(request, status, [["Retry-After", "900 (tea);duration=3"]]),
      ];
      const harness = started(registrar);
      harness.run(15 * minute);
      assert.equal(harness.sent.length, 1, String(status));
      assert.equal(harness.state.state, state);
      assert.equal(harness.state.lastCode, status);
      harness.run(20 * minute);
      assert.equal(harness.state.state, "registered");
    }
  });

  it("says so of one target alone: the other is asked at once", () => {
    const registrar = new FakeRegistrar();
    const harness = new Harness(registrar, { keepAlive: "none" });
    harness.targets = [target, far];
    harness.route = (request, { address }) =>
      address === target.address ? registrar.reply(request, 503, [["Retry-After", "1800"]]) : "broken";
    harness.do({ type: "start" });
    harness.run(25 * minute);
    assert.equal(harness.sent.filter((one) => one.target.address === target.address).length, 1);
    assert.ok(harness.sent.length >= 4);
  });

  it("redirects: followed three times, without our user or password, and never in a circle", () => {
    const registrar = new FakeRegistrar();
    registrar.moods = [
      (request) =>
        registrar.reply(request, 302, [
          ["Contact", "<sip:x:y@new.example.org:5070;transport=tcp?Subject=z>"],
        ]),
    ];
    const harness = started(registrar);
    harness.run(1_000);
    assert.deepEqual(harness.resolved, ["sip:example.org", "sip:new.example.org:5070;transport=tcp"]);
    assert.equal(harness.sent[1]?.request.uriText, "sip:new.example.org:5070;transport=tcp");
    assert.equal(harness.state.state, "registered");
    const circle = new FakeRegistrar();
    always(circle, 301, [["Contact", "<sip:example.org>"]]);
    const lost = started(circle);
    lost.run(10_000);
    assert.equal(lost.sent.length, 4);
    assert.equal(lost.state.fault, "redirected_nowhere");
  });

  it("asks for longer and longer lives: that is not followed for ever", () => {
    const registrar = new FakeRegistrar();
    let least = 600;
    registrar.moods = Array.from({ length: 1_000 }, () => (request: SipRequest) => {
      least++;
      return registrar.reply(request, 423, [["Min-Expires", String(least)]]);
    });
    const harness = started(registrar);
    harness.run(10_000);
    assert.equal(harness.sent.length, 3);
    assert.equal(harness.state.fault, "interval_too_brief");
  });

  it("removes our binding with its 200, or grants next to nothing: it is not asked more than once a second", () => {
    const registrar = new FakeRegistrar();
    always(registrar, 200, [["Contact", "<sip:u-7f3a9c@10.0.0.7:5060>;expires=0"]]);
    const removed = started(registrar);
    removed.run(10_000);
    assert.equal(removed.state.fault, "binding_removed");
    assert.equal(removed.sent.length, 1);
    always(registrar, 200, [["Contact", "<sip:u-7f3a9c@10.0.0.7:5060>;expires=1"]]);
    const brief = started(registrar);
    brief.run(10_000);
    assert.ok(brief.sent.length <= 10, `${brief.sent.length}`);
  });

  it("does not send 1,000 machines as one: neither at first, nor after an outage", () => {
    const perSecond = new Map<number, number>();
    const returns = new Map<number, number>();
    for (let seed = 1; seed <= 1_000; seed++) {
      const registrar = new FakeRegistrar();
      const harness = started(registrar, { startSpread: minute, expires: 3_600 }, seed);
      harness.run(2 * minute);
      registrar.isUp = false;
      harness.do({ type: "flow-failed" });
      harness.run(15 * minute);
      for (const { at } of harness.sent) {
        const counts = at < 2 * minute ? perSecond : returns;
        // The loss itself is noticed by all at once, and so is what follows it at once.
        if (at >= 2 * minute && at < 2 * minute + 1_000) continue;
        const second = Math.floor(at / 1_000);
        counts.set(second, (counts.get(second) ?? 0) + 1);
      }
    }
    assert.ok(Math.max(...perSecond.values()) < 80, `${Math.max(...perSecond.values())}`);
    assert.ok(Math.max(...returns.values()) < 80, `${Math.max(...returns.values())}`);
    assert.ok(returns.size > 300);
  });
});

describe("Registration: a lost flow", () => {
  it("is made good at once, but not for ever where each new one is lost again", () => {
    const registrar = new FakeRegistrar();
    const harness = started(registrar, { expires: 3_600 });
    harness.run(5 * minute);
    const before = harness.sent.length;
    harness.do({ type: "flow-failed" });
    harness.run(5 * minute + 1_000);
    assert.ok(harness.sent.length > before);
    assert.equal(harness.state.state, "registered");
    const flapping = started(registrar, { expires: 3_600 }, 2);
    for (let time = 1_000; time < hour; time += 1_000) {
      flapping.run(time);
      flapping.do({ type: "flow-failed" });
    }
    assert.ok(flapping.sent.length < 30, `${flapping.sent.length}`);
  });

  it("is no news while something is under way, or before anything was", () => {
    const registrar = new FakeRegistrar();
    const harness = new Harness(registrar);
    harness.do({ type: "flow-failed" });
    harness.do({ type: "start" });
    harness.do({ type: "flow-failed" });
    harness.run(1_000);
    assert.equal(harness.state.state, "registered");
    assert.equal(harness.sent.length, 2);
  });
});

describe("Registration: whatever comes", () => {
  it("never stops trying, never sends two at a time, never more than a bounded number", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed * 7);
      const registrar = new FakeRegistrar();
      const harness = new Harness(registrar, { expires: 300 }, seed);
      const statuses = [200, 301, 401, 403, 404, 407, 423, 439, 480, 486, 500, 503, 600];
      harness.route = (request) => {
        const dice = random();
        if (dice < 0.15) return "lost";
        if (dice < 0.3) return "broken";
        if (dice < 0.6) {
          const headers: [string, string][] = [
            ["Min-Expires", String(Math.floor(random() * 2_000))],
            ["Contact", random() < 0.5 ? "<sip:example.org>" : "<sip:u-7f3a9c@10.0.0.7:5060>;expires=60"],
            ["Retry-After", String(Math.floor(random() * 100))],
            ["WWW-Authenticate", `Digest realm="r", nonce="${Math.floor(random() * 9)}", stale=true`],
          ];
          return registrar.reply(request, statuses[Math.floor(random() * statuses.length)] ?? 500, headers);
        }
        return registrar.answer(request, harness.now);
      };
      harness.do({ type: "start" });
      for (let n = 0; n < 60; n++) {
        harness.run(harness.now + random() * 10 * minute);
        const dice = random();
        if (dice < 0.1) harness.do({ type: "flow-failed" });
        else if (dice < 0.15) harness.do({ type: "stop" });
        else if (dice < 0.3) harness.do({ type: "start" });
        else if (dice < 0.35)
          harness.do({ type: "configure", changes: { expires: 60 + Math.floor(random() * 600) } });
      }
      assert.ok(harness.sent.length < 1_200, `seed ${seed}: ${harness.sent.length}`);
      // In the end all is well again.
      harness.route = (request) => registrar.answer(request, harness.now);
      harness.do({ type: "start" });
      harness.run(harness.now + 3 * hour);
      assert.equal(harness.state.state, "registered", `seed ${seed}`);
      harness.do({ type: "stop" });
      harness.run(harness.now + hour);
      assert.equal(harness.state.state, "unregistered", `seed ${seed}`);
      assert.equal(registrar.bindings.size, 0, `seed ${seed}`);
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SendTarget } from "../environment.ts";
import { contacts, from } from "../message/message.ts";
import { FakeRegistrar, Harness, minute, own, target } from "./registration-test-kit.ts";
import type { RegistrationConfig } from "./registration-types.ts";

const hour = 60 * minute;
const ownContact = "sip:u-7f3a9c@10.0.0.7:5060";

function registered(config: Partial<RegistrationConfig> = {}, registrar = new FakeRegistrar()) {
  const harness = new Harness(registrar, { keepAlive: "none", ...config });
  harness.do({ type: "start" });
  harness.run(1_000);
  assert.equal(harness.state.state, "registered");
  return { harness, registrar };
}

describe("Registration: in good times", () => {
  it("registers by answering the challenge, and says all of it", () => {
    const { harness, registrar } = registered({ expires: 300 });
    const { sent, state } = harness;
    assert.equal(sent.length, 2);
    const [first, second] = sent.map(({ request }) => request);
    assert.ok(first && second);
    assert.equal(second.uriText, "sip:example.org");
    assert.equal(second.headers.get("To"), "<sip:1001@example.org>");
    assert.equal(second.headers.get("Contact"), `<${ownContact}>`);
    assert.equal(second.headers.get("Expires"), "300");
    assert.equal(from(first).params.get("tag"), from(second).params.get("tag"));
    assert.equal(first.headers.has("Authorization"), false);
    assert.deepEqual([...registrar.bindings.keys()], [ownContact]);
    assert.equal(state.lastCode, 200);
    assert.equal(state.expiresAt, 50 + 300_000);
    assert.ok(state.nextAttemptAt !== undefined && state.nextAttemptAt > 225_000);
    assert.deepEqual(state.target, target);
    assert.equal(state.publicAddress, undefined);
    assert.equal(state.fault, undefined);
    assert.deepEqual(
      harness.states.map(({ state }) => state),
      ["registering", "registering", "registered"],
    );
  });

  it("refreshes for an hour between 75 and 90 % of the life, always in time, without being asked again", () => {
    const { harness, registrar } = registered({ expires: 300 });
    harness.run(hour);
    const times = harness.sent.map(({ at }) => at);
    // A refresh that is challenged again is two REGISTERs.
    const refreshes = times.filter((at, n) => n > 1 && at - (times[n - 1] ?? 0) > 1_000);
    let before = harness.sent[1]?.at ?? 0;
    for (const at of refreshes) {
      assert.ok(at - before >= 225_000 && at - before <= 270_200, `${at - before}`);
      before = at;
    }
    assert.ok(refreshes.length >= 13 && refreshes.length <= 16, `${refreshes.length}`);
    // The nonce of the beginning is too old after five minutes; the registrar says stale, and is believed.
    assert.ok(registrar.faults.every((fault) => fault === "missing" || fault === "stale"));
    assert.ok(harness.states.slice(4).every(({ state }) => state === "registered"));
    assert.equal(registrar.bindings.size, 1);
  });

  it("takes the life from its own Contact, not from another phone's, nor from Expires", () => {
    const registrar = new FakeRegistrar();
    registrar.bindings.set("sip:other@10.0.0.9:5060", 9_000_000);
    registrar.maxExpires = 120;
    registrar.extra = [["Expires", "77"]];
    const { harness } = registered({ expires: 600 }, registrar);
    assert.equal(harness.state.expiresAt, 50 + 120_000);
  });

  it("takes the life from Expires where its Contact does not come back, and never more than it asked for", () => {
    for (const [header, seconds] of [
      ["77", 77],
      ["99999", 600],
      ["x", 600],
    ] as const) {
      const registrar = new FakeRegistrar();
      registrar.moods = [
        (request) =>
          registrar.reply(request, 200, [
            ["Expires", header],
            ["Contact", "<broken"],
          ]),
      ];
      const { harness } = registered({ expires: 600 }, registrar);
      assert.equal(harness.state.expiresAt, 30 + seconds * 1_000);
    }
  });

  it("knows its Contact when the registrar shows it with another address", () => {
    const registrar = new FakeRegistrar();
    registrar.moods = [
      (request) =>
        registrar.reply(request, 200, [["Contact", "<sip:u-7f3a9c@203.0.113.9:1024>;q=1;expires=90"]]),
    ];
    const { harness } = registered({ expires: 600 }, registrar);
    assert.equal(harness.state.expiresAt, 30 + 90_000);
  });

  it("does not take another device's Contact for its own because it lives longer", () => {
    const registrar = new FakeRegistrar();
    registrar.moods = [
      (request) =>
        registrar.reply(request, 200, [
          ["Contact", "<sip:other@10.0.0.9>;expires=500, <sip:u-7f3a9c@203.0.113.9:1024>;expires=90"],
        ]),
    ];
    const { harness } = registered({ expires: 600 }, registrar);
    assert.equal(harness.state.expiresAt, 30 + 90_000);
  });

  it("asks again for a timer that came too early", () => {
    const { harness } = registered();
    const asked = harness.machine.handle({ type: "timer" }, harness.now);
    assert.deepEqual(asked, [{ type: "set-timer", at: harness.state.nextAttemptAt }]);
    assert.deepEqual(harness.machine.handle({ type: "start" }, harness.now), []);
  });

  it("asks for longer where that is wanted (423), and goes on asking so", () => {
    const registrar = new FakeRegistrar();
    registrar.minExpires = 900;
    const { harness } = registered({ expires: 60 }, registrar);
    assert.deepEqual(
      harness.sent.map(({ request }) => request.headers.get("Expires")),
      ["60", "60", "900"],
    );
    harness.run(20 * minute);
    assert.ok(harness.sent.slice(2).every(({ request }) => request.headers.get("Expires") === "900"));
  });

  it("keeps Service-Route and Path", () => {
    const registrar = new FakeRegistrar();
    registrar.extra = [
      ["Service-Route", "<sip:a.example.org;lr>, <sip:b.example.org;lr>"],
      ["Path", "<sip:edge.example.org;lr>"],
    ];
    const { harness } = registered({}, registrar);
    assert.deepEqual(harness.state.serviceRoute, ["<sip:a.example.org;lr>", "<sip:b.example.org;lr>"]);
    assert.deepEqual(harness.state.path, ["<sip:edge.example.org;lr>"]);
  });

  it("looks for the proxy where one is given, and keeps the domain as Request-URI", () => {
    const { harness } = registered({ proxy: "sip:edge.example.net:5070;transport=tcp" });
    assert.deepEqual(harness.resolved, ["sip:edge.example.net:5070;transport=tcp"]);
    assert.equal(harness.sent[0]?.request.uriText, "sip:example.org");
  });

  it("says who it is on a stream (RFC 5626), and leaves that where the first hop cannot (439)", () => {
    const outbound = { instanceId: "urn:uuid:00000000-0000-1000-8000-000a95a0e128", regId: 1 };
    const tcp: SendTarget = { transport: "tcp", address: "192.0.2.1", port: 5060 };
    const registrar = new FakeRegistrar();
    registrar.moods = [(request) => registrar.reply(request, 439)];
    const harness = new Harness(registrar, { outbound });
    harness.targets = [tcp];
    harness.do({ type: "start" });
    harness.run(1_000);
    const [first, second] = harness.sent.map(({ request }) => request.headers);
    assert.equal(
      first?.get("Contact"),
      `<${ownContact};transport=tcp>;reg-id=1;+sip.instance="<${outbound.instanceId}>"`,
    );
    assert.equal(first?.get("Supported"), "path, outbound");
    assert.equal(second?.get("Contact"), `<${ownContact};transport=tcp>`);
    assert.equal(harness.state.state, "registered");
  });
});

describe("Registration: the address that the registrar sees", () => {
  const nat = { host: "203.0.113.5", port: 31_000 };

  it("is in the Contact from the answer to the challenge on, without a REGISTER more", () => {
    const registrar = new FakeRegistrar();
    registrar.seenAs = nat;
    const { harness } = registered({}, registrar);
    assert.equal(harness.sent.length, 2);
    assert.deepEqual([...registrar.bindings.keys()], ["sip:u-7f3a9c@203.0.113.5:31000"]);
    assert.deepEqual(harness.state.publicAddress, nat);
  });

  it("is followed at once when a keep-alive shows another, and the old Contact is taken back", () => {
    const registrar = new FakeRegistrar();
    registrar.seenAs = nat;
    const { harness } = registered({}, registrar);
    harness.run(minute);
    registrar.seenAs = { ...nat, port: 32_000 };
    const options = harness.sent[0]?.request;
    assert.ok(options);
    harness.do({ type: "keep-alive-answered", response: registrar.reply(options, 200) });
    harness.run(minute + 1_000);
    assert.equal(harness.sent.length, 3);
    assert.deepEqual([...registrar.bindings.keys()], ["sip:u-7f3a9c@203.0.113.5:32000"]);
    const values = contacts(harness.sent[2]?.request ?? options);
    assert.equal(values.length, 2);
  });

  it("is not chased where it changes with every packet", () => {
    const registrar = new FakeRegistrar();
    let port = 31_000;
    const harness = new Harness(registrar, { keepAlive: "none", expires: 600 });
    harness.route = (request) => {
      registrar.seenAs = { ...nat, port: port++ };
      return registrar.answer(request, harness.now);
    };
    harness.do({ type: "start" });
    harness.run(hour);
    // 7 or 8 refreshes and their challenges; each may be followed by one REGISTER more.
    assert.ok(harness.sent.length <= 32, `${harness.sent.length}`);
    assert.equal(harness.state.state, "registered");
  });

  it("does not take the port of our connection for that of our listener", () => {
    const registrar = new FakeRegistrar();
    registrar.seenAs = { host: own.host, port: 49_999 };
    const harness = new Harness(registrar);
    harness.targets = [{ transport: "tcp", address: "192.0.2.1", port: 5060 }];
    harness.do({ type: "start" });
    harness.run(1_000);
    assert.deepEqual([...registrar.bindings.keys()], [`${ownContact};transport=tcp`]);
    assert.equal(harness.state.publicAddress, undefined);
  });
});

describe("Registration: without a listener", () => {
  it("gives the port of its connection, which the registrar tells", () => {
    const registrar = new FakeRegistrar();
    registrar.seenAs = { host: own.host, port: 49_152 };
    const harness = new Harness(registrar);
    harness.own = { ...own, port: 0 };
    harness.targets = [{ ...target, transport: "tls" }];
    harness.do({ type: "start" });
    harness.run(1_000);
    assert.equal(harness.sent[0]?.request.headers.get("Contact"), "<sip:u-7f3a9c@10.0.0.7;transport=tls>");
    assert.deepEqual([...registrar.bindings.keys()], ["sip:u-7f3a9c@10.0.0.7:49152;transport=tls"]);
    // The connection is another one now.
    registrar.seenAs = { host: own.host, port: 49_153 };
    harness.do({ type: "flow-failed" });
    harness.run(2_000);
    assert.deepEqual([...registrar.bindings.keys()], ["sip:u-7f3a9c@10.0.0.7:49153;transport=tls"]);
  });
});

describe("Registration: keep-alive", () => {
  it("sends CRLF every 23 to 29 s on UDP, 96 to 120 s on a stream, or as Flow-Timer says", () => {
    for (const [transport, timer, least, most] of [
      ["udp", undefined, 23_200, 29_000],
      ["tcp", undefined, 96_000, 120_000],
      ["tcp", "40", 32_000, 40_000],
    ] as const) {
      const registrar = new FakeRegistrar();
      if (timer !== undefined) registrar.extra = [["Flow-Timer", timer]];
      const harness = new Harness(registrar, { expires: 3_600 });
      harness.targets = [{ ...target, transport }];
      harness.do({ type: "start" });
      harness.run(30 * minute);
      const times = harness.keepAlives.map(({ at }) => at ?? 0);
      assert.ok(times.length > 10);
      for (const [n, at] of times.entries()) {
        const pause = at - (times[n - 1] ?? 50);
        assert.ok(pause >= least - 1 && pause <= most + 1, `${transport}: ${pause}`);
      }
      assert.ok(harness.keepAlives.every(({ request }) => request === undefined));
    }
  });

  it("sends OPTIONS where that is wanted, nothing where nothing is", () => {
    const { harness } = registered({ keepAlive: "options" });
    harness.run(minute);
    assert.equal(harness.keepAlives[0]?.request?.method, "OPTIONS");
    const { harness: silent } = registered({ keepAlive: "none" });
    silent.run(minute);
    assert.equal(silent.keepAlives.length, 0);
  });

  it("sends OPTIONS until it shows that none is answered there, then CRLF, and nothing is lost by that", () => {
    const { harness } = registered({ keepAlive: "auto", expires: 3_600 });
    harness.run(minute);
    assert.equal(harness.keepAlives.at(-1)?.request?.method, "OPTIONS");
    harness.do({ type: "keep-alive-unanswered", target });
    assert.equal(harness.state.state, "registered");
    harness.keepAlives.length = 0;
    harness.run(10 * minute);
    assert.ok(harness.keepAlives.length > 10);
    assert.ok(harness.keepAlives.every(({ request }) => request === undefined));
  });

  it("takes an OPTIONS that is not answered for a lost flow where others were", () => {
    const { harness, registrar } = registered({ keepAlive: "auto", expires: 3_600 });
    harness.run(minute);
    const request = harness.keepAlives.at(-1)?.request;
    assert.ok(request !== undefined);
    harness.do({ type: "keep-alive-answered", response: registrar.reply(request, 404) });
    harness.run(2 * minute);
    assert.equal(harness.keepAlives.at(-1)?.request?.method, "OPTIONS");
    harness.do({ type: "keep-alive-unanswered", target: { ...target, port: 9 } });
    assert.equal(harness.count(minute), 0, "of a target that was left since");
    harness.do({ type: "keep-alive-unanswered", target });
    assert.ok(harness.states.some(({ fault }) => fault === "connection_lost"));
    harness.run(2 * minute + 1_000);
    assert.equal(harness.state.state, "registered");
    assert.equal(harness.count(minute), 1);
  });
});

describe("Registration: taking back", () => {
  it("unregisters, with an answer to the challenge, and then is still", () => {
    const { harness, registrar } = registered({ expires: 300 });
    harness.run(10 * minute);
    const before = harness.sent.length;
    harness.do({ type: "stop" });
    harness.run(11 * minute);
    assert.equal(registrar.bindings.size, 0);
    assert.equal(harness.sent.at(-1)?.request.headers.get("Expires"), "0");
    assert.ok(harness.sent.length - before <= 2);
    assert.equal(harness.state.state, "unregistered");
    assert.equal(harness.state.expiresAt, undefined);
    harness.run(3 * hour);
    assert.ok(harness.sent.length - before <= 2);
  });

  it("waits for the REGISTER that is under way, and takes back what it made", () => {
    const registrar = new FakeRegistrar();
    const harness = new Harness(registrar);
    harness.do({ type: "start" });
    harness.run(35);
    assert.equal(harness.sent.length, 2);
    harness.do({ type: "stop" });
    assert.equal(harness.sent.length, 2);
    harness.run(minute);
    assert.equal(registrar.bindings.size, 0);
    assert.equal(harness.state.state, "unregistered");
  });

  it("answers no challenge of a registration that nobody wants any more but to take a binding back", () => {
    const registrar = new FakeRegistrar();
    registrar.password = "other";
    const harness = new Harness(registrar);
    harness.do({ type: "start" });
    harness.run(15);
    harness.do({ type: "stop" });
    harness.run(minute);
    assert.equal(harness.state.state, "unregistered");
    assert.ok(harness.sent.length <= 2);
  });

  it("gives up in time where the registrar is gone, and where nothing is bound it says nothing", () => {
    const { harness, registrar } = registered();
    registrar.isUp = false;
    harness.do({ type: "stop", within: 2_000 });
    harness.run(3_001);
    assert.equal(harness.state.state, "unregistered");
    const idle = new Harness(registrar);
    idle.do({ type: "stop" });
    idle.do({ type: "start" });
    idle.run(5);
    idle.do({ type: "stop" });
    idle.run(hour);
    assert.equal(idle.sent.length, 0);
    assert.equal(idle.state.state, "unregistered");
  });

  it("starts again when it is started while it stops", () => {
    const { harness, registrar } = registered();
    harness.do({ type: "stop" });
    harness.do({ type: "start" });
    harness.run(minute);
    assert.equal(harness.state.state, "registered");
    assert.equal(registrar.bindings.size, 1);
  });
});

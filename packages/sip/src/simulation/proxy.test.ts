import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { IncomingCall, OutgoingCall } from "../user-agent/call.ts";
import { answer, offer, seeds, sentBy, watchEnd } from "./call-test-kit.ts";
import { createProxy } from "./proxy.ts";
import { watchRules } from "./rule-book.ts";
import { createSimulation, forEachSeed, type SimulationOptions } from "./simulation.ts";

/** A caller, a proxy, and callees behind it that are all the user "desk". */
function office(options: SimulationOptions, callees: ((call: IncomingCall) => void)[], transport = "udp") {
  const simulation = createSimulation(options);
  const rules = watchRules(simulation, { introductions: true });
  const caller = simulation.endpoint("caller");
  const incoming: IncomingCall[] = [];
  const phones = callees.map((onInvite, index) =>
    simulation.endpoint(
      `phone${index + 1}`,
      {
        onInvite: (call) => {
          incoming.push(call);
          onInvite(call);
        },
      },
      { port: 5070 + index },
    ),
  );
  const proxy = createProxy(
    simulation,
    "proxy",
    (user) =>
      user === "desk"
        ? phones.map(({ address, port }) => `sip:desk@${address}:${port};transport=${transport}`)
        : [],
    { port: 5080 },
  );
  rules.introduce(caller, proxy);
  for (const phone of phones) rules.introduce(proxy, phone);
  return {
    ...{ simulation, rules, caller, proxy, phones, incoming },
    invite: (user = "desk"): OutgoingCall =>
      caller.userAgent.invite({
        requestUri: `sip:${user}@${proxy.address}:5080`,
        from: "<sip:caller@example.org>",
        to: "<sip:desk@example.org>",
        sdp: offer,
        target: proxy.target(),
      }),
    settle: () => {
      simulation.run();
      rules.finish();
      rules.assertKept();
    },
  };
}

describe("a forking proxy", () => {
  test("rings all, stays in the path, and takes the call back from who did not answer", () => {
    const all = office({ seed: 1 }, [(call) => call.ring(), (call) => call.ring()], "tcp");
    const call = all.invite();
    all.simulation.run(1_000);
    assert.equal(all.incoming.length, 2);
    const ends = all.incoming.map((leg) => watchEnd(leg));
    all.incoming[1]?.accept(answer);
    all.simulation.run(2_000);
    assert.equal(call.state, "confirmed");
    assert.deepEqual(ends[0]?.ended, { by: "remote", cause: "cancelled", status: 487 });
    all.incoming[1]?.sendInfo("text/plain", "x");
    call.onInfo = () => call.hangUp();
    all.settle();
    assert.deepEqual(ends[1]?.ended, { by: "remote", cause: "bye" });
    const { simulation, caller, proxy } = all;
    const direct = simulation.packets.filter(
      (packet) => packet.from !== proxy.address && packet.to !== proxy.address,
    );
    assert.deepEqual(direct, [], "all went by the proxy");
    assert.deepEqual(
      sentBy(simulation, caller).map((line) => line.split(" ")[0]),
      // The INFO is answered as its handler says, which hangs up first.
      ["INVITE", "ACK", "BYE", "SIP/2.0"],
    );
  });

  test("gives one refusal, the best, when all have refused; a 6xx ends the others", () => {
    const busy = office({ seed: 1 }, [(call) => call.reject(486), (call) => call.reject(302)]);
    const refused = watchEnd(busy.invite());
    busy.settle();
    assert.equal(refused.ended?.status, 302);
    const declined = office({ seed: 1 }, [(call) => call.ring(), (call) => call.reject(603)]);
    const end = watchEnd(declined.invite());
    declined.settle();
    assert.equal(end.ended?.status, 603);
    assert.equal(declined.incoming[0]?.state, "ended");
    const nobody = office({ seed: 1 }, []);
    const unknown = watchEnd(nobody.invite("else"));
    nobody.settle();
    assert.equal(unknown.ended?.status, 404);
  });

  test("passes on a CANCEL, and gives up who does not answer at all", () => {
    const all = office({ seed: 1 }, [(call) => call.ring(), () => {}]);
    const call = all.invite();
    const end = watchEnd(call);
    all.simulation.run(1_000);
    call.hangUp();
    all.settle();
    assert.equal(end.ended?.cause, "cancelled");
    assert.deepEqual(
      all.incoming.map((leg) => leg.state),
      ["ended", "ended"],
    );
    const dead = office({ seed: 1 }, [(leg) => leg.ignore()]);
    const timedOut = watchEnd(dead.invite());
    dead.settle();
    assert.equal(timedOut.ended?.status, 408);
  });

  test("over loss, with both answering at once, one call stands and the other is ended", () => {
    let stood = 0;
    forEachSeed(seeds(100), (seed) => {
      const network = { loss: 0.15, duplication: 0.1, minDelay: 1, maxDelay: 300 };
      const all = office(
        { seed, network },
        [(call) => call.accept(answer), (call) => call.accept(answer)],
        seed % 2 === 0 ? "udp" : "tcp",
      );
      const call = all.invite();
      all.simulation.run(100_000);
      const standing = all.incoming.filter((leg) => leg.state === "confirmed");
      assert.ok(standing.length <= 1);
      if (call.state === "confirmed") stood++;
      else assert.equal(standing.length, 0);
      if (seed % 3 === 0) all.proxy.restart();
      standing[0]?.hangUp();
      call.hangUp();
      all.settle();
    });
    assert.ok(stood > 90 || typeof seeds(1) !== "number", `${stood} calls stood`);
  });
});

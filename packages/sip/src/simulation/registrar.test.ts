import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answer, offer, seeds } from "./call-test-kit.ts";
import { createProxy } from "./proxy.ts";
import { createRegistrar, createRegistration } from "./registrar.ts";
import { watchRules } from "./rule-book.ts";
import { createSimulation, forEachSeed } from "./simulation.ts";

describe("a registrar", () => {
  test("leads a proxy to whoever has registered, until that is taken back", () => {
    const simulation = createSimulation({ seed: 1 });
    const rules = watchRules(simulation);
    const registrar = createRegistrar(simulation, "registrar", { maxExpires: 300 });
    const proxy = createProxy(simulation, "proxy", (user) => registrar.resident.locate(user));
    const desk = simulation.endpoint("desk", { onInvite: (call) => call.accept(answer) }, { port: 5070 });
    const caller = simulation.endpoint("caller");
    const registration = createRegistration(desk, registrar, { transport: "tcp" });
    registration.start();
    simulation.run(1_000_000);
    assert.equal(registration.state.state, "registered");
    const call = (): number | undefined => {
      const uri = `sip:desk@${proxy.address}`;
      const from = "<sip:caller@example.org>";
      const made = caller.userAgent.invite({
        ...{ requestUri: uri, from, to: `<${uri}>`, sdp: offer },
        target: proxy.target(),
      });
      let status: number | undefined = 200;
      made.onAnswered = () => made.hangUp();
      made.onEnded = (ended) => {
        status = ended.status;
      };
      simulation.run(simulation.now + 40_000);
      return status;
    };
    assert.equal(call(), undefined, "answered and hung up");
    void registration.stop();
    assert.equal(call(), 404);
    simulation.run();
    rules.finish();
    rules.assertKept();
  });

  test("that restarts is registered with again; one that is not reached is found again", () => {
    forEachSeed(seeds(20), (seed) => {
      const network = { loss: 0.2, minDelay: 1, maxDelay: 300 };
      const simulation = createSimulation({ seed, network });
      const rules = watchRules(simulation);
      const registrar = createRegistrar(simulation, "registrar", { minExpires: 90 });
      const phone = simulation.endpoint("phone");
      const transport = seed % 2 === 0 ? "udp" : "tcp";
      const registration = createRegistration(phone, registrar, { transport, config: { expires: 60 } });
      registration.start();
      simulation.run(200_000);
      assert.equal(registrar.resident.locate("phone").length, 1);
      registrar.restart();
      assert.equal(registrar.resident.locate("phone").length, 0);
      simulation.run(400_000);
      assert.equal(registrar.resident.locate("phone").length, 1);
      simulation.partition(phone, registrar);
      simulation.run(800_000);
      assert.notEqual(registration.state.state, "registered");
      assert.equal(registrar.resident.locate("phone").length, 0);
      simulation.heal();
      simulation.run(4_000_000);
      assert.equal(registration.state.state, "registered");
      simulation.network.loss = 0;
      void registration.stop();
      simulation.run();
      assert.deepEqual(registrar.resident.locate("phone"), []);
      rules.finish();
      rules.assertKept();
    });
  });

  test("a phone that restarts registers anew, and its old registration says nothing any more", () => {
    const simulation = createSimulation({ seed: 1 });
    const registrar = createRegistrar(simulation, "registrar");
    const phone = simulation.endpoint("phone");
    createRegistration(phone, registrar).start();
    simulation.run(1_000);
    phone.restart();
    const sent = simulation.packets.length;
    simulation.run(3_600_000);
    assert.equal(simulation.packets.length, sent);
    assert.deepEqual(registrar.resident.locate("phone"), []);
    const again = createRegistration(phone, registrar);
    again.start();
    simulation.run(3_700_000);
    assert.equal(registrar.resident.locate("phone").length, 1);
    void again.stop();
    simulation.run();
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seeds } from "./call-test-kit.ts";
import { createNotifier, createSubscription } from "./notifier.ts";
import { watchRules } from "./rule-book.ts";
import { createSimulation, forEachSeed } from "./simulation.ts";

/** Messages that a notification tells of. */
function count(body: Buffer): number {
  return Number(/Voice-Message: (\d+)/.exec(body.toString())?.[1]);
}

describe("a notifier", () => {
  test("tells whoever has subscribed, over loss and through its own restart, until that is taken back", () => {
    forEachSeed(seeds(30), (seed) => {
      const network = { loss: 0.2, duplication: 0.05, minDelay: 1, maxDelay: 300 };
      const simulation = createSimulation({ seed, network });
      const rules = watchRules(simulation);
      const notifier = createNotifier(simulation, "notifier");
      const phone = simulation.endpoint("phone");
      let heard: number | undefined;
      const subscription = createSubscription(phone, notifier, {
        transport: seed % 2 === 0 ? "udp" : "tcp",
        config: { expires: 120 },
        onNotification: ({ body }) => {
          heard = count(body);
        },
      });
      subscription.start();
      simulation.run(200_000);
      for (let i = 0; i < 3; i++) notifier.resident.change();
      simulation.run(400_000);
      assert.equal(heard, 3);
      notifier.restart();
      notifier.resident.change();
      simulation.run(1_000_000);
      assert.equal(heard, 1);
      assert.equal(subscription.state.state, "active");
      simulation.network.loss = 0;
      void subscription.stop();
      simulation.run();
      assert.equal(subscription.state.state, "unsubscribed");
      rules.finish();
      rules.assertKept();
    });
  });

  test("gives up a phone that has restarted when it is told so", () => {
    const simulation = createSimulation({ seed: 1 });
    const notifier = createNotifier(simulation, "notifier");
    const phone = simulation.endpoint("phone");
    createSubscription(phone, notifier).start();
    simulation.run(1_000);
    assert.deepEqual(notifier.resident.stateSize(), {
      ...notifier.resident.userAgent.stateSize(),
      subscribers: 1,
    });
    phone.restart();
    notifier.resident.change();
    simulation.run();
    assert.equal(
      Object.values(notifier.resident.stateSize()).reduce((sum, size) => sum + size, 0),
      0,
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DigestServer } from "../auth/digest-server.ts";
import { Dialog } from "../dialog/dialog.ts";
import type { SendTarget } from "../environment.ts";
import { event } from "../header/event.ts";
import { numberOf } from "../header/readable.ts";
import { tokens } from "../registration/registration-test-kit.ts";
import type { NetworkConditions } from "../simulation/network.ts";
import { seededRandom } from "../simulation/random.ts";
import { createSimulation } from "../simulation/simulation.ts";
import { SubscriptionRunner } from "./subscription-runner.ts";
import type { Notification, SubscriptionConfig, SubscriptionStatus } from "./subscription-types.ts";

/** A phone that subscribes at a PBX, over a virtual network. The PBX keeps one subscription. */
function scene(config: Partial<SubscriptionConfig> = {}, network: Partial<NetworkConditions> = {}, seed = 3) {
  const simulation = createSimulation({ seed, network });
  const digest = new DigestServer({
    ...{ realm: "pbx", secret: "0123456789abcdef", randomToken: tokens(seededRandom(5)) },
    account: (username) => (username === "1001" ? { username, password: "secret" } : undefined),
  });
  let dialog: Dialog | undefined;
  let subscribed = 0;
  let waiting = 0;
  /** Statuses of what the phone answered to NOTIFY. */
  const answers: number[] = [];
  const pbx = simulation.endpoint("pbx", {
    extraMethods: ["SUBSCRIBE"],
    onRequest: (incoming) => {
      const { request } = incoming;
      if (!digest.verify(request, simulation.now).ok) {
        incoming.respond(401, { headers: digest.challenge(simulation.now) });
        return;
      }
      const expires = numberOf(request.headers.get("Expires"), 1e6) ?? 0;
      if (event(request)?.package !== "message-summary") {
        incoming.respond(489);
        return;
      }
      subscribed++;
      const tag = `pbx-${subscribed}`;
      dialog = Dialog.asServer(request, tag, false);
      request.headers.set("To", dialog.localAddress);
      begin();
      incoming.respond(200, {
        headers: [
          ["Expires", String(expires)],
          ["Contact", "<sip:pbx@192.0.2.1>"],
        ],
      });
      notify(expires === 0 ? "terminated;reason=timeout" : `active;expires=${expires}`);
    },
  });
  const begin = () => {
    const own = dialog;
    if (own === undefined) return;
    pbx.userAgent.openDialog({
      callId: own.callId,
      localTag: own.localTag,
      onRequest: ({ request, respond }) => {
        const expires = numberOf(request.headers.get("Expires"), 1e6) ?? 0;
        respond(200, {
          headers: [
            ["Expires", String(expires)],
            ["Contact", "<sip:pbx@192.0.2.1>"],
          ],
        });
        notify(expires === 0 ? "terminated;reason=timeout" : `active;expires=${expires}`);
      },
    });
  };
  const notify = (state: string) => {
    const own = dialog;
    if (own === undefined) return;
    const request = own.createRequest("NOTIFY", {
      headers: [
        ["Event", "message-summary"],
        ["Subscription-State", state],
        ["Contact", "<sip:pbx@192.0.2.1>"],
      ],
      contentType: "application/simple-message-summary",
      body: `Messages-Waiting: ${waiting > 0 ? "yes" : "no"}\r\nVoice-Message: ${waiting}/0\r\n`,
    });
    pbx.userAgent.transact(request, phone.target()).onResult = ({ status }) => answers.push(status);
  };
  const phone = simulation.endpoint("phone");
  const notifications: Notification[] = [];
  const states: SubscriptionStatus[] = [];
  let targets: readonly SendTarget[] | Error = [pbx.target()];
  const runner = new SubscriptionRunner(
    {
      ...{ resource: "sip:1001@pbx", event: "message-summary", contactUser: "token", expires: 300 },
      credentials: () => ({ username: "1001", password: "secret" }),
      ...config,
    },
    {
      userAgent: phone.userAgent,
      now: () => simulation.now,
      random: seededRandom(7 * seed),
      randomToken: tokens(seededRandom(8 * seed)),
      contactFor: () => ({ host: phone.address, port: phone.port }),
      setTimer: (after, action) => {
        let live = true;
        simulation.at(simulation.now + after, () => live && action());
        return () => {
          live = false;
        };
      },
      resolve: () => (targets instanceof Error ? Promise.reject(targets) : targets),
      onNotification: (notification) => notifications.push(notification),
      onState: (state) => states.push(state),
    },
  );
  return {
    ...{ simulation, pbx, phone, runner, notifications, states, answers },
    pass: (ms: number) => simulation.run(simulation.now + ms),
    message: () => {
      waiting++;
      notify("active");
    },
    forget: () => {
      dialog = undefined;
    },
    found: (next: readonly SendTarget[] | Error) => {
      targets = next;
    },
  };
}

describe("SubscriptionRunner", () => {
  it("subscribes past a challenge, hears of messages, refreshes, and takes it back", async () => {
    const { runner, pass, notifications, message, states, phone, answers } = scene();
    runner.start();
    pass(2_000);
    assert.equal(runner.state.state, "active");
    message();
    pass(1_000);
    assert.match(
      notifications.at(-1)?.body.toString() ?? "",
      /^Messages-Waiting: yes\r\nVoice-Message: 1\/0/,
    );
    pass(1_200_000);
    assert.ok(notifications.length >= 6, `${notifications.length} states`);
    const first = states.findIndex(({ state }) => state === "active");
    assert.ok(states.slice(first).every(({ state }) => state === "active"));
    assert.ok(answers.every((status) => status === 200));
    const stopped = runner.stop();
    pass(2_000);
    await stopped;
    assert.equal(runner.state.state, "unsubscribed");
    assert.equal(notifications.at(-1)?.state, "terminated");
    pass(600_000);
    assert.deepEqual(
      Object.entries(phone.userAgent.stateSize()).filter(([, size]) => size !== 0),
      [],
    );
  });

  it("keeps hearing where every third datagram is lost", () => {
    let heard = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const one = scene({}, { loss: 0.33, duplication: 0.1, minDelay: 1, maxDelay: 300 }, seed);
      one.runner.start();
      one.pass(300_000);
      one.message();
      one.pass(300_000);
      if (one.notifications.some(({ body }) => body.includes("yes"))) heard++;
      assert.ok(
        one.states.some(({ state }) => state === "active"),
        `seed ${seed}`,
      );
      void one.runner.stop();
      one.pass(600_000);
      assert.equal(one.runner.state.state, "unsubscribed");
      assert.deepEqual(
        Object.entries(one.phone.userAgent.stateSize()).filter(([, size]) => size !== 0),
        [],
        `seed ${seed} leaves nothing`,
      );
    }
    assert.ok(heard >= 39, `${heard} of 40`);
  });

  it("subscribes anew where the PBX has forgotten it", () => {
    const { runner, pass, forget, states, notifications, pbx, simulation } = scene();
    runner.start();
    pass(2_000);
    forget();
    // What the PBX does not know it answers with 481.
    simulation.intercept = ({ to, bytes }) =>
      to === pbx.address && bytes.includes("tag=pbx-1\r\n") ? "drop" : undefined;
    pass(330_000);
    simulation.intercept = undefined;
    pass(100_000);
    assert.equal(runner.state.state, "active");
    assert.ok(states.some(({ state }) => state !== "active"));
    assert.equal(notifications.at(-1)?.state, "active");
  });

  it("tells the NOTIFY of a subscription that it has given up that nobody listens", async () => {
    const { runner, pass, message, answers } = scene();
    runner.start();
    pass(2_000);
    const stopped = runner.stop(0);
    pass(1);
    await stopped;
    message();
    pass(2_000);
    assert.equal(answers.at(-1), 481);
  });

  it("says that nothing was found, and looks again", async () => {
    const { runner, pass, found, pbx } = scene();
    found(new Error("no such name"));
    runner.start();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(runner.state.fault, "no_address");
    found([pbx.target()]);
    pass(70_000);
    assert.equal(runner.state.state, "active");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DigestServer } from "../auth/digest-server.ts";
import type { Flow, SendTarget } from "../environment.ts";
import { seededRandom } from "../simulation/random.ts";
import { createSimulation } from "../simulation/simulation.ts";
import { RegistrationRunner } from "./registration-runner.ts";
import { tokens } from "./registration-test-kit.ts";
import type { RegistrationConfig, RegistrationState } from "./registration-types.ts";

/** Two user agents on a virtual network: one registers at the other, which asks for a password. */
function scene(config: Partial<RegistrationConfig> = {}, loss = 0) {
  const simulation = createSimulation({ seed: 3, network: { loss } });
  const digest = new DigestServer({
    ...{ realm: "pbx", secret: "0123456789abcdef", randomToken: tokens(seededRandom(5)) },
    account: (username) => (username === "1001" ? { username, password: "secret" } : undefined),
  });
  const bound: string[] = [];
  const options: number[] = [];
  const registrar = simulation.endpoint("registrar", {
    extraMethods: ["REGISTER"],
    onRequest: (incoming) => {
      const { request } = incoming;
      if (request.method === "OPTIONS") {
        options.push(simulation.now);
        return;
      }
      if (!digest.verify(request, simulation.now).ok) {
        incoming.respond(401, { headers: digest.challenge(simulation.now) });
        return;
      }
      const expires = request.headers.get("Expires") ?? "";
      bound.push(expires);
      incoming.respond(200, { headers: [["Expires", expires]] });
    },
  });
  const phone = simulation.endpoint("phone");
  const raw: SendTarget[] = [];
  const states: RegistrationState[] = [];
  let targets: readonly SendTarget[] | Error = [registrar.target()];
  const runner = new RegistrationRunner(
    {
      ...{ aor: "sip:1001@pbx", contactUser: "token", expires: 300 },
      credentials: () => ({ username: "1001", password: "secret" }),
      ...config,
    },
    {
      userAgent: phone.userAgent,
      now: () => simulation.now,
      random: seededRandom(7),
      randomToken: tokens(seededRandom(8)),
      contactFor: () => ({ host: phone.address, port: phone.port }),
      setTimer: (after, action) => {
        let live = true;
        simulation.at(simulation.now + after, () => live && action());
        return () => {
          live = false;
        };
      },
      resolve: async () => {
        if (targets instanceof Error) throw targets;
        return targets;
      },
      sendRaw: (target) => raw.push(target),
      onState: (state) => states.push(state),
    },
  );
  /** Lets virtual time pass, and what is promised come true in between. */
  const pass = async (ms: number): Promise<void> => {
    const until = simulation.now + ms;
    while (simulation.now < until) {
      simulation.run(Math.min(until, simulation.now + 100));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    ...{ simulation, registrar, phone, runner, bound, options, raw, states, pass },
    found: (next: readonly SendTarget[] | Error) => {
      targets = next;
    },
  };
}

describe("RegistrationRunner", () => {
  it("registers, refreshes, keeps alive and takes back over a user agent", async () => {
    const { runner, pass, bound, raw, phone, simulation } = scene();
    runner.start();
    await pass(1_000);
    assert.equal(runner.state.state, "registered");
    await pass(600_000);
    assert.ok(bound.length >= 3);
    assert.ok(raw.length >= 19);
    const stopped = runner.stop();
    await pass(1_000);
    await stopped;
    assert.equal(bound.at(-1), "0");
    await pass(100_000);
    assert.equal(phone.userAgent.stateSize().clientTransactions, 0);
    simulation.run();
  });

  it("stays registered where every third datagram is lost", async () => {
    const { runner, pass, bound, states } = scene({}, 0.33);
    runner.start();
    await pass(60_000);
    assert.equal(runner.state.state, "registered");
    await pass(1_200_000);
    assert.ok(bound.length >= 4);
    const first = states.findIndex(({ state }) => state === "registered");
    assert.ok(states.slice(first).every(({ state }) => state === "registered"));
  });

  it("takes a keep-alive that is not answered for a lost flow", async () => {
    const { runner, pass, options, states, simulation } = scene({ keepAlive: "options", expires: 3_600 });
    runner.start();
    await pass(100_000);
    assert.ok(options.length >= 3);
    assert.equal(runner.state.state, "registered");
    simulation.network.loss = 1;
    await pass(70_000);
    assert.ok(states.some(({ fault }) => fault === "connection_lost"));
    simulation.network.loss = 0;
    await pass(200_000);
    assert.equal(runner.state.state, "registered");
  });

  it("says that nothing was found, and looks again", async () => {
    const { runner, pass, found, registrar } = scene();
    found(new Error("no such name"));
    runner.start();
    await pass(1_000);
    assert.equal(runner.state.fault, "no_address");
    found([registrar.target()]);
    await pass(70_000);
    assert.equal(runner.state.state, "registered");
  });

  it("registers at once when its own connection is closed, and not for another's", async () => {
    const { runner, pass, bound, registrar, phone, found } = scene();
    found([registrar.target("tcp")]);
    runner.start();
    await pass(200_000);
    const flow = (port: number): Flow => ({
      ...{ transport: "tcp", localAddress: phone.address, localPort: 40_000 },
      ...{ remoteAddress: registrar.address, remotePort: port, connectionId: 1 },
    });
    runner.connectionClosed(flow(9));
    assert.equal(runner.state.state, "registered");
    const before = bound.length;
    runner.connectionClosed(flow(registrar.port));
    assert.equal(runner.state.fault, "connection_lost");
    await pass(1_000);
    assert.equal(bound.length, before + 1);
    assert.equal(runner.state.state, "registered");
  });

  it("has nothing to wait for where it never ran", async () => {
    await scene().runner.stop();
  });
});

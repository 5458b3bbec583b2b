import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Environment, Flow, SendTarget } from "../environment.ts";
import type { NetworkConditions } from "./network.ts";
import { createSimulation, type Simulation } from "./simulation.ts";
import type { Resident, Station } from "./station.ts";

/** Notes what comes, with the time, and sends what it is told to. */
class Recorder implements Resident {
  readonly got: string[] = [];
  readonly flows: Flow[] = [];
  readonly environment: Environment;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  receive(bytes: Buffer, flow: Flow): void {
    this.flows.push(flow);
    this.got.push(`${this.environment.now().toFixed(0)} ${bytes}`);
  }

  wake(): void {}

  connectionClosed(flow: Flow, error?: Error): void {
    this.got.push(`${this.environment.now().toFixed(0)} closed ${flow.connectionId}: ${error?.message}`);
  }

  send(target: SendTarget | Flow, text: string): void {
    this.environment.send(target, Buffer.from(text), (error) => {
      this.got.push(`${this.environment.now().toFixed(0)} error ${text}: ${error.message}`);
    });
  }
}

function pair(network: Partial<NetworkConditions> = {}): {
  simulation: Simulation;
  a: Station<Recorder>;
  b: Station<Recorder>;
} {
  const simulation = createSimulation({ seed: 1, network });
  const make = (environment: Environment) => new Recorder(environment);
  return { simulation, a: simulation.station("a", make), b: simulation.station("b", make, { port: 5070 }) };
}

describe("links", () => {
  test("may differ, and be cut one way or both", () => {
    const { simulation, a, b } = pair();
    const c = simulation.station("c", (environment) => new Recorder(environment));
    simulation.link(a, c, { minDelay: 50, maxDelay: 50 });
    a.resident.send(b.target(), "1");
    a.resident.send(c.target(), "1");
    simulation.run(100);
    simulation.partition(a, b, { oneWay: true });
    a.resident.send(b.target(), "lost");
    b.resident.send(a.target(), "2");
    simulation.run(200);
    simulation.partition(a, c);
    a.resident.send(c.target(), "lost");
    c.resident.send(a.target(), "lost");
    simulation.run(300);
    simulation.heal();
    a.resident.send(b.target(), "3");
    c.resident.send(a.target(), "3");
    simulation.run();
    assert.deepEqual(a.resident.got, ["105 2", "350 3"]);
    assert.deepEqual(b.resident.got, ["5 1", "305 3"]);
    assert.deepEqual(c.resident.got, ["50 1"]);
  });

  test("draw their luck each for itself", () => {
    const fates = (others: number) => {
      const { simulation, a, b } = pair({ loss: 0.5, maxDelay: 100 });
      const c = simulation.station("c", (environment) => new Recorder(environment));
      for (let i = 0; i < 20; i++) {
        for (let other = 0; other < others; other++) a.resident.send(c.target(), "x");
        a.resident.send(b.target(), "x");
      }
      return simulation.packets.filter((packet) => packet.to === b.address).map((packet) => packet.arrivals);
    };
    assert.deepEqual(fates(0), fates(3));
  });

  test("to a port where nobody listens lead nowhere", () => {
    const { simulation, a, b } = pair();
    a.resident.send({ ...b.target(), port: 5060 }, "x");
    simulation.run();
    assert.deepEqual(b.resident.got, []);
  });
});

describe("streams", () => {
  test("bring all in order, late where segments are lost, and keep-alives to nobody", () => {
    const { simulation, a, b } = pair({ loss: 0.4, minDelay: 1, maxDelay: 300 });
    for (let i = 0; i < 50; i++) a.resident.send(b.target("tcp"), `${i}`);
    a.resident.send(b.target("tcp"), "\r\n\r\n");
    simulation.run();
    assert.deepEqual(
      b.resident.got.map((line) => Number(line.split(" ")[1])),
      Array.from({ length: 50 }, (_, index) => index),
    );
    assert.equal(new Set(b.resident.flows.map((flow) => flow.connectionId)).size, 1);
  });

  test("are answered by their id, which each side has of its own", () => {
    const { simulation, a, b } = pair();
    a.resident.send(b.target("tcp"), "ping");
    simulation.run();
    const flow = b.resident.flows[0];
    assert.ok(flow !== undefined);
    assert.equal(flow.localPort, 5070);
    assert.notEqual(flow.remotePort, 5060, "the opener has a port of its own");
    b.resident.send(flow, "pong");
    simulation.run();
    // Thrice the delay with the handshake, then once.
    assert.deepEqual([...b.resident.got, ...a.resident.got], ["15 ping", "20 pong"]);
    assert.equal(a.resident.flows[0]?.remotePort, 5070);
    assert.notEqual(a.resident.flows[0]?.connectionId, flow.connectionId);
  });

  test("wait for a cut to heal, and break where it lasts", () => {
    const { simulation, a, b } = pair();
    a.resident.send(b.target("tcp"), "1");
    simulation.run(100);
    simulation.partition(b, a, { oneWay: true });
    a.resident.send(b.target("tcp"), "2");
    simulation.run(10_000);
    assert.equal(b.resident.got.length, 1, "no acknowledgement comes back: nothing goes on");
    simulation.heal();
    simulation.run(20_000);
    assert.equal(b.resident.got[1], "10005 2");
    simulation.partition(a, b);
    a.resident.send(b.target("tcp"), "3");
    simulation.run(90_000);
    const text = `The connection with ${b.address} port 5070 timed out.`;
    assert.deepEqual(a.resident.got, [`80000 error 3: ${text}`, `80000 closed 1: ${text}`]);
    simulation.heal();
    const known = b.resident.flows[0];
    assert.ok(known !== undefined);
    // b has not heard of it, and sends into nothing.
    b.resident.send(known, "4");
    simulation.run(100_000);
    assert.match(b.resident.got[2] ?? "", /^900\d\d closed 2: .* was reset\.$/);
    assert.equal(a.resident.got.length, 2);
  });

  test("are refused where nobody listens, and time out where nobody is reached", () => {
    const { simulation, a, b } = pair();
    a.resident.send({ ...b.target("tcp"), port: 5060 }, "x");
    simulation.partition(a, b);
    a.resident.send(b.target("tcp"), "y");
    simulation.run();
    assert.deepEqual(
      a.resident.got.map((line) => line.replace(/ The.*(?=was|timed)/, " ")),
      ["10 closed 1: was refused.", "8000 error y: timed out.", "8000 closed 2: timed out."],
    );
  });

  test("that are closed take what is on its way with them, and both are told; a Flow on one is an error", () => {
    const { simulation, a, b } = pair();
    a.resident.send(b.target("tcp"), "1");
    simulation.run(100);
    a.resident.send(b.target("tcp"), "lost");
    simulation.closeConnections(b, a);
    simulation.run(200);
    assert.deepEqual(
      [...a.resident.got, ...b.resident.got].map((line) => line.replace(/ The.*/, "")),
      ["105 closed 1:", "15 1", "100 closed 2:"],
    );
    const gone = b.resident.flows[0];
    assert.ok(gone !== undefined);
    b.resident.send(gone, "2");
    b.resident.send({ ...a.target("tcp"), connectionId: gone.connectionId ?? 0 }, "3");
    simulation.run(300);
    assert.match(b.resident.got[2] ?? "", /^200 error 2:/);
    assert.equal(a.resident.got[1], "215 3", "a target opens another connection");
  });
});

describe("restart", () => {
  test("loses state, timers and connections, and keeps the address", () => {
    const { simulation, a, b } = pair();
    a.resident.send(b.target("tcp"), "1");
    simulation.run(100);
    const fired: string[] = [];
    b.setTimer(50, () => fired.push("of before"));
    const before = b.resident;
    b.restart();
    b.setTimer(60, () => fired.push("of after"));
    const takeBack = b.setTimer(70, () => fired.push("taken back"));
    takeBack();
    assert.notEqual(b.resident, before);
    before.send(a.target(), "from the dead");
    a.resident.send(b.target(), "2");
    simulation.run();
    assert.deepEqual(fired, ["of after"]);
    assert.deepEqual(b.resident.got, ["105 2"]);
    assert.equal(a.resident.got.length, 1);
    assert.match(a.resident.got[0] ?? "", /^105 closed 1: .* was reset\.$/);
  });

  test("behind a cut is not heard of before something is sent", () => {
    const { simulation, a, b } = pair();
    a.resident.send(b.target("tcp"), "1");
    simulation.run(100);
    simulation.partition(a, b);
    b.restart();
    simulation.run(1_000);
    simulation.heal();
    simulation.run(2_000);
    assert.deepEqual(a.resident.got, []);
    a.resident.send(b.target("tcp"), "2");
    simulation.run(3_000);
    assert.match(a.resident.got[0] ?? "", /^2010 closed 1/);
    assert.deepEqual(b.resident.got, []);
  });
});

test("promises are carried on with between events, where they are waited for", async () => {
  const simulation = createSimulation({ seed: 1 });
  const b = simulation.endpoint("b");
  const a = simulation.endpoint("a");
  const times: number[] = [];
  const ask = async () => {
    for (let i = 0; i < 3; i++) {
      const request = a.userAgent.request({
        method: "OPTIONS",
        requestUri: `sip:${b.address}`,
        from: "<sip:a@example.org>",
        to: "<sip:b@example.org>",
        target: b.target(),
      });
      assert.equal((await request.result).status, 200);
      times.push(simulation.now);
    }
  };
  const asked = ask();
  await simulation.runAsync();
  await asked;
  assert.deepEqual(times, [10, 20, 30]);
});

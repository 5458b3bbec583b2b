import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEnvironment } from "./environment.ts";

const nowhere = { send: () => {} };

describe("createEnvironment", () => {
  it("wakes once when the alarm is due, never before", async (t) => {
    let wake: (at: number) => void = () => {};
    const environment = createEnvironment(nowhere, () => wake(environment.now()));
    t.after(() => environment.close());
    const woken = () => new Promise<number>((resolve) => (wake = resolve));
    for (const delay of [0, 5, 20.5]) {
      const due = environment.now() + delay;
      const next = woken();
      environment.setAlarm(due);
      assert.ok((await next) >= due);
    }
  });

  it("heeds the latest wish alone: earlier, later, none", async (t) => {
    const times: number[] = [];
    let resolve = () => {};
    const environment = createEnvironment(nowhere, () => {
      times.push(environment.now());
      resolve();
    });
    t.after(() => environment.close());
    const start = environment.now();
    environment.setAlarm(start + 5);
    environment.setAlarm(undefined);
    environment.setAlarm(start + 10_000);
    environment.setAlarm(start + 10);
    environment.setAlarm(start + 40);
    await new Promise<void>((done) => (resolve = done));
    assert.equal(times.length, 1);
    assert.ok((times[0] ?? 0) >= start + 40);
  });

  it("wakes nobody after it is closed", async () => {
    const environment = createEnvironment(nowhere, () => assert.fail("woken"));
    environment.setAlarm(environment.now() + 1);
    environment.close();
    environment.setAlarm(environment.now() + 1);
    const other = createEnvironment(nowhere, () => resolve());
    let resolve = () => {};
    const later = new Promise<void>((done) => (resolve = done));
    other.setAlarm(other.now() + 10);
    await later;
    other.close();
  });

  it("draws tokens and numbers that do not repeat", (t) => {
    const environment = createEnvironment(nowhere, () => {});
    t.after(() => environment.close());
    const tokens = new Set<string>();
    for (let i = 0; i < 2_000; i++) {
      const token = environment.randomToken(8);
      assert.match(token, /^[0-9a-f]{16}$/);
      tokens.add(token);
      const number = environment.random();
      assert.ok(number >= 0 && number < 1);
    }
    assert.equal(tokens.size, 2_000);
  });

  it("hands messages to the transport", (t) => {
    const calls: unknown[] = [];
    const environment = createEnvironment({ send: (...call) => calls.push(call) }, () => {});
    t.after(() => environment.close());
    const target = { transport: "udp", address: "127.0.0.1", port: 5060 } as const;
    const bytes = Buffer.from("x");
    environment.send(target, bytes);
    assert.deepEqual(calls, [[target, bytes, undefined]]);
  });
});

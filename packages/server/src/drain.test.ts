import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settled, TestClock } from "./calls/call-test-kit.ts";
import { Drain, GOODBYE } from "./drain.ts";

function setUp(calls: number) {
  const clock = new TestClock();
  const said: (string | undefined)[] = [];
  let free = (): void => undefined;
  const idle =
    calls === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          free = resolve;
        });
  const drain = new Drain({
    running: {
      size: calls,
      idle: () => idle,
      endAll: async (goodbye) => {
        said.push(goodbye);
        free();
      },
    },
    clock,
    limitMs: 60_000,
    log: { info: () => undefined, warn: () => undefined },
  });
  let finished = false;
  const done = drain.finish().then(() => {
    finished = true;
  });
  return { clock, drain, said, done, free: () => free(), finished: () => finished };
}

describe("a drain", () => {
  test("without calls is over at once", async () => {
    const { done, said, clock } = setUp(0);
    await done;
    assert.deepEqual(said, []);
    assert.equal(clock.pending, 0);
  });

  test("waits for the calls, and leaves them alone", async () => {
    const { clock, done, said, free, finished } = setUp(2);
    clock.advance(59_999);
    await settled();
    assert.equal(finished(), false);
    free();
    await done;
    assert.deepEqual(said, []);
    assert.equal(clock.pending, 0);
  });

  test("at its limit says goodbye", async () => {
    const { clock, done, said } = setUp(2);
    clock.advance(60_000);
    await done;
    assert.deepEqual(said, [GOODBYE]);
  });

  test("hurried ends them without a word", async () => {
    const { drain, done, said, clock } = setUp(2);
    drain.hurry();
    await done;
    assert.deepEqual(said, [undefined]);
    assert.equal(clock.pending, 0);
  });
});

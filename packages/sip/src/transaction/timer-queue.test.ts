import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimerQueue } from "./timer-queue.ts";

test("timers fire in the order of their times, whatever the durations", () => {
  const operations = fc.array(fc.record({ wait: fc.nat(50), after: fc.nat(40), cancel: fc.boolean() }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(operations, (steps) => {
      let alarm: number | undefined;
      // Lanes and heap are both in play.
      const queue = new TimerQueue(
        (at) => {
          alarm = at;
        },
        [0, 5, 17, 40],
      );
      const fired: { id: number; at: number }[] = [];
      const expected = new Map<number, number>();
      let now = 0;
      const advance = (to: number) => {
        while (alarm !== undefined && alarm <= to) {
          now = alarm;
          queue.fire(now);
        }
        now = to;
      };
      steps.forEach((step, id) => {
        advance(now + step.wait);
        const timer = queue.set(now, step.after, { onTimer: (_, at) => fired.push({ id, at }) }, "x");
        if (step.cancel) queue.cancel(timer);
        else expected.set(id, now + step.after);
      });
      advance(now + 1000);
      assert.equal(fired.length, expected.size);
      for (const { id, at } of fired) assert.equal(at, expected.get(id));
      for (let i = 1; i < fired.length; i++) assert.ok((fired[i - 1]?.at ?? 0) <= (fired[i]?.at ?? 0));
      assert.equal(queue.size, 0);
      assert.equal(alarm, undefined);
    }),
  );
});

test("a timer set or cancelled while others fire counts at once", () => {
  let alarm: number | undefined;
  const queue = new TimerQueue((at) => {
    alarm = at;
  });
  const fired: string[] = [];
  const later = queue.set(0, 10, { onTimer: () => fired.push("later") }, "x");
  queue.set(
    0,
    5,
    {
      onTimer: () => {
        fired.push("first");
        queue.cancel(later);
        queue.set(5, 0, { onTimer: () => fired.push("nested") }, "x");
      },
    },
    "x",
  );
  queue.fire(20);
  assert.deepEqual(fired, ["first", "nested"]);
  assert.equal(alarm, undefined);
});

test("an owner that throws leaves the queue working", () => {
  let alarm: number | undefined;
  const queue = new TimerQueue((at) => {
    alarm = at;
  });
  let fired = 0;
  queue.set(
    0,
    1,
    {
      onTimer: () => {
        throw new Error("owner");
      },
    },
    "x",
  );
  queue.set(
    0,
    2,
    {
      onTimer: () => {
        fired++;
      },
    },
    "x",
  );
  assert.throws(() => queue.fire(1));
  assert.equal(alarm, 2);
  queue.fire(2);
  assert.equal(fired, 1);
});

test("thousands of cancelled timers of one duration are passed over", () => {
  let alarm: number | undefined;
  const queue = new TimerQueue(
    (at) => {
      alarm = at;
    },
    [500],
  );
  let fired = 0;
  const owner = { onTimer: () => fired++ };
  for (let i = 0; i < 5000; i++) {
    const timer = queue.set(i, 500, owner, "x");
    if (i % 100 !== 99) queue.cancel(timer);
  }
  while (alarm !== undefined) queue.fire(alarm);
  assert.equal(fired, 50);
  assert.equal(queue.size, 0);
});

test("long timers that are cancelled early do not pile up, and those that stay fire in order", () => {
  let alarm: number | undefined;
  const queue = new TimerQueue(
    (at) => {
      alarm = at;
    },
    [900_000],
  );
  const fired: number[] = [];
  let most = 0;
  for (let id = 0; id < 100_000; id++) {
    // Some have a lane, most are of lengths of their own.
    const after = id % 4 === 0 ? 900_000 : 900_000 + ((id * 7_919) % 1_000);
    const timer = queue.set(id, after, { onTimer: (_, at) => fired.push(at) }, "refresh");
    if (id % 100 !== 0) queue.cancel(timer);
    most = Math.max(most, queue.held);
  }
  assert.equal(queue.size, 1_000);
  assert.ok(most < 10_000, `${most} were held`);
  while (alarm !== undefined) queue.fire(alarm);
  assert.equal(fired.length, 1_000);
  assert.deepEqual(
    fired,
    [...fired].sort((one, other) => one - other),
  );
  assert.equal(queue.held, 0);
});

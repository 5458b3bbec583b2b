import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { heardText, type PlayedSegment, PlayoutQueue } from "./playout-queue.ts";

const frameSize = 160;

/** A queue whose clock is its ticks, and whose news comes when the test asks. */
function harness(limit = 8000) {
  const news: (() => void)[] = [];
  const started: number[] = [];
  const finished: PlayedSegment[] = [];
  let now = 1000;
  const queue = new PlayoutQueue(
    limit,
    { onStarted: (at) => started.push(at), onFinished: (segment) => finished.push(segment) },
    () => now,
    (task) => news.push(task),
  );
  const frame = new Int16Array(frameSize);
  return {
    queue,
    started,
    finished,
    tick: () => {
      now += 20;
      frame.fill(0);
      return queue.read(frame) ? frame.slice() : undefined;
    },
    deliver: () => {
      for (const task of news.splice(0)) task();
    },
  };
}

const ramp = (length: number, from = 1) => Int16Array.from({ length }, (_, index) => from + (index % 1000));

test("frames come out in order and whole, and the segment ends with its last sample", () => {
  const { queue, tick, deliver, started, finished } = harness();
  queue.push(ramp(100, 1), ["one"]);
  queue.push(ramp(300, 101), ["two"]);
  queue.flush();
  const out = [tick(), tick(), tick()].flatMap((frame) => Array.from(frame ?? []));
  assert.deepEqual(out.slice(0, 400), [...ramp(100, 1), ...ramp(300, 101)]);
  assert.ok(out.slice(400).every((sample) => sample === 0));
  assert.equal(finished.length, 0, "news waits until the tick is over");
  deliver();
  assert.deepEqual(started, [1020]);
  assert.deepEqual(finished, [
    { playedSamples: 400, interrupted: false, heard: "one two", startedAt: 1020, endedAt: 1060 },
  ]);
  assert.equal(tick(), undefined);
});

test("a pause is silent with the next frame, idempotent, and resumes at the very sample", () => {
  const { queue, tick } = harness();
  queue.push(ramp(480));
  queue.flush();
  const first = tick();
  queue.pause();
  queue.pause();
  assert.equal(tick(), undefined);
  assert.equal(tick(), undefined);
  assert.equal(queue.busy, true);
  queue.resume();
  const rest = [tick(), tick()];
  assert.deepEqual(
    [first, ...rest].flatMap((frame) => Array.from(frame ?? [])),
    Array.from(ramp(480)),
  );
});

test("clear is silent with the next frame and tells what was heard", () => {
  const { queue, tick, deliver, finished } = harness();
  queue.push(ramp(320), ["hello there"]);
  queue.push(ramp(1600), ["how are you today"]);
  queue.flush();
  for (let count = 0; count < 6; count++) tick();
  queue.clear();
  assert.equal(tick(), undefined);
  deliver();
  assert.deepEqual(finished[0]?.playedSamples, 960);
  assert.equal(finished[0]?.interrupted, true);
  assert.equal(finished[0]?.heard, "hello there how");
  assert.equal(queue.queuedSamples, 0);
});

test("what is still being pushed when the queue is cleared is thrown away until the flush", () => {
  const { queue, tick, deliver, finished } = harness();
  queue.push(ramp(320));
  tick();
  queue.clear();
  queue.push(ramp(320));
  assert.equal(tick(), undefined);
  queue.flush();
  queue.push(ramp(160));
  queue.flush();
  assert.notEqual(tick(), undefined);
  deliver();
  assert.deepEqual(
    finished.map(({ playedSamples, interrupted }) => [playedSamples, interrupted]),
    [
      [160, true],
      [160, false],
    ],
  );
});

test("a producer that is faster than speech is held back, and let on by reading or clearing", async () => {
  const { queue, tick, deliver } = harness(320);
  queue.push(ramp(480));
  let room = false;
  const waiting = queue.room().then(() => {
    room = true;
  });
  tick();
  deliver();
  await Promise.resolve();
  assert.equal(room, false, "320 samples still wait");
  tick();
  deliver();
  await waiting;
  assert.equal(room, true);
  queue.push(ramp(640));
  const cleared = queue.room();
  queue.clear();
  deliver();
  await cleared;
});

test("a clip is heard through a pause and before the rest; clearing tells that it was not", async () => {
  const { queue, tick, deliver } = harness();
  queue.push(ramp(160));
  queue.flush();
  queue.pause();
  const heard = queue.playClip(ramp(200, 7));
  assert.equal(tick()?.[0], 7);
  assert.notEqual(tick(), undefined);
  assert.equal(tick(), undefined, "the pause holds what was paused");
  deliver();
  assert.equal(await heard, true);
  const cut = queue.playClip(ramp(200));
  queue.clear();
  deliver();
  assert.equal(await cut, false);
});

test("words that were cut count as not heard", () => {
  const spans = [
    { text: "Hello there.", start: 0, end: 1000 },
    { text: "For sales, press 1.", start: 1000, end: 3000 },
  ];
  assert.equal(heardText(spans, 0), "");
  assert.equal(heardText(spans, 500), "Hello");
  assert.equal(heardText(spans, 1000), "Hello there.");
  assert.equal(heardText(spans, 2000), "Hello there. For");
  assert.equal(heardText(spans, 3000), "Hello there. For sales, press 1.");
  assert.equal(heardText([], 100), undefined);
});

test("property: every segment is finished once, and what is played is what was pushed before the cut", () => {
  const step = fc.oneof(
    fc.nat(700).map((length) => ({ kind: "push" as const, length: length + 1 })),
    fc
      .constantFrom("flush", "pause", "resume", "clear", "tick", "tick", "tick")
      .map((kind) => ({ kind: kind as "flush" | "pause" | "resume" | "clear" | "tick" })), // prettier-ignore
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { queue, tick, deliver, finished } = harness();
      let segments = 0;
      let open: "none" | "open" | "cleared" = "none";
      let pushed = 0;
      for (const given of steps) {
        if (given.kind === "push") {
          if (open === "none") {
            open = "open";
            segments++;
          }
          if (open === "open") pushed += given.length;
          queue.push(ramp(given.length));
        } else if (given.kind === "flush") {
          queue.flush();
          open = "none";
        } else if (given.kind === "clear") {
          queue.clear();
          if (open !== "none") open = "cleared";
        } else if (given.kind === "tick") tick();
        else queue[given.kind]();
      }
      queue.flush();
      queue.resume();
      for (let count = 0; count < 10_000 && queue.busy; count++) tick();
      deliver();
      assert.equal(finished.length, segments);
      assert.equal(queue.queuedSamples, 0);
      const played = finished.reduce((sum, segment) => sum + segment.playedSamples, 0);
      const cut = finished.some((segment) => segment.interrupted);
      assert.ok(cut ? played <= pushed : played === pushed);
    }),
    { numRuns: 200 },
  );
});

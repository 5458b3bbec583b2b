import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { messageShapes, type Shape, valueShapes } from "./shapes.ts";
import { StepCounter } from "./step-counter.ts";

// What is counted has to be loaded after the counter has begun.
const counter = new StepCounter((url) => url.includes("/packages/sip/src/") && !url.includes("/fuzz/"));
counter.start();
const { readEverything } = await import("./read-everything.ts");
const { StreamFramer } = await import("../message/stream-framer.ts");
counter.begin();

/**
 * Four times the input takes four times the steps at most, where they are in proportion, and sixteen times where they grow
 * with its square. Buffers that grow by leaps, and bounds that are met in between, make it uneven.
 */
const most = 5;

/** The shapes whose steps grow faster than they may. */
function tooFast(shapes: readonly Shape[], size: number, work: (bytes: Buffer) => unknown): string[] {
  return shapes.flatMap((shape) => {
    const [small, large] = [shape.make(size), shape.make(4 * size)].map((bytes) =>
      counter.count(() => work(bytes)),
    );
    if (small === undefined || large === undefined || large <= most * small) return [];
    return [`${shape.name}: ${small} steps grow to ${large}`];
  });
}

describe("more input takes no more than proportionally more steps", () => {
  test("steps are counted: a square is told from a line", () => {
    const line = (size: number) => counter.count(() => "x".repeat(size).toLowerCase());
    const square = (size: number) =>
      counter.count(() => {
        const text = "x".repeat(size);
        for (let i = 0; i < size; i++) text.indexOf("y", i);
      });
    assert.equal(line(400), 4 * line(100));
    assert.ok(square(400) > 15 * square(100));
  });

  test("a message with one long value, parsed, read, answered and written", () => {
    assert.deepEqual(tooFast(valueShapes, 1_000, readEverything), []);
  });

  test("the same below the limits that some readers have of their own", () => {
    const others = valueShapes.filter(({ name }) => name.endsWith("other headers"));
    assert.deepEqual(tooFast(others, 12, readEverything), []);
  });

  test("messages that are long in other ways", () => {
    assert.deepEqual(tooFast(messageShapes, 2_000, readEverything), []);
  });

  test("a stream in one piece, in pieces, byte by byte", () => {
    const feed = (chunk: number) => (bytes: Buffer) => {
      const framer = new StreamFramer({ headerBytes: 1_000_000, bodyBytes: 1_000_000 });
      for (let at = 0; at < bytes.length; at += chunk) framer.push(bytes.subarray(at, at + chunk));
    };
    assert.deepEqual(tooFast(messageShapes, 500, feed(1_000_000)), []);
    assert.deepEqual(tooFast(messageShapes, 10_000, feed(100)), []);
    assert.deepEqual(tooFast(messageShapes.slice(0, 14), 500, feed(1)), []);
  });
});

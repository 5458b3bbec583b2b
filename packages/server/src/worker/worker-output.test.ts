import assert from "node:assert/strict";
import { test } from "node:test";
import { readOutputLine } from "./worker-output.ts";

test("a worker's lines come into the log with their level", () => {
  assert.deepEqual(readOutputLine('{"level":"error","msg":"broken","leg":"a"}'), {
    level: "error",
    message: "broken",
    fields: { leg: "a" },
  });
  assert.equal(readOutputLine('{"level":40,"msg":"from pino","time":1}')?.level, "warn");
  assert.deepEqual(readOutputLine("plain text"), { level: "info", message: "plain text", fields: {} });
  assert.equal(readOutputLine("{not json")?.message, "{not json");
  assert.equal(readOutputLine("   "), undefined);
  assert.equal(readOutputLine("x".repeat(100_000))?.message.length, 8_192);
});

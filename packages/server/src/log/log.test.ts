import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, redactUrl } from "./log.ts";

function linesOf(level: Parameters<typeof createLog>[0], write: (log: ReturnType<typeof createLog>) => void) {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => void lines.push(line) }));
  return lines;
}

test("a line is JSON with a level in words and a time in ISO 8601", () => {
  const [line = ""] = linesOf("info", (log) => log.info({ callId: "call_1" }, "answered"));
  const entry = JSON.parse(line) as Record<string, unknown>;
  assert.equal(entry.level, "info");
  assert.equal(entry.msg, "answered");
  assert.equal(entry.callId, "call_1");
  assert.match(String(entry.time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test("the level filters, and silent says nothing", () => {
  assert.equal(linesOf("warn", (log) => log.info("no")).length, 0);
  assert.equal(linesOf("silent", (log) => log.fatal("no")).length, 0);
});

test("what is named like a secret is cut, however deep it lies", () => {
  const lines = linesOf("info", (log) => {
    log.info({ token: "s3cret", password: "s3cret", req: { headers: { authorization: "Bearer s3cret" } } });
    log.info({ registration: { password: "s3cret" }, url: "/x?token=s3cret" });
    log.child({ a: { b: { c: { token: "s3cret" } } } }).info("child");
  });
  assert.equal(lines.length, 3);
  assert.doesNotMatch(lines.join(""), /s3cret/);
});

test("a URL is logged without its token", () => {
  assert.equal(
    redactUrl("/api/v2/calls?limit=5&token=abc&state=active"),
    "/api/v2/calls?limit=5&token=[redacted]&state=active",
  );
  assert.equal(redactUrl("/x?TOKEN=abc"), "/x?TOKEN=[redacted]");
  assert.equal(redactUrl("/api/v2/calls;token=abc/x"), "/api/v2/calls;token=[redacted]/x");
  assert.equal(redactUrl("/x?tok%65n=abc"), "/x?tok%65n=[redacted]");
  assert.equal(redactUrl("/x?%E0%A4%A=1"), "/x?%E0%A4%A=1");
  assert.equal(redactUrl("/x"), "/x");
});

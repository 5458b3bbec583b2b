import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "./config/read-config.ts";
import { AppError } from "./errors.ts";
import { startErrorLines } from "./start-error.ts";

test("what an operator can mend is said in lines, the rest keeps its stack", () => {
  assert.deepEqual(startErrorLines(new ConfigError(["A: wrong", "B: wrong"])), ["A: wrong", "B: wrong"]);
  assert.deepEqual(startErrorLines(new AppError("database_locked", "Busy.")), ["Busy."]);
  const inUse = Object.assign(new Error("x"), { code: "EADDRINUSE", address: "127.0.0.1", port: 8080 });
  assert.match(startErrorLines(inUse)?.[0] ?? "", /RINGDOWN_HTTP: 127\.0\.0\.1:8080 is in use/);
  const denied = Object.assign(new Error("x"), { code: "EACCES", path: "/data" });
  assert.match(startErrorLines(denied)?.[0] ?? "", /RINGDOWN_DATA: .*\/data/);
  const unknown = Object.assign(new Error("x"), { code: "ENOTFOUND", hostname: "no.invalid" });
  assert.match(
    startErrorLines(unknown)?.[0] ?? "",
    /RINGDOWN_HTTP: the host name no\.invalid has no address/,
  );
  assert.equal(startErrorLines(new TypeError("a fault of ours")), undefined);
});

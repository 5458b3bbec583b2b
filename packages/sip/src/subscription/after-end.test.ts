import assert from "node:assert/strict";
import { test } from "node:test";
import { afterEnd } from "./after-end.ts";

test("each reason of RFC 6665 §4.1.3, and retry-after only where it has a meaning", () => {
  const next = (reason: string | undefined, retryAfter?: number) =>
    afterEnd({ state: "terminated", reason, expires: undefined, retryAfter });
  for (const reason of ["rejected", "noresource", "invariant"]) assert.equal(next(reason, 5), "never");
  for (const reason of ["deactivated", "timeout"]) assert.equal(next(reason, 5), "now");
  for (const reason of ["probation", "giveup"]) {
    assert.equal(next(reason, 5), 5);
    assert.equal(next(reason), "later");
  }
  assert.equal(next(undefined), "now");
  assert.equal(next("lunch", 7), 7);
});

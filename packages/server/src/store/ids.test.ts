import assert from "node:assert/strict";
import { test } from "node:test";
import { isId, newId } from "./ids.ts";

test("ids are many, different, and sort in the order of making", () => {
  const ids = Array.from({ length: 20_000 }, () => newId("call"));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
  assert.ok(ids.every((id) => isId("call", id)));
});

test("an id tells its kind", () => {
  assert.ok(!isId("agt", newId("call")));
  for (const text of ["", "call_", "call_x", "call_../../etc/passwd0000000000", `call_${"u".repeat(26)}`]) {
    assert.ok(!isId("call", text), text);
  }
});

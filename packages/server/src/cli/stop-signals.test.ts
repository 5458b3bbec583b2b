import assert from "node:assert/strict";
import { test } from "node:test";
import { SAME_REQUEST_MS, StopSignals } from "./stop-signals.ts";

test("a signal that npm sends on beside the terminal's own hurries nobody", () => {
  const signals = new StopSignals();
  assert.deepEqual(
    [0, 1, 200].map((now) => signals.signal(now)),
    ["stop", undefined, undefined],
  );
});

test("a second request hurries, a third one ends at once", () => {
  const signals = new StopSignals();
  const at = [5, 6, 5 + SAME_REQUEST_MS, 7 + SAME_REQUEST_MS, 60_000, 60_002].map((now) =>
    signals.signal(now),
  );
  assert.deepEqual(at, ["stop", undefined, "hurry", undefined, "exit", undefined]);
});

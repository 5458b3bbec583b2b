import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Staleness, Throttle } from "./live.ts";

test("lists are asked for again when a call's state is another, its page for each of its news", () => {
  const staleness = new Staleness();
  const all = [["calls"], ["status"]];
  assert.deepEqual(staleness.of("call", { id: "a", state: "ringing" }), all);
  assert.deepEqual(staleness.of("call", { id: "a", state: "active" }), all);
  assert.deepEqual(staleness.of("call", { id: "a", state: "active" }), [["calls", "one", "a"]]);
  assert.deepEqual(staleness.of("call", { id: "b", state: "active" }), all);
  assert.deepEqual(staleness.of("call", { id: "a", state: "ended" }), all);
  assert.deepEqual(staleness.of("settings", { path: "/sip/ipWhitelist" }), [["accessList"]]);
  assert.deepEqual(staleness.of("settings", { path: "/" }), [[]]);
});

test("the same is asked for at once, and then once a second for all that comes", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const asked: string[] = [];
  const throttle = new Throttle(([name = ""]) => void asked.push(name));
  for (let count = 0; count < 5; count++) throttle.run(["calls"]);
  throttle.run(["status"]);
  assert.deepEqual(asked, ["calls", "status"]);
  mock.timers.tick(1000);
  assert.deepEqual(asked, ["calls", "status", "calls"]);
  mock.timers.tick(5000);
  assert.equal(asked.length, 3);
  mock.timers.reset();
});

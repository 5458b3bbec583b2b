import assert from "node:assert/strict";
import { test } from "node:test";
import { plainOutcome } from "./plain-outcome.ts";

const at = "2026-11-27T12:00:00.000Z";
const outcome = (change: Partial<Parameters<typeof plainOutcome>[0]> = {}): string =>
  plainOutcome({ answeredAt: at, endCode: "caller_hung_up", messages: [], timeline: [], ...change });

test("what came of a call follows from its record, the most telling first", () => {
  const chosen = { type: "function_chosen", at, name: "hours" };
  const message = { at, seconds: 2, recording: "a.wav" };
  assert.equal(outcome(), "nothing asked for");
  assert.equal(outcome({ answeredAt: null }), "not answered");
  assert.equal(outcome({ endCode: "agent_goodbye" }), "goodbye said");
  assert.equal(outcome({ timeline: [chosen, { ...chosen, name: "prices" }] }), "asked for prices");
  assert.equal(outcome({ timeline: [chosen], messages: [message] }), "message taken");
  assert.equal(outcome({ endCode: "message_left" }), "message left");
  assert.equal(
    outcome({ messages: [message], timeline: [chosen, { type: "transfer_connected", at }] }),
    "put through",
  );
  assert.equal(outcome({ endCode: "handed_over" }), "put through");
});

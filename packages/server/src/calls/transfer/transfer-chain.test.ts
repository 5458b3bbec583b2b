import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentFunction } from "../../store/records.ts";
import { transferChain } from "./transfer-chain.ts";

const functions: AgentFunction[] = [
  {
    type: "transfer",
    name: "Sales",
    destination: "ext:1002",
    transferNotification: "Sales.",
    fallback: "support",
  },
  { type: "transfer", name: "Support", destination: ["ext:1003", "+15550123"], fallback: "message" },
  { type: "takeMessage", name: "Message" },
  { type: "transfer", name: "a", destination: "ext:1", fallback: "b" },
  { type: "transfer", name: "b", destination: "ext:2", fallback: "A" },
];

test("a transfer's destinations, those of its fallbacks, and what comes last", () => {
  assert.deepEqual(transferChain(functions, "Sales"), {
    destinations: ["ext:1002", "ext:1003", "+15550123"],
    transferNotification: "Sales.",
    next: "Message",
  });
  assert.deepEqual(transferChain(functions, "support").destinations, ["ext:1003", "+15550123"]);
});

test("fallbacks in a ring end", () => {
  assert.deepEqual(transferChain(functions, "a"), {
    ...{ destinations: ["ext:1", "ext:2"], transferNotification: undefined, next: undefined },
  });
});

test("what is no transfer of the agent is refused", () => {
  for (const name of ["Message", "nothing", "ext:1002"])
    assert.throws(() => transferChain(functions, name), { code: "bad_request" });
});

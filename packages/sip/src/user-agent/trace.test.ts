import assert from "node:assert/strict";
import { test } from "node:test";
import { createSimulation } from "../simulation/simulation.ts";
import type { TraceEvent } from "./options.ts";

/** First line of each message of each transaction, in the order in which the transactions began. */
function byTransaction(events: readonly TraceEvent[]): string[][] {
  const groups = new Map<string | undefined, string[]>();
  for (const { direction, message, transaction, bytes } of events) {
    const first = bytes
      .toString("latin1")
      .split("\r\n", 1)[0]
      ?.replace(/ sip:\S+| SIP\/2\.0|SIP\/2\.0 /g, "");
    const line = `${direction} ${first}${message === undefined ? " again" : ""}`;
    groups.set(transaction, [...(groups.get(transaction) ?? []), line]);
  }
  return [...groups.values()];
}

test("each message is traced with the transaction that it belongs to, repetitions too", () => {
  let lost = 0;
  const simulation = createSimulation({
    seed: 1,
    // The first INVITE goes missing, and the ACK to the refusal of the second call.
    intercept: ({ bytes }) => {
      const first = bytes.toString("latin1", 0, 6);
      const drop = (first === "INVITE" && lost === 0) || (first === "ACK si" && lost === 1);
      if (drop) lost++;
      return drop ? "drop" : undefined;
    },
  });
  const events: { caller: TraceEvent[]; callee: TraceEvent[] } = { caller: [], callee: [] };
  let calls = 0;
  const callee = simulation.endpoint("callee", {
    trace: (event) => events.callee.push(event),
    onInvite: (call) => (++calls === 1 ? call.reject(486) : call.accept("v=0\r\n")),
  });
  const caller = simulation.endpoint("caller", { trace: (event) => events.caller.push(event) });
  const invite = () =>
    caller.userAgent.invite({
      requestUri: `sip:demo@${callee.address}`,
      from: "<sip:a@192.0.2.1>",
      to: "<sip:demo@192.0.2.1>",
      sdp: "v=0\r\n",
      target: callee.target(),
    });
  invite();
  simulation.run(simulation.now + 100_000);
  invite();
  simulation.run(simulation.now + 5_000);
  assert.deepEqual(byTransaction(events.caller), [
    ["out INVITE", "out INVITE again", "in 486 Busy Here", "out ACK", "in 486 Busy Here", "out ACK again"],
    ["out INVITE", "in 100 Trying", "in 200 OK"],
    ["out ACK"],
  ]);
  assert.deepEqual(byTransaction(events.callee), [
    ["in INVITE", "out 486 Busy Here", "out 486 Busy Here again", "in ACK"],
    ["in INVITE", "out 100 Trying", "out 200 OK"],
    ["in ACK"],
  ]);
});

// Transfers of calls over simulated networks: caller, node and persons with their whole SIP stacks. RINGDOWN_SIMULATION_SEED replays one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { breachText } from "@ringdown/sip/simulation";
import { drawTransferScenario, type Partner, TransferStage } from "./transfer-simulation.ts";

const SCENARIOS = 600;
/** ms between two looks at whom the caller is with. */
const LOOK_MS = 250;
/** ms that a dialog may outlive the other side: an INVITE or a BYE is given up after 32 s, and a cut lasts 20 s. */
const LATE_MS = 90_000;
/** ms of ringback at a stretch: three targets of 45 s, REFER's 23 s, what is said to whom answers. */
const LONGEST_WAIT_MS = 3 * (45_000 + 60_000) + 23_000;

/** What was seen in all scenarios, so that none of it is left out unnoticed. */
const seen = new Map<string, number>();

function count(what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

async function play(seed: number): Promise<void> {
  const scenario = drawTransferScenario(seed);
  const stage = new TransferStage(scenario);
  const { simulation, callerLeg } = stage;
  let before: Partner | undefined;
  let forgottenBefore = 0;
  let waitsSince: number | undefined;
  let endedAt: number | undefined;
  const end = scenario.callerHangsUpAt + LATE_MS;
  while (simulation.now < end) {
    await simulation.runAsync(simulation.now + LOOK_MS);
    const { partner } = stage;
    if (partner !== before && partner !== undefined) count(partner);
    assert.ok(
      partner !== "nobody" || before !== "nobody",
      `seed ${seed}: with nobody at ${simulation.now} ms`,
    );
    const { forgotten } = stage;
    assert.ok(
      forgotten === 0 || forgottenBefore === 0,
      `seed ${seed}: a person is with nobody at ${simulation.now} ms`,
    );
    forgottenBefore = forgotten;
    waitsSince = partner === "ringback" ? (waitsSince ?? simulation.now) : undefined;
    const waited = simulation.now - (waitsSince ?? simulation.now);
    assert.ok(waited <= LONGEST_WAIT_MS, `seed ${seed}: has waited for ${waited} ms at ${simulation.now} ms`);
    before = partner;
    // The node's call is over: a goodbye is on its way to the caller.
    endedAt = stage.isOver ? (endedAt ?? simulation.now) : undefined;
    const isLeft =
      callerLeg.state === "confirmed" && endedAt !== undefined && simulation.now - endedAt > LATE_MS;
    assert.ok(!isLeft, `seed ${seed}: the caller was left at ${simulation.now} ms`);
    if (stage.isOver && callerLeg.state === "ended" && simulation.now > scenario.callerHangsUpAt) break;
  }
  await simulation.runAsync();
  assert.deepEqual(stage.errors, [], `seed ${seed}`);
  assert.ok(stage.isOver, `seed ${seed}: the call is over`);
  assert.equal(callerLeg.state, "ended", `seed ${seed}: the caller's end`);
  for (const leg of stage.personLegs) assert.equal(leg.state, "ended", `seed ${seed}: a person's end`);
  for (const { id, isClosed } of stage.media.legs.values()) assert.ok(isClosed, `seed ${seed}: media ${id}`);
  for (const { state, endCode, timeline } of stage.store.records) {
    assert.equal(state, "ended", `seed ${seed}: the record`);
    count(endCode ?? "no code");
    for (const { type } of timeline) if (type.startsWith("transfer")) count(type);
  }
  stage.rules.finish();
  assert.deepEqual(stage.rules.breaches.map(breachText), [], `seed ${seed}`);
}

test("no caller is ever without an agent, a person or a goodbye, whatever the network does", async () => {
  const one = process.env.RINGDOWN_SIMULATION_SEED;
  const seeds =
    one === undefined ? Array.from({ length: SCENARIOS }, (_, index) => index + 1) : [Number(one)];
  for (const seed of seeds) await play(seed);
  if (one !== undefined) return;
  for (const what of [
    "agent",
    "person",
    "ringback",
    "caller_hung_up",
    "handed_over",
    "transfer_connected",
    "transfer_ended",
  ])
    assert.ok((seen.get(what) ?? 0) > 0, `${what} was seen: ${JSON.stringify([...seen])}`);
});

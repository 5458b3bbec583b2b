import type { Action, CalleePlan, Scenario, TimedCall } from "./scenario.ts";

/**
 * Looks for a smaller scenario that still fails, by leaving parts out for as long as that goes.
 * @param fails plays it
 * @param plays most scenarios that are played
 */
export function shrinkScenario(
  scenario: Scenario,
  fails: (scenario: Scenario) => boolean,
  plays: number = 400,
): Scenario {
  let best = scenario;
  let left = plays;
  for (let found = true; found; ) {
    found = false;
    for (const smaller of smallerThan(best)) {
      if (left-- <= 0) return best;
      if (!fails(smaller)) continue;
      best = smaller;
      found = true;
      break;
    }
  }
  return best;
}

function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { actions, links, network } = scenario;
  for (let size = actions.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < actions.length; from += size)
      yield { ...scenario, actions: actions.toSpliced(from, size) };
  }
  for (let index = 0; index < links.length; index++) yield { ...scenario, links: links.toSpliced(index, 1) };
  const steady = { ...network, minDelay: 5, maxDelay: 5 };
  for (const simpler of [
    { ...steady, loss: 0, duplication: 0 },
    { ...network, loss: 0 },
    { ...network, duplication: 0 },
    steady,
  ]) {
    if (JSON.stringify(simpler) !== JSON.stringify(network)) yield { ...scenario, network: simpler };
  }
  const { phones } = scenario;
  for (const [index, phone] of phones.entries()) {
    if (phone.reliable !== "never")
      yield { ...scenario, phones: phones.with(index, { ...phone, reliable: "never" }) };
    if (phone.interval !== undefined)
      yield { ...scenario, phones: phones.with(index, { ...phone, interval: undefined }) };
  }
  if (scenario.family === "ipv6") yield { ...scenario, family: "ipv4" };
  for (const [index, action] of actions.entries()) {
    for (const simpler of simplerThan(action)) yield { ...scenario, actions: actions.with(index, simpler) };
  }
}

function* simplerThan(action: Action): Generator<Action> {
  if (action.kind !== "call") return;
  const plain: Partial<TimedCall> = {
    ...{ transport: "udp", onward: "udp", withOffer: true, thinking: 0, agrees: true },
    ...{ ringTimeout: undefined, isBulky: false, isPicky: false, offersInPrack: false, ringsChanges: false },
  };
  for (const [name, value] of Object.entries(plain)) {
    if (action[name as keyof TimedCall] !== value) yield { ...action, [name]: value };
  }
  const { callees } = action;
  if (callees.length > 1) {
    for (let index = 0; index < callees.length; index++)
      yield { ...action, callees: callees.toSpliced(index, 1) };
  }
  for (const [index, callee] of callees.entries()) {
    for (const simpler of simplerPlans(callee)) yield { ...action, callees: callees.with(index, simpler) };
  }
}

function* simplerPlans(plan: CalleePlan): Generator<CalleePlan> {
  const { rings } = plan;
  for (let index = 0; index < rings.length; index++) yield { ...plan, rings: rings.toSpliced(index, 1) };
  if (plan.final.after > 0) yield { ...plan, final: { ...plan.final, after: 0 } };
}

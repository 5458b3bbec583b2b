import type { Breach } from "../rule-book.ts";
import type { Simulation } from "../simulation.ts";
import { checkAgreement, checkCalm, checkEnds, checkExpiry, probe, watchByes } from "./agreement.ts";
import { isCalm, type Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";

/** ms in which every call that nobody touches any more comes to rest: ringing for six minutes, and 64·T1 to say so. */
const quiet = 500_000;
/** ms in which a request that nobody answers has failed, and the BYE after it. */
const patience = 100_000;

/** ms in which a session that nobody refreshes is over. */
const longestSession = 2_000_000;

/** ms in which a registration or subscription stands again: an hour's life, and half an hour's pause, with what chance adds. */
const longestPause = 10_000_000;

export interface Outcome {
  readonly breaches: readonly Breach[];
  readonly calls: number;
  /** Calls that the caller's side saw answered. */
  readonly answered: number;
  readonly simulation: Simulation;
}

/**
 * Plays a scenario to its end, and beyond it until nothing is left to happen.
 * @param options.log keeps all packets, for the ladder
 */
export function playScenario(scenario: Scenario, options: { readonly log?: boolean } = {}): Outcome {
  const stage = new Stage(scenario, options.log ?? false);
  const { simulation, rules } = stage;
  const byes = watchByes(simulation);
  const calls = () => [...stage.calls.values()];
  try {
    const last = scenario.actions.at(-1)?.at ?? 0;
    simulation.run(last);
    simulation.heal();
    simulation.run(last + quiet);
    for (const call of calls()) checkAgreement(call, stage, byes);
    if (isCalm(scenario)) for (const call of calls()) checkCalm(call, scenario, stage);
    stage.calm();
    checkExpiry(stage, longestSession);
    probe(stage, patience);
    stage.upkeep.checkRecovery(longestPause);
    for (const call of calls()) for (const leg of call.legs) leg.hangUp();
    const checkTakenBack = stage.upkeep.stop();
    simulation.run();
    rules.finish();
    checkTakenBack();
    checkEnds(stage);
  } catch (error) {
    rules.report(
      "no exception",
      "somebody",
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
  const answered = calls().filter((call) => call.isAnswered).length;
  return { breaches: rules.breaches, calls: stage.calls.size, answered, simulation };
}

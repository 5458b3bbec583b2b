import { breachText } from "../rule-book.ts";
import { drawScenario } from "./draw-scenario.ts";
import { type Outcome, playScenario } from "./play-scenario.ts";
import { type Scenario, scenarioText } from "./scenario.ts";
import { shrinkScenario } from "./shrink-scenario.ts";

/** What somebody needs who looks for the fault: the smallest scenario found that fails as this one, its ladder, its breaches. */
export function failureText(seed: number): string {
  const scenario = drawScenario(seed);
  const rule = playScenario(scenario).breaches[0]?.rule;
  if (rule === undefined) return `Seed ${seed} keeps all rules.`;
  const fails = (smaller: Scenario) => playScenario(smaller).breaches.some((breach) => breach.rule === rule);
  const smallest = shrinkScenario(scenario, fails);
  const outcome = playScenario(smallest, { log: true });
  const { length } = smallest.actions;
  return [
    `Seed ${seed} breaks "${rule}". Smallest scenario that does (${length} of ${scenario.actions.length} actions):`,
    scenarioText(smallest),
    outcomeText(outcome),
    `Replay: npm run simulate -- --seed ${seed}`,
  ].join("\n\n");
}

export function outcomeText({ breaches, simulation }: Outcome): string {
  return `${simulation.ladder()}\n\n${breaches.map(breachText).join("\n")}`;
}

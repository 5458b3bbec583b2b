import { parentPort, workerData } from "node:worker_threads";
import { breachText } from "../rule-book.ts";
import { drawScenario } from "./draw-scenario.ts";
import { playScenario } from "./play-scenario.ts";
import { type Share, tally } from "./simulate-share.ts";

/** Plays every `step`th scenario from `from` on, until it is told that it is enough. */
const { from, step, memory } = workerData as Share;
const counts = new Int32Array(memory);

for (let seed = from; Atomics.load(counts, tally.enough) === 0; seed += step) {
  const { breaches, calls, answered } = playScenario(drawScenario(seed));
  Atomics.add(counts, tally.scenarios, 1);
  Atomics.add(counts, tally.calls, calls);
  Atomics.add(counts, tally.answered, answered);
  const [first] = breaches;
  if (first === undefined) continue;
  Atomics.add(counts, tally.failures, 1);
  parentPort?.postMessage({ seed, text: breachText(first) });
}

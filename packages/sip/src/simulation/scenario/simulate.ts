import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { drawScenario } from "./draw-scenario.ts";
import { failureText, outcomeText } from "./failure.ts";
import { playScenario } from "./play-scenario.ts";
import { scenarioText } from "./scenario.ts";
import { type Failure, type Share, tally } from "./simulate-share.ts";

const usage = `Simulated calls from random scenarios, against all rules.

  --calls N     calls to simulate (10000)
  --from SEED   first seed (1)
  --workers N   threads (1)
  --seed SEED   one scenario alone, with its ladder; RINGDOWN_SIMULATION_SEED does the same
`;

/** After so many failures more of them tell nothing new. */
const maxFailures = 10;
const reportEvery = 10_000;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function main(): void {
  const { values } = parseArgs({
    options: {
      calls: { type: "string", default: "10000" },
      from: { type: "string", default: "1" },
      workers: { type: "string", default: "1" },
      seed: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const seed = values.seed ?? process.env.RINGDOWN_SIMULATION_SEED;
  const numbers = [values.calls, values.from, values.workers, seed ?? "1"].map(Number);
  if (values.help === true || numbers.some((number) => !Number.isSafeInteger(number) || number < 1)) {
    say(usage);
    process.exitCode = values.help === true ? 0 : 2;
    return;
  }
  const [calls = 1, from = 1, workers = 1] = numbers;
  if (seed !== undefined) playOne(Number(seed));
  else playMany(calls, from, workers);
}

function playOne(seed: number): void {
  const outcome = playScenario(drawScenario(seed), { log: true });
  if (outcome.breaches.length === 0) say(`${scenarioText(drawScenario(seed))}\n\n${outcomeText(outcome)}`);
  else process.exitCode = 1;
  say(failureText(seed));
}

function playMany(calls: number, from: number, threads: number): void {
  const memory = new SharedArrayBuffer(4 * tally.places);
  const counts = new Int32Array(memory);
  const failures: Failure[] = [];
  const started = performance.now();
  const enough = (): void => {
    Atomics.store(counts, tally.enough, 1);
  };
  const report = (): void => {
    const [done, seconds] = [Atomics.load(counts, tally.calls), (performance.now() - started) / 1000];
    say(
      `${done} of ${calls} calls in ${Atomics.load(counts, tally.scenarios)} scenarios, ` +
        `${Atomics.load(counts, tally.answered)} answered, ${failures.length} failures, ` +
        `${Math.round(done / seconds)} calls/s, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`,
    );
  };
  const watch = setInterval(() => {
    if (Atomics.load(counts, tally.calls) >= calls) enough();
  }, 20);
  const reports = setInterval(report, reportEvery);
  let running = threads;
  for (let index = 0; index < threads; index++) {
    const workerData: Share = { from: from + index, step: threads, memory };
    // Nearly all of a scenario dies with it: room for the young saves their collector a fifth of the time.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 };
    const worker = new Worker(new URL("./simulate-worker.ts", import.meta.url), {
      workerData,
      resourceLimits,
    });
    worker.on("message", (failure: Failure) => {
      failures.push(failure);
      say(`Seed ${failure.seed}: ${failure.text}`);
      if (failures.length >= maxFailures) enough();
    });
    worker.on("error", (error) => {
      process.exitCode = 1;
      say(String(error.stack ?? error));
    });
    worker.on("exit", () => {
      if (--running > 0) return;
      clearInterval(watch);
      clearInterval(reports);
      report();
      const [first] = failures.toSorted((a, b) => a.seed - b.seed);
      if (first === undefined) return;
      process.exitCode = 1;
      say(failureText(first.seed));
    });
  }
}

main();

// Calls set up and ended a second without media, in an open loop, against the bare stack and the whole product.
import { type GeneratorResult, generateCalls } from "./call-generator.ts";
import { startPeer, startProduct } from "./peer-process.ts";
import { bindToCore, CostMeter } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";

const SECONDS = 10;
const STACK_RATES = [200, 800, 1_600, 3_000, 5_000];
const PRODUCT_RATES = [100, 200, 400, 600, 800, 1_000];
const GOAL_RATE = 800;
const GOAL_P95_MS = 5;
const MEASURED_CORE = 0;
const OTHER_CORE = 1;

interface Run extends GeneratorResult {
  target: string;
  rate: number;
  mainCores: number;
  workerCores: number;
}

/** Calls of no length at this rate for SECONDS. */
function openLoop(port: number, user: string, rate: number): Promise<GeneratorResult> {
  return generateCalls({ port, user, calls: rate * SECONDS, rate, hold: 0, media: "none", core: OTHER_CORE });
}

function isGood(run: Run): boolean {
  const late = run.setUpMs === null || run.setUpMs.p95 > GOAL_P95_MS;
  return !late && run.answered === run.calls && run.unfinished === 0 && run.callsPerSecond >= run.rate * 0.95;
}

export async function callRateBench(): Promise<Report> {
  const runs: Run[] = [];
  const stack = await startPeer("stack", MEASURED_CORE);
  try {
    await openLoop(stack.port, "rate", 200);
    for (const rate of STACK_RATES) {
      const meter = new CostMeter([stack.pid]);
      const run = await openLoop(stack.port, "rate", rate);
      runs.push({ target: "bare stack", rate, ...run, mainCores: meter.cores()[0] ?? 0, workerCores: 0 });
    }
  } finally {
    await stack.stop();
  }
  const product = await startProduct();
  try {
    bindToCore(product.mainPid, MEASURED_CORE);
    bindToCore(product.workerPid, OTHER_CORE);
    await openLoop(product.ringdown.udp.port, "echo-line", 100);
    for (const rate of PRODUCT_RATES) {
      const meter = new CostMeter([product.mainPid, product.workerPid]);
      const run = await openLoop(product.ringdown.udp.port, "echo-line", rate);
      const [mainCores = 0, workerCores = 0] = meter.cores();
      runs.push({ target: "whole product, echo agent", rate, ...run, mainCores, workerCores });
      // Beyond its ceiling there is nothing more to learn, and much to wait for.
      if (run.callsPerSecond < rate * 0.7) break;
    }
  } catch (error) {
    product.ringdown.onFailure(error, "call rate");
    throw error;
  } finally {
    await product.ringdown.stop();
  }
  const good = runs.filter(isGood);
  const best = (target: string): number =>
    Math.max(0, ...good.filter((run) => run.target === target).map((run) => run.rate));
  const stackBest = best("bare stack");
  const productBest = best("whole product, echo agent");
  return {
    name: "call-rate",
    title: "Calls set up and ended a second, no media flowing",
    method: [
      `bench/peers/call-generator.c in an open loop (INVITE, ACK, BYE at once) for ${SECONDS} s at each rate; the time is from INVITE sent to its 200 received, by the kernel's time stamp.`,
      `The signalling process is bound to core ${MEASURED_CORE}; the generator and the call worker share core ${OTHER_CORE}.`,
      "The whole product opens and closes a media leg in the worker and writes a call record to SQLite for each call.",
    ],
    goals: [
      {
        goal: `${GOAL_RATE}/s with p95 of INVITE to 200 of at most ${GOAL_P95_MS} ms, bare stack`,
        reached: stackBest >= GOAL_RATE,
        measured: `up to ${stackBest}/s`,
      },
      {
        goal: `the same, whole product`,
        reached: productBest >= GOAL_RATE,
        measured: `up to ${productBest}/s`,
      },
    ],
    columns: [
      "target",
      "calls/s asked",
      "calls/s done",
      "p50 ms",
      "p95 ms",
      "p99 ms",
      "refused",
      "unfinished",
      "INVITEs resent",
      "main cores",
      "worker cores",
    ],
    rows: runs.map((run): Cell[] => [
      run.target,
      run.rate,
      run.callsPerSecond.toFixed(0),
      run.setUpMs?.p50 ?? "",
      run.setUpMs?.p95 ?? "",
      run.setUpMs?.p99 ?? "",
      run.failed,
      run.unfinished,
      run.inviteResends,
      run.mainCores.toFixed(2),
      run.workerCores.toFixed(2),
    ]),
    raw: runs,
  };
}

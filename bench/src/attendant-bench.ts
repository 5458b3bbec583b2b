// What a call to the attendant costs while it speaks and listens, and where that goes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GeneratorResult, generateCalls, rampSeconds } from "./call-generator.ts";
import { startProduct } from "./peer-process.ts";
import { CostMeter, processorSecondsByThread, residentMiB } from "./process-cost.ts";
import { profileShares, type Share } from "./profile.ts";
import type { Cell, Report } from "./report.ts";

const CALLS = [1, 5, 10, 20];
const HOLD_SECONDS = 12;

/** The cheapest published bridge from a call to a WebSocket, without any AI. */
const PUBLISHED_PERCENT = 0.54;

interface Run extends GeneratorResult {
  workerCores: number;
  mainCores: number;
  workerMiB: number;
  mebibytesPerCall: number;
  secondsByThread: Record<string, number>;
}

const agent = {
  username: "talker",
  title: "Talker",
  mode: "attendant",
  welcomeMessage:
    "Hello, and thank you for calling. This is a long greeting that the benchmark listens to, so that the agent " +
    "speaks all the time while it is measured. Please press one for our opening hours, or two to leave a message, " +
    "or stay on the line to hear all of this once more, as nobody is in a hurry here.",
  functions: [
    { type: "say", name: "opening hours", key: "1", text: "We are open from nine to five." },
    { type: "takeMessage", name: "leave a message", key: "2" },
  ],
};

async function runCalls(environment: Record<string, string>, calls: number): Promise<Run> {
  const product = await startProduct(environment);
  try {
    await product.ringdown.api.createAgent(agent);
    const port = product.ringdown.udp.port;
    // One call before, so that voices are loaded and phrases are in the cache, as on a line in use.
    await generateCalls({ port, user: "talker", calls: 1, rate: 10, hold: 3, media: "silence" });
    const memoryBefore = residentMiB(product.workerPid);
    const run = { port, user: "talker", calls, rate: 10, hold: HOLD_SECONDS, media: "silence" } as const;
    const threadsBefore = processorSecondsByThread(product.workerPid);
    const result = generateCalls(run);
    const wait = (seconds: number): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    await Promise.race([wait(rampSeconds(run)), result]);
    const meter = new CostMeter([product.workerPid, product.mainPid]);
    await Promise.race([wait(HOLD_SECONDS - 0.5), result]);
    const [workerCores = 0, mainCores = 0] = meter.cores();
    const workerMiB = residentMiB(product.workerPid);
    const outcome = await result;
    const threads = processorSecondsByThread(product.workerPid);
    return {
      ...outcome,
      workerCores,
      mainCores,
      workerMiB,
      mebibytesPerCall: (workerMiB - memoryBefore) / calls,
      secondsByThread: Object.fromEntries(
        Object.entries(threads).map(([name, seconds]) => [name, seconds - (threadsBefore[name] ?? 0)]),
      ),
    };
  } catch (error) {
    product.ringdown.onFailure(error, "attendant");
    throw error;
  } finally {
    await product.ringdown.stop();
  }
}

/** A run of its own under V8's profiler, as the profiler itself costs. */
async function whereItGoes(): Promise<Share[]> {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-profile-"));
  try {
    await runCalls({ NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` }, 10);
    return profileShares(folder).slice(0, 25);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function attendantBench(): Promise<Report> {
  const runs: Run[] = [];
  for (const calls of CALLS) runs.push(await runCalls({}, calls));
  const shares = await whereItGoes();
  const perCall = (run: Run): number => (run.workerCores / Math.max(1, run.answered)) * 100;
  const largest = runs.at(-1);
  const total = shares.reduce((sum, share) => sum + share.ms, 0);
  return {
    name: "attendant",
    title: "Processor per call to the attendant while it speaks and listens",
    method: [
      `bench/peers/call-generator.c makes the calls and sends silence; measured are ${HOLD_SECONDS} s while all calls stand, most of them during the greeting. Processor time by the kernel's accounting of the worker and of the main process; nothing is bound to a core.`,
      `Where it goes is from a run of its own with 10 calls under V8's profiler, start of the process included: ${shares
        .slice(0, 12)
        .map((share) => `${share.part} ${((share.ms / total) * 100).toFixed(0)} %`)
        .join(", ")}.`,
    ],
    goals: [
      {
        goal: `processor per call, beside ${PUBLISHED_PERCENT} % of a core a call, the best published for a bridge without any AI`,
        reached: "reported",
        measured:
          largest === undefined ? "nothing" : `${perCall(largest).toFixed(2)} % at ${largest.calls} calls`,
      },
    ],
    columns: [
      "calls",
      "answered",
      "% of a core a call",
      "main cores",
      "late p50 ms",
      "late p99 ms",
      "lost",
      "worker MiB",
      "MiB a call",
      "set-up p50 ms",
    ],
    rows: runs.map((run): Cell[] => [
      run.calls,
      run.answered,
      perCall(run).toFixed(2),
      run.mainCores.toFixed(3),
      run.latenessMs?.p50 ?? "",
      run.latenessMs?.p99 ?? "",
      run.packetsLost,
      Math.round(run.workerMiB),
      run.mebibytesPerCall.toFixed(1),
      run.setUpMs?.p50 ?? "",
    ]),
    raw: { runs, shares },
  };
}

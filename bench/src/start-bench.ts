// From the command to the ready line, and what the product weighs when nobody calls.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RingdownProcess } from "../../interop/src/ringdown-process.ts";
import { descendants, proportionalMiB, residentMiB } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";
import { median, percentile } from "./statistics.ts";

const STARTS = 5;
/** Long enough for what is loaded after ready to have been loaded. */
const REST_MS = 8_000;
const GOAL_SECONDS = 3;
const GOAL_MIB = 350;

interface Start {
  kind: string;
  readySeconds: number;
  mainMiB: number;
  workersMiB: number;
  /** Of all of them, shared pages counted once. */
  togetherMiB: number;
  workers: number;
}

async function start(kind: string, dataFolder: string): Promise<Start> {
  const from = performance.now();
  const ringdown = await RingdownProcess.start({ dataFolder, environment: { RINGDOWN_WORKERS: "1" } });
  try {
    const readySeconds = (performance.now() - from) / 1_000;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const workers = descendants(ringdown.pid);
    const workersMiB = workers.reduce((sum, pid) => sum + residentMiB(pid), 0);
    return {
      kind,
      readySeconds,
      mainMiB: residentMiB(ringdown.pid),
      workersMiB,
      togetherMiB: [ringdown.pid, ...workers].reduce((sum, pid) => sum + proportionalMiB(pid), 0),
      workers: workers.length,
    };
  } finally {
    await ringdown.stop();
  }
}

export async function startBench(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-start-"));
  const starts: Start[] = [];
  try {
    starts.push(await start("first start, empty folder", folder));
    for (let count = 0; count < STARTS; count++) starts.push(await start("later start", folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const memory = starts.map((each) => each.togetherMiB);
  const slowest = percentile(
    starts.map((each) => each.readySeconds),
    1,
  );
  return {
    name: "start",
    title: "Start to ready, and memory at rest",
    method: [
      `Wall time from the start of the process to its ready line, one worker; the first start makes database, token and agent, ${STARTS} later ones find them. Memory ${REST_MS / 1_000} s after ready, no call made: resident (VmRSS) of each process; together by Pss, as they share the pages of Node itself.`,
    ],
    goals: [
      {
        goal: `ready within ${GOAL_SECONDS} s`,
        reached: slowest <= GOAL_SECONDS,
        measured: `${slowest.toFixed(2)} s at most, median ${median(starts.map((each) => each.readySeconds)).toFixed(2)} s`,
      },
      {
        goal: `at most ${GOAL_MIB} MiB with one worker`,
        reached: median(memory) <= GOAL_MIB,
        measured: `${median(memory).toFixed(0)} MiB`,
      },
    ],
    columns: ["start", "ready s", "main resident MiB", "worker resident MiB", "together MiB"],
    rows: starts.map((each): Cell[] => [
      each.kind,
      each.readySeconds.toFixed(2),
      each.mainMiB.toFixed(0),
      each.workersMiB.toFixed(0),
      each.togetherMiB.toFixed(0),
    ]),
    raw: starts,
  };
}

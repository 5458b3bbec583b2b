// OPTIONS answered a second by one core, beside Kamailio on the same core in the same run.
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { findProgram } from "../../interop/src/peer.ts";
import { freeUdpPort } from "../../interop/src/ports.ts";
import { buildTool, runTool } from "./native-tool.ts";
import { end, startPeer } from "./peer-process.ts";
import { CostMeter, descendants } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";
import { median } from "./statistics.ts";

const SECONDS = 4;
const ROUNDS = 3;
const OUTSTANDING = [1, 50, 200];
const GOAL = 15_000;
const MEASURED_CORE = 0;
const LOAD_CORE = 1;

interface Flood {
  answeredPerSecond: number;
  other: number;
  lost: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  generatorCores: number;
}

interface Row extends Flood {
  server: string;
  outstanding: number;
  cores: number;
}

async function flood(server: string, port: number, pid: number, rows: Row[]): Promise<void> {
  const tool = buildTool("options-flood");
  for (const outstanding of OUTSTANDING) {
    const meter = new CostMeter([pid, ...descendants(pid)]);
    const text = await runTool(tool, [String(port), String(outstanding), String(SECONDS)], LOAD_CORE);
    const cores = meter.cores().reduce((sum, each) => sum + each, 0);
    rows.push({ server, outstanding, cores, ...(JSON.parse(text) as Flood) });
  }
}

async function kamailio(rows: Row[]): Promise<void> {
  const program = findProgram("kamailio");
  if (program === undefined) {
    console.log("kamailio is not installed: measured without it");
    return;
  }
  const port = await freeUdpPort();
  const config = resolve(import.meta.dirname, "../peers/kamailio-options.cfg");
  const parameters = ["-DD", "-E", "-f", config, "-l", `udp:127.0.0.1:${port}`, "-m", "64", "-w", "/tmp"];
  const child = spawn("taskset", ["-c", String(MEASURED_CORE), program, ...parameters], { stdio: "ignore" });
  try {
    // It has no ready line on stdout; it answers within a second.
    await new Promise((resolvePromise) => setTimeout(resolvePromise, 1_500));
    await flood("Kamailio", port, child.pid ?? 0, rows);
  } finally {
    await end(child);
  }
}

export async function optionsBench(): Promise<Report> {
  const rows: Row[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const stack = await startPeer("stack", MEASURED_CORE);
    try {
      await flood("ringdown's stack", stack.port, stack.pid, rows);
    } finally {
      await stack.stop();
    }
    await kamailio(rows);
  }
  const cells: Cell[][] = [];
  let best = 0;
  for (const server of new Set(rows.map((row) => row.server))) {
    for (const outstanding of OUTSTANDING) {
      const same = rows.filter((row) => row.server === server && row.outstanding === outstanding);
      const of = (pick: (row: Row) => number): number => median(same.map(pick));
      const rate = of((row) => row.answeredPerSecond);
      if (server !== "Kamailio") best = Math.max(best, rate);
      const lost = same.reduce((sum, row) => sum + row.lost + row.other, 0);
      const latency = [of((row) => row.p50Ms), of((row) => row.p99Ms)].map((ms) => ms.toFixed(2));
      cells.push([
        server,
        outstanding,
        Math.round(rate),
        ...latency,
        of((row) => row.cores).toFixed(2),
        lost,
      ]);
    }
  }
  return {
    name: "options",
    title: "OPTIONS answered a second on one core",
    method: [
      `A closed loop of our own (bench/peers/options-flood.c, on core ${LOAD_CORE}) keeps so many requests outstanding for ${SECONDS} s; the server is bound to core ${MEASURED_CORE}.`,
      `Median of ${ROUNDS} rounds, servers in turns. Both answer without a transaction (RFC 3261 §8.2.7); Kamailio with bench/peers/kamailio-options.cfg, one UDP process.`,
    ],
    goals: [{ goal: `at least ${GOAL}/s`, reached: best >= GOAL, measured: `${Math.round(best)}/s` }],
    columns: ["server", "outstanding", "answered/s", "p50 ms", "p99 ms", "cores used", "lost or other"],
    rows: cells,
    raw: rows,
  };
}

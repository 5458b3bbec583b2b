// Starts what is measured, waits until it can be used, and ends it by its own id.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { RingdownProcess } from "../../interop/src/ringdown-process.ts";
import { bindToCore, descendants } from "./process-cost.ts";

const repository = resolve(import.meta.dirname, "../..");

export interface Measured {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

/** One of bench/src/peers as a process; it prints `ready PORT`. */
export async function startPeer(name: string, core?: number): Promise<Measured> {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, `peers/${name}.ts`)], {
    cwd: repository,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null || child.pid === undefined) throw new Error(`${name} did not start`);
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^ready (\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    if (core !== undefined) bindToCore(child.pid, core);
    return { port: Number(port), pid: child.pid, stop: () => end(child) };
  }
  throw new Error(`${name} ended before it was ready`);
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await once(child, "exit");
  clearTimeout(killer);
}

export interface MeasuredProduct {
  ringdown: RingdownProcess;
  /** Signalling, API, database. */
  mainPid: number;
  /** The call worker. */
  workerPid: number;
}

/** The whole product with one worker, its limits out of the way, and a few lines to call. */
export async function startProduct(environment: Record<string, string> = {}): Promise<MeasuredProduct> {
  const ringdown = await RingdownProcess.start({
    environment: {
      RINGDOWN_WORKERS: "1",
      RINGDOWN_RTP_PORTS: "10000-19999",
      RINGDOWN_MAX_CALLS: "4000",
      RINGDOWN_INVITE_RATE: "0",
      RINGDOWN_LOG: "warn",
      RINGDOWN_DRAIN_SECONDS: "0",
      ...environment,
    },
  });
  const echo = { title: "Echo", mode: "echo" };
  await ringdown.api.createAgent({ ...echo, username: "echo-line", recording: false });
  await ringdown.api.createAgent({ ...echo, username: "echo-recorded", recording: true });
  const workers = descendants(ringdown.pid);
  const [workerPid] = workers;
  if (workerPid === undefined || workers.length !== 1) {
    await ringdown.stop();
    throw new Error(`one worker process was expected, there are ${workers.length}`);
  }
  return { ringdown, mainPid: ringdown.pid, workerPid };
}

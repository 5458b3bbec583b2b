// What a process has used, by the kernel's own accounting (/proc).
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ: what /proc counts processor time in. 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time, all threads, user and system. */
export function processorSeconds(pid: number): number {
  // The second field, the name, may hold spaces: count from behind its closing bracket.
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same for each thread, added up by the thread's name. */
export function processorSecondsByThread(pid: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, "latin1");
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const fields = stat.split(") ").at(-1)?.split(" ") ?? [];
      sums[name] = (sums[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    } catch {
      // The thread ended while we looked.
    }
  }
  return sums;
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;
}

/** Resident memory in MiB where a page that several processes share counts for each in part only: what they take together. */
export function proportionalMiB(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1]) / 1024;
}

/** Ids of a process's children and theirs. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "latin1"))?.[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const children = parents.get(pid) ?? [];
  return [...children, ...children.flatMap((child) => descendants(child))];
}

/** Binds all threads of a process to one core. */
export function bindToCore(pid: number, core: number): void {
  execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
}

/** Processor time of some processes between two moments, in cores. */
export class CostMeter {
  readonly #pids: readonly number[];
  readonly #before: readonly number[];
  readonly #startedAt = performance.now();

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#before = pids.map(processorSeconds);
  }

  /** Cores used by each process since the meter was made: 1 is one core fully busy. */
  cores(): number[] {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    return this.#pids.map((pid, index) => (processorSeconds(pid) - (this.#before[index] ?? 0)) / seconds);
  }
}

// What the figures were measured on.
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  commit: string;
  /** Load average of the last minute when the run began: other work on the machine spoils figures. */
  loadAtStart: number;
}

export function describeMachine(loadAtStart: number): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit:
      git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "-uno") === "" ? "" : " and changes"),
    loadAtStart: Math.round(loadAtStart * 100) / 100,
  };
}

function git(...parameters: string[]): string {
  try {
    return execFileSync("git", parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown";
  }
}

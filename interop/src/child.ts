// Child processes that a test starts: ended by their own id, never by name, and never left behind.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

const running = new Set<ChildProcess>();

// A test file that is stopped (time-out, Ctrl-C) must not leave servers behind.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => process.exit(1));
}

/** A command line that runs in a network namespace of `ip netns`, where one is named: it becomes that program. */
export function inNamespace(
  namespace: string | undefined,
  program: string,
  parameters: readonly string[],
): [program: string, parameters: readonly string[]] {
  if (namespace === undefined) return [program, parameters];
  return ["ip", ["netns", "exec", namespace, program, ...parameters]];
}

/** Starts a program and remembers it until it has ended. */
export function startChild(
  program: string,
  parameters: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(program, parameters, options);
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

export interface ExitStatus {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Waits until the child has ended; it may have ended already. */
export async function ended(child: ChildProcess): Promise<ExitStatus> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return { code: child.exitCode, signal: child.signalCode };
}

/** Asks the child to end by `signal`, and kills it when it has not within `graceMs`. */
export async function endChild(
  child: ChildProcess,
  graceMs: number,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<ExitStatus> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await ended(child);
    clearTimeout(killer);
  }
  return { code: child.exitCode, signal: child.signalCode };
}

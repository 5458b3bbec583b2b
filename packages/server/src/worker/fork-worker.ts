import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Outbox } from "./outbox.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import type { WorkerChild } from "./worker-handle.ts";
import { logOutput, type OutputLog } from "./worker-output.ts";

/** MB of each half of V8's nursery. Its collection stops the media while survivors are copied: docs/design/workers.md. */
const NURSERY_MB = 2;
const entry = fileURLToPath(new URL("./main.ts", import.meta.url));

/** A worker has no business with secrets; and glibc keeps a heap for each of its many threads unless it is told not to. */
function workerEnvironment(): NodeJS.ProcessEnv {
  const { RINGDOWN_TOKEN: _token, RINGDOWN_KEY: _key, DATABASE_URL: _database, ...rest } = process.env;
  const open = Object.entries(rest).filter(([name]) => !name.endsWith("_API_KEY"));
  return { MALLOC_ARENA_MAX: "2", ...Object.fromEntries(open) };
}

/** Starts a real call worker. Its output goes to `log`. */
export function forkWorker(log: OutputLog): WorkerChild {
  const child = fork(entry, [], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "json",
    execArgv: [...process.execArgv, `--max-semi-space-size=${NURSERY_MB}`],
    env: workerEnvironment(),
  });
  if (child.stdout !== null) logOutput(child.stdout, "stdout", log);
  if (child.stderr !== null) logOutput(child.stderr, "stderr", log);
  let exited: string | undefined;
  let tell: ((how: string) => void) | undefined;
  const exit = (how: string): void => {
    if (exited !== undefined) return;
    exited = how;
    tell?.(how);
  };
  child.on("exit", (code, signal) => exit(signal === null ? `exit code ${code}` : `signal ${signal}`));
  // Without a pid the process never came to be, and no exit follows; other errors are of single sends.
  child.on("error", (error) => {
    if (child.pid === undefined) exit(error.message);
  });
  const outbox = new Outbox<ToWorker>((messages) => {
    // A send that loses the race with the worker's end is answered by its exit.
    if (exited === undefined && child.connected) child.send(messages, () => undefined);
  });
  return {
    pid: child.pid ?? -1,
    send: (message) => outbox.put(message),
    onMessage: (listener) => {
      child.on("message", (messages) => {
        for (const message of messages as FromWorker[]) listener(message);
      });
    },
    onExit: (listener) => {
      tell = listener;
      // It may have been started, and have died, before anybody listened.
      const how = exited;
      if (how !== undefined) queueMicrotask(() => listener(how));
    },
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

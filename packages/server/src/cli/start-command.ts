import { readConfig } from "../config/read-config.ts";
import { createLog } from "../log/log.ts";
import { FaultPolicy } from "../node-faults.ts";
import type { Ringdown } from "../ringdown.ts";
import { linkUrl } from "../users/password-link.ts";
import { consoleBase, readyLine, welcomeBlock } from "../welcome.ts";
import { forkWorker } from "../worker/fork-worker.ts";
import { workerCount } from "../worker/worker-count.ts";
import type { WorkerChild } from "../worker/worker-handle.ts";
import { StopSignals } from "./stop-signals.ts";

/** `ringdown start`: runs until a signal. A fault in the start is one line each on stderr, exit code 1. */
export async function startCommand(): Promise<void> {
  let running: Ringdown | undefined;
  let exitCode = 0;
  try {
    const { config, warnings } = readConfig(process.env);
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    const log = createLog(config.logLevel);
    const faults = new FaultPolicy({
      log,
      now: () => performance.now(),
      giveUp: () => {
        exitCode = 1;
        stop("faults");
      },
    });
    process.on("uncaughtException", (error) => {
      // Before the node stands there is nothing to keep alive.
      if (running === undefined) void failed(error);
      else faults.fault(error, "uncaughtException");
    });
    process.on("unhandledRejection", (error) => {
      if (running === undefined) void failed(error);
      else faults.fault(error, "unhandledRejection");
    });

    let stopping = false;
    const stop = (why: string): void => {
      if (running === undefined) process.exit(exitCode);
      if (stopping) {
        log.warn({ why }, "stopping at once");
        running.hurry();
        return;
      }
      stopping = true;
      log.info({ why }, "stopping");
      running.stop().then(
        () => log.flush(() => process.exit(exitCode)),
        (error: unknown) => {
          log.fatal({ err: error }, "the node could not be stopped in order");
          log.flush(() => process.exit(1));
        },
      );
    };
    const signals = new StopSignals();
    const signalled = (name: string): void => {
      const step = signals.signal(performance.now());
      if (step === "exit") process.exit(1);
      if (step !== undefined) stop(name);
    };
    process.on("SIGTERM", signalled);
    process.on("SIGINT", signalled);

    // The workers load their modules on the other cores while this process loads its own.
    const ahead = Array.from({ length: workerCount(config) }, (_, slot) =>
      forkWorker(log.child({ worker: slot })),
    );
    const fork = (slot: number): WorkerChild => ahead.shift() ?? forkWorker(log.child({ worker: slot }));
    const { startRingdown } = await import("../ringdown.ts");
    const site = config.console
      ? new (await import("../console/console-site.ts")).ConsoleSite(log)
      : undefined;
    running = await startRingdown(config, log, fork, site);
    const { listeners, http, firstStart, passwordLink, certificate } = running;
    // Only where there is a certificate: without one the end of a terminal ends the node, as it always did.
    if (certificate !== undefined) process.on("SIGHUP", () => void running?.reloadTls());
    process.stdout.write(`${readyLine(listeners, http)}\n`);
    process.stdout.write(
      welcomeBlock({
        listeners,
        http,
        username: firstStart.agent?.username,
        newToken: firstStart.newToken,
        passwordUrl: passwordLink && linkUrl(consoleBase(config, http), passwordLink),
        dataDir: config.dataDir,
        certificate,
        startMs: process.uptime() * 1000,
      }),
    );
    // Calls first: what it takes to have a console is found out when they can be taken.
    void site?.prepare();
  } catch (error) {
    await failed(error);
  }
}

/** Workers that were started ahead end by themselves when this process does. */
async function failed(error: unknown): Promise<never> {
  const { startErrorLines } = await import("../start-error.ts");
  const lines = startErrorLines(error) ?? [
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ];
  for (const line of lines) process.stderr.write(`ringdown: ${line}\n`);
  process.exit(1);
}

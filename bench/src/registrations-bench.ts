// A thousand extensions kept registered by one process, with short bindings, through a restart of the registrar.
import { setTimeout as pause } from "node:timers/promises";
import { AgentRegistration } from "../../interop/src/api-registration.ts";
import { type Kamailio, startKamailio } from "../../interop/src/kamailio.ts";
import { PbxOperator } from "../../interop/src/kamailio-pbx.ts";
import { RingdownProcess } from "../../interop/src/ringdown-process.ts";
import { CostMeter, descendants, residentMiB } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";
import { percentile } from "./statistics.ts";

const REGISTRATIONS = Number(process.env.BENCH_REGISTRATIONS ?? 1_000);
/** Seconds that are watched once all are registered, in all. */
const WATCHED_S = Number(process.env.BENCH_SECONDS ?? 600);
/** Seconds, that the registrar allows: asked for are 300. */
const EXPIRES_S = 60;
/** Seconds that the registrar is away. */
const AWAY_S = 3;
/** Seconds within which the first registration of all, and the return of all, have to be done; else the run has failed. */
const PATIENCE_S = 180;

interface Second {
  /** Since the phase began. */
  at: number;
  /** REGISTERs that came in that second; those that repeat with credentials count too. */
  registers: number;
  /** Extensions that the registrar holds. */
  bound: number;
}

interface Phase {
  name: string;
  seconds: Second[];
  /** Cores of the main process. */
  cores: number;
  /** MiB of the main process, at the end. */
  residentMiB: number;
}

class Watch {
  readonly #operator: PbxOperator;
  readonly #pid: number;

  constructor(operator: PbxOperator, pid: number) {
    this.#operator = operator;
    this.#pid = pid;
  }

  /** Looks each second until `isOver`, or fails after `limit` seconds where that is a fault. */
  async phase(name: string, isOver: (second: Second) => boolean, limit: number): Promise<Phase> {
    const meter = new CostMeter([this.#pid]);
    const begun = performance.now();
    const seconds: Second[] = [];
    let before = await this.#operator.allRegisters();
    let last = begun;
    for (let tick = 1; ; tick++) {
      await pause(Math.max(0, begun + tick * 1_000 - performance.now()));
      const [all, bound] = await Promise.all([this.#operator.allRegisters(), this.#operator.bindings()]);
      const now = performance.now();
      const second = {
        at: (now - begun) / 1_000,
        registers: ((all - before) * 1_000) / (now - last),
        bound,
      };
      seconds.push(second);
      before = all;
      last = now;
      if (isOver(second)) break;
      if (second.at > limit)
        throw new Error(`${name}: ${bound} of ${REGISTRATIONS} are bound after ${limit} s`);
    }
    const [cores = Number.NaN] = meter.cores();
    return { name, seconds, cores, residentMiB: residentMiB(this.#pid) };
  }
}

export async function registrationsBench(): Promise<Report> {
  const defines = [`MAX_EXPIRES=${EXPIRES_S}`];
  let pbx: Kamailio = await startKamailio(defines, "pbx");
  const ringdown = await RingdownProcess.start({
    environment: { RINGDOWN_WORKERS: "1", RINGDOWN_LOG: "warn", RINGDOWN_DRAIN_SECONDS: "0" },
  });
  try {
    const watch = new Watch(new PbxOperator(pbx.port), ringdown.pid);
    const first = watch.phase(
      "all come for the first time",
      ({ bound }) => bound >= REGISTRATIONS,
      PATIENCE_S,
    );
    // Whoever waits for the first phase shall not miss that this one fails.
    first.catch(() => undefined);
    const registrations: AgentRegistration[] = [];
    for (let each = 0; each < REGISTRATIONS; each++) {
      const extension = String(20_000 + each);
      const agent = await ringdown.api.createAgent({ username: `extension-${extension}`, mode: "echo" });
      const registration = new AgentRegistration(ringdown.api, agent.id);
      const account = { aor: `${extension}@pbx.test`, password: `secret${extension}` };
      await registration.put({ ...account, proxy: `127.0.0.1:${pbx.port}` });
      registrations.push(registration);
    }
    const phases = [await first];
    const half = Math.ceil(WATCHED_S / 2);
    phases.push(await watch.phase("kept", ({ at }) => at >= half, Number.POSITIVE_INFINITY));
    await pbx.kill();
    await pause(AWAY_S * 1_000);
    pbx = await startKamailio(defines, "pbx", { ports: pbx });
    phases.push(
      await watch.phase(
        "after a restart without a memory",
        ({ bound }) => bound >= REGISTRATIONS,
        PATIENCE_S,
      ),
    );
    phases.push(
      await watch.phase("kept again", ({ at }) => at >= WATCHED_S - half, Number.POSITIVE_INFINITY),
    );
    let registered = 0;
    for (const registration of registrations) {
      if ((await registration.get()).state === "registered") registered++;
    }
    const troubles = ringdown.lines.filter((line) => line.includes('"registration ')).length;
    const workers = descendants(ringdown.pid).map((pid) => residentMiB(pid));
    return report(phases, registered, troubles, workers);
  } finally {
    await ringdown.stop();
    await pbx.stop();
  }
}

function report(
  phases: readonly Phase[],
  registered: number,
  troubles: number,
  workersMiB: number[],
): Report {
  const kept = phases.filter(({ name }) => name.startsWith("kept")).flatMap(({ seconds }) => seconds);
  const least = Math.min(...kept.map(({ bound }) => bound));
  const peak = Math.max(...phases.flatMap(({ seconds }) => seconds.map(({ registers }) => registers)));
  const back = phases[2]?.seconds.at(-1)?.at ?? Number.NaN;
  return {
    name: "registrations",
    title: `${REGISTRATIONS} registrations kept by one process`,
    method: [
      `One node with ${REGISTRATIONS} agents, each an extension of one Kamailio by UDP with digest (MD5); the registrar cuts bindings to ${EXPIRES_S} s.`,
      `Watched for ${WATCHED_S} s besides the two phases in which all come: in the middle the registrar is killed, is away for ${AWAY_S} s, and comes back without bindings and nonces.`,
      "Each second the registrar itself is asked how many it holds and how many REGISTERs came, those that repeat with credentials included.",
      "The first phase goes as fast as the API is asked to make agents and registrations, by one client, one after the other. Processor time is the kernel's, of the main process, all threads.",
    ],
    goals: [
      {
        goal: "all stay registered",
        reached: least === REGISTRATIONS && registered === REGISTRATIONS,
        measured: `${least} bound at the least while they were kept; ${registered} registered by our own account at the end; ${troubles} changes for the worse in the log`,
      },
      {
        goal: "a restart of the registrar makes no storm",
        reached: "reported",
        measured: `${peak.toFixed(0)} REGISTERs in the busiest second; all back ${back.toFixed(0)} s after its return`,
      },
    ],
    columns: [
      "phase",
      "s",
      "bound, least",
      "bound, end",
      "REGISTERs/s mean",
      "p95",
      "most",
      "cores",
      "main MiB",
    ],
    rows: phases.map(({ name, seconds, cores, residentMiB: memory }): Cell[] => {
      const rates = seconds.map(({ registers }) => registers);
      return [
        name,
        (seconds.at(-1)?.at ?? 0).toFixed(0),
        Math.min(...seconds.map(({ bound }) => bound)),
        seconds.at(-1)?.bound ?? 0,
        (rates.reduce((sum, rate) => sum + rate, 0) / rates.length).toFixed(1),
        percentile(rates, 0.95).toFixed(0),
        Math.max(...rates).toFixed(0),
        cores.toFixed(3),
        memory.toFixed(0),
      ];
    }),
    raw: { phases, workersMiB },
  };
}

// Echo calls with G.711 at once on one worker: how late its packets are, what is lost, what it costs a call.
import { type GeneratorResult, type GeneratorRun, generateCalls, rampSeconds } from "./call-generator.ts";
import { startPeer, startProduct } from "./peer-process.ts";
import { bindToCore, CostMeter } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";

const SIZES = [
  { calls: 100, recorded: false },
  { calls: 300, recorded: false },
  { calls: 500, recorded: false },
  { calls: 500, recorded: true },
  { calls: 800, recorded: false },
];
const HOLD_SECONDS = 20;
const GOAL_CALLS = 500;
const GOAL_LATE_MS = 5;
const GOAL_PERCENT_OF_CORE = 0.12;
const MEDIA_CORE = 0;
const OTHER_CORE = 1;

interface Run extends GeneratorResult {
  server: string;
  mediaCores: number;
  mainCores: number;
}

/** Runs the generator and measures processor time only while all calls stand. */
async function measure(run: GeneratorRun, pids: readonly number[]): Promise<[GeneratorResult, number[]]> {
  const result = generateCalls(run);
  const wait = (seconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  await Promise.race([wait(rampSeconds(run)), result]);
  const meter = new CostMeter(pids);
  await Promise.race([wait(run.hold - 0.5), result]);
  const cores = meter.cores();
  return [await result, cores];
}

export async function echoBench(): Promise<Report> {
  const runs: Run[] = [];
  for (const { calls, recorded } of SIZES) {
    const run = { calls, rate: 50, hold: HOLD_SECONDS, media: "stamps", core: OTHER_CORE } as const;
    if (!recorded) {
      const bare = await startPeer("bare-echo", MEDIA_CORE);
      try {
        const [result, [mediaCores = 0]] = await measure({ ...run, port: bare.port, user: "echo" }, [
          bare.pid,
        ]);
        runs.push({ server: "bare sockets", ...result, mediaCores, mainCores: 0 });
      } finally {
        await bare.stop();
      }
    }
    // A fresh process for each size: a start is cheap, and no run inherits another's heap.
    const product = await startProduct();
    try {
      bindToCore(product.mainPid, OTHER_CORE);
      bindToCore(product.workerPid, MEDIA_CORE);
      const port = product.ringdown.udp.port;
      const user = recorded ? "echo-recorded" : "echo-line";
      const pids = [product.workerPid, product.mainPid];
      const [result, [mediaCores = 0, mainCores = 0]] = await measure({ ...run, port, user }, pids);
      runs.push({ server: recorded ? "ringdown, recording" : "ringdown", ...result, mediaCores, mainCores });
    } catch (error) {
      product.ringdown.onFailure(error, "echo");
      throw error;
    } finally {
      await product.ringdown.stop();
    }
  }
  const perCall = (run: Run): number => (run.mediaCores / Math.max(1, run.answered)) * 100;
  const share = (run: Run | undefined): string => (run === undefined ? "?" : perCall(run).toFixed(3));
  const good = runs.filter(
    (run) =>
      run.server === "ringdown" &&
      run.answered === run.calls &&
      run.packetsLost === 0 &&
      (run.latenessMs?.p99 ?? Number.POSITIVE_INFINITY) <= GOAL_LATE_MS,
  );
  const most = Math.max(0, ...good.map((run) => run.calls));
  const atGoal = runs.find((run) => run.server === "ringdown" && run.calls === GOAL_CALLS);
  const bareAtGoal = runs.find((run) => run.server === "bare sockets" && run.calls === GOAL_CALLS);
  return {
    name: "echo",
    title: "Echo calls at once on one worker, G.711 both ways",
    method: [
      `bench/peers/call-generator.c calls at 50 calls/s, then all calls stand for ${HOLD_SECONDS} s, which alone are measured. Each call sends 50 packets a second and takes the arrival of each packet by the kernel's time stamp.`,
      "Lateness is a packet's arrival against its RTP timestamp, from the earliest packet of its stream. Lost is what is missing from the sequence numbers.",
      `The worker is bound to core ${MEDIA_CORE}; signalling and generator share core ${OTHER_CORE}. Bare sockets: Node's dgram, one socket a call, one 20 ms loop, no RTP logic (bench/src/peers/bare-echo.ts), in the same run.`,
      "Jitter buffer, RTCP and call records are as in daily use; the peers' figures are without recording, so only the row that says so records (stereo WAV for each call).",
    ],
    goals: [
      {
        goal: `at least ${GOAL_CALLS} calls with p99 lateness of at most ${GOAL_LATE_MS} ms and no packet lost`,
        reached: most >= GOAL_CALLS,
        measured: `${most} calls; at ${GOAL_CALLS}: p99 ${atGoal?.latenessMs?.p99} ms, ${atGoal?.packetsLost} lost`,
      },
      {
        goal: `at most ${GOAL_PERCENT_OF_CORE} % of a core a call`,
        reached: atGoal !== undefined && perCall(atGoal) <= GOAL_PERCENT_OF_CORE,
        measured: `${share(atGoal)} % at ${GOAL_CALLS} calls, bare sockets ${share(bareAtGoal)} % in the same run`,
      },
    ],
    columns: [
      "server",
      "calls",
      "answered",
      "late p50 ms",
      "p99 ms",
      "p99.9 ms",
      "max ms",
      "lost",
      "gaps > 40 ms",
      "echo p50 ms",
      "% of a core a call",
      "main cores",
    ],
    rows: runs.map((run): Cell[] => [
      run.server,
      run.calls,
      run.answered,
      run.latenessMs?.p50 ?? "",
      run.latenessMs?.p99 ?? "",
      run.latenessMs?.p999 ?? "",
      run.latenessMs?.max ?? "",
      run.packetsLost,
      run.gapsOver40Ms,
      run.roundTripMs?.p50 ?? "",
      perCall(run).toFixed(3),
      run.mainCores.toFixed(3),
    ]),
    raw: runs,
  };
}

// Bridged calls, G.711 relayed packet by packet: what one costs, and what the relay adds to the way of a packet.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { end } from "./peer-process.ts";
import { bindToCore, CostMeter, residentMiB } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";
import { Rtpengine, rtpenginePath } from "./rtpengine.ts";
import { runStreamPairs, type StreamPairsResult } from "./stream-pairs.ts";

const SECONDS = Number(process.env.BRIDGE_SECONDS ?? 8);
const SIZES = (process.env.BRIDGE_SIZES ?? "100 300 500").split(" ").map(Number);
const GOAL_CALLS = 300;
const GOAL_PERCENT_OF_CORE = 0.15;
const GOAL_DELAY_MS = 2;
const RELAY_CORE = 0;
const OTHER_CORE = 1;
const PCMA = 8;

interface Relay {
  pid: number;
  /** Ports for these phones, in their order. */
  open(ports: number[]): Promise<number[]>;
  stop(): Promise<void>;
}

interface Run extends StreamPairsResult {
  server: string;
  cores: number;
  memoryMiB: number;
}

async function node(peer: string, ...parameters: string[]): Promise<Relay> {
  const repository = resolve(import.meta.dirname, "../..");
  const script = resolve(import.meta.dirname, `peers/${peer}.ts`);
  // as a call worker is started
  const child = spawn(process.execPath, ["--max-semi-space-size=2", script, ...parameters], {
    cwd: repository,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${peer} did not start`);
  const lines = createInterface({ input: child.stdout });
  return {
    pid,
    open: async (ports) => {
      bindToCore(pid, RELAY_CORE);
      child.stdin.write(`${ports.join(" ")}\n`);
      const [line] = await once(lines, "line");
      return String(line).split(" ").map(Number);
    },
    stop: () => end(child),
  };
}

async function rtpengine(): Promise<Relay> {
  const engine = await Rtpengine.start([30_000, 39_999], RELAY_CORE);
  const sdp = (port: number): string =>
    [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      `m=audio ${port} RTP/AVP 0 101`,
      "a=rtpmap:101 telephone-event/8000",
      "a=sendrecv",
      "",
    ].join("\r\n");
  return {
    pid: engine.pid,
    open: async (ports) => {
      const opened: number[] = [];
      for (let at = 0; at + 1 < ports.length; at += 2) {
        opened.push(...(await engine.relay(`call-${at}`, sdp(ports[at] ?? 0), sdp(ports[at + 1] ?? 0))));
      }
      return opened;
    },
    stop: () => engine.stop(),
  };
}

async function measure(
  server: string,
  pairs: number,
  relay: Relay,
  secondPayloadType?: number,
): Promise<Run> {
  let meter: CostMeter | undefined;
  let cores = 0;
  let memoryMiB = 0;
  try {
    const result = await runStreamPairs({
      pairs,
      seconds: SECONDS,
      core: OTHER_CORE,
      ...(secondPayloadType === undefined ? {} : { secondPayloadType }),
      relay: relay.open,
      onMeasured: () => {
        meter = new CostMeter([relay.pid]);
        setTimeout(
          () => {
            cores = meter?.cores()[0] ?? 0;
            memoryMiB = residentMiB(relay.pid);
          },
          (SECONDS - 0.2) * 1_000,
        );
      },
    });
    return { server, ...result, cores, memoryMiB };
  } finally {
    await relay.stop();
  }
}

export async function bridgeBench(): Promise<Report> {
  const runs: Run[] = [];
  for (const pairs of SIZES) {
    if (rtpenginePath !== undefined) runs.push(await measure("rtpengine", pairs, await rtpengine()));
    runs.push(await measure("bare sockets", pairs, await node("bare-relay")));
    runs.push(await measure("ringdown", pairs, await node("bridges")));
    if (pairs !== GOAL_CALLS) continue;
    runs.push(await measure("ringdown, PCMU to PCMA", pairs, await node("bridges", String(PCMA)), PCMA));
    runs.push(await measure("ringdown, recording", pairs, await node("bridges", "0", "recorded")));
  }
  const perCall = (run: Run | undefined): number => ((run?.cores ?? Number.NaN) / (run?.pairs ?? 1)) * 100;
  const at = (server: string): Run | undefined =>
    runs.find((run) => run.server === server && run.pairs === GOAL_CALLS);
  const own = at("ringdown");
  const others = ["rtpengine", "bare sockets"]
    .map((server) => `${server} ${perCall(at(server)).toFixed(3)} %`)
    .join(", ");
  return {
    name: "bridge",
    title: "Bridged calls at once in one process, G.711 relayed both ways",
    method: [
      `bench/peers/stream-pairs.c is two phones a call, each sending 50 packets a second with the time in them, for ${SECONDS} s after a second of warm-up. Delay is a packet's way from one phone to the other, by the kernel's time stamp at its arrival: two loopback hops and the relay.`,
      `The relay is bound to core ${RELAY_CORE}, the phones to core ${OTHER_CORE}. Processor time is the kernel's, of the relay's process, while all calls stand.`,
      "rtpengine: Debian's, in user space (--table=-1), one worker thread, as its one core allows. Bare sockets: Node's dgram, what comes in at one goes out at the other, no RTP logic (bench/src/peers/bare-relay.ts). Ringdown: legs of one media engine, two and two bridged, with RTCP, figures and keys listened for, without call control (bench/src/peers/bridges.ts). Recording: each call into a stereo WAV, both jitter buffers and decoders running.",
    ],
    goals: [
      {
        goal: `at most ${GOAL_PERCENT_OF_CORE} % of a core a bridged call`,
        reached: perCall(own) <= GOAL_PERCENT_OF_CORE,
        measured: `${perCall(own).toFixed(3)} % at ${GOAL_CALLS} calls; in the same run ${others}`,
      },
      {
        goal: `at most ${GOAL_DELAY_MS} ms of delay, p99, and no packet lost`,
        reached: (own?.delayMs?.p99 ?? Number.POSITIVE_INFINITY) <= GOAL_DELAY_MS && own?.packetsLost === 0,
        measured: `p50 ${own?.delayMs?.p50} ms, p99 ${own?.delayMs?.p99} ms, ${own?.packetsLost} lost; rtpengine p50 ${at("rtpengine")?.delayMs?.p50}, p99 ${at("rtpengine")?.delayMs?.p99}`,
      },
    ],
    columns: [
      "server",
      "calls",
      "delay p50 ms",
      "p99 ms",
      "p99.9 ms",
      "max ms",
      "lost",
      "gaps > 40 ms",
      "% of a core a call",
      "memory MiB",
    ],
    rows: runs.map((run): Cell[] => [
      run.server,
      run.pairs,
      run.delayMs?.p50 ?? "",
      run.delayMs?.p99 ?? "",
      run.delayMs?.p999 ?? "",
      run.delayMs?.max ?? "",
      run.packetsLost,
      run.gapsOver40Ms,
      perCall(run).toFixed(3),
      Math.round(run.memoryMiB),
    ]),
    raw: runs,
  };
}

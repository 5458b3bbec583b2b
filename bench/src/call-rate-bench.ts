// Calls set up and ended a second without media: SIPp in an open loop against the bare stack and the whole product.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeUdpPort } from "../../interop/src/ports.ts";
import { startPeer, startProduct } from "./peer-process.ts";
import { bindToCore, CostMeter } from "./process-cost.ts";
import type { Cell, Report } from "./report.ts";
import { percentile } from "./statistics.ts";

const SECONDS = 10;
const RATES = [200, 400, 800, 1_200, 1_600];
const GOAL_RATE = 800;
const GOAL_P95_MS = 5;
const MEASURED_CORE = 0;
const OTHER_CORE = 1;

/** INVITE, ACK at once, BYE at once; the time from INVITE to its 200 goes to SIPp's rtt file. */
const scenario = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call rate">
  <send retrans="500" start_rtd="1"><![CDATA[

INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:+15550100700@[local_ip]:[local_port]>;tag=[pid]r[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:rate@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=rate 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 9 RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=inactive

  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rtd="1" rrs="true"/>
  <send><![CDATA[

ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
[routes]
From: <sip:+15550100700@[local_ip]:[local_port]>;tag=[pid]r[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <send retrans="500"><![CDATA[

BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
[routes]
From: <sip:+15550100700@[local_ip]:[local_port]>;tag=[pid]r[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>
`;

interface Run {
  target: string;
  rate: number;
  /** Calls that ended as they should, a second of the run. */
  done: number;
  failed: number;
  retransmissions: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  mainCores: number;
  workerCores: number;
}

async function openLoop(
  port: number,
  user: string,
  rate: number,
): Promise<Omit<Run, "target" | "mainCores" | "workerCores">> {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-rate-"));
  try {
    writeFileSync(join(folder, "rate.xml"), scenario);
    const localPort = await freeUdpPort();
    const parameters = ["-c", String(OTHER_CORE), "sipp", `127.0.0.1:${port}`, "-sf", "rate.xml", "-s", user];
    parameters.push("-i", "127.0.0.1", "-bind_local", "-p", String(localPort), "-nostdin");
    parameters.push("-r", String(rate), "-m", String(rate * SECONDS), "-l", "5000", "-timer_resol", "1");
    parameters.push("-trace_rtt", "-rtt_freq", "1000", "-trace_stat", "-stf", "stat.csv", "-fd", "1");
    parameters.push("-timeout", `${SECONDS + 40}s`, "-timeout_error");
    const started = performance.now();
    const child = spawn("taskset", parameters, { cwd: folder, stdio: "ignore" });
    await new Promise((resolve) => child.once("exit", resolve));
    const seconds = (performance.now() - started) / 1_000;
    const times = readdirSync(folder)
      .filter((name) => name.endsWith("_rtt.csv"))
      .flatMap((name) => readFileSync(join(folder, name), "latin1").trim().split("\n").slice(1))
      .map((line) => Number(line.split(";")[1]));
    const stat = readFileSync(join(folder, "stat.csv"), "latin1").trim().split("\n");
    const names = stat[0]?.split(";") ?? [];
    const last = stat.at(-1)?.split(";") ?? [];
    const value = (name: string): number => Number(last[names.indexOf(name)]);
    return {
      rate,
      done: value("SuccessfulCall(C)") / seconds,
      failed: value("FailedCall(C)"),
      retransmissions: value("Retransmissions(C)"),
      p50Ms: percentile(times, 0.5),
      p95Ms: percentile(times, 0.95),
      p99Ms: percentile(times, 0.99),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function callRateBench(): Promise<Report> {
  const runs: Run[] = [];
  const stack = await startPeer("stack", MEASURED_CORE);
  try {
    await openLoop(stack.port, "rate", 200);
    for (const rate of [...RATES, 3_000]) {
      const meter = new CostMeter([stack.pid]);
      const run = await openLoop(stack.port, "rate", rate);
      runs.push({ target: "bare stack", ...run, mainCores: meter.cores()[0] ?? 0, workerCores: 0 });
    }
  } finally {
    await stack.stop();
  }
  const product = await startProduct();
  try {
    bindToCore(product.mainPid, MEASURED_CORE);
    bindToCore(product.workerPid, OTHER_CORE);
    await openLoop(product.ringdown.udp.port, "echo-line", 100);
    for (const rate of RATES) {
      const meter = new CostMeter([product.mainPid, product.workerPid]);
      const run = await openLoop(product.ringdown.udp.port, "echo-line", rate);
      const [mainCores = 0, workerCores = 0] = meter.cores();
      runs.push({ target: "whole product, echo agent", ...run, mainCores, workerCores });
      // Beyond its ceiling there is nothing more to learn, and much to wait for.
      if (run.done < rate * 0.7) break;
    }
  } catch (error) {
    product.ringdown.onFailure(error, "call rate");
    throw error;
  } finally {
    await product.ringdown.stop();
  }
  const good = runs.filter(
    (run) => run.p95Ms <= GOAL_P95_MS && run.failed === 0 && run.done >= run.rate * 0.85,
  );
  const best = (target: string): number =>
    Math.max(0, ...good.filter((run) => run.target === target).map((run) => run.rate));
  const stackBest = best("bare stack");
  const productBest = best("whole product, echo agent");
  return {
    name: "call-rate",
    title: "Calls set up and ended a second, no media flowing",
    method: [
      `SIPp in an open loop (INVITE, ACK, BYE at once) for ${SECONDS} s at each rate; the time is SIPp's own, from INVITE sent to 200 received, at 1 ms timer resolution.`,
      `The signalling process is bound to core ${MEASURED_CORE}; SIPp and the call worker share core ${OTHER_CORE}.`,
      "The whole product opens and closes a media leg in the worker and writes a call record to SQLite for each call.",
    ],
    goals: [
      {
        goal: `${GOAL_RATE}/s with p95 of INVITE to 200 of at most ${GOAL_P95_MS} ms, bare stack`,
        reached: stackBest >= GOAL_RATE,
        measured: `up to ${stackBest}/s`,
      },
      {
        goal: `the same, whole product`,
        reached: productBest >= GOAL_RATE,
        measured: `up to ${productBest}/s`,
      },
    ],
    columns: [
      "target",
      "calls/s asked",
      "calls/s done",
      "p50 ms",
      "p95 ms",
      "p99 ms",
      "failed",
      "resent",
      "main cores",
      "worker cores",
    ],
    rows: runs.map((run): Cell[] => [
      run.target,
      run.rate,
      run.done.toFixed(0),
      run.p50Ms.toFixed(2),
      run.p95Ms.toFixed(2),
      run.p99Ms.toFixed(2),
      run.failed,
      run.retransmissions,
      run.mainCores.toFixed(2),
      run.workerCores.toFixed(2),
    ]),
    raw: runs,
  };
}

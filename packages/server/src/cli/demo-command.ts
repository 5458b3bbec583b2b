// `ringdown demo`: the proof without a softphone. Starts a node in a temporary folder, calls it, shows what happened.

import { once } from "node:events";
import { createWriteStream, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWav } from "@ringdown/media";
import type { CallRecord } from "../store/records.ts";
import { ChildNode } from "./child-node.ts";
import { Caller } from "./demo-caller.ts";
import { DemoFailure, faultsOf, playCaller, type Timing } from "./demo-script.ts";
import { drawLadder, type LadderStep, ladderStep } from "./sip-ladder.ts";

const FROM = "+15550100";
/** How long the record of the ended call may take to be written. */
const RECORD_LIMIT_MS = 10_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Exit code 0 when everything held; else 1, and a line that says what did not. */
export async function demoCommand(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "ringdown-demo-"));
  print(`Starting Ringdown on free ports; its data: ${dataDir}`);
  try {
    await demo(dataDir);
    print("\nEverything held.");
  } catch (error) {
    const known =
      error instanceof DemoFailure || (error instanceof Error && error.message.startsWith("Ringdown "));
    const what = error instanceof Error ? (known ? error.message : error.stack) : String(error);
    process.stderr.write(`\nThe demo failed: ${what}\nThe log: ${join(dataDir, "ringdown.log")}\n`);
    process.exitCode = 1;
  }
}

async function demo(dataDir: string): Promise<void> {
  const log = createWriteStream(join(dataDir, "ringdown.log"));
  const startedAt = performance.now();
  const node = await ChildNode.start({
    dataDir,
    onLine: (line) => log.write(`${line}\n`),
  });
  const timings: Timing[] = [{ what: "start to ready", ms: performance.now() - startedAt }];
  const ladder: LadderStep[] = [];
  let caller: Caller | undefined;
  try {
    caller = await Caller.open({
      rtpPorts: [20_200, 20_299],
      trace: (event) => {
        const step = ladderStep(event);
        if (step !== undefined) ladder.push(step);
      },
    });
    print(`Calling sip:demo@127.0.0.1 as ${FROM}.`);
    const call = await caller.dial({
      uri: "sip:demo@127.0.0.1",
      from: `<sip:${FROM}@127.0.0.1>`,
      target: { transport: "udp", ...node.udp },
    });
    const outcome = await playCaller(call, print);
    timings.push(...outcome.timings);
    const record = await recordOf(node, call.sip.callId);
    // The last answer of the caller's side to the BYE is on the ladder by now.
    await report(record, ladder, timings, dataDir);
    const faults = faultsOf(record);
    if (faults.length > 0) throw new DemoFailure(`${faults.join("; ")}.`);
  } finally {
    await caller?.close();
    const how = await node.stop();
    log.end();
    await once(log, "close");
    if (how !== 0) process.stderr.write(`Ringdown ended with ${how}.\n`);
  }
}

async function recordOf(node: ChildNode, sipCallId: string): Promise<CallRecord> {
  const until = performance.now() + RECORD_LIMIT_MS;
  while (performance.now() < until) {
    const { calls } = await node.api<{ calls: CallRecord[] }>("GET", "/api/v2/calls");
    const found = calls.find((call) => call.sipCallId === sipCallId && call.state === "ended");
    if (found !== undefined)
      return (await node.api<{ call: CallRecord }>("GET", `/api/v2/calls/${found.id}`)).call;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new DemoFailure("The API shows no ended call with the SIP Call-ID of the demo's.");
}

async function report(
  record: CallRecord,
  ladder: readonly LadderStep[],
  timings: readonly Timing[],
  dataDir: string,
): Promise<void> {
  print(`\nSIP\n\n${drawLadder(ladder).join("\n")}`);
  print(`\nTranscript (GET /api/v2/calls/${record.id})\n`);
  for (const { role, content } of record.callDialog)
    print(`  ${role === "agent" ? "agent " : role === "user" ? "caller" : "person"}  ${content}`);
  print(
    `\nEnded by the ${record.endedBy}: ${record.endReason} (${record.endCode}, ${record.codec}, ${record.duration} s)`,
  );
  const path = recordingPath(record, dataDir);
  const wav = await readWav(path).catch((error: Error) => {
    throw new DemoFailure(`The recording cannot be read: ${error.message}`);
  });
  const [left, right] = wav.samples;
  print(`\nRecording (caller left, agent right): ${path}`);
  for (const number of record.messages.keys()) {
    print(`Message: ${path.replace(/\.wav$/, `-message-${number + 1}.wav`)}`);
  }
  if (!audible(left)) throw new DemoFailure("The recording's left channel, the caller, is silent.");
  if (!audible(right)) throw new DemoFailure("The recording's right channel, the agent, is silent.");
  print("\nTimings\n");
  for (const { what, ms } of timings) print(`  ${what.padEnd(34)} ${ms.toFixed(1).padStart(8)} ms`);
}

function recordingPath(record: CallRecord, dataDir: string): string {
  const [year = "", month = "", day = ""] = record.startedAt.slice(0, 10).split("-");
  return join(dataDir, "recordings", year, month, day, `${record.id}.wav`);
}

function audible(samples: Int16Array | undefined): boolean {
  return samples?.some((sample) => Math.abs(sample) > 1_000) ?? false;
}

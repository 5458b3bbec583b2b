// The phones of the bridge benchmark (bench/peers/stream-pairs.c): they tell their ports, are told where to send, and report.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Percentiles } from "./call-generator.ts";
import { buildTool } from "./native-tool.ts";

export interface StreamPairsResult {
  pairs: number;
  /** From one phone to the other, two loopback hops included. */
  delayMs: Omit<Percentiles, "p95"> | null;
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
  gapsOver40Ms: number;
  reordered: number;
  ssrcChanges: number;
  streamsWithoutPackets: number;
  worstOwnTickMs: number;
  generatorCores: number;
}

export interface StreamPairsRun {
  pairs: number;
  /** Measured, after a second of warm-up. */
  seconds: number;
  core: number;
  /** Of the second phone's stream; the first one's is 0. */
  secondPayloadType?: number;
  /** Ports of the relay for these phones, in their order. */
  relay(ports: number[]): Promise<number[]>;
  /** All streams run, and the measured time begins. */
  onMeasured(): void;
}

export const warmUpMs = 1_000;

export async function runStreamPairs(run: StreamPairsRun): Promise<StreamPairsResult> {
  const parameters = [String(run.pairs), String(run.seconds)];
  if (run.secondPayloadType !== undefined) parameters.push(String(run.secondPayloadType));
  const child = spawn("taskset", ["-c", String(run.core), buildTool("stream-pairs"), ...parameters], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "close");
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error("stream-pairs ended without a result");
    return line.value;
  };
  const ports = (await next()).split(" ").slice(1).map(Number);
  const targets = await run.relay(ports);
  child.stdin.write(`${targets.join(" ")}\n`);
  const timer = setTimeout(run.onMeasured, warmUpMs);
  try {
    return JSON.parse(await next()) as StreamPairsResult;
  } finally {
    clearTimeout(timer);
    await ended;
  }
}

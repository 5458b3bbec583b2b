// The caller of the media benchmarks (bench/peers/call-generator.c) and what it prints.
import { buildTool, runTool } from "./native-tool.ts";

export interface Percentiles {
  samples: number;
  p50: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

export interface GeneratorResult {
  calls: number;
  answered: number;
  failed: number;
  unfinished: number;
  endedByPeer: number;
  inviteResends: number;
  statuses: Record<string, number>;
  setUpMs: Percentiles | null;
  /** Arrival of each packet against its timestamp, from the earliest of its stream. */
  latenessMs: Percentiles | null;
  roundTripMs: Percentiles | null;
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
  gapsOver40Ms: number;
  reordered: number;
  ssrcChanges: number;
  streamsWithoutPackets: number;
  measuredSeconds: number;
  worstOwnTickMs: number;
  /** Calls ended as they should, over the time until the last of them. */
  callsPerSecond: number;
  generatorCores: number;
}

export interface GeneratorRun {
  port: number;
  user: string;
  calls: number;
  /** Calls begun a second. */
  rate: number;
  /** Seconds measured, once all calls stand; with media "none": how long each call lasts. */
  hold: number;
  /** `loop:` and a file of µ-law: that, over and over. */
  media: "stamps" | "silence" | "none" | `loop:${string}`;
  core?: number;
}

/** Ramp and warm-up before the measured time, seconds. */
export function rampSeconds(run: GeneratorRun): number {
  return run.calls / run.rate + 1;
}

export async function generateCalls(run: GeneratorRun): Promise<GeneratorResult> {
  const { port, user, calls, rate, hold, media } = run;
  const parameters = [port, user, calls, rate, hold, media].map(String);
  return JSON.parse(await runTool(buildTool("call-generator"), parameters, run.core)) as GeneratorResult;
}

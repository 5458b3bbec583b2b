// Where a process's time goes: sums the samples of V8's .cpuprofile files by what the code belongs to.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string };
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

export interface Share {
  part: string;
  /** ms of the profile, idle time left out of the list. */
  ms: number;
}

function partOf(frame: ProfileNode["callFrame"]): string {
  if (frame.functionName.startsWith("(")) return frame.functionName;
  const ours = /packages\/([a-z]+)\/src\/([a-z-]+)/.exec(frame.url);
  if (ours !== null) return `packages/${ours[1]}/${ours[2]}`;
  const scoped = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(frame.url);
  if (scoped?.[1] !== undefined) return scoped[1];
  if (frame.url.startsWith("node:")) return frame.url;
  if (frame.url.startsWith("wasm")) return "wasm";
  return frame.url === "" ? `native ${frame.functionName}` : frame.url;
}

/** Self time by part over all profiles in a folder, largest first. */
export function profileShares(folder: string): Share[] {
  const sums = new Map<string, number>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))) {
    const profile = JSON.parse(readFileSync(join(folder, file), "utf8")) as Profile;
    const parts = new Map(profile.nodes.map((node) => [node.id, partOf(node.callFrame)]));
    for (const [index, sample] of profile.samples.entries()) {
      const part = parts.get(sample) ?? "unknown";
      sums.set(part, (sums.get(part) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1_000);
    }
  }
  return [...sums]
    .filter(([part]) => part !== "(idle)" && part !== "(root)")
    .map(([part, ms]) => ({ part, ms: Math.round(ms) }))
    .sort((a, b) => b.ms - a.ms);
}

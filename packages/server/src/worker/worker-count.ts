import type { Config } from "../config/config.ts";

/** Workers of this node: as many as are asked for, but none without a pair of media ports. */
export function workerCount(config: Pick<Config, "workers" | "rtpPorts">): number {
  const [first, last] = config.rtpPorts;
  return Math.max(1, Math.min(config.workers, Math.floor((last + 1 - first) / 2)));
}

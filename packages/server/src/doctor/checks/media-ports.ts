// The ports of the calls' audio: whether others sit in between.
import type { Config } from "../../config/config.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";
import type { RunningNode } from "../running-node.ts";
import { type Owner, ownersOf, readSocketTable } from "../sockets.ts";

export interface MediaPortFacts {
  readonly first: number;
  readonly last: number;
  /** Ports of the range that others than the running node have, with whom where that is seen. */
  readonly taken: readonly { readonly port: number; readonly by: Owner | undefined }[];
  readonly maxCalls: number;
}

/** Undefined where the system does not tell. */
export function lookAtMediaPorts(config: Config, node: RunningNode | undefined): MediaPortFacts | undefined {
  const [first, last] = config.rtpPorts;
  const sockets = readSocketTable()?.filter(
    ({ protocol, port }) => protocol === "udp" && port >= first && port <= last,
  );
  if (sockets === undefined) return undefined;
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)));
  const byPort = new Map(sockets.map(({ port, inode }) => [port, owners.get(inode)]));
  const taken = [...byPort]
    .map(([port, by]) => ({ port, by }))
    .filter(({ by }) => by === undefined || node?.family.has(by.pid) !== true)
    .sort((one, other) => one.port - other.port);
  return { first, last, taken, maxCalls: config.limits.maxCalls };
}

export function judgeMediaPorts(facts: MediaPortFacts | undefined): Finding {
  if (facts === undefined) return ok("media ports", "This system does not tell which ports are in use.");
  const { first, last, taken, maxCalls } = facts;
  const pairs = Math.floor((last - first + 1) / 2);
  const lost = new Set(taken.map(({ port }) => port >> 1)).size;
  const free = pairs - lost;
  const [one] = taken;
  const range = `UDP ${first} to ${last}`;
  const who = one?.by === undefined ? "other programs" : `${one.by.name} (process ${one.by.pid})`;
  const from = one === undefined ? "" : `, ${one.port} the first, by ${who}`;
  if (free < Math.max(1, Math.min(maxCalls, pairs) / 10)) {
    return fail(
      "media ports",
      `Only ${free} of ${pairs} pairs of ${range} are free (${taken.length} ports are taken${from}).`,
      "Stop what sits there, or set RINGDOWN_RTP_PORTS to a range of your own.",
    );
  }
  if (free < maxCalls) {
    return warn(
      "media ports",
      `${range} has room for ${free} calls, RINGDOWN_MAX_CALLS allows ${maxCalls}.`,
      "Widen RINGDOWN_RTP_PORTS, two ports a call, or lower RINGDOWN_MAX_CALLS.",
    );
  }
  // Those are passed by: they only cost room.
  const taking = one === undefined ? "" : ` ${taken.length} are others'${from}.`;
  return ok("media ports", `${range} has room for ${free} calls.${taking}`);
}

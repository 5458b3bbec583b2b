// Whether a Ringdown runs on this data folder, and how its API is reached.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { bracketed } from "../config/endpoint.ts";
import { familyOf, ownersOf, readSocketTable } from "./sockets.ts";

export interface RunningNode {
  /** Of its main process; undefined where the system does not tell. */
  readonly pid: number | undefined;
  /** Its main process and its workers. */
  readonly family: ReadonlySet<number>;
  /** Base of its API; undefined where it does not answer. */
  readonly api: string | undefined;
}

/** ms: it is on this machine. */
const PATIENCE_MS = 2_000;

/**
 * The process that holds the database's lock (`store/open-database.ts`). The lock is looked up, never tried: a trial could
 * be in the way of a node that starts just then.
 * @param locks /proc/locks
 * @param inode of the lock's file
 */
export function lockHolder(locks: string, inode: number): number | undefined {
  for (const line of locks.split("\n")) {
    // 3: POSIX  ADVISORY  WRITE 14364 fe:00:9978160 1073741824 1073742335
    const [, , , mode, pid, file = ""] = line.trim().split(/\s+/);
    if (mode === "WRITE" && file.split(":").at(-1) === String(inode)) return Number(pid);
  }
  return undefined;
}

/** Undefined: none runs, as far as can be seen. */
export async function findRunningNode(config: Config): Promise<RunningNode | undefined> {
  const pid = holderOf(join(config.dataDir, "ringdown.db.lock"));
  const family = pid === undefined ? new Set<number>() : familyOf(pid);
  for (const base of candidates(config, pid)) {
    if (await isRingdown(base)) return { pid, family, api: base };
  }
  return pid === undefined ? undefined : { pid, family, api: undefined };
}

function holderOf(path: string): number | undefined {
  try {
    return lockHolder(readFileSync("/proc/locks", "latin1"), statSync(path).ino);
  } catch {
    return undefined;
  }
}

/** Where RINGDOWN_HTTP says, and where that process listens for whatever it may be: it may have been started otherwise. */
function candidates({ http, sip }: Config, pid: number | undefined): string[] {
  const configured = http.port === 0 ? [] : [`http://${bracketed(reachable(http.host))}:${http.port}`];
  if (pid === undefined) return configured;
  const listening = (readSocketTable() ?? []).filter(({ protocol }) => protocol === "tcp");
  const owners = ownersOf(new Set(listening.map(({ inode }) => inode)));
  const isSip = (port: number) => sip.some((listener) => listener.port === port);
  const own = listening.filter(({ inode, port }) => owners.get(inode)?.pid === pid && !isSip(port));
  const found = own.map(({ family, port }) => `http://${family === 6 ? "[::1]" : "127.0.0.1"}:${port}`);
  return [...new Set([...configured, ...found])];
}

function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

async function isRingdown(base: string): Promise<boolean> {
  try {
    const response = await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body = (await response.json()) as { success?: unknown; message?: unknown };
    return body.success === true && body.message === "alive";
  } catch {
    return false;
  }
}

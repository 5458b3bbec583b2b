// Which program has which port, by what Linux tells in /proc. Elsewhere nothing is known.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** A UDP socket, or a TCP one that listens. */
export interface BoundSocket {
  readonly protocol: "udp" | "tcp";
  /** IPv4 or IPv6 wildcard, or an address. */
  readonly isWildcard: boolean;
  readonly family: 4 | 6;
  readonly port: number;
  readonly uid: number;
  readonly inode: string;
}

export interface Owner {
  readonly pid: number;
  /** Of the program. */
  readonly name: string;
}

const LISTEN = "0A";

/** Reads /proc/net/udp, udp6, tcp or tcp6: the address is written as the machine's own words. */
export function parseSocketTable(text: string, protocol: "udp" | "tcp", family: 4 | 6): BoundSocket[] {
  const sockets: BoundSocket[] = [];
  for (const line of text.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state, , , , uid, , inode = ""] = fields;
    const [address = "", port = ""] = local.split(":");
    if (port === "" || (protocol === "tcp" && state !== LISTEN)) continue;
    sockets.push({
      ...{ protocol, family, inode, uid: Number(uid), port: Number.parseInt(port, 16) },
      isWildcard: /^0+$/.test(address),
    });
  }
  return sockets;
}

/** Undefined where the system does not tell. */
export function readSocketTable(): BoundSocket[] | undefined {
  try {
    return [
      ...parseSocketTable(readFileSync("/proc/net/udp", "latin1"), "udp", 4),
      ...parseSocketTable(readFileSync("/proc/net/tcp", "latin1"), "tcp", 4),
      ...parseSocketTable(readIfThere("/proc/net/udp6"), "udp", 6),
      ...parseSocketTable(readIfThere("/proc/net/tcp6"), "tcp", 6),
    ];
  } catch {
    return undefined;
  }
}

/** IPv6 may be switched off. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** The program that has each of these sockets, by inode; without root only those of the own user are seen. */
export function ownersOf(inodes: ReadonlySet<string>): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  if (inodes.size === 0) return owners;
  for (const entry of foldersOf("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of foldersOf(`/proc/${entry}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${entry}/fd/${descriptor}`))?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      // A child may have inherited it: the first one made is the one to be named.
      if (!owners.has(inode)) owners.set(inode, { pid: Number(entry), name: programName(entry) });
    }
  }
  return owners;
}

/** The process and those that it has started, and theirs. */
export function familyOf(pid: number): Set<number> {
  const family = new Set([pid]);
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const child of readIfThere(`/proc/${next}/task/${next}/children`).split(" ").filter(Boolean)) {
      if (!family.has(Number(child))) waiting.push(Number(child));
      family.add(Number(child));
    }
  }
  return family;
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function programName(pid: string): string {
  const words = readIfThere(`/proc/${pid}/cmdline`).split("\0");
  return basename(words[0] ?? "") || readIfThere(`/proc/${pid}/comm`).trim() || "a program";
}

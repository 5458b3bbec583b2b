// The data folder: that it can be written, that nobody else reads it, and that the disk has room.
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Finding, fail, ok, warn } from "../finding.ts";

/** A call that is recorded: two channels of 8,000 samples of 16 bits a second. */
const BYTES_A_HOUR = 2 * 8_000 * 2 * 3_600;
const SCARCE_BYTES = 2 * 1024 ** 3;
const FULL_BYTES = 100 * 1024 ** 2;

export interface FolderFacts {
  readonly path: string;
  /** `missing`: the start makes it, as what is above it can be written. */
  readonly state: "writable" | "missing" | "unwritable";
  /** Of the system, where it cannot be written. */
  readonly code?: string;
  readonly mode?: number;
  /** Bytes that are left to this user. */
  readonly free?: number;
}

export function lookAtFolder(path: string): FolderFacts {
  let present = path;
  while (!existsSync(present) && dirname(present) !== present) present = dirname(present);
  const isThere = present === path;
  try {
    const { mode } = statSync(present);
    const { bavail, bsize } = statfsSync(present);
    const facts = { path, free: bavail * bsize, ...(isThere && { mode }) };
    const code = writingFault(present);
    if (code !== undefined) return { ...facts, state: "unwritable", code };
    return { ...facts, state: isThere ? "writable" : "missing" };
  } catch (error) {
    return { path, state: "unwritable", code: codeOf(error) };
  }
}

/** Tried, as rights alone do not tell: a disk may be mounted for reading only. */
function writingFault(folder: string): string | undefined {
  const probe = join(folder, `.ringdown-doctor-${process.pid}`);
  try {
    writeFileSync(probe, "", { flag: "wx", mode: 0o600 });
    return undefined;
  } catch (error) {
    return codeOf(error);
  } finally {
    try {
      rmSync(probe, { force: true });
    } catch {
      // It is below something that is no folder.
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

export function judgeDataFolder({ path, state, code, mode = 0, free }: FolderFacts): Finding[] {
  if (state === "unwritable") {
    return [
      fail(
        "data",
        `The data folder ${path} cannot be written (${code}).`,
        `Give it to the user that runs Ringdown (chown), or set RINGDOWN_DATA to another folder.`,
      ),
    ];
  }
  const folder =
    (mode & 0o077) !== 0
      ? warn(
          "data",
          `The data folder ${path} is open to other users of this machine (mode ${(mode & 0o777).toString(8)}).`,
          `Run chmod 700 ${path}: recordings and the key of the passwords are in it.`,
        )
      : ok("data", state === "missing" ? `The start will make ${path}.` : `${path} can be written.`);
  return free === undefined ? [folder] : [folder, judgeSpace(path, free)];
}

function judgeSpace(path: string, free: number): Finding {
  const left = `${gigabytes(free)} are left for ${path}, some ${Math.floor(free / BYTES_A_HOUR)} hours of recorded calls`;
  const todo =
    "Free space, move old recordings away, or switch recording off for agents that do not need it.";
  if (free < FULL_BYTES) return fail("disk", `${left}.`, todo);
  return free < SCARCE_BYTES ? warn("disk", `${left}.`, todo) : ok("disk", `${left}.`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

export function judgeRecordings({ path, state, code }: FolderFacts): Finding {
  if (state === "unwritable") {
    return fail(
      "recordings",
      `The folder ${path} cannot be written (${code}): calls are taken, and not recorded.`,
      "Give it to the user that runs Ringdown (chown).",
    );
  }
  return ok(
    "recordings",
    state === "missing" ? `The first recording makes ${path}.` : `${path} can be written.`,
  );
}

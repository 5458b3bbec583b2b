// What the node runs on: Node itself, and the programs that speak and listen.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { installedSpeech } from "@ringdown/voice";
import type { Config } from "../../config/config.ts";
import { workerCount } from "../../worker/worker-count.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";

/** The first that runs TypeScript without being asked to. */
const NODE_FROM = [22, 18] as const;

export function judgeNodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isFit = major > NODE_FROM[0] || (major === NODE_FROM[0] && minor >= NODE_FROM[1]);
  return isFit
    ? ok("node", `Node ${version}.`)
    : fail("node", `This is Node ${version}.`, "Ringdown needs 22.18 or newer: npm ci brings one along.");
}

export function checkVoice(installed = installedSpeech()): Finding[] {
  return [
    installed.voice
      ? ok("voice", "flite speaks.")
      : fail("voice", "The voice (flite) is not installed: agents stay silent.", "Run npm ci again."),
    installed.recogniser
      ? ok("voice", "pocketsphinx understands the words of a menu.")
      : warn(
          "voice",
          "pocketsphinx is not installed: callers of an attendant can use the keys alone.",
          "Install libpocketsphinx3 and pocketsphinx-en-us, where spoken choices are wanted.",
        ),
  ];
}

/** Sockets of a call: RTP and RTCP, of two legs where it is transferred. */
const SOCKETS_A_CALL = 4;
/** What a process has open besides: modules, database, pipes, API. */
const BESIDE = 200;

/** @param limit of one process; undefined: none, or not known */
export function judgeOpenFiles(
  limit: number | undefined,
  config: Pick<Config, "limits" | "workers" | "rtpPorts">,
): Finding {
  const { maxCalls } = config.limits;
  const aWorker = Math.ceil(maxCalls / workerCount(config)) * SOCKETS_A_CALL + BESIDE;
  // Each call may come by a connection of its own.
  const needed = Math.max(aWorker, maxCalls + BESIDE);
  if (limit === undefined) return ok("open files", "The system sets no limit that is known here.");
  if (limit >= needed) return ok("open files", `A process may open ${limit}, at most ${needed} are needed.`);
  return warn(
    "open files",
    `A process may open ${limit}; ${maxCalls} calls (RINGDOWN_MAX_CALLS) need up to ${needed}.`,
    `Raise the limit (LimitNOFILE=${needed} in a systemd unit, ulimit -Hn ${needed}), or lower RINGDOWN_MAX_CALLS.`,
  );
}

/** The hard limit, to which Node raises itself at its start. @param limits /proc/PID/limits */
export function parseOpenFiles(limits: string): number | undefined {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? undefined : Number(hard);
}

export function checkOpenFiles(config: Config, pid: number | undefined): Finding {
  let text = "";
  try {
    text = readFileSync(`/proc/${pid ?? "self"}/limits`, "latin1");
  } catch {
    // Another system, or somebody else's process.
  }
  return judgeOpenFiles(parseOpenFiles(text), config);
}

export interface ClockFacts {
  /** ms since 1970 */
  readonly now: number;
  /** By systemd's own account; undefined: nobody says. */
  readonly isSynchronized: boolean | undefined;
  /** When the newest call in the database began, ISO 8601. */
  readonly newestCall: string | undefined;
}

/** No clock that is right is before it. */
const WRITTEN_AT = Date.UTC(2026, 10, 1);
/** ms by which two clocks may differ. */
const TOLERANCE_MS = 60_000;

export function judgeClock({ now, isSynchronized, newestCall }: ClockFacts): Finding {
  const time = new Date(now).toISOString();
  const todo = "Set it, and have it kept by NTP (timedatectl set-ntp true).";
  if (now < WRITTEN_AT)
    return fail("clock", `It says ${time}, which is over: certificates will be refused.`, todo);
  if (newestCall !== undefined && Date.parse(newestCall) > now + TOLERANCE_MS) {
    return fail("clock", `It says ${time}, but a call is recorded as of ${newestCall}: it went back.`, todo);
  }
  if (isSynchronized === false) {
    return warn(
      "clock",
      `It says ${time}, and nobody keeps it right.`,
      "Run timedatectl set-ntp true, or chrony.",
    );
  }
  return ok("clock", `It says ${time}${isSynchronized ? ", kept by NTP" : ""}.`);
}

export async function checkClock(newestCall: string | undefined): Promise<Finding> {
  return judgeClock({ now: Date.now(), isSynchronized: await isSynchronized(), newestCall });
}

function isSynchronized(): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    execFile(
      "timedatectl",
      ["show", "-p", "NTPSynchronized", "--value"],
      { timeout: 2_000 },
      (error, stdout) => {
        const said = stdout.trim();
        resolve(error !== null || !/^(yes|no)$/.test(said) ? undefined : said === "yes");
      },
    );
  });
}

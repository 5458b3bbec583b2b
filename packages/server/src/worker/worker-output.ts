// What a worker writes on stdout and stderr goes into the log, line by line.
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface OutputLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

type Level = keyof OutputLog;

/** Longest line that is kept; what a native library prints is not ours to trust. */
const MAX_LINE = 8_192;

const pinoLevels: readonly [number, Level][] = [
  [50, "error"],
  [40, "warn"],
  [30, "info"],
  [0, "debug"],
];

/** Reads one line: JSON with `level` and `msg` (ours, or pino's numbers), or plain text. */
export function readOutputLine(line: string): { level: Level; message: string; fields: object } | undefined {
  const text = line.slice(0, MAX_LINE).trim();
  if (text === "") return undefined;
  if (text.startsWith("{") && line.length <= MAX_LINE) {
    try {
      const { level, msg, time: _time, pid: _pid, hostname: _hostname, ...fields } = JSON.parse(text);
      if (typeof msg === "string") return { level: levelOf(level), message: msg, fields };
    } catch {
      // Not JSON after all.
    }
  }
  return { level: "info", message: text, fields: {} };
}

function levelOf(level: unknown): Level {
  if (level === "debug" || level === "info" || level === "warn" || level === "error") return level;
  if (typeof level === "number") return pinoLevels.find(([from]) => level >= from)?.[1] ?? "info";
  return "info";
}

export function logOutput(stream: Readable, kind: "stdout" | "stderr", log: OutputLog): void {
  createInterface({ input: stream }).on("line", (line) => {
    const read = readOutputLine(line);
    if (read === undefined) return;
    const level = kind === "stderr" && read.level === "info" ? "warn" : read.level;
    log[level](read.fields, read.message);
  });
}

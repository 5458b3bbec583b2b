import { type DestinationStream, pino } from "pino";
import type { LogLevel } from "../config/config.ts";

export type Log = pino.Logger;

const SECRETS = ["token", "password", "authorization", "secret", "apiKey"];

/** A URL with the values of secret query parameters put aside: a token in a URL is never logged. */
export function redactUrl(url: string): string {
  const mark = url.indexOf("?");
  // A `;token=` in a path authorises nothing, but who wrote it meant a token.
  if (mark < 0) return url.replace(/(token=)[^;/&]*/gi, "$1[redacted]");
  const pairs = url
    .slice(mark + 1)
    .split("&")
    .map((pair) => {
      const name = pair.split("=", 1)[0] ?? "";
      return isSecretName(name) ? `${name}=[redacted]` : pair;
    });
  return `${url.slice(0, mark)}?${pairs.join("&")}`;
}

function isSecretName(encoded: string): boolean {
  let name = encoded;
  try {
    name = decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    // What cannot be decoded is not a name that a handler would read as a token.
  }
  return SECRETS.some((secret) => secret.toLowerCase() === name.trim().toLowerCase());
}

/**
 * JSON lines on stdout (or to the given stream): `level` as a word, `time` ISO 8601. Fields named like a secret are
 * cut, at the top and up to three levels down.
 */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: "[redacted]" },
      serializers: {
        err: pino.stdSerializers.err,
        error: pino.stdSerializers.err,
        url: (url: unknown) => (typeof url === "string" ? redactUrl(url) : url),
      },
    },
    // Not waiting for a slow reader of stdout: signalling runs on this thread.
    // Lines go out together, ten times a second: each write is a system call on the thread that signals.
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 100 }),
  );
}

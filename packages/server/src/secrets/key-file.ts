import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { parseSecretKey, type SecretKey } from "./secret-key.ts";

export type KeyFileReading =
  | {
      readonly kind: "key";
      readonly key: SecretKey;
      /** Others can read it, or could until it was closed just now. */
      readonly isOpen: boolean;
    }
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly sentence: string };

/** Longer than any key is written. */
const MAX_BYTES = 1024;

/**
 * Reads the key of a data folder, and closes a file that others could read. Never throws: a bad key file must not keep
 * calls from being taken.
 */
export function readKeyFile(path: string): KeyFileReading {
  const reading = lookAtKeyFile(path);
  try {
    if (reading.kind === "key" && reading.isOpen) chmodSync(path, 0o600);
    return reading;
  } catch (error) {
    return {
      kind: "unusable",
      sentence: `The key file ${path} cannot be closed to others: ${messageOf(error)}.`,
    };
  }
}

/** The same, without a change to the file. */
export function lookAtKeyFile(path: string): KeyFileReading {
  try {
    const { mode, size } = statSync(path);
    const key = size > MAX_BYTES ? undefined : parseSecretKey(readFileSync(path, "utf8"));
    if (key === undefined) {
      return {
        kind: "unusable",
        sentence: `The key file ${path} holds no key (64 hexadecimal digits): restore it from a backup, or remove it to begin with a new one.`,
      };
    }
    return { kind: "key", key, isOpen: (mode & 0o077) !== 0 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "missing" };
    return { kind: "unusable", sentence: `The key file ${path} cannot be read: ${messageOf(error)}.` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Makes a key and its file, mode 0600, whole or not at all.
 * @throws the system's error
 */
export function makeKeyFile(path: string): SecretKey {
  const text = randomBytes(32).toString("hex");
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
  const key = parseSecretKey(text);
  if (key === undefined) throw new Error("a key was made that cannot be read");
  return key;
}

/** Secrets sealed with a key that a power cut takes back would be lost. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

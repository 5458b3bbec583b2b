import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const consoleFolder = resolve(import.meta.dirname, "..");
export const distFolder = join(consoleFolder, "dist");
/** In `dist`: says which sources it was made of. */
export const stampFile = "build.json";

/** What goes into a build, package versions (pinned in package.json) included; paths relative to this package. */
const INPUTS = [
  "index.html",
  "vite.config.ts",
  "package.json",
  "build/*.ts",
  "src/**/*",
  "../server/src/routes/route-scanner.ts",
];

/** SHA-256 in hex of names and contents of all sources: another one, another build. */
export function sourceHash(): string {
  const files = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: consoleFolder, withFileTypes: true }))
    .filter((file) => file.isFile() && !/\.test\.tsx?$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .sort();
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file.slice(consoleFolder.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** The hash that `dist` was made of; undefined: there is no whole build. */
export function builtHash(folder: string = distFolder): string | undefined {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, stampFile), "utf8")) as { hash?: unknown };
    return typeof stamp.hash === "string" ? stamp.hash : undefined;
  } catch {
    return undefined;
  }
}

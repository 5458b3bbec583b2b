// Builds the console into `dist`, if what is there is not of these sources: `node packages/console/build/build.ts`.
// One process builds at a time; who comes meanwhile waits and finds the work done.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";
import { build } from "vite";
import { builtHash, consoleFolder, distFolder, sourceHash, stampFile } from "./source-hash.ts";

const lock = join(consoleFolder, ".build.lock");
const LOOK_MS = 200;
/** Below it a compressed copy saves nothing. */
const LEAST_BYTES = 1_000;
const TEXTS = new Set([".js", ".css", ".html", ".svg", ".json"]);

/** Calls come first. */
try {
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // As everybody else, then.
}

while (!takeLock()) await delay(LOOK_MS);
try {
  const hash = sourceHash();
  if (builtHash() !== hash) await make(hash);
} finally {
  rmSync(lock, { force: true });
}

function takeLock(): boolean {
  try {
    const file = openSync(lock, "wx");
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (isHeld()) return false;
    rmSync(lock, { force: true });
    return takeLock();
  }
}

/** Whether the process that took it is still there; one that was killed lets nobody wait for ever. */
function isHeld(): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Beside, and then in one step: who reads `dist` finds a whole one or none. */
async function make(hash: string): Promise<void> {
  const draft = join(consoleFolder, "dist.new");
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  await build({ root: consoleFolder, logLevel: "warn", build: { outDir: draft, emptyOutDir: true } });
  await compressAll(draft);
  writeFileSync(join(draft, stampFile), `${JSON.stringify({ hash })}\n`);
  rmSync(distFolder, { recursive: true, force: true });
  renameSync(draft, distFolder);
}

/** Now, so that a node never does it between two packets. Browsers take Brotli by TLS and from this machine alone. */
async function compressAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !TEXTS.has(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (bytes.length < LEAST_BYTES) continue;
    await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    const params = { [zlib.BROTLI_PARAM_QUALITY]: 9, [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
  }
}

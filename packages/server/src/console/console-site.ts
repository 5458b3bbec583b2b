// The console's files as this node serves them: made when they are absent or of other sources, and kept in memory.
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join, relative, sep } from "node:path";
import { builtHash, distFolder, sourceHash } from "@ringdown/console/build";
import type { Log } from "../log/log.ts";

export interface SiteFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
}

export type SiteState =
  | { readonly kind: "ready"; readonly files: ReadonlyMap<string, SiteFile> }
  | { readonly kind: "building" }
  | { readonly kind: "failed"; readonly why: string };

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};
/** Of what the build said, the last part is kept. */
const MAX_SAID = 4_000;
const BUILD_LIMIT_MS = 5 * 60_000;

interface Work {
  /** Whether `folder` holds a build of these sources. */
  isFresh(): boolean;
  build(): Promise<void>;
  folder: string;
}

const OWN: Work = { isFresh: () => builtHash() === sourceHash(), build: runBuild, folder: distFolder };

export class ConsoleSite {
  #state: SiteState = { kind: "building" };
  readonly #log: Pick<Log, "info" | "error">;
  readonly #work: Work;

  constructor(log: Pick<Log, "info" | "error">, work: Work = OWN) {
    this.#log = log;
    this.#work = work;
  }

  state(): SiteState {
    return this.#state;
  }

  /** Never rejects: a node takes calls whatever becomes of its console. */
  async prepare(): Promise<void> {
    try {
      if (!this.#work.isFresh()) {
        const start = performance.now();
        await this.#work.build();
        const seconds = Math.round((performance.now() - start) / 100) / 10;
        this.#log.info({ seconds }, "the console is built");
      }
      this.#state = { kind: "ready", files: await readSite(this.#work.folder) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#state = { kind: "failed", why };
      this.#log.error({ err: error }, "the console cannot be built: calls and API go on without it");
    }
  }
}

/** In a process of its own, at the lowest priority. @throws Error with what it said */
function runBuild(): Promise<void> {
  const script = createRequire(import.meta.url)
    .resolve("@ringdown/console/build")
    .replace(/source-hash\.ts$/, "build.ts");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: BUILD_LIMIT_MS,
      env: { ...process.env, NODE_ENV: "production" },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-MAX_SAID);
      });
    }
    // A node that ends does not wait for it.
    const end = () => child.kill();
    process.once("exit", end);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      process.off("exit", end);
      if (code === 0) resolve();
      else reject(new Error(`The build ended with ${code ?? signal}.\n${said.trim()}`));
    });
  });
}

/** @throws the system's error; Error where there is no page in it */
export async function readSite(folder: string): Promise<ReadonlyMap<string, SiteFile>> {
  const files = new Map<string, SiteFile>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const packed = (ending: string) => readFile(`${path}.${ending}`).catch(() => undefined);
    files.set(`/${relative(folder, path).split(sep).join("/")}`, {
      ...{ type, bytes: await readFile(path), gzip: await packed("gz"), brotli: await packed("br") },
    });
  }
  if (!files.has("/index.html")) throw new Error(`There is no index.html in ${folder}.`);
  return files;
}

// The load tools in C: built when first needed, beside nothing that is kept.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const bench = resolve(import.meta.dirname, "..");

/** Path of a built tool; builds it where the source is newer. Throws one clear line where there is no C compiler. */
export function buildTool(name: string): string {
  const source = join(bench, "peers", `${name}.c`);
  const binary = join(bench, "tmp", name);
  mkdirSync(join(bench, "tmp"), { recursive: true });
  if (modified(binary) >= modified(source)) return binary;
  try {
    execFileSync("cc", ["-O2", "-o", binary, source], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new Error(`cannot build ${name}.c: is a C compiler (cc) installed? ${(error as Error).message}`);
  }
  return binary;
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs a program to its end, bound to one core where asked, and gives what it printed. */
export async function runTool(
  program: string,
  parameters: readonly string[],
  core?: number,
): Promise<string> {
  const bound =
    core === undefined ? [program, ...parameters] : ["taskset", "-c", String(core), program, ...parameters];
  const [command = program, ...rest] = bound;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await new Promise<void>((resolvePromise, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolvePromise() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
  return text;
}

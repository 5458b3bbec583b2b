import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Inputs that once broke a target, each in a file of its own. They are run again with every test. */
export class Corpus {
  readonly #folder: URL;

  /** @param folder with a slash at its end; may not exist yet */
  constructor(folder: URL) {
    this.#folder = folder;
  }

  read(target: string): { readonly name: string; readonly bytes: Buffer }[] {
    const folder = new URL(`${target}/`, this.#folder);
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).filter((name) => name.endsWith(".bin"));
    return names.sort().map((name) => ({ name, bytes: readFileSync(new URL(name, folder)) }));
  }

  /** @returns the file's path below the corpus folder */
  write(target: string, bytes: Buffer): string {
    const folder = new URL(`${target}/`, this.#folder);
    mkdirSync(folder, { recursive: true });
    const name = `${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.bin`;
    writeFileSync(new URL(name, folder), bytes);
    return `${target}/${name}`;
  }
}

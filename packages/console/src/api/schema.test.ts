import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { makeTypes } from "../../build/make-types.ts";
import { consoleFolder } from "../../build/source-hash.ts";

test("the pages fit the API as it is now", async (t) => {
  const fresh = await makeTypes();
  if (fresh === readFileSync(join(consoleFolder, "src/api/schema.d.ts"), "utf8")) return;
  t.diagnostic("the API has changed: npm run types -w packages/console");
  // Beside the sources, so that packages are found from there too.
  const copy = mkdtempSync(join(consoleFolder, ".types-"));
  t.after(() => rmSync(copy, { recursive: true }));
  const filter = (path: string) => !/\.test\.tsx?$/.test(path);
  cpSync(join(consoleFolder, "src"), join(copy, "src"), { recursive: true, filter });
  writeFileSync(join(copy, "src/api/schema.d.ts"), fresh);
  writeFileSync(
    join(copy, "tsconfig.json"),
    JSON.stringify({ extends: "../tsconfig.json", include: ["src", "../vite.config.ts"] }),
  );
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "--noEmit", "-p", copy], { stdio: "pipe" });
  } catch (error) {
    assert.fail(`The pages do not fit the API any more:\n${(error as { stdout: Buffer }).stdout.toString()}`);
  }
});

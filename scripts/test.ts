// Runs every *.test.ts of the workspaces by node:test and ends with one line: "N passed, N failed, N skipped".
// `npm test -- packages/sip` runs what lies below the given folders or files.
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const places = process.argv.slice(2);
const roots = places.length > 0 ? places : ["packages", "interop", "scripts", "examples"];
const files = roots
  .flatMap((place) => (place.endsWith(".test.ts") ? [place] : globSync(`${place}/**/*.test.ts`)))
  .filter((file) => !file.includes("node_modules"))
  .sort();

const counts = { passed: 0, failed: 0, skipped: 0 };
const skips = new Map<string, number>();

// A file gets its own process; real peers take fixed time, so two files at once keep both cores busy.
const stream = run({ files, concurrency: 2, timeout: 300_000 });
stream.on("test:pass", (event) => {
  if (event.details.type === "suite") return;
  if (event.skip !== undefined) {
    counts.skipped++;
    const reason = typeof event.skip === "string" && event.skip !== "" ? event.skip : event.name;
    skips.set(reason, (skips.get(reason) ?? 0) + 1);
  } else if (event.todo === undefined) counts.passed++;
});
stream.on("test:fail", (event) => {
  if (event.todo !== undefined) return;
  if (event.details.type !== "suite") counts.failed++;
  process.exitCode = 1;
});

const report = stream.compose(new spec());
report.pipe(process.stdout);
report.on("end", () => {
  for (const [reason, times] of skips) console.log(`skipped ${times}: ${reason}`);
  if (counts.passed + counts.failed === 0) process.exitCode = 1;
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
});

// A benchmark's outcome: one JSON file with the raw figures, one short page for people.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Machine } from "./machine.ts";

export type Cell = string | number;

export interface Report {
  /** File name and command name: `npm run bench NAME`. */
  name: string;
  title: string;
  /** How it was measured, in sentences. */
  method: string[];
  /** What was to be reached, and whether it was. */
  goals: { goal: string; reached: boolean | "reported"; measured: string }[];
  columns: string[];
  rows: Cell[][];
  /** Whatever the figures were made from. */
  raw: unknown;
}

const folder = resolve(import.meta.dirname, "../results");

function table(report: Report): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(" | ")} |`;
  return [line(report.columns), line(report.columns.map(() => "---")), ...report.rows.map(line)].join("\n");
}

function goals(report: Report): string {
  const verdict = (reached: boolean | "reported"): string =>
    reached === "reported" ? "reported" : reached ? "reached" : "**not reached**";
  return report.goals
    .map((each) => `- ${verdict(each.reached)}: ${each.goal} (measured: ${each.measured})`)
    .join("\n");
}

/** Writes `<date>-<name>.json` and `.md` and prints the page. */
export function publish(report: Report, machine: Machine): void {
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const base = join(folder, `${at.slice(0, 10)}-${report.name}`);
  const page = [
    `# ${report.title}`,
    `${at.slice(0, 16).replace("T", " ")} UTC, commit ${machine.commit}. ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}; load before the run ${machine.loadAtStart}.`,
    table(report),
    goals(report),
    report.method.join(" "),
  ].join("\n\n");
  writeFileSync(`${base}.md`, `${page}\n`);
  const { name, title, method, goals: goalList, raw } = report;
  writeFileSync(
    `${base}.json`,
    `${JSON.stringify({ name, title, at, machine, method, goals: goalList, raw }, null, 2)}\n`,
  );
  console.log(`\n${page}\n\nwritten: ${base}.json, ${base}.md`);
}

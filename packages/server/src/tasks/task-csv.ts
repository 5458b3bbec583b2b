// A list of people to call, as a spreadsheet writes it: RFC 4180, with a header line.
import { CsvError, parse } from "csv-parse/sync";
import { AppError } from "../errors.ts";
import type { TargetInput } from "./task-input.ts";

export const MAX_CSV_ROWS = 10_000;
/** Characters of one field. */
const MAX_FIELD = 20_000;
const MAX_COLUMNS = 64;

const COLUMNS = ["target", "context", "taskContext", "greeting", "externalTaskId"] as const;
const SPECIAL = ["waitToGreet", "scheduledFor"] as const;
const known: ReadonlyMap<string, string> = new Map(
  [...COLUMNS, ...SPECIAL].map((name) => [name.toLowerCase(), name]),
);

/** One line of the file: what it asks for, or why it cannot be read. */
export interface CsvRow {
  /** In the file; the header is line 1. */
  line: number;
  input?: TargetInput;
  error?: string;
}

/**
 * Reads a CSV; columns by their names, in any case and order. Those that are not known are the task's `meta`.
 * Separated by commas, semicolons or tabs, whichever the header has.
 * @throws AppError csv_invalid where it is no CSV, or has no `target`
 */
export function readTaskCsv(text: string): CsvRow[] {
  const header = text.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0] ?? "";
  const delimiter = [",", ";", "\t"].find((one) => header.includes(one)) ?? ",";
  const rows = parsed(text, delimiter);
  const names = rows[0]?.record.map((name) => known.get(name.trim().toLowerCase()) ?? name.trim()) ?? [];
  if (!names.includes("target")) {
    throw new AppError(
      "csv_invalid",
      "The CSV's first line names its columns, and one of them must be target.",
    );
  }
  if (names.length > MAX_COLUMNS) {
    throw new AppError("csv_invalid", `A CSV has ${MAX_COLUMNS} columns at most.`);
  }
  const twice = names.find((name, index) => name !== "" && names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new AppError("csv_invalid", `The CSV has the column ${JSON.stringify(twice)} twice.`);
  if (rows.length === 1) throw new AppError("csv_invalid", "The CSV has no line below its header.");
  return rows.slice(1).map(({ record, line }) => readRow(record, names, line));
}

function parsed(text: string, delimiter: string): { record: string[]; line: number }[] {
  try {
    const rows = parse(text, {
      ...{ bom: true, delimiter, trim: true, skip_empty_lines: true, info: true },
      ...{ max_record_size: 10 * MAX_FIELD, to: MAX_CSV_ROWS + 2, relax_column_count: true },
    }) as unknown as { record: string[]; info: { lines: number } }[];
    if (rows.length > MAX_CSV_ROWS + 1) {
      throw new AppError("csv_invalid", `A CSV has ${MAX_CSV_ROWS} lines at most: send it in parts.`);
    }
    return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (error instanceof CsvError)
      throw new AppError("csv_invalid", `The CSV cannot be read: ${error.message}`);
    throw error;
  }
}

function readRow(record: readonly string[], names: readonly string[], line: number): CsvRow {
  if (record.length !== names.length) {
    return { line, error: `It has ${record.length} fields, and the header ${names.length}.` };
  }
  const input: TargetInput = { target: "" };
  const meta: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const value = record[index] ?? "";
    if (value === "" || name === "") continue;
    if (value.length > MAX_FIELD) return { line, error: `${name} is longer than ${MAX_FIELD} characters.` };
    if ((COLUMNS as readonly string[]).includes(name)) input[name as (typeof COLUMNS)[number]] = value;
    else if (name === "waitToGreet") {
      if (!/^(true|false|yes|no|1|0)$/i.test(value))
        return { line, error: "waitToGreet must be true or false." };
      input.waitToGreet = /^(true|yes|1)$/i.test(value);
    } else if (name === "scheduledFor") {
      const at = readTime(value);
      if (at === undefined) {
        return { line, error: "scheduledFor must be in Unix seconds, or in ISO 8601 with its zone." };
      }
      input.scheduledFor = at;
    } else meta[name] = value;
  }
  if (input.target === "") return { line, error: "It has no target." };
  if (Object.keys(meta).length > 0) input.meta = meta;
  return { line, input };
}

function readTime(text: string): number | undefined {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000);
}

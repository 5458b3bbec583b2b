// What the doctor has to say: one line each.

/** `fail`: calls will not work, or not all; `warn`: it works, but not as one would want it. */
export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
  /** One word: what was looked at. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What is so: a sentence. */
  readonly what: string;
  /** What to do about it: a sentence. Never where the verdict is ok. */
  readonly todo?: string;
}

export const ok = (check: string, what: string): Finding => ({ check, verdict: "ok", what });
export const warn = (check: string, what: string, todo: string): Finding => ({
  ...{ check, verdict: "warn", what, todo },
});
export const fail = (check: string, what: string, todo: string): Finding => ({
  ...{ check, verdict: "fail", what, todo },
});

const labels = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const satisfies Record<Verdict, string>;
/** Columns of the longest check's name. */
const CHECK_WIDTH = 13;

/** `FAIL database      The database … is damaged. Restore it …`; what came from elsewhere moves no cursor. */
export function findingLine({ check, verdict, what, todo }: Finding): string {
  const text = todo === undefined ? what : `${what} ${todo}`;
  return `${labels[verdict]}  ${check.padEnd(CHECK_WIDTH)} ${printable(text)}`;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** The worst of them. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ verdict }) => verdict === "fail")) return "fail";
  return findings.some(({ verdict }) => verdict === "warn") ? "warn" : "ok";
}

/** Of the process: 0 all is well, 1 there are warnings, 2 something is broken. */
export const exitCodes = { ok: 0, warn: 1, fail: 2 } as const satisfies Record<Verdict, number>;

/** `12 ok, 1 warning, 0 failures` */
export function countLine(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length;
  const counted = (number: number, one: string) => `${number} ${one}${number === 1 ? "" : "s"}`;
  return `${count("ok")} ok, ${counted(count("warn"), "warning")}, ${counted(count("fail"), "failure")}`;
}

/** An error's sentence, ended as one. */
export function sentenceOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

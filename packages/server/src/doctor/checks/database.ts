import { AppError } from "../../errors.ts";
import { type DatabaseFacts, tryWriting } from "../database-facts.ts";
import { type Finding, fail, ok, sentenceOf, warn } from "../finding.ts";

/** What reading a database came to. */
export type DatabaseReading = { readonly facts: DatabaseFacts | undefined } | { readonly error: unknown };

/** @param isRunning whether a node has it open: then nobody else may try to write */
export function checkDatabase(reading: DatabaseReading, isRunning: boolean): Finding {
  if ("error" in reading) return judgeFault(reading.error);
  const { facts } = reading;
  if (facts === undefined) return ok("database", "There is none yet: the first start makes it.");
  if (!isRunning) {
    try {
      tryWriting(facts.path);
    } catch (error) {
      return fail(
        "database",
        `${facts.path} cannot be written: ${sentenceOf(error)}`,
        "Check the owner and the rights of the file and its folder, and end other programs that have it open.",
      );
    }
  }
  return judgeFacts(facts, isRunning);
}

/** The catalogue's sentences say what to do already. */
function judgeFault(error: unknown): Finding {
  const todo = error instanceof AppError ? "" : "Check the owner and the rights of the file and its folder.";
  return { check: "database", verdict: "fail", what: sentenceOf(error), ...(todo !== "" && { todo }) };
}

export function judgeFacts(facts: DatabaseFacts, isRunning: boolean): Finding {
  const { path, bytes, isChecked, pending, unknown, agents } = facts;
  const [newer] = unknown;
  if (newer !== undefined) {
    return fail(
      "database",
      `${path} was written by a newer Ringdown (it has ${newer}).`,
      "Start that version, or restore a backup from before it.",
    );
  }
  const size = `${(bytes / 1024 ** 2).toFixed(1)} MiB, ${agents} agent${agents === 1 ? "" : "s"}`;
  const sound = isChecked ? "is sound" : "opens; it is too large to be read through here";
  if (pending.length === 0) return ok("database", `${path} ${sound} (${size}).`);
  if (!isRunning)
    return ok("database", `${path} ${sound} (${size}); the next start brings it to this version.`);
  return warn(
    "database",
    `The running node is older than this command: ${path} lacks ${pending.join(", ")}.`,
    "Restart Ringdown.",
  );
}

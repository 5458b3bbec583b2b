// The thread that SQLite runs in. A statement, a commit, a checkpoint with its fsync: each blocks this thread as long
// as the disk likes, and no other.
import { constants, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import Database from "better-sqlite3";
import { AppError } from "../errors.ts";
import type { DatabaseAnswer, DatabaseRequest, PortableError, StatementResult } from "./database-protocol.ts";
import { SqliteSession } from "./sqlite-session.ts";

// On Linux a priority is the calling thread's own: signalling goes before what is only written down.
if (process.platform === "linux") {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // As everybody else, then.
  }
}

let session: SqliteSession | undefined;

function carryOut(request: DatabaseRequest): StatementResult[] {
  if (request.type === "open") {
    session = new SqliteSession(request.path);
    return [];
  }
  if (session === undefined) throw new AppError("database_unavailable");
  if (request.type === "run") return [session.run(request.statement)];
  if (request.type === "transaction") return session.transaction(request.statements, request.options);
  session.close();
  return [];
}

function portable(error: unknown): PortableError {
  if (error instanceof AppError) return { kind: "app", code: error.code, message: error.message };
  if (error instanceof Database.SqliteError)
    return { kind: "sqlite", code: error.code, message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "other", message, stack };
}

parentPort?.on("message", ({ id, request }: { id: number; request: DatabaseRequest }) => {
  let answer: DatabaseAnswer;
  try {
    answer = { id, results: carryOut(request) };
  } catch (error) {
    answer = { id, error: portable(error) };
  }
  parentPort?.postMessage(answer);
  if (request.type === "close") parentPort?.close();
});

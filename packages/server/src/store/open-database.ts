import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { AppError } from "../errors.ts";
import { hasSqliteCode, isBusy } from "./database-error.ts";

/** "RING": says in the file's header whose it is (PRAGMA application_id). */
const APPLICATION_ID = 0x52494e47;
const SQLITE_HEADER = "SQLite format 3\0";
/** quick_check reads the whole file; above this size a start would wait for it too long. */
export const QUICK_CHECK_MAX_BYTES = 256 * 1024 * 1024;
/** Milliseconds that the start waits for a lock of somebody else's. */
const START_BUSY_MS = 1000;
/** Milliseconds that a statement may wait later: the writes behind it wait as well, so short. */
const RUNNING_BUSY_MS = 250;

export interface OpenedDatabase {
  database: Database.Database;
  /** Gives the lock on the file back. */
  release(): void;
}

/**
 * Opens the database file, or makes it (0600, its folder 0700). Nothing is written before the file is known to be
 * ours, sound, and used by nobody else. `:memory:` is a database of its own.
 * @throws AppError database_locked, database_corrupt, database_foreign, database_unavailable
 */
export function openDatabase(path: string): OpenedDatabase {
  if (path === ":memory:") return { database: configure(new Database(path), path), release: () => {} };
  try {
    // Only a folder made here: the modes of one that was there are its owner's choice.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unavailable(path, error);
  }
  const lock = takeLock(path);
  try {
    checkHeader(path);
    checkSound(path);
    return { database: openForWriting(path), release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}

function openForWriting(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    closeSync(openSync(path, "a", 0o600));
    chmodSync(path, 0o600);
    database = new Database(path, { timeout: START_BUSY_MS });
    // Fails here, and not at the first call, where another program holds the file.
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    return configure(database, path);
  } catch (error) {
    database?.close();
    throw translate(path, error);
  }
}

function configure(database: Database.Database, path: string): Database.Database {
  if (path !== ":memory:") database.pragma("journal_mode = WAL");
  // With WAL, NORMAL can lose the last moments at a power cut, but never harms the file.
  database.pragma("synchronous = NORMAL");
  database.pragma("foreign_keys = ON");
  database.pragma(`busy_timeout = ${RUNNING_BUSY_MS}`);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  return database;
}

/**
 * Holds an exclusive lock on a file beside the database. The kernel gives it back however this process ends, so
 * there is no stale lock and no process id that means somebody else by now; and the database itself stays readable
 * for backups.
 */
function takeLock(path: string): Database.Database {
  const lockPath = `${path}.lock`;
  let lock: Database.Database | undefined;
  try {
    closeSync(openSync(lockPath, "a", 0o600));
    lock = new Database(lockPath, { timeout: 0 });
    lock.pragma("journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    if (hasSqliteCode(error, "SQLITE_BUSY")) {
      throw new AppError("database_locked", {
        message: `Another Ringdown uses the database ${path}: stop it, or give this one a RINGDOWN_DATA of its own.`,
        cause: error,
      });
    }
    throw unavailable(lockPath, error);
  }
}

/** @throws AppError database_corrupt, database_unavailable */
export function checkHeader(path: string): void {
  if (!existsSync(path)) return;
  const header = Buffer.alloc(SQLITE_HEADER.length);
  let length: number;
  try {
    const file = openSync(path, "r");
    try {
      length = readSync(file, header, 0, header.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unavailable(path, error);
  }
  if (length === 0) return;
  if (length < header.length || header.toString("latin1") !== SQLITE_HEADER) {
    throw corrupt(path, "it is not a SQLite database");
  }
}

/**
 * Reads the file without the right to write, so that a damaged one stays as it is for a rescue.
 * @throws AppError database_corrupt, database_foreign, database_locked, database_unavailable
 */
export function checkSound(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: START_BUSY_MS });
    const owner = database.pragma("application_id", { simple: true });
    const tables = database.prepare("select count(*) as count from sqlite_schema").get() as { count: number };
    if (owner !== APPLICATION_ID && tables.count > 0) {
      throw new AppError(
        "database_foreign",
        `The database ${path} belongs to another program: move it away, or set RINGDOWN_DATA to another folder.`,
      );
    }
    if (statSync(path).size <= QUICK_CHECK_MAX_BYTES) {
      const verdict = database.pragma("quick_check(1)", { simple: true });
      if (verdict !== "ok") throw corrupt(path, String(verdict).split("\n")[0] ?? "quick_check failed");
    }
  } catch (error) {
    throw translate(path, error);
  } finally {
    database?.close();
  }
}

function translate(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isBusy(error)) {
    return new AppError("database_locked", {
      message: `Another program holds a lock on the database ${path}: end it (a shell, a backup?), then start again.`,
      cause: error,
    });
  }
  if (hasSqliteCode(error, "SQLITE_CORRUPT") || hasSqliteCode(error, "SQLITE_NOTADB")) {
    return corrupt(path, error instanceof Error ? error.message : "unreadable", error);
  }
  return unavailable(path, error);
}

function corrupt(path: string, what: string, cause?: unknown): AppError {
  return new AppError("database_corrupt", {
    message:
      `The database ${path} is damaged (${what}). Nothing was changed: restore it from a backup, ` +
      "or move it away to begin with an empty one.",
    cause,
  });
}

function unavailable(path: string, error: unknown): AppError {
  const why = error instanceof Error ? error.message : String(error);
  return new AppError("database_unavailable", {
    message: `The database ${path} cannot be opened: ${why}. Check the folder's owner, its rights and the disk.`,
    cause: error,
  });
}

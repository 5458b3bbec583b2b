/** What SQLite refused, with its own code (`SQLITE_BUSY`, `SQLITE_CONSTRAINT_UNIQUE` …). */
export class DatabaseError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "DatabaseError";
    this.code = code;
  }
}

// By the code alone: the same questions are asked of the driver's own errors, in the database's thread.
export function hasSqliteCode(error: unknown, prefix: string): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.startsWith(prefix)
  );
}

/** Whether a statement failed because another program held the file. */
export function isBusy(error: unknown): boolean {
  return hasSqliteCode(error, "SQLITE_BUSY") || hasSqliteCode(error, "SQLITE_LOCKED");
}

/** Whether a statement failed on a unique column whose name is `column` (`table.column`). */
export function isUniqueViolation(error: unknown, column: string): boolean {
  return (
    (hasSqliteCode(error, "SQLITE_CONSTRAINT_UNIQUE") ||
      hasSqliteCode(error, "SQLITE_CONSTRAINT_PRIMARYKEY")) &&
    error instanceof Error &&
    error.message.includes(column)
  );
}

// What the store and the database's thread say to each other. Plain data: it is copied from one to the other.
import type { ErrorCode } from "../errors.ts";

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface StatementResult {
  rows: unknown[];
  /** Rows changed, of a statement that gives none. */
  changes?: number;
}

export interface TransactionOptions {
  /** Answered only when the disk has it: a power cut does not undo it. Costs an fsync. */
  durable?: boolean;
}

/** An open database. What one user may not do while another's transaction is open, Kysely sees to. */
export interface DatabaseHandle {
  /** @throws an error with SQLite's code; AppError `database_unavailable` once the database is lost or closed */
  run(statement: Statement): Promise<StatementResult>;
  /**
   * All statements or none, in one step; their results in order. Not to be called while a transaction is open.
   * @throws as `run`
   */
  transaction(statements: readonly Statement[], options?: TransactionOptions): Promise<StatementResult[]>;
  /** Carries out what was asked before and lets the file go. */
  close(): Promise<void>;
}

export type DatabaseRequest =
  | { type: "open"; path: string }
  | { type: "run"; statement: Statement }
  /** All of them or none. */
  | { type: "transaction"; statements: readonly Statement[]; options: TransactionOptions }
  | { type: "close" };

/** An error as it crosses between threads: of our catalogue, of SQLite, or any other. */
export type PortableError =
  | { kind: "app"; code: ErrorCode; message: string }
  | { kind: "sqlite"; code: string; message: string }
  | { kind: "other"; message: string; stack: string | undefined };

/** `results`: one for each statement; of opening and closing, none. */
export type DatabaseAnswer =
  | { id: number; results: StatementResult[] }
  | { id: number; error: PortableError };

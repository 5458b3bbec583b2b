// One open SQLite file and its prepared statements. Everything here blocks the thread that it is called on.
import type Database from "better-sqlite3";
import type { Statement, StatementResult, TransactionOptions } from "./database-protocol.ts";
import { openDatabase } from "./open-database.ts";

const MAX_STATEMENTS = 500;

export class SqliteSession {
  readonly #database: Database.Database;
  readonly #release: () => void;
  // Preparing costs as much as many a query itself, and the texts are few.
  readonly #prepared = new Map<string, Database.Statement>();

  /** @throws AppError, see `openDatabase` */
  constructor(path: string) {
    const { database, release } = openDatabase(path);
    this.#database = database;
    this.#release = release;
  }

  /** @throws SqliteError; TypeError for a value that SQLite cannot bind */
  run({ sql, parameters }: Statement): StatementResult {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) };
    return { rows: [], changes: statement.run(parameters).changes };
  }

  /** All statements or none. @throws as `run` */
  transaction(
    statements: readonly Statement[],
    { durable = false }: TransactionOptions = {},
  ): StatementResult[] {
    const all = this.#database.transaction(() => statements.map((statement) => this.run(statement)));
    if (!durable) return all();
    // With WAL, FULL has each commit wait for the disk; NORMAL, the connection's own, only a checkpoint.
    this.#database.pragma("synchronous = FULL");
    try {
      return all();
    } finally {
      this.#database.pragma("synchronous = NORMAL");
    }
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
    this.#release();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= MAX_STATEMENTS) this.#prepared.clear();
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

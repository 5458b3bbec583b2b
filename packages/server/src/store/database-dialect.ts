// Kysely over a database that is asked by messages. One connection: Kysely lets one user at a time have it.
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { DatabaseHandle, Statement, StatementResult, TransactionOptions } from "./database-protocol.ts";

export function databaseDialect(database: DatabaseHandle): Dialect {
  return {
    createDriver: () => new HandleDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class HandleConnection implements DatabaseConnection {
  readonly database: DatabaseHandle;

  constructor(database: DatabaseHandle) {
    this.database = database;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.database.run({ sql, parameters });
    // The rows are what the query's type says: the schema is the one place where both meet.
    return {
      rows: rows as Row[],
      ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
    };
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for the method; nothing here streams.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("Rows are not streamed.");
  }
}

class HandleDriver implements Driver {
  readonly #connection: HandleConnection;

  constructor(database: DatabaseHandle) {
    this.#connection = new HandleConnection(database);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {}

  // The database is its opener's to close.
  async destroy(): Promise<void> {}
}

/**
 * Carries out statements all or none, in one message: the way of a batch that is known beforehand. Waits
 * for a transaction that is under way. @returns what each gave, in order
 */
export async function runTogether<Schema>(
  db: Kysely<Schema>,
  statements: readonly Statement[],
  options?: TransactionOptions,
): Promise<StatementResult[]> {
  return db.getExecutor().provideConnection(async (connection) => {
    if (!(connection instanceof HandleConnection)) throw new TypeError("no connection of this dialect");
    return connection.database.transaction(statements, options);
  });
}

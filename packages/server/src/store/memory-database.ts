// A database in memory, for tests: it has no disk to wait for, so it needs no thread, and a test in virtual time sees
// its answers within the turn.
import type { DatabaseHandle, Statement, StatementResult, TransactionOptions } from "./database-protocol.ts";
import { SqliteSession } from "./sqlite-session.ts";

export class MemoryDatabase implements DatabaseHandle {
  readonly #session = new SqliteSession(":memory:");

  async run(statement: Statement): Promise<StatementResult> {
    return this.#session.run(statement);
  }

  async transaction(
    statements: readonly Statement[],
    options?: TransactionOptions,
  ): Promise<StatementResult[]> {
    return this.#session.transaction(statements, options);
  }

  async close(): Promise<void> {
    this.#session.close();
  }
}

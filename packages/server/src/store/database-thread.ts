// SQLite, asked from the main thread and run in one of its own: signalling shares its thread with no disk.
import { Worker } from "node:worker_threads";
import { AppError } from "../errors.ts";
import { DatabaseError } from "./database-error.ts";
import type {
  DatabaseAnswer,
  DatabaseHandle,
  DatabaseRequest,
  PortableError,
  Statement,
  StatementResult,
  TransactionOptions,
} from "./database-protocol.ts";

const entry = new URL("./database-thread-entry.ts", import.meta.url);
/** Its objects live for one statement: a small nursery keeps the process small. */
const YOUNG_GENERATION_MB = 8;

interface Waiting {
  resolve(results: StatementResult[]): void;
  reject(error: Error): void;
}

/** The thread itself; a test keeps a hand on it. */
export function startDatabaseWorker(): Worker {
  return new Worker(entry, {
    name: "database",
    // What this process was started with is its own: `--input-type`, `--import` and the like would reach the thread.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}

export class DatabaseThread implements DatabaseHandle {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #over: Error | undefined;
  #closing = false;
  readonly #exited: Promise<void>;

  private constructor(worker: Worker, onLost: (error: Error) => void) {
    this.#worker = worker;
    this.#worker.on("message", (answer: DatabaseAnswer) => this.#answered(answer));
    // What the thread carries out it catches: this is a thread that could not start, or was ended from outside.
    this.#worker.on("error", (error) => this.#fail(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        const expected = this.#closing;
        this.#fail(new AppError("database_unavailable", "The database's thread has ended."));
        resolve();
        if (!expected && this.#over !== undefined) onLost(this.#over);
      });
    });
    // It keeps the process alive only while an answer is owed.
    this.#worker.unref();
  }

  /** @param onLost called once, should the thread end unasked; @throws AppError, see `openDatabase` */
  static async open(
    path: string,
    onLost: (error: Error) => void,
    worker = startDatabaseWorker(),
  ): Promise<DatabaseThread> {
    const thread = new DatabaseThread(worker, onLost);
    try {
      await thread.#ask({ type: "open", path });
      return thread;
    } catch (error) {
      thread.#closing = true;
      thread.#worker.ref();
      await thread.#worker.terminate();
      throw error;
    }
  }

  async run(statement: Statement): Promise<StatementResult> {
    const [result] = await this.#ask({ type: "run", statement });
    return result ?? { rows: [] };
  }

  transaction(
    statements: readonly Statement[],
    options: TransactionOptions = {},
  ): Promise<StatementResult[]> {
    return this.#ask({ type: "transaction", statements, options });
  }

  /** Ends the thread. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#over === undefined) await this.#ask({ type: "close" }).catch(() => undefined);
    await this.#exited;
  }

  #ask(request: DatabaseRequest): Promise<StatementResult[]> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request });
    });
  }

  #answered(answer: DatabaseAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    // A thread that is being closed is waited for.
    if (this.#waiting.size === 0 && !this.#closing) this.#worker.unref();
    if ("results" in answer) waiting?.resolve(answer.results);
    else waiting?.reject(revive(answer.error));
  }

  #fail(error: Error): void {
    this.#over ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(this.#over);
  }
}

function revive(error: PortableError): Error {
  if (error.kind === "app") return new AppError(error.code, error.message);
  if (error.kind === "sqlite") return new DatabaseError(error.code, error.message);
  const revived = new Error(error.message);
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}

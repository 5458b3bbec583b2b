import type { Kysely } from "kysely";
import { AppError } from "../errors.ts";
import { hasSqliteCode, isUniqueViolation } from "./database-error.ts";
import type { RegistrationOutcome, RegistrationRecord } from "./records.ts";
import { fromJson, type RegistrationTable, type Schema, toJson } from "./schema.ts";
import type { RegistrationRepository } from "./store.ts";

/** Milliseconds that an outcome may wait for others to share its transaction. */
const BATCH_MS = 1000;

function toRecord({ aorKey: _, ...row }: RegistrationTable): RegistrationRecord {
  const outcome = row.outcome === null ? null : fromJson(row.outcome);
  return { ...row, subscribe: row.subscribe === 1, outcome };
}

function toRow(record: RegistrationRecord): RegistrationTable {
  return {
    ...record,
    aorKey: keyOf(record.aor),
    subscribe: record.subscribe ? 1 : 0,
    outcome: record.outcome === null ? null : toJson(record.outcome),
  };
}

/** RFC 3261 §19.1.4 has users differ by case; PBXs do not, and two registrations of one account would fight. */
function keyOf(aor: string): string {
  return aor.toLowerCase();
}

export class SqlRegistrations implements RegistrationRepository {
  readonly #db: Kysely<Schema>;
  readonly #onError: (error: unknown) => void;
  #outcomes = new Map<string, RegistrationOutcome>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Kysely<Schema>, onError: (error: unknown) => void) {
    this.#db = db;
    this.#onError = onError;
  }

  async list(): Promise<RegistrationRecord[]> {
    const rows = await this.#db.selectFrom("registrations").selectAll().orderBy("agentId").execute();
    return rows.map(toRecord);
  }

  async get(agentId: string): Promise<RegistrationRecord | undefined> {
    const row = await this.#db
      .selectFrom("registrations")
      .selectAll()
      .where("agentId", "=", agentId)
      .executeTakeFirst();
    return row === undefined ? undefined : toRecord(row);
  }

  async ownerOf(aor: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom("registrations")
      .select("agentId")
      .where("aorKey", "=", keyOf(aor))
      .executeTakeFirst();
    return row?.agentId;
  }

  async put(record: RegistrationRecord): Promise<void> {
    const row = toRow(record);
    const { agentId: _, createdAt: __, ...changes } = row;
    this.#outcomes.delete(record.agentId);
    try {
      await this.#db
        .insertInto("registrations")
        .values(row)
        .onConflict((conflict) => conflict.column("agentId").doUpdateSet(changes))
        .execute();
    } catch (error) {
      if (isUniqueViolation(error, "registrations.aorKey")) {
        throw new AppError("aor_taken", `The AOR ${record.aor} belongs to another agent's registration.`);
      }
      // The agent was deleted meanwhile.
      if (hasSqliteCode(error, "SQLITE_CONSTRAINT_FOREIGNKEY")) throw new AppError("agent_not_found");
      throw error;
    }
  }

  async delete(agentId: string): Promise<boolean> {
    this.#outcomes.delete(agentId);
    const result = await this.#db
      .deleteFrom("registrations")
      .where("agentId", "=", agentId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  noteOutcome(agentId: string, outcome: RegistrationOutcome): void {
    this.#outcomes.set(agentId, outcome);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, BATCH_MS);
  }

  async flush(): Promise<void> {
    if (this.#outcomes.size === 0) return;
    const outcomes = this.#outcomes;
    this.#outcomes = new Map();
    try {
      await this.#db.transaction().execute(async (db) => {
        for (const [agentId, outcome] of outcomes) {
          await db
            .updateTable("registrations")
            .set({ outcome: toJson(outcome) })
            .where("agentId", "=", agentId)
            .execute();
        }
      });
    } catch (error) {
      // Only what is shown after a restart: not worth another try.
      this.#onError(error);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.flush();
  }
}

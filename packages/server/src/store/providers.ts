import type { Kysely } from "kysely";
import type { ProviderRecord } from "./records.ts";
import type { Schema } from "./schema.ts";
import type { ProviderRepository } from "./store.ts";

/** In memory, for each call; written when they are set. */
export class SqlProviders implements ProviderRepository {
  readonly #db: Kysely<Schema>;
  readonly #records = new Map<string, ProviderRecord>();

  private constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  static async load(db: Kysely<Schema>): Promise<SqlProviders> {
    const providers = new SqlProviders(db);
    for (const record of await db.selectFrom("providers").selectAll().execute())
      providers.#records.set(key(record.organizationId, record.name), record);
    return providers;
  }

  get(organizationId: string, name: string): ProviderRecord | undefined {
    return this.#records.get(key(organizationId, name));
  }

  async put(record: ProviderRecord): Promise<void> {
    const { organizationId: _, name: __, ...changes } = record;
    await this.#db
      .insertInto("providers")
      .values(record)
      .onConflict((conflict) => conflict.columns(["organizationId", "name"]).doUpdateSet(changes))
      .execute();
    this.#records.set(key(record.organizationId, record.name), record);
  }

  async delete(organizationId: string, name: string): Promise<boolean> {
    await this.#db
      .deleteFrom("providers")
      .where("organizationId", "=", organizationId)
      .where("name", "=", name)
      .execute();
    return this.#records.delete(key(organizationId, name));
  }
}

function key(organizationId: string, name: string): string {
  return `${organizationId} ${name}`;
}

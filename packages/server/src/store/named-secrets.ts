import type { Kysely } from "kysely";
import type { NamedSecretRecord } from "./records.ts";
import { fromJson, type Schema, toJson } from "./schema.ts";
import type { NamedSecretRepository } from "./store.ts";

/** In memory, for each call; written when they are set. */
export class SqlNamedSecrets implements NamedSecretRepository {
  readonly #db: Kysely<Schema>;
  readonly #records = new Map<string, NamedSecretRecord>();

  private constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  static async load(db: Kysely<Schema>): Promise<SqlNamedSecrets> {
    const secrets = new SqlNamedSecrets(db);
    for (const row of await db.selectFrom("namedSecrets").selectAll().execute()) {
      const record = { ...row, hosts: fromJson(row.hosts) };
      secrets.#records.set(key(record.organizationId, record.name), record);
    }
    return secrets;
  }

  list(organizationId: string): NamedSecretRecord[] {
    return [...this.#records.values()]
      .filter((record) => record.organizationId === organizationId)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(organizationId: string, name: string): NamedSecretRecord | undefined {
    return this.#records.get(key(organizationId, name));
  }

  async put(record: NamedSecretRecord): Promise<void> {
    const { organizationId, name, hosts, ...rest } = record;
    const changes = { ...rest, hosts: toJson(hosts) };
    await this.#db
      .insertInto("namedSecrets")
      .values({ organizationId, name, ...changes })
      .onConflict((conflict) => conflict.columns(["organizationId", "name"]).doUpdateSet(changes))
      .execute();
    this.#records.set(key(organizationId, name), record);
  }

  async delete(organizationId: string, name: string): Promise<boolean> {
    await this.#db
      .deleteFrom("namedSecrets")
      .where("organizationId", "=", organizationId)
      .where("name", "=", name)
      .execute();
    return this.#records.delete(key(organizationId, name));
  }
}

function key(organizationId: string, name: string): string {
  return `${organizationId} ${name}`;
}

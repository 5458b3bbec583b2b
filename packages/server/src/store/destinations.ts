import type { Kysely } from "kysely";
import type { DestinationSettings } from "./records.ts";
import { fromJson, type Schema, toJson } from "./schema.ts";
import type { DestinationRepository } from "./store.ts";

/** In memory, for each call; written when they are set. */
export class SqlDestinations implements DestinationRepository {
  readonly #db: Kysely<Schema>;
  readonly #settings = new Map<string, DestinationSettings>();
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  static async load(db: Kysely<Schema>): Promise<SqlDestinations> {
    const destinations = new SqlDestinations(db);
    for (const { organizationId, settings } of await db
      .selectFrom("destinationSettings")
      .selectAll()
      .execute()) {
      destinations.#settings.set(organizationId, fromJson(settings));
    }
    return destinations;
  }

  get(organizationId: string): DestinationSettings | undefined {
    return this.#settings.get(organizationId);
  }

  put(organizationId: string, settings: DestinationSettings): Promise<void> {
    const change = this.#lastChange.then(() => this.#put(organizationId, settings));
    this.#lastChange = change.catch(() => undefined);
    return change;
  }

  async #put(organizationId: string, settings: DestinationSettings): Promise<void> {
    const row = { organizationId, settings: toJson(settings), updatedAt: new Date().toISOString() };
    const { organizationId: _, ...changes } = row;
    await this.#db
      .insertInto("destinationSettings")
      .values(row)
      .onConflict((conflict) => conflict.column("organizationId").doUpdateSet(changes))
      .execute();
    this.#settings.set(organizationId, settings);
  }
}

import type { Kysely } from "kysely";
import { newId } from "./ids.ts";
import type { Organization } from "./records.ts";
import type { Schema } from "./schema.ts";
import type { OrganizationRepository } from "./store.ts";

export class SqlOrganizations implements OrganizationRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async list(): Promise<Organization[]> {
    return this.#db.selectFrom("organizations").selectAll().orderBy("id").execute();
  }

  async get(id: string): Promise<Organization | undefined> {
    return this.#db.selectFrom("organizations").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async create({ name }: { name: string }): Promise<Organization> {
    const organization = { id: newId("org"), name, createdAt: new Date().toISOString() };
    await this.#db.insertInto("organizations").values(organization).execute();
    return organization;
  }
}

import type { Kysely } from "kysely";
import { type AccessMatcher, AccessTable } from "../edge/access-matcher.ts";
import { type Network, parseNetwork } from "../edge/address.ts";
import { AppError } from "../errors.ts";
import { newId } from "./ids.ts";
import type { AccessEntry } from "./records.ts";
import type { AccessEntryTable, Schema } from "./schema.ts";
import type { AccessListRepository } from "./store.ts";

const MAX_ENTRIES_PER_ORGANIZATION = 10_000;

function networkOf(ip: string): Network {
  const reading = parseNetwork(ip);
  if (!reading.ok) throw new AppError("ip_invalid", reading.reason);
  return reading.network;
}

function toEntry({ organizationId, ip, label, createdAt }: AccessEntryTable): AccessEntry {
  return { organizationId, ip, label, createdAt };
}

export class SqlAccessList implements AccessListRepository {
  readonly #db: Kysely<Schema>;
  readonly #table = new AccessTable();

  private constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  static async load(db: Kysely<Schema>): Promise<SqlAccessList> {
    const list = new SqlAccessList(db);
    for (const { organizationId, ip } of await db.selectFrom("accessEntries").selectAll().execute()) {
      const reading = parseNetwork(ip);
      if (reading.ok) list.#table.add(organizationId, reading.network);
    }
    return list;
  }

  matcher(): AccessMatcher {
    return this.#table;
  }

  async list(organizationId: string): Promise<AccessEntry[]> {
    const rows = await this.#db
      .selectFrom("accessEntries")
      .selectAll()
      .where("organizationId", "=", organizationId)
      .orderBy("id")
      .execute();
    return rows.map(toEntry);
  }

  async add(
    organizationId: string,
    { ip, label }: { ip: string; label: string },
  ): Promise<{ entry: AccessEntry; created: boolean }> {
    const network = networkOf(ip);
    const added = await this.#db.transaction().execute(async (db) => {
      const present = await db
        .selectFrom("accessEntries")
        .selectAll()
        .where("organizationId", "=", organizationId)
        .where("ip", "=", network.text)
        .executeTakeFirst();
      if (present !== undefined) {
        await db.updateTable("accessEntries").set({ label }).where("id", "=", present.id).execute();
        return { entry: toEntry({ ...present, label }), created: false };
      }
      const { count } = await db
        .selectFrom("accessEntries")
        .select((e) => e.fn.countAll<number>().as("count"))
        .where("organizationId", "=", organizationId)
        .executeTakeFirstOrThrow();
      if (count >= MAX_ENTRIES_PER_ORGANIZATION) throw new AppError("access_list_full");
      const row = {
        id: newId("acl"),
        organizationId,
        ip: network.text,
        label,
        createdAt: new Date().toISOString(),
      };
      await db.insertInto("accessEntries").values(row).execute();
      return { entry: toEntry(row), created: true };
    });
    this.#table.add(organizationId, network);
    return added;
  }

  async remove(organizationId: string, ip: string): Promise<boolean> {
    const network = networkOf(ip);
    const result = await this.#db
      .deleteFrom("accessEntries")
      .where("organizationId", "=", organizationId)
      .where("ip", "=", network.text)
      .executeTakeFirst();
    this.#table.remove(organizationId, network);
    return result.numDeletedRows > 0n;
  }
}

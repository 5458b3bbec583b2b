// What agents were at each change, and drafts of what they are to be.
import { isDeepStrictEqual } from "node:util";
import type { Kysely, Transaction } from "kysely";
import type { Agent, AgentDraft, AgentSettings, AgentVersion } from "./records.ts";
import { type AgentVersionTable, fromJson, type Schema, toJson } from "./schema.ts";
import type { AgentHistoryRepository } from "./store.ts";

const KEPT_VERSIONS = 100;

/** Of an agent what an operator may set. */
export function settingsOf(agent: Agent): AgentSettings {
  const { id: _, organizationId: __, createdAt: ___, updatedAt: ____, ...settings } = agent;
  return settings;
}

/** Fields in which the two differ. */
export function changedFields(before: AgentSettings, after: AgentSettings): (keyof AgentSettings)[] {
  const names = Object.keys(after) as (keyof AgentSettings)[];
  return names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

/**
 * Writes what an agent is from now on, within the change itself. Where nothing differs there is no version.
 * @param before what it was; that is kept too where it is older than versions are. Undefined: it is new
 */
export async function writeVersion(
  db: Transaction<Schema>,
  agent: Agent,
  before: Agent | undefined,
  by: string,
): Promise<void> {
  const settings = settingsOf(agent);
  const changed = before === undefined ? [] : changedFields(settingsOf(before), settings);
  if (before !== undefined && changed.length === 0) return;
  const last = await db
    .selectFrom("agentVersions")
    .select((e) => e.fn.max("number").as("number"))
    .where("agentId", "=", agent.id)
    .executeTakeFirst();
  let number = last?.number ?? 0;
  const add = async (values: Pick<AgentVersion, "at" | "by" | "changed" | "settings">): Promise<void> => {
    const row = { ...values, changed: toJson(values.changed), settings: toJson(values.settings) };
    await db
      .insertInto("agentVersions")
      .values({ agentId: agent.id, number: ++number, ...row })
      .execute();
  };
  if (number === 0 && before !== undefined)
    await add({ at: before.updatedAt, by: "", changed: [], settings: settingsOf(before) });
  await add({ at: agent.updatedAt, by, changed, settings });
  await db
    .deleteFrom("agentVersions")
    .where("agentId", "=", agent.id)
    .where("number", "<=", number - KEPT_VERSIONS)
    .execute();
}

export class SqlAgentHistory implements AgentHistoryRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async versions(agentId: string, limit: number, before?: number): Promise<AgentVersion[]> {
    let query = this.#db.selectFrom("agentVersions").selectAll().where("agentId", "=", agentId);
    if (before !== undefined) query = query.where("number", "<", before);
    return (await query.orderBy("number", "desc").limit(limit).execute()).map(toVersion);
  }

  async version(agentId: string, number: number): Promise<AgentVersion | undefined> {
    const row = await this.#db
      .selectFrom("agentVersions")
      .selectAll()
      .where("agentId", "=", agentId)
      .where("number", "=", number)
      .executeTakeFirst();
    return row && toVersion(row);
  }

  async draft(agentId: string): Promise<AgentDraft | undefined> {
    const row = await this.#db
      .selectFrom("agentDrafts")
      .selectAll()
      .where("agentId", "=", agentId)
      .executeTakeFirst();
    return row && { at: row.at, by: row.by, settings: fromJson(row.settings) };
  }

  async putDraft(agentId: string, { settings, ...rest }: AgentDraft): Promise<void> {
    const values = { ...rest, settings: toJson(settings) };
    await this.#db
      .insertInto("agentDrafts")
      .values({ agentId, ...values })
      .onConflict((conflict) => conflict.column("agentId").doUpdateSet(values))
      .execute();
  }

  async deleteDraft(agentId: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("agentDrafts")
      .where("agentId", "=", agentId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

function toVersion({ number, at, by, changed, settings }: AgentVersionTable): AgentVersion {
  return { number, at, by, changed: fromJson(changed), settings: fromJson(settings) };
}

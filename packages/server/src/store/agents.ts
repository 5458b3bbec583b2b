import type { Kysely, Transaction } from "kysely";
import { AppError } from "../errors.ts";
import { AGENT_DEFAULTS, isE164, isUsername } from "./agent-fields.ts";
import { writeVersion } from "./agent-history.ts";
import { isUniqueViolation } from "./database-error.ts";
import { newId } from "./ids.ts";
import { cutPage, pageLimit } from "./page.ts";
import type { Agent, AgentChange, AgentSettings, Page, PageRequest } from "./records.ts";
import { type AgentConfiguration, type AgentTable, fromJson, type Schema, toJson } from "./schema.ts";
import type { AgentDirectory, AgentRepository } from "./store.ts";

const MAX_AGENTS_PER_ORGANIZATION = 10_000;

/** The agents by id, username and number, in memory. */
class MemoryDirectory implements AgentDirectory {
  readonly #byId = new Map<string, Agent>();
  readonly #byUser = new Map<string, Agent>();

  find(user: string): Agent | undefined {
    return this.#byUser.get(user.toLowerCase());
  }

  get(id: string): Agent | undefined {
    return this.#byId.get(id);
  }

  set(agent: Agent): void {
    this.remove(agent.id);
    this.#byId.set(agent.id, agent);
    this.#byUser.set(agent.username.toLowerCase(), agent);
    for (const number of agent.phoneNumbers) this.#byUser.set(number, agent);
  }

  remove(id: string): void {
    const agent = this.#byId.get(id);
    if (agent === undefined) return;
    this.#byId.delete(id);
    this.#byUser.delete(agent.username.toLowerCase());
    for (const number of agent.phoneNumbers) this.#byUser.delete(number);
  }
}

function toAgent(row: AgentTable, phoneNumbers: string[]): Agent {
  return {
    id: row.id,
    organizationId: row.organizationId,
    username: row.username,
    phoneNumbers,
    ...AGENT_DEFAULTS,
    ...fromJson(row.configuration),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function configurationOf(agent: Agent): AgentConfiguration {
  const { id, organizationId, username, phoneNumbers, createdAt, updatedAt, ...configuration } = agent;
  return configuration;
}

function toRow(agent: Agent): AgentTable {
  const { id, organizationId, username, createdAt, updatedAt } = agent;
  const configuration = toJson<Partial<AgentConfiguration>>(configurationOf(agent));
  return {
    id,
    organizationId,
    username,
    usernameKey: username.toLowerCase(),
    configuration,
    createdAt,
    updatedAt,
  };
}

export class SqlAgents implements AgentRepository {
  readonly #db: Kysely<Schema>;
  readonly #directory = new MemoryDirectory();
  readonly #listeners = new Set<(change: AgentChange) => void>();
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  static async load(db: Kysely<Schema>): Promise<SqlAgents> {
    const agents = new SqlAgents(db);
    const rows = await db.selectFrom("agents").selectAll().execute();
    const numbers = await db.selectFrom("agentNumbers").selectAll().orderBy("position").execute();
    const byAgent = Map.groupBy(numbers, (number) => number.agentId);
    for (const row of rows) {
      agents.#directory.set(
        toAgent(
          row,
          (byAgent.get(row.id) ?? []).map((number) => number.number),
        ),
      );
    }
    return agents;
  }

  directory(): AgentDirectory {
    return this.#directory;
  }

  onChange(listener: (change: AgentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async get(id: string): Promise<Agent | undefined> {
    return this.#directory.get(id);
  }

  async findByUser(user: string): Promise<Agent | undefined> {
    return this.#directory.find(user);
  }

  async list({
    organizationId,
    limit,
    after,
  }: { organizationId: string } & PageRequest): Promise<Page<Agent>> {
    const size = pageLimit(limit);
    let query = this.#db.selectFrom("agents").select("id").where("organizationId", "=", organizationId);
    if (after !== undefined) query = query.where("id", ">", after);
    const rows = await query
      .orderBy("id")
      .limit(size + 1)
      .execute();
    const page = cutPage(rows, size, (row) => row.id);
    const items = page.items.flatMap(({ id }) => this.#directory.get(id) ?? []);
    return { items, next: page.next };
  }

  create(
    organizationId: string,
    input: Partial<AgentSettings> & { username: string },
    by = "",
  ): Promise<Agent> {
    return this.#inTurn(() => this.#create(organizationId, input, by));
  }

  update(id: string, patch: Partial<AgentSettings>, by = ""): Promise<Agent> {
    return this.#inTurn(() => this.#update(id, patch, by));
  }

  delete(id: string): Promise<boolean> {
    return this.#inTurn(() => this.#delete(id));
  }

  /** One change after another: each begins from what the one before it left. */
  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  async #create(
    organizationId: string,
    input: Partial<AgentSettings> & { username: string },
    by: string,
  ): Promise<Agent> {
    const now = new Date().toISOString();
    const agent: Agent = {
      id: newId("agt"),
      organizationId,
      username: input.username,
      phoneNumbers: [],
      ...AGENT_DEFAULTS,
      ...defined(input),
      createdAt: now,
      updatedAt: now,
    };
    await this.#write(agent, async (db) => {
      const { count } = await db
        .selectFrom("agents")
        .select((e) => e.fn.countAll<number>().as("count"))
        .where("organizationId", "=", organizationId)
        .executeTakeFirstOrThrow();
      if (count >= MAX_AGENTS_PER_ORGANIZATION) throw new AppError("agents_full");
      await db.insertInto("agents").values(toRow(agent)).execute();
      await writeVersion(db, agent, undefined, by);
    });
    this.#apply({ type: "created", agent });
    return agent;
  }

  async #update(id: string, patch: Partial<AgentSettings>, by: string): Promise<Agent> {
    const before = this.#directory.get(id);
    if (before === undefined) throw new AppError("agent_not_found");
    const agent: Agent = { ...before, ...defined(patch), updatedAt: new Date().toISOString() };
    await this.#write(agent, async (db) => {
      const { id: _, createdAt: __, ...changes } = toRow(agent);
      const result = await db.updateTable("agents").set(changes).where("id", "=", id).executeTakeFirst();
      if (result.numUpdatedRows === 0n) throw new AppError("agent_not_found");
      await db.deleteFrom("agentNumbers").where("agentId", "=", id).execute();
      await writeVersion(db, agent, before, by);
    });
    this.#apply({ type: "updated", agent });
    return agent;
  }

  async #delete(id: string): Promise<boolean> {
    const agent = this.#directory.get(id);
    if (agent === undefined) return false;
    await this.#db.deleteFrom("agents").where("id", "=", id).execute();
    this.#apply({ type: "deleted", agent });
    return true;
  }

  async #write(agent: Agent, write: (db: Transaction<Schema>) => Promise<void>): Promise<void> {
    if (!isUsername(agent.username)) {
      throw new AppError("validation_failed", "username is not a valid username.");
    }
    if (!agent.phoneNumbers.every(isE164))
      throw new AppError("validation_failed", "phoneNumbers must be +E.164.");
    try {
      await this.#db.transaction().execute(async (db) => {
        await write(db);
        const numbers = agent.phoneNumbers.map((number, position) => ({
          number,
          agentId: agent.id,
          position,
        }));
        if (numbers.length > 0) await db.insertInto("agentNumbers").values(numbers).execute();
      });
    } catch (error) {
      if (isUniqueViolation(error, "agents.usernameKey")) {
        throw new AppError("username_taken", `The username ${JSON.stringify(agent.username)} is taken.`);
      }
      if (isUniqueViolation(error, "agentNumbers.number")) {
        throw new AppError("phone_number_taken", this.#takenNumbers(agent));
      }
      throw error;
    }
  }

  #takenNumbers(agent: Agent): string {
    const taken = agent.phoneNumbers.filter((number) => {
      const owner = this.#directory.find(number);
      return owner !== undefined && owner.id !== agent.id;
    });
    if (taken.length === 0) return "A phone number is given twice.";
    return `The phone number ${taken[0]} belongs to another agent.`;
  }

  #apply(change: AgentChange): void {
    if (change.type === "deleted") this.#directory.remove(change.agent.id);
    else this.#directory.set(Object.freeze(change.agent));
    for (const listener of this.#listeners) listener(change);
  }
}

/** Without the keys whose value is undefined, so that a default or the present value stands. */
function defined<Value extends object>(value: Value): Partial<Value> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Partial<Value>;
}

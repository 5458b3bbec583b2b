import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { AppError } from "../errors.ts";
import { SqlAccessList } from "./access-list.ts";
import { SqlAgentHistory } from "./agent-history.ts";
import { SqlAgents } from "./agents.ts";
import { SqlCalls } from "./calls.ts";
import { SqlCaptures } from "./captures.ts";
import { databaseDialect } from "./database-dialect.ts";
import type { DatabaseHandle } from "./database-protocol.ts";
import { DatabaseThread } from "./database-thread.ts";
import { SqlDestinations } from "./destinations.ts";
import { MIGRATIONS } from "./migrations.ts";
import { SqlNamedSecrets } from "./named-secrets.ts";
import { SqlOrganizations } from "./organizations.ts";
import { SqlOutboundRoutes } from "./outbound-routes.ts";
import { SqlProviders } from "./providers.ts";
import { SqlRegistrations } from "./registrations.ts";
import { type RejectedCallOptions, SqlRejectedCalls } from "./rejected-calls.ts";
import type { Schema } from "./schema.ts";
import type { Store } from "./store.ts";
import { SqlTaskRuns } from "./task-runs.ts";
import { SqlTasks } from "./tasks.ts";
import { SqlTokens } from "./tokens.ts";
import { SqlUsers } from "./users.ts";
import { SqlWebhookDeliveries } from "./webhook-deliveries.ts";
import { SqlWebhooks } from "./webhooks.ts";

export interface StoreOptions {
  /** Told of a write in the background that failed. */
  onError?: (error: unknown) => void;
  /** The database is lost for as long as this process runs: every request of it fails from now on. */
  onLost?: (error: unknown) => void;
  rejectedCalls?: RejectedCallOptions;
}

/**
 * Opens the store in a database file (or `:memory:`) and brings its schema up to date.
 * @throws AppError database_locked, database_corrupt, database_foreign, database_newer, database_unavailable
 */
export async function openStore(path: string, options: StoreOptions = {}): Promise<Store> {
  const database =
    path === ":memory:"
      ? await memoryDatabase()
      : await DatabaseThread.open(path, options.onLost ?? (() => {}));
  const db = new Kysely<Schema>({ dialect: databaseDialect(database) });
  const letGo = async () => {
    await db.destroy();
    await database.close();
  };
  try {
    await refuseNewer(db, path);
    await migrate(db);
    const onError = options.onError ?? (() => {});
    const agents = await SqlAgents.load(db);
    const accessList = await SqlAccessList.load(db);
    const registrations = new SqlRegistrations(db, onError);
    const calls = new SqlCalls(db, onError);
    const rejectedCalls = new SqlRejectedCalls(db, onError, options.rejectedCalls);
    return {
      organizations: new SqlOrganizations(db),
      agents,
      agentHistory: new SqlAgentHistory(db),
      tokens: new SqlTokens(db),
      users: new SqlUsers(db),
      accessList,
      registrations,
      outboundRoutes: new SqlOutboundRoutes(db),
      destinations: await SqlDestinations.load(db),
      providers: await SqlProviders.load(db),
      namedSecrets: await SqlNamedSecrets.load(db),
      calls,
      rejectedCalls,
      tasks: new SqlTasks(db),
      taskRuns: new SqlTaskRuns(db),
      webhooks: await SqlWebhooks.load(db),
      deliveries: new SqlWebhookDeliveries(db),
      captures: new SqlCaptures(db),
      close: async () => {
        await registrations.close();
        await calls.close();
        await rejectedCalls.close();
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}

/** Loaded only here: a node that runs has the driver in the database's thread alone. */
async function memoryDatabase(): Promise<DatabaseHandle> {
  const { MemoryDatabase } = await import("./memory-database.ts");
  return new MemoryDatabase();
}

async function refuseNewer(db: Kysely<Schema>, path: string): Promise<void> {
  const present = await sql`select 1 from sqlite_schema where name = 'kysely_migration'`.execute(db);
  if (present.rows.length === 0) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  if (rows.every(({ name }) => Object.hasOwn(MIGRATIONS, name))) return;
  throw new AppError(
    "database_newer",
    `The database ${path} was written by a newer Ringdown: start that version, or restore a backup from before it.`,
  );
}

async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

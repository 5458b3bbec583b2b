import type Database from "better-sqlite3";
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";
import { Migrator } from "kysely/migration";
import { AppError } from "../errors.ts";
import { SqlAccessList } from "./access-list.ts";
import { SqlAgents } from "./agents.ts";
import { SqlCalls } from "./calls.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";
import { SqlOrganizations } from "./organizations.ts";
import { SqlOutboundRoutes } from "./outbound-routes.ts";
import { SqlRegistrations } from "./registrations.ts";
import { type RejectedCallOptions, SqlRejectedCalls } from "./rejected-calls.ts";
import type { Schema } from "./schema.ts";
import type { Store } from "./store.ts";
import { SqlTokens } from "./tokens.ts";

const MAX_STATEMENTS = 500;

export interface StoreOptions {
  /** Told of a write in the background that failed. */
  onError?: (error: unknown) => void;
  rejectedCalls?: RejectedCallOptions;
}

/**
 * Opens the store in a database file (or `:memory:`) and brings its schema up to date.
 * @throws AppError database_locked, database_corrupt, database_foreign, database_newer, database_unavailable
 */
export async function openStore(path: string, options: StoreOptions = {}): Promise<Store> {
  const { database, release } = openDatabase(path);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: cachingStatements(database) }) });
  const letGo = async () => {
    await db.destroy();
    // Kysely closes only what it has used.
    database.close();
    release();
  };
  try {
    refuseNewer(database, path);
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
      tokens: new SqlTokens(db),
      accessList,
      registrations,
      outboundRoutes: new SqlOutboundRoutes(db),
      calls,
      rejectedCalls,
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

/**
 * Kysely prepares a statement for each query, which costs as much as many a query itself. The texts are few: each is
 * prepared once.
 */
function cachingStatements(database: Database.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      database.close();
    },
    prepare: (sql) => {
      let statement = statements.get(sql);
      if (statement === undefined) {
        if (statements.size >= MAX_STATEMENTS) statements.clear();
        statement = database.prepare(sql);
        statements.set(sql, statement);
      }
      return statement;
    },
  };
}

function refuseNewer(database: Database.Database, path: string): void {
  const present = database.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get();
  if (present === undefined) return;
  const rows = database.prepare("select name from kysely_migration").all() as { name: string }[];
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

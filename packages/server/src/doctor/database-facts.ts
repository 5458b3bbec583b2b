// What a database holds that the doctor looks after, read beside a node that runs, or in place of one.
import { existsSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { purposeOf as providerPurpose } from "../models/providers.ts";
import { purposeOf as registrationPurpose } from "../registrations/registrations.ts";
import { purposeOf as routePurpose } from "../routes/outbound-routes.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { checkHeader, checkSound, QUICK_CHECK_MAX_BYTES } from "../store/open-database.ts";
import type { ProviderRecord, RegistrationOutcome, RegistrationRecord } from "../store/records.ts";
import { type AgentConfiguration, fromJson, type Json, type RegistrationTable } from "../store/schema.ts";
import type { StoredModels } from "./checks/providers.ts";

export type StoredRegistration = Omit<RegistrationRecord, "createdAt" | "updatedAt" | "contactToken">;

export interface StoredRoute {
  readonly id: string;
  /** As typed. */
  readonly route: string;
  readonly sealedPassword: string | null;
}

/** A secret, and what it is the secret of. */
export interface SealedSecret {
  readonly sealed: string;
  readonly purpose: string;
  /** For a person. */
  readonly of: string;
}

export interface DatabaseFacts {
  readonly path: string;
  readonly bytes: number;
  /** Whether the file was read through; it is not where it is large. */
  readonly isChecked: boolean;
  /** Migrations that the next start carries out. */
  readonly pending: readonly string[];
  /** Migrations of a newer Ringdown. */
  readonly unknown: readonly string[];
  readonly agents: number;
  readonly registrations: readonly StoredRegistration[];
  readonly routes: readonly StoredRoute[];
  readonly accessList: readonly string[];
  readonly secrets: readonly SealedSecret[];
  readonly models: StoredModels;
  /** When the newest call began; undefined: there was none. */
  readonly newestCall: string | undefined;
}

/**
 * Undefined: there is no database yet.
 * @throws AppError database_corrupt, database_foreign, database_locked, database_unavailable; SQLite's own
 */
export function readDatabaseFacts(path: string): DatabaseFacts | undefined {
  if (!existsSync(path) || statSync(path).size === 0) return undefined;
  checkHeader(path);
  checkSound(path);
  const bytes = statSync(path).size;
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 1_000 });
  try {
    // An older schema may lack what a later one has brought.
    const tables = new Set(
      (
        database.prepare("select name from sqlite_schema where type = 'table'").all() as { name: string }[]
      ).map(({ name }) => name),
    );
    const all = <Row>(table: string, sql: string): Row[] =>
      tables.has(table) ? (database.prepare(sql).all() as Row[]) : [];
    const done = all<{ name: string }>("kysely_migration", "select name from kysely_migration").map(
      ({ name }) => name,
    );
    const registrations = all<RegistrationTable>(
      "registrations",
      "select * from registrations order by agentId",
    ).map(
      ({ subscribe, outcome, ...row }): StoredRegistration => ({
        ...row,
        subscribe: subscribe === 1,
        outcome: outcome === null ? null : fromJson<RegistrationOutcome>(outcome),
      }),
    );
    const routes = all<StoredRoute>(
      "outboundRoutes",
      "select id, route, sealedPassword from outboundRoutes order by organizationId, position",
    );
    const providers = all<ProviderRecord>("providers", "select * from providers");
    return {
      ...{ path, bytes, registrations, routes },
      models: { providers, agents: all<AgentRow>("agents", AGENTS_SQL).flatMap(agentByModels) },
      isChecked: bytes <= QUICK_CHECK_MAX_BYTES,
      pending: Object.keys(MIGRATIONS).filter((name) => !done.includes(name)),
      unknown: done.filter((name) => !Object.hasOwn(MIGRATIONS, name)),
      agents: all<{ count: number }>("agents", "select count(*) as count from agents")[0]?.count ?? 0,
      accessList: all<{ ip: string }>("accessEntries", "select ip from accessEntries order by id").map(
        ({ ip }) => ip,
      ),
      secrets: [
        ...registrations.flatMap(({ sealedPassword: sealed, agentId, aor }) =>
          sealed === null
            ? []
            : { sealed, purpose: registrationPurpose(agentId), of: `the registration ${aor}` },
        ),
        ...routes.flatMap(({ sealedPassword: sealed, id, route }) =>
          sealed === null ? [] : { sealed, purpose: routePurpose(id), of: `the route ${route}` },
        ),
        ...providers.flatMap(({ sealedKey: sealed, organizationId, name }) =>
          sealed === null
            ? []
            : { sealed, purpose: providerPurpose(organizationId, name), of: `the provider ${name}` },
        ),
      ],
      newestCall: all<{ startedAt: string }>(
        "calls",
        "select startedAt from calls order by startedAt desc limit 1",
      )[0]?.startedAt,
    };
  } finally {
    database.close();
  }
}

interface AgentRow {
  organizationId: string;
  username: string;
  configuration: Json<Partial<AgentConfiguration>>;
}

const AGENTS_SQL = "select organizationId, username, configuration from agents order by username";

function agentByModels({ configuration: json, ...agent }: AgentRow): StoredModels["agents"] {
  const configuration = fromJson<Partial<AgentConfiguration>>(json);
  const { mode } = configuration;
  return mode === "pipeline" || mode === "realtime" ? [{ ...agent, configuration }] : [];
}

/** Whether it can be written to: tried, without a change. To be asked where no node runs. @throws SQLite's own */
export function tryWriting(path: string): void {
  const database = new Database(path, { fileMustExist: true, timeout: 500 });
  try {
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
  } finally {
    database.close();
  }
}

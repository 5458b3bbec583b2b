import { type ColumnDefinitionBuilder, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

// A migration is never changed once it has left this house: what comes later is a new one.

async function first(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable("organizations")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .execute();
  await schema
    .createTable("agents")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("username", "text", (c) => c.notNull())
    .addColumn("usernameKey", "text", (c) => c.notNull().unique())
    .addColumn("configuration", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
  await schema.createIndex("agentsOfOrganization").on("agents").columns(["organizationId", "id"]).execute();
  await schema
    .createTable("agentNumbers")
    .addColumn("number", "text", (c) => c.primaryKey())
    .addColumn("agentId", "text", (c) => c.notNull().references("agents.id").onDelete("cascade"))
    .addColumn("position", "integer", (c) => c.notNull())
    .execute();
  await schema
    .createIndex("agentNumbersOfAgent")
    .on("agentNumbers")
    .columns(["agentId", "position"])
    .execute();
  await schema
    .createTable("tokens")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("hash", "text", (c) => c.notNull().unique())
    .addColumn("masked", "text", (c) => c.notNull())
    .addColumn("description", "text", (c) => c.notNull())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("origin", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .execute();
  await schema.createIndex("tokensOfOrganization").on("tokens").columns(["organizationId", "id"]).execute();
  await schema
    .createTable("accessEntries")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("ip", "text", (c) => c.notNull())
    .addColumn("label", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addUniqueConstraint("accessEntryOnce", ["organizationId", "ip"])
    .execute();
  await createCalls(db);
  await schema
    .createTable("rejectedCalls")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("organizationId", "text")
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("transport", "text", (c) => c.notNull())
    .addColumn("from", "text", (c) => c.notNull())
    .addColumn("to", "text", (c) => c.notNull())
    .addColumn("code", "text", (c) => c.notNull())
    .addColumn("status", "integer", (c) => c.notNull())
    .addColumn("hint", "text", (c) => c.notNull())
    .addColumn("suppressed", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await schema
    .createIndex("rejectedCallsOfOrganization")
    .on("rejectedCalls")
    .columns(["organizationId", "id"])
    .execute();
}

async function createCalls({ schema }: Kysely<unknown>): Promise<void> {
  // No foreign keys: a call's record outlives its agent.
  await schema
    .createTable("calls")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) => c.notNull())
    .addColumn("sipCallId", "text", (c) => c.notNull())
    .addColumn("direction", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("agentId", "text", (c) => c.notNull())
    .addColumn("from", "text", (c) => c.notNull())
    .addColumn("to", "text", (c) => c.notNull())
    .addColumn("startedAt", "text", (c) => c.notNull())
    .addColumn("answeredAt", "text")
    .addColumn("endedAt", "text")
    .addColumn("duration", "real")
    .addColumn("endedBy", "text")
    .addColumn("endCode", "text")
    .addColumn("endReason", "text")
    .addColumn("codec", "text")
    .addColumn("legs", "text", (c) => c.notNull())
    .addColumn("callDialog", "text", (c) => c.notNull())
    .addColumn("timeline", "text", (c) => c.notNull())
    .addColumn("recording", "text")
    .addColumn("quality", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
  // Each ends in (startedAt, id), the order of the list, so that a page needs no sorting.
  for (const filter of [undefined, "state", "direction", "agentId", "from", "to"]) {
    await schema
      .createIndex(
        filter === undefined ? "callsByTime" : `callsBy${filter[0]?.toUpperCase()}${filter.slice(1)}`,
      )
      .on("calls")
      .columns(["organizationId", ...(filter === undefined ? [] : [filter]), "startedAt", "id"])
      .execute();
  }
  await schema.createIndex("callsBySipCallId").on("calls").columns(["organizationId", "sipCallId"]).execute();
  await schema.createIndex("callsOfState").on("calls").columns(["state"]).execute();
}

async function messages({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable("calls")
    .addColumn("messages", "text", (c) => c.notNull().defaultTo("[]"))
    .execute();
}

async function registrations({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("registrations")
    .addColumn("agentId", "text", (c) => c.primaryKey().references("agents.id").onDelete("cascade"))
    .addColumn("organizationId", "text", (c) => c.notNull())
    .addColumn("aor", "text", (c) => c.notNull())
    .addColumn("aorKey", "text", (c) => c.notNull().unique())
    .addColumn("username", "text", (c) => c.notNull())
    .addColumn("authUsername", "text")
    .addColumn("sealedPassword", "text")
    .addColumn("sipRealm", "text", (c) => c.notNull())
    .addColumn("proxy", "text")
    .addColumn("port", "integer")
    .addColumn("transport", "text", (c) => c.notNull())
    .addColumn("subscribe", "integer", (c) => c.notNull())
    .addColumn("contactToken", "text", (c) => c.notNull())
    .addColumn("outcome", "text")
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
}

async function outboundRoutes({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("outboundRoutes")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("position", "integer", (c) => c.notNull())
    .addColumn("route", "text", (c) => c.notNull())
    .addColumn("canonical", "text", (c) => c.notNull())
    .addColumn("username", "text")
    .addColumn("sealedPassword", "text")
    .addColumn("callerId", "text")
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addUniqueConstraint("outboundRouteOnce", ["organizationId", "canonical"])
    .execute();
}

async function destinations({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("destinationSettings")
    .addColumn("organizationId", "text", (c) =>
      c.primaryKey().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("settings", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
}

async function tasks({ schema }: Kysely<unknown>): Promise<void> {
  const ofOrganization = (c: ColumnDefinitionBuilder) =>
    c.notNull().references("organizations.id").onDelete("cascade");
  await schema
    .createTable("tasks")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", ofOrganization)
    .addColumn("agentId", "text", (c) => c.notNull())
    .addColumn("target", "text", (c) => c.notNull())
    .addColumn("targetKey", "text", (c) => c.notNull())
    .addColumn("scheduledFor", "integer")
    .addColumn("externalTaskId", "text")
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("dueAt", "integer", (c) => c.notNull())
    .addColumn("dueReason", "text", (c) => c.notNull())
    .addColumn("outcome", "text")
    .addColumn("reason", "text")
    .addColumn("callId", "text")
    .addColumn("cancelRequested", "integer", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addColumn("startedAt", "text")
    .addColumn("endedAt", "text")
    .addColumn("waitToGreet", "integer", (c) => c.notNull())
    .addColumn("attempts", "text", (c) => c.notNull())
    .addColumn("goal", "text")
    .addColumn("retryPolicy", "text")
    // Last, as they may be long: what asks for the others does not read them.
    .addColumn("greeting", "text")
    .addColumn("meta", "text")
    .addColumn("taskContext", "text")
    .addColumn("context", "text")
    .execute();
  // Each ends in (createdAt, id), the order of the list.
  for (const filter of [undefined, "state", "agentId", "externalTaskId", "targetKey"]) {
    await schema
      .createIndex(
        filter === undefined ? "tasksByTime" : `tasksBy${filter[0]?.toUpperCase()}${filter.slice(1)}`,
      )
      .on("tasks")
      .columns(["organizationId", ...(filter === undefined ? [] : [filter]), "createdAt", "id"])
      .execute();
  }
  await schema
    .createIndex("tasksCounted")
    .on("tasks")
    .columns(["organizationId", "createdAt", "state", "outcome"])
    .execute();
  // What the runner asks for: only rows that wait, and all of a row that it looks at.
  await schema
    .createIndex("tasksDue")
    .on("tasks")
    .columns(["organizationId", "dueAt", "id", "agentId", "dueReason"])
    .where(sql.ref("state"), "=", "pending")
    .execute();
  await schema.createIndex("tasksOfState").on("tasks").columns(["state"]).execute();
  await schema
    .createTable("taskTargets")
    .addColumn("organizationId", "text", ofOrganization)
    .addColumn("targetKey", "text", (c) => c.notNull())
    .addColumn("lastCallAt", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("taskTargetOnce", ["organizationId", "targetKey"])
    .execute();
  await schema
    .createTable("taskDays")
    .addColumn("organizationId", "text", ofOrganization)
    .addColumn("date", "text", (c) => c.notNull())
    .addColumn("calls", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("tasks", "integer", (c) => c.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("taskDayOnce", ["organizationId", "date"])
    .execute();
  await schema
    .createTable("taskLimits")
    .addColumn("organizationId", "text", (c) =>
      c.primaryKey().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("limits", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
  await schema
    .createTable("idempotencyKeys")
    .addColumn("organizationId", "text", ofOrganization)
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("requestHash", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("answer", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("idempotencyKeyOnce", ["organizationId", "key"])
    .execute();
  await schema.createIndex("idempotencyKeysByTime").on("idempotencyKeys").columns(["createdAt"]).execute();
}

async function users({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("users")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("username", "text", (c) => c.notNull())
    .addColumn("usernameKey", "text", (c) => c.notNull().unique())
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("passwordHash", "text")
    .addColumn("passwordSetAt", "text")
    .addColumn("lastSignInAt", "text")
    .addColumn("createdAt", "text", (c) => c.notNull())
    .execute();
  await schema
    .createTable("sessions")
    .addColumn("hash", "text", (c) => c.primaryKey())
    .addColumn("userId", "text", (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("createdAt", "integer", (c) => c.notNull())
    .addColumn("seenAt", "integer", (c) => c.notNull())
    .addColumn("expiresAt", "integer", (c) => c.notNull())
    .execute();
  await schema.createIndex("sessionsOfUser").on("sessions").columns(["userId", "createdAt"]).execute();
}

async function providers({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("providers")
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("baseUrl", "text")
    .addColumn("sealedKey", "text")
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("providerOnce", ["organizationId", "name"])
    .execute();
}

async function webhooks({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable("calls").addColumn("followUp", "text").execute();
  await schema
    .createIndex("callsToFollowUp")
    .on("calls")
    .columns(["followUp", "startedAt"])
    .where(sql.ref("followUp"), "=", "due")
    .execute();
  await schema
    .createTable("webhooks")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("url", "text", (c) => c.notNull())
    .addColumn("label", "text", (c) => c.notNull())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("sealedSecret", "text", (c) => c.notNull())
    .addColumn("disabledAt", "text")
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addUniqueConstraint("webhookOnce", ["organizationId", "url", "type"])
    .execute();
  await schema
    .createTable("webhookDeliveries")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    // A delivery outlives its hook.
    .addColumn("webhookId", "text", (c) => c.notNull())
    .addColumn("url", "text", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addColumn("callId", "text", (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("attempts", "integer", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("dueAt", "integer", (c) => c.notNull())
    .addColumn("giveUpAt", "integer", (c) => c.notNull())
    .addColumn("lastAttemptAt", "text")
    .addColumn("lastStatus", "integer")
    .addColumn("lastError", "text")
    .addColumn("deliveredAt", "text")
    .execute();
  await schema
    .createIndex("webhookDeliveriesDue")
    .on("webhookDeliveries")
    .columns(["dueAt", "id"])
    .where(sql.ref("state"), "=", "pending")
    .execute();
  await schema
    .createIndex("webhookDeliveriesOfHook")
    .on("webhookDeliveries")
    .columns(["webhookId", "state"])
    .execute();
  await schema
    .createIndex("webhookDeliveriesByTime")
    .on("webhookDeliveries")
    .columns(["organizationId", "createdAt", "id"])
    .execute();
  await schema.createIndex("webhookDeliveriesOld").on("webhookDeliveries").columns(["createdAt"]).execute();
}

async function sipCaptures({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("sipCaptures")
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("sipCallId", "text", (c) => c.notNull())
    .addColumn("at", "integer", (c) => c.notNull())
    .addColumn("callId", "text", (c) => c.notNull())
    .addColumn("data", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("capturePartOnce", ["organizationId", "sipCallId", "at"])
    .execute();
  await schema.createIndex("sipCapturesOld").on("sipCaptures").columns(["at"]).execute();
}

async function callReports({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable("calls")
    .addColumn("report", "text", (c) => c.notNull().defaultTo("null"))
    .execute();
}

async function namedSecrets({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("namedSecrets")
    .addColumn("organizationId", "text", (c) =>
      c.notNull().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("sealedValue", "text", (c) => c.notNull())
    .addColumn("hosts", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("namedSecretOnce", ["organizationId", "name"])
    .execute();
}

async function oldCalls({ schema }: Kysely<unknown>): Promise<void> {
  await schema.createIndex("callsByAge").on("calls").columns(["startedAt"]).execute();
}

async function qualitySamples({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable("calls")
    .addColumn("qualitySamples", "text", (c) => c.notNull().defaultTo("{}"))
    .execute();
}

async function agentVersions({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("agentVersions")
    .addColumn("agentId", "text", (c) => c.notNull().references("agents.id").onDelete("cascade"))
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("by", "text", (c) => c.notNull())
    .addColumn("changed", "text", (c) => c.notNull())
    .addColumn("settings", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("agentVersionOnce", ["agentId", "number"])
    .execute();
  await schema
    .createTable("agentDrafts")
    .addColumn("agentId", "text", (c) => c.primaryKey().references("agents.id").onDelete("cascade"))
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("by", "text", (c) => c.notNull())
    .addColumn("settings", "text", (c) => c.notNull())
    .execute();
}

async function webhookSecrets({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable("webhooks").addColumn("previousSealedSecret", "text").execute();
  await schema.alterTable("webhooks").addColumn("previousUntil", "text").execute();
}

/** In order of their names. */
export const MIGRATIONS: Record<string, Migration> = {
  "0001_first": { up: first },
  "0002_messages": { up: messages },
  "0003_registrations": { up: registrations },
  "0004_outboundRoutes": { up: outboundRoutes },
  "0005_destinations": { up: destinations },
  "0006_tasks": { up: tasks },
  "0007_users": { up: users },
  "0008_providers": { up: providers },
  "0009_webhooks": { up: webhooks },
  "0010_sipCaptures": { up: sipCaptures },
  "0011_callReports": { up: callReports },
  "0012_namedSecrets": { up: namedSecrets },
  "0013_oldCalls": { up: oldCalls },
  "0014_qualitySamples": { up: qualitySamples },
  "0015_agentVersions": { up: agentVersions },
  "0016_webhookSecrets": { up: webhookSecrets },
};

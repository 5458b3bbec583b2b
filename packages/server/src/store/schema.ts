import type { CapturePart } from "./capture-records.ts";
import type { QualityColumns } from "./quality-columns.ts";
import type {
  AgentSettings,
  CallRecord,
  DestinationSettings,
  NamedSecretRecord,
  OutboundRouteRecord,
  ProviderRecord,
  RegistrationOutcome,
  RegistrationRecord,
  User,
} from "./records.ts";
import type {
  IdempotencyKeyTable,
  TaskDayTable,
  TaskLimitsTable,
  TaskTable,
  TaskTargetTable,
} from "./task-rows.ts";
import type { WebhookDelivery, WebhookRecord } from "./webhook-records.ts";

/** A JSON text column that holds a `Value`. The mark is only for the compiler. */
export type Json<Value> = string & { readonly jsonOf?: Value };

export function toJson<Value>(value: Value): Json<Value> {
  return JSON.stringify(value);
}

export function fromJson<Value>(text: Json<Value>): Value {
  return JSON.parse(text) as Value;
}

/** Agent fields that no query asks for live in one JSON column: a new field needs no migration. */
export type AgentConfiguration = Omit<AgentSettings, "username" | "phoneNumbers">;

export interface OrganizationTable {
  id: string;
  name: string;
  createdAt: string;
}

export interface AgentTable {
  id: string;
  organizationId: string;
  username: string;
  /** Lower case: unique on the system. */
  usernameKey: string;
  configuration: Json<Partial<AgentConfiguration>>;
  createdAt: string;
  updatedAt: string;
}

export interface AgentVersionTable {
  agentId: string;
  number: number;
  at: string;
  by: string;
  changed: Json<string[]>;
  settings: Json<AgentSettings>;
}

export interface AgentDraftTable {
  agentId: string;
  at: string;
  by: string;
  settings: Json<Partial<AgentSettings>>;
}

export interface AgentNumberTable {
  number: string;
  agentId: string;
  position: number;
}

export interface TokenTable {
  id: string;
  organizationId: string;
  /** SHA-256 in hex. A token has 128 random bits or more, so a slow hash would add nothing. */
  hash: string;
  masked: string;
  description: string;
  type: "admin";
  origin: "api" | "environment";
  createdAt: string;
}

export type UserTable = User & {
  /** Lower case. */
  usernameKey: string;
  /** As `PasswordHasher` writes it. */
  passwordHash: string | null;
};

export interface SessionTable {
  /** SHA-256 in hex of what the cookie holds. */
  hash: string;
  userId: string;
  /** Epoch milliseconds, all three. */
  createdAt: number;
  seenAt: number;
  expiresAt: number;
}

export interface AccessEntryTable {
  id: string;
  organizationId: string;
  ip: string;
  label: string;
  createdAt: string;
}

export type RegistrationTable = Omit<RegistrationRecord, "subscribe" | "outcome"> & {
  /** Lower case: unique on the system. */
  aorKey: string;
  subscribe: 0 | 1;
  outcome: Json<RegistrationOutcome> | null;
};

type CallJson = "legs" | "callDialog" | "timeline" | "messages" | "quality" | "report";

export type CallTable = Omit<CallRecord, CallJson | "qualitySamples"> & {
  [Name in CallJson]: Json<CallRecord[Name]>;
} & {
  qualitySamples: Json<QualityColumns>;
  /** When this row was last written: after a crash, the last sign of life. */
  updatedAt: string;
  followUp: "due" | "done" | null;
};

export interface RejectedCallTable {
  id: string;
  at: string;
  organizationId: string | null;
  source: string;
  transport: string;
  from: string;
  to: string;
  code: string;
  status: number;
  hint: string;
  suppressed: number;
}

export interface DestinationSettingsTable {
  organizationId: string;
  settings: Json<DestinationSettings>;
  updatedAt: string;
}

export interface NamedSecretTable extends Omit<NamedSecretRecord, "hosts"> {
  hosts: Json<string[]>;
}

export interface Schema {
  organizations: OrganizationTable;
  agents: AgentTable;
  agentNumbers: AgentNumberTable;
  agentVersions: AgentVersionTable;
  agentDrafts: AgentDraftTable;
  tokens: TokenTable;
  users: UserTable;
  sessions: SessionTable;
  accessEntries: AccessEntryTable;
  registrations: RegistrationTable;
  outboundRoutes: OutboundRouteRecord;
  destinationSettings: DestinationSettingsTable;
  providers: ProviderRecord;
  namedSecrets: NamedSecretTable;
  calls: CallTable;
  rejectedCalls: RejectedCallTable;
  tasks: TaskTable;
  taskTargets: TaskTargetTable;
  taskDays: TaskDayTable;
  taskLimits: TaskLimitsTable;
  idempotencyKeys: IdempotencyKeyTable;
  webhooks: WebhookRecord;
  webhookDeliveries: WebhookDelivery;
  sipCaptures: CapturePart;
}

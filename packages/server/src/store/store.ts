import type { AccessMatcher } from "../edge/access-matcher.ts";
import type { CaptureRepository } from "./capture-records.ts";
import type {
  AccessEntry,
  Agent,
  AgentChange,
  AgentDraft,
  AgentSettings,
  AgentVersion,
  CallFilters,
  CallPatch,
  CallRecord,
  DestinationSettings,
  NamedSecretRecord,
  NewRejectedCall,
  Organization,
  OutboundRouteRecord,
  Page,
  PageRequest,
  ProviderRecord,
  RegistrationOutcome,
  RegistrationRecord,
  RejectedCall,
  Session,
  TokenRecord,
  User,
  UserRole,
} from "./records.ts";
import type { TaskRepository, TaskRunRepository } from "./task-repository.ts";
import type { DeliveryRepository, WebhookRepository } from "./webhook-records.ts";

export interface OrganizationRepository {
  /** Oldest first: the first one is the operator's. */
  list(): Promise<Organization[]>;
  get(id: string): Promise<Organization | undefined>;
  create(input: { name: string }): Promise<Organization>;
}

/** Agents by what callers dial: in memory, for the judgement of an INVITE. */
export interface AgentDirectory {
  /** By username in any case, or by +E.164 number. */
  find(user: string): Agent | undefined;
  get(id: string): Agent | undefined;
}

export interface AgentRepository {
  list(query: { organizationId: string } & PageRequest): Promise<Page<Agent>>;
  get(id: string): Promise<Agent | undefined>;
  findByUser(user: string): Promise<Agent | undefined>;
  /** What is left out gets its default. @throws AppError username_taken, phone_number_taken, agents_full */
  create(
    organizationId: string,
    input: Partial<AgentSettings> & { username: string },
    by?: string,
  ): Promise<Agent>;
  /** @param by who changes it, for its versions; @throws AppError agent_not_found, username_taken, phone_number_taken */
  update(id: string, patch: Partial<AgentSettings>, by?: string): Promise<Agent>;
  /** False: there was none. Its calls stay. */
  delete(id: string): Promise<boolean>;
  /** Called after each change; answers how to stop listening. */
  onChange(listener: (change: AgentChange) => void): () => void;
  directory(): AgentDirectory;
}

/** What agents were, and what they are to be. All go with their agent. */
export interface AgentHistoryRepository {
  /** Newest first; the last 100 are kept. @param before only older ones than that */
  versions(agentId: string, limit: number, before?: number): Promise<AgentVersion[]>;
  version(agentId: string, number: number): Promise<AgentVersion | undefined>;
  draft(agentId: string): Promise<AgentDraft | undefined>;
  putDraft(agentId: string, draft: AgentDraft): Promise<void>;
  /** @returns whether there was one */
  deleteDraft(agentId: string): Promise<boolean>;
}

export interface NewToken extends TokenRecord {
  /** The token itself: only here, never again. */
  token: string;
}

export interface TokenRepository {
  create(organizationId: string, input: { description: string; type?: "admin" }): Promise<NewToken>;
  verify(plain: string): Promise<{ organizationId: string; tokenId: string } | undefined>;
  list(organizationId: string): Promise<TokenRecord[]>;
  /** `which`: the token, its id or its masked form. @throws AppError token_not_found, token_last */
  delete(organizationId: string, which: string): Promise<void>;
  /** Makes RINGDOWN_TOKEN a token of this organization, in place of the one it was at an earlier start. */
  useEnvironmentToken(organizationId: string, plain: string): Promise<void>;
}

/** Times are epoch milliseconds. */
export interface UserRepository {
  list(organizationId: string): Promise<User[]>;
  /** By name, in any case. */
  find(username: string): Promise<{ user: User; passwordHash: string | null } | undefined>;
  /** Without a password. @throws AppError user_taken, users_full */
  create(organizationId: string, input: { username: string; role: UserRole }): Promise<User>;
  /** @throws AppError user_not_found, user_last_owner */
  setRole(organizationId: string, id: string, role: UserRole): Promise<User>;
  /** With his sessions. @throws AppError user_not_found, user_last_owner */
  delete(organizationId: string, id: string): Promise<User>;
  /** Ends all of his sessions. */
  setPassword(id: string, passwordHash: string, now: number): Promise<void>;
  /** Answers the secret that the cookie holds; here is only its hash. */
  openSession(userId: string, now: number): Promise<string>;
  session(secret: string, now: number): Promise<Session | undefined>;
  closeSession(secret: string): Promise<void>;
  /** Whether anybody can sign in. */
  hasPassword(organizationId: string): Promise<boolean>;
}

export interface AccessListRepository {
  /** In the order of adding. */
  list(organizationId: string): Promise<AccessEntry[]>;
  /** An entry that is there under another spelling gets the new label. @throws AppError ip_invalid, access_list_full */
  add(
    organizationId: string,
    entry: { ip: string; label: string },
  ): Promise<{ entry: AccessEntry; created: boolean }>;
  /** False: there was no such entry. @throws AppError ip_invalid */
  remove(organizationId: string, ip: string): Promise<boolean>;
  /** Always the present state: a change counts from the next INVITE. */
  matcher(): AccessMatcher;
}

export interface ProviderRepository {
  /** Always the present state. */
  get(organizationId: string, name: string): ProviderRecord | undefined;
  put(record: ProviderRecord): Promise<void>;
  /** False: there was none. */
  delete(organizationId: string, name: string): Promise<boolean>;
}

export interface NamedSecretRepository {
  /** By name. Always the present state, as `get`. */
  list(organizationId: string): NamedSecretRecord[];
  get(organizationId: string, name: string): NamedSecretRecord | undefined;
  put(record: NamedSecretRecord): Promise<void>;
  /** False: there was none. */
  delete(organizationId: string, name: string): Promise<boolean>;
}

export interface RegistrationRepository {
  /** All, of all organizations: they are run from the start on. */
  list(): Promise<RegistrationRecord[]>;
  get(agentId: string): Promise<RegistrationRecord | undefined>;
  /** The agent that has this AOR, in any case of letters. */
  ownerOf(aor: string): Promise<string | undefined>;
  /** In place of the agent's present one. @throws AppError aor_taken, agent_not_found */
  put(record: RegistrationRecord): Promise<void>;
  /** False: there was none. It goes with its agent too. */
  delete(agentId: string): Promise<boolean>;
  /** Never throws, never waits: written with others a little later, the last one of an agent counts. */
  noteOutcome(agentId: string, outcome: RegistrationOutcome): void;
  flush(): Promise<void>;
}

export type NewOutboundRoute = Omit<OutboundRouteRecord, "position" | "createdAt" | "updatedAt"> & {
  /** Last where left out. */
  position?: number;
};
export type OutboundRoutePatch = Partial<
  Pick<OutboundRouteRecord, "position" | "route" | "canonical" | "username" | "sealedPassword" | "callerId">
>;

export interface OutboundRouteRepository {
  /** In the order in which they are tried; positions are 0, 1, 2 … */
  list(organizationId: string): Promise<OutboundRouteRecord[]>;
  /** @throws AppError outbound_route_taken, outbound_routes_full */
  add(route: NewOutboundRoute): Promise<OutboundRouteRecord>;
  /** A new `position` moves it, and the others make room. @throws AppError outbound_route_not_found, outbound_route_taken */
  update(organizationId: string, id: string, patch: OutboundRoutePatch): Promise<OutboundRouteRecord>;
  /** False: there was none. */
  remove(organizationId: string, id: string): Promise<boolean>;
}

export interface DestinationRepository {
  /** In memory, for each call; undefined where none were set. */
  get(organizationId: string): DestinationSettings | undefined;
  put(organizationId: string, settings: DestinationSettings): Promise<void>;
}

export interface CallRepository {
  /**
   * Takes the record at once and writes it with the next batch, so that signalling never waits for the disk. The
   * promise settles when it is written; a caller need not wait for it, and its rejection harms nobody.
   */
  insert(call: CallRecord): Promise<void>;
  /** As `insert`; several patches of one call between two batches become one write. */
  update(id: string, patch: CallPatch): Promise<void>;
  /** Sees what is not yet written. */
  get(organizationId: string, id: string): Promise<CallRecord | undefined>;
  /** Newest first. @throws AppError cursor_invalid */
  list(organizationId: string, filters: CallFilters, page: PageRequest): Promise<Page<CallRecord>>;
  /** At start, before any call: marks what a crash left ringing or active as ended (`node_restarted`); gives those. */
  unfinished(): Promise<CallRecord[]>;
  /** Of all organizations: those whose end waits to be followed up, oldest first. */
  toFollowUp(limit: number): Promise<CallRecord[]>;
  /**
   * Of all organizations, oldest first: those that have ended, are followed up, and began before. @param before ISO 8601
   * @param what "audio": only those that have a recording or messages
   */
  expired(before: string, limit: number, what: "call" | "audio"): Promise<CallRecord[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** They stay, without recording and messages. */
  forgetAudio(ids: readonly string[]): Promise<void>;
  /** Writes what waits. */
  flush(): Promise<void>;
}

export interface RejectedCallRepository {
  /** Never throws, never waits; above the rate it only counts. @returns whether it was more than counted */
  add(rejected: NewRejectedCall): boolean;
  /** Newest first. `unowned`: also those of no organization. */
  list(organizationId: string, query: PageRequest & { unowned?: boolean }): Promise<Page<RejectedCall>>;
  flush(): Promise<void>;
}

export interface Store {
  readonly organizations: OrganizationRepository;
  readonly agents: AgentRepository;
  readonly agentHistory: AgentHistoryRepository;
  readonly tokens: TokenRepository;
  readonly users: UserRepository;
  readonly accessList: AccessListRepository;
  readonly registrations: RegistrationRepository;
  readonly outboundRoutes: OutboundRouteRepository;
  readonly destinations: DestinationRepository;
  readonly providers: ProviderRepository;
  readonly namedSecrets: NamedSecretRepository;
  readonly calls: CallRepository;
  readonly rejectedCalls: RejectedCallRepository;
  readonly tasks: TaskRepository;
  readonly taskRuns: TaskRunRepository;
  readonly webhooks: WebhookRepository;
  readonly deliveries: DeliveryRepository;
  readonly captures: CaptureRepository;
  /** Writes what waits and lets the file go. */
  close(): Promise<void>;
}

import type { CallListener } from "../calls/call-listeners.ts";
import type { Destinations } from "../calls/dial/destinations.ts";
import type { OutboundCalls } from "../calls/outbound-calls.ts";
import type { Transfers } from "../calls/transfer/transfers.ts";
import type { SipCaptures } from "../captures/sip-captures.ts";
import type { AgentChats } from "../chat/agent-chats.ts";
import type { Config } from "../config/config.ts";
import type { ConsoleSite } from "../console/console-site.ts";
import type { LiveEvents } from "../events/live-events.ts";
import type { FunctionRunner } from "../functions/function-runner.ts";
import type { McpServers } from "../functions/mcp-servers.ts";
import type { NamedSecrets } from "../functions/named-secrets.ts";
import type { Log } from "../log/log.ts";
import type { Providers } from "../models/providers.ts";
import type { OutgoingHttp } from "../outgoing-http/outgoing-http.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { OutboundRoutes } from "../routes/outbound-routes.ts";
import type { RouteTestNetwork } from "../routes/route-test.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { SoftphoneLines } from "../softphone/softphone-lines.ts";
import type { Store } from "../store/store.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";
import type { PasswordHasher } from "../users/password-hash.ts";
import type { WebhookSender } from "../webhooks/webhook-sender.ts";

/** What the API asks of the calls that run. */
export interface CallControl {
  /** @throws AppError call_not_active, as do the others */
  hangUp(callId: string): Promise<void>;
  say(callId: string, text: string): Promise<void>;
  sendDtmf(callId: string, digits: string): Promise<void>;
  overhear(callId: string, listener: CallListener, by: string): () => void;
  live(callId: string): boolean;
}

/** What the API asks of the registrations. */
export type RegistrationControl = Pick<Registrations, "view" | "put" | "remove" | "refresh" | "available">;

export interface NodeStatus {
  ready: boolean;
  draining: boolean;
  /** As `proto:host:port`. */
  listeners: string[];
  databaseOpen: boolean;
  callsRunning: number;
  /** Host part of the agents' SIP URIs. */
  domain: string;
  publicAddress: string;
}

export interface ApiDependencies {
  store: Store;
  config: Config;
  secrets: Pick<Secrets, "seal" | "unseal">;
  /** Of users' passwords; tests have a cheaper one. */
  hasher?: PasswordHasher;
  calls: CallControl;
  registrations: RegistrationControl;
  routes: OutboundRoutes;
  routeTest: RouteTestNetwork;
  tasks: TaskQueue;
  transfers: Pick<Transfers, "start" | "cancel">;
  outbound: Pick<OutboundCalls, "place">;
  providers: Providers;
  namedSecrets: Pick<NamedSecrets, "list" | "put" | "remove">;
  functions: Pick<FunctionRunner, "check" | "fault">;
  mcp: Pick<McpServers, "list">;
  outgoing: Pick<OutgoingHttp, "check">;
  webhooks: Pick<WebhookSender, "wake">;
  captures: Pick<SipCaptures, "read" | "registrations">;
  chats: Pick<AgentChats, "begin">;
  destinations: Pick<Destinations, "read" | "settings" | "set">;
  events: LiveEvents;
  softphone: Pick<SoftphoneLines, "give">;
  status: () => NodeStatus;
  /** Left out: there is none. */
  console?: Pick<ConsoleSite, "state"> | undefined;
  log: Log;
}

// Puts the node together: store, workers, SIP, API; and takes it apart again.
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { repairWav } from "@ringdown/media";
import { createSipStack, type HandshakeFailure, type IncomingRequest, type SipStack } from "@ringdown/sip";
import { buildApi } from "./api/build-api.ts";
import type { NodeStatus } from "./api/dependencies.ts";
import { agentProfile, type ProfileSource } from "./calls/agent-profile.ts";
import { systemClock } from "./calls/clock.ts";
import { Destinations } from "./calls/dial/destinations.ts";
import { InternalLines } from "./calls/dial/internal-lines.ts";
import { createNodeDialer } from "./calls/dial/node-dialer.ts";
import { InboundCalls } from "./calls/inbound-calls.ts";
import { OutboundCalls } from "./calls/outbound-calls.ts";
import { DiskRecordings } from "./calls/recording-files.ts";
import { RunningCalls } from "./calls/running-calls.ts";
import { PeerTransfers } from "./calls/transfer/peer-transfers.ts";
import { Transfers } from "./calls/transfer/transfers.ts";
import { SipCaptures } from "./captures/sip-captures.ts";
import { AgentChats } from "./chat/agent-chats.ts";
import { version } from "./cli/version.ts";
import type { Config } from "./config/config.ts";
import { bracketed } from "./config/endpoint.ts";
import type { ConsoleSite } from "./console/console-site.ts";
import { Drain } from "./drain.ts";
import { createEdgeView, screen } from "./edge/edge.ts";
import { judgeInvite } from "./edge/judge-invite.ts";
import { LiveEvents } from "./events/live-events.ts";
import { ensureFirstStart, type FirstStart, firstPasswordLink } from "./first-start.ts";
import { FunctionRunner } from "./functions/function-runner.ts";
import { McpServers } from "./functions/mcp-servers.ts";
import { NamedSecrets } from "./functions/named-secrets.ts";
import type { Log } from "./log/log.ts";
import { Providers } from "./models/providers.ts";
import { OutgoingHttp } from "./outgoing-http/outgoing-http.ts";
import { OwnAddresses } from "./own-address.ts";
import { publicAddressOf } from "./public-address.ts";
import { createRegistrationNetwork } from "./registrations/registration-network.ts";
import { Registrations } from "./registrations/registrations.ts";
import { CallReporter } from "./reports/call-reporter.ts";
import { CallRetention } from "./retention/call-retention.ts";
import { OutboundRoutes } from "./routes/outbound-routes.ts";
import { createRouteTestNetwork } from "./routes/route-test-network.ts";
import { Secrets } from "./secrets/secrets.ts";
import { openSoftphoneDoor } from "./softphone/softphone-door.ts";
import { SoftphoneLines } from "./softphone/softphone-lines.ts";
import { openStore } from "./store/open-store.ts";
import type { Agent } from "./store/records.ts";
import type { Store } from "./store/store.ts";
import { createNodeTasks } from "./tasks/node-tasks.ts";
import { NodeTls, type ShownCertificate } from "./tls/node-tls.ts";
import { isAllowedOrigin } from "./tls/origins.ts";
import { CallFollowUp } from "./webhooks/call-follow-up.ts";
import { WebhookSender } from "./webhooks/webhook-sender.ts";
import { type Bound, listenerText } from "./welcome.ts";
import { workerCount } from "./worker/worker-count.ts";
import type { WorkerChild } from "./worker/worker-handle.ts";
import { WorkerPool } from "./worker/worker-pool.ts";

export interface Ringdown {
  readonly listeners: readonly Bound[];
  readonly http: { host: string; port: number };
  readonly firstStart: FirstStart;
  /** What stands behind the # of the page that sets an owner's password, while nobody has one. */
  readonly passwordLink: string | undefined;
  /** What TLS listeners show. */
  readonly certificate: ShownCertificate | undefined;
  /** Reads certificate and key again; what cannot be used is logged, and changes nothing. */
  reloadTls(): Promise<void>;
  /** Takes no new calls, lets the running ones finish (up to RINGDOWN_DRAIN_SECONDS), then closes everything. */
  stop(): Promise<void>;
  /** During `stop`: ends the running calls at once. */
  hurry(): void;
}

interface Parts {
  config: Config;
  log: Log;
  /** Starts the worker of a slot, or hands over one that was started ahead. */
  fork(slot: number): WorkerChild;
  site: ConsoleSite | undefined;
}

/** Agents whose phrases a worker loads ahead; the others' load with their first call. */
const WARM_AGENTS = 20;
/** How long the queue waits for registrations at the start. */
const FIRST_ANSWERS_MS = 10_000;
/** How long what became of the last tasks may take to be written. */
const TASKS_MS = 5_000;
/** How long the last BYEs may take on their way. */
const LAST_WORDS_MS = 2_000;

/**
 * Starts a node. What was started is closed again when a later part fails.
 * @throws AppError of the store, SipTransportError, or the system's error of the HTTP listener
 */
export async function startRingdown(
  config: Config,
  log: Log,
  fork: (slot: number) => WorkerChild,
  site?: ConsoleSite,
): Promise<Ringdown> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    return await assemble({ config, log, fork, site }, closers);
  } catch (error) {
    for (const close of closers.reverse()) await close().catch(() => undefined);
    throw error;
  }
}

async function assemble(
  { config, log, fork, site }: Parts,
  closers: (() => Promise<unknown>)[],
): Promise<Ringdown> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const state = { ready: false, draining: false, databaseOpen: true };
  const store = await openStore(join(config.dataDir, "ringdown.db"), {
    onError: (error) => log.error({ err: error }, "a write to the database failed"),
    onLost: (error) => {
      state.databaseOpen = false;
      log.fatal({ err: error }, "the database is lost: calls go on, but nothing is recorded until a restart");
    },
  });
  closers.push(() => store.close());
  const files = new DiskRecordings({
    dataDir: config.dataDir,
    repair: repairWav,
    onFault: (error, path) =>
      log.error({ err: error, path }, "a recording that was cut off cannot be repaired"),
  });
  const firstStart = await ensureFirstStart(store, config);

  const secrets = new Secrets({ path: join(config.dataDir, "secret.key"), key: config.key, log });
  const providers = new Providers(store.providers, secrets, process.env, log);
  const outgoing = new OutgoingHttp({ privateNetworks: config.outgoingPrivate });
  const namedSecrets = new NamedSecrets(store.namedSecrets, secrets);
  const mcp = new McpServers({ secrets: namedSecrets, http: outgoing, log });
  const functions = new FunctionRunner({
    ...{ agents: store.agents.directory(), secrets: namedSecrets, http: outgoing, mcp, log },
  });
  const profiles: ProfileSource = {
    modelsFor: (agent) => providers.modelsFor(agent),
    toolsOf: (agent) => mcp.toolsOf(agent),
    toolsKnown: (agent) => mcp.ready(agent),
  };
  const pool = startPool({ config, log, fork, functions }, store, profiles, firstStart.organization.id);
  closers.push(async () => mcp.close());
  closers.push(() => pool.close());
  await Promise.all([pool.start(), closeUnfinished(store, files, log)]);

  const running = new RunningCalls();
  const events = new LiveEvents(systemClock.after);
  const webhooks = new WebhookSender({
    ...{ deliveries: store.deliveries, webhooks: store.webhooks, secrets, http: outgoing, log },
    clock: systemClock,
    random: Math.random,
    onTried: (organizationId) => events.publish(organizationId, { type: "webhookDelivery" }),
  });
  closers.push(() => webhooks.close());
  const reporter = new CallReporter({ pool, models: providers, log });
  const followUp = new CallFollowUp({
    ...{ calls: store.calls, webhooks: store.webhooks, deliveries: store.deliveries, log },
    agent: (id) => store.agents.directory().get(id),
    reporter,
    onReport: ({ id, agentId, organizationId, state }) =>
      events.publish(organizationId, { type: "call", id, agentId, state }),
    baseUrl: () => config.publicUrl ?? `http://${bracketed(http.host)}:${http.port}`,
    wake: () => webhooks.wake(),
    now: () => systemClock.now(),
  });
  const captures = new SipCaptures({
    // No longer than their calls.
    days: config.keepDays === 0 ? config.captureDays : Math.min(config.captureDays, config.keepDays),
    ...{ store: store.captures, log },
    now: () => systemClock.now(),
    after: systemClock.after,
  });
  closers.push(() => captures.close());
  const calls = events.watching(captures.watching(followUp.watching(store.calls)));
  const retention = new CallRetention({
    ...{ calls: store.calls, days: config.keepDays, audioDays: config.recordingDays, log },
    removeFile: (name) => files.remove(name),
    now: () => systemClock.now(),
    after: systemClock.after,
  });
  closers.push(() => retention.close());
  const publicAddress =
    config.publicAddress ??
    publicAddressOf(
      networkInterfaces(),
      config.sip.map(({ host }) => host),
    );
  const edge = createEdgeView({
    store,
    config,
    running: {
      node: () => running.size,
      organization: (id) => running.ofOrganization(id),
      agent: (id) => running.ofAgent(id),
    },
    now: () => performance.now(),
    registrations: {
      contact: (user) => internalLines.contact(user) ?? registrations.contact(user),
      isRegistrar: (address) => registrations.isRegistrar(address),
    },
  });
  const own: OwnAddresses = new OwnAddresses({
    bound: () => listeners,
    localAddressFor: (remote) => sip.transport.localAddressFor(remote),
    publicAddress: config.publicAddress,
    seenBy: (registrar) => registrations.seenBy(registrar),
  });
  const randomToken = (bytes: number): string => randomBytes(bytes).toString("hex");
  const internalLines = new InternalLines({
    bound: () => listeners,
    agents: store.agents.directory(),
    randomToken,
  });
  const softphone = new SoftphoneLines(() => systemClock.now());
  const inbound = new InboundCalls({
    judge: (input) => judgeInvite(input, edge),
    lineOf: (connectionId) => softphone.of(connectionId),
    reject: (rejected) => {
      const owner = rejected.organizationId ?? firstStart.organization.id;
      events.publish(owner, { type: "rejectedCall" });
      return store.rejectedCalls.add(rejected);
    },
    draining: () => state.draining,
    models: profiles,
    takeOver: (call) => peerTransfers.onReplaces(call),
    onTransferRequested: (callId, name, notification) => transfers.requested(callId, name, notification),
    running,
    pool,
    store: calls,
    files,
    mediaAddressFor: (flow, offer, seen) => own.media(flow, offer, seen),
    clock: systemClock,
    log,
  });
  const onError = (error: unknown): void => log.error({ err: error }, "a SIP message could not be handled");
  const isKnownSource = (address: string): boolean => screen(address, edge) === "answer";
  const tls = await NodeTls.open({ config, names: ownNames(config, publicAddress), log });
  closers.push(async () => tls.close());
  const sip: SipStack = await createSipStack({
    listeners: config.sip,
    transport: {
      samePort: true,
      onSinkError: onError,
      isKnownSource,
      tls: tls.settings,
      isAllowedOrigin: (origin) => isAllowedOrigin(origin, config.wsOrigins),
      onHandshakeFailed: (failure) => tellHandshake(failure, isKnownSource, log),
      ...(config.publicAddress === undefined ? {} : { publicAddress: config.publicAddress }),
    },
    serverHeader: `Ringdown/${version}`,
    contactFor: (flow) => own.signalling(flow),
    ...(config.dns && {
      locate: { dns: { servers: [`${bracketed(config.dns.address)}:${config.dns.port}`] } },
    }),
    onConnectionClosed: (flow) => {
      softphone.closed(flow.connectionId);
      inbound.connectionClosed(flow.connectionId);
      registrations.connectionClosed(flow);
    },
    screen: (flow) => screen(flow.remoteAddress, edge),
    messageRate: {
      perSecond: config.limits.unlistedMessagesPerSecond,
      limits: (flow) => !isKnownSource(flow.remoteAddress),
    },
    onInvite: (call) => inbound.onInvite(call),
    replaces: true,
    onRefer: (refer) => peerTransfers.onRefer(refer),
    onRequest: (incoming) => answerNotify(incoming, (address) => registrations.isRegistrar(address)),
    onError,
    ...(captures.trace && { trace: captures.trace }),
  });
  closers.push(() => sip.close());
  tls.watch((settings) => sip.transport.reloadTls(settings));
  const listeners = sip.transport.bound;
  const registrations: Registrations = new Registrations({
    store,
    secrets,
    network: createRegistrationNetwork(sip, (target) => own.listening(target)),
    now: () => performance.now(),
    today: () => Date.now(),
    after: systemClock.after,
    random: Math.random,
    randomToken,
    messages: captures.registrations,
    onChange: ({ organizationId, agentId }) =>
      events.publish(organizationId, { type: "registration", agentId }),
    log,
  });

  const status = (): NodeStatus => ({
    ...state,
    ready: state.ready && !state.draining,
    listeners: listeners.map(listenerText),
    callsRunning: running.size,
    domain: config.domain ?? bracketed(publicAddress),
    publicAddress,
  });
  const routes = new OutboundRoutes(store.outboundRoutes, secrets);
  const routeTest = createRouteTestNetwork(sip);
  const destinations = new Destinations(store.destinations, store.agents.directory());
  const dialer = createNodeDialer({
    ...{ sip, routes, registrations, internalLines, clock: systemClock, log },
    domain: config.domain ?? bracketed(publicAddress),
    addressTowards: (target) => own.mediaTowards(target),
  });
  const outbound = new OutboundCalls({
    models: profiles,
    agents: store.agents.directory(),
    dialer,
    running,
    limits: config.limits,
    pool,
    store: calls,
    files,
    draining: () => state.draining,
    onTransferRequested: (callId, name, notification) => transfers.requested(callId, name, notification),
    mediaAddressFor: (target) => own.mediaTowards(target),
    clock: systemClock,
    log,
  });
  const transfers: Transfers = new Transfers({
    ...{ running, destinations, dialer, registrations, log, clock: systemClock },
    domain: config.domain ?? bracketed(publicAddress),
    agents: store.agents.directory(),
    mediaAddressFor: (target) => own.mediaTowards(target),
  });
  const peerTransfers = new PeerTransfers({
    ...{ running, destinations, dialer, registrations, log, clock: systemClock },
    agents: store.agents.directory(),
    mediaAddressFor: (target) => own.mediaTowards(target),
    mediaAddressTowards: (flow, offer, seen) => own.media(flow, offer, seen),
    isKnown: (address, agent) =>
      edge.accessList.lists(agent.organizationId, address) || registrations.isRegistrarOf(agent.id, address),
  });
  const { runner, queue } = createNodeTasks({
    ...{ store, outbound, running, destinations, log },
    limits: config.limits,
    clock: systemClock,
  });
  const api = await buildApi({
    store,
    config,
    secrets,
    calls: running,
    registrations,
    routes,
    routeTest,
    destinations,
    outgoing,
    webhooks,
    captures,
    ...{ namedSecrets, functions, mcp },
    ...{ providers, chats: new AgentChats({ pool, models: profiles, destinations, functions }) },
    outbound,
    transfers,
    tasks: queue,
    events,
    softphone,
    status,
    console: site,
    log,
  });
  closers.push(() => api.close());
  openSoftphoneDoor(api.server, { lines: softphone, transport: sip.transport });
  const http = await listenHttp(api, config);
  const passwordLink = await firstPasswordLink(store, secrets, firstStart.organization.id).catch(
    (error: unknown) => void log.error({ err: error }, "no link can be made for the first password"),
  );
  state.ready = true;
  webhooks.start();
  retention.start();
  void followUp
    .start()
    .catch((error: unknown) => log.error({ err: error }, "calls of an earlier run could not be told of"));
  await registrations.start();
  // A call that goes by a registration has no way before that stands.
  void registrations.begun(FIRST_ANSWERS_MS).then(async () => {
    if (state.draining) return;
    await runner
      .start()
      .catch((error: unknown) => log.error({ err: error }, "the queue of calls does not run"));
  });

  const hurried = Promise.withResolvers<void>();
  const drain = new Drain({ running, clock: systemClock, limitMs: config.drainSeconds * 1000, log });
  return {
    listeners,
    http,
    firstStart,
    passwordLink: passwordLink ?? undefined,
    get certificate() {
      return tls.certificate;
    },
    reloadTls: () => tls.reload(),
    hurry: () => {
      hurried.resolve();
      drain.hurry();
    },
    stop: async () => {
      state.draining = true;
      runner.drain();
      // First of all: a PBX that sends no more calls has none refused.
      const takenBack = registrations.close();
      await drain.finish();
      await runner.close(TASKS_MS);
      reporter.close();
      await followUp.close();
      await webhooks.close();
      await Promise.race([takenBack, hurried.promise]);
      await lastWords(() => {
        const { clientTransactions, dialogs } = sip.userAgent.stateSize();
        return clientTransactions + dialogs > 0;
      });
      tls.close();
      await sip.close();
      await pool.close();
      await api.close();
      state.databaseOpen = false;
      await store.close();
      log.info({}, "stopped");
    },
  };
}

function startPool(
  { config, log, fork, functions }: Omit<Parts, "site"> & { functions: FunctionRunner },
  store: Store,
  source: ProfileSource,
  organizationId: string,
): WorkerPool {
  const profiles = (agents: readonly Agent[]) =>
    // "+1…" hears the notice of recording wherever anybody does, so that its phrase is loaded too.
    agents.flatMap((agent) => {
      const profile = agentProfile(agent, "+1", source);
      return "reason" in profile ? [] : profile;
    });
  const pool = new WorkerPool({
    size: workerCount(config),
    rtpPorts: config.rtpPorts,
    fork,
    log,
    after: systemClock.after,
    runFunction: (run, signal) => functions.run(run, signal),
    onTalkOver: (talkId) => functions.endTalk(talkId),
    profiles: async () => profiles((await store.agents.list({ organizationId, limit: WARM_AGENTS })).items),
  });
  store.agents.onChange(({ type, agent }) => {
    if (type !== "deleted") pool.warmUp(profiles([agent]));
  });
  return pool;
}

/** What a certificate that the node makes for itself is for. */
function ownNames({ domain }: Config, publicAddress: string): string[] {
  const name = domain?.replace(/^\[(.*)\]$/, "$1") ?? publicAddress;
  return [...new Set([name, publicAddress, "localhost", "127.0.0.1", "::1"])];
}

/** Strangers scan; who is listed has a fault to be mended. */
function tellHandshake(
  { transport, remoteAddress, error }: HandshakeFailure,
  isKnown: (address: string) => boolean,
  log: Log,
): void {
  const level = isKnown(remoteAddress) ? "info" : "debug";
  log[level]({ transport, source: remoteAddress, reason: error.message }, "a handshake has failed");
}

/** Calls that a crash left are ended in the store; their recordings are made readable. */
async function closeUnfinished(store: Store, files: DiskRecordings, log: Log): Promise<void> {
  const calls = await store.calls.unfinished();
  for (const call of calls) {
    const recording = await files.finished(files.paths(call.id, call.startedAt).recording, false);
    if (recording !== call.recording) void store.calls.update(call.id, { recording }).catch(() => undefined);
  }
  if (calls.length > 0)
    log.warn({ calls: calls.length }, "calls that an earlier run left unfinished were closed");
}

async function listenHttp(
  api: Awaited<ReturnType<typeof buildApi>>,
  config: Config,
): Promise<{ host: string; port: number }> {
  await api.listen({ host: config.http.host, port: config.http.port });
  const address = api.server.address();
  const port = address !== null && typeof address !== "string" ? address.port : config.http.port;
  return { host: config.http.host, port };
}

/** RFC 6665 §4.1.3 has 481 for what nobody subscribed to; PBXs send such news all the same, and count 481 as a fault. */
function answerNotify(
  { request, flow, respond }: IncomingRequest,
  isRegistrar: (address: string) => boolean,
): void {
  if (request.method === "NOTIFY" && isRegistrar(flow.remoteAddress)) respond(200);
}

/** Waits, for a short while, until the peers have answered our last requests. */
async function lastWords(underWay: () => boolean): Promise<void> {
  const until = performance.now() + LAST_WORDS_MS;
  while (underWay() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}

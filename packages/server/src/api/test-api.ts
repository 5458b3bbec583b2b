import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { chatByText } from "@ringdown/voice";
import type { CallListener } from "../calls/call-listeners.ts";
import { systemClock } from "../calls/clock.ts";
import { Destinations } from "../calls/dial/destinations.ts";
import type { PlaceCall } from "../calls/outbound-calls.ts";
import { SipCaptures } from "../captures/sip-captures.ts";
import { AgentChats } from "../chat/agent-chats.ts";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import type { ConsoleSite } from "../console/console-site.ts";
import { AppError } from "../errors.ts";
import { LiveEvents } from "../events/live-events.ts";
import { FunctionRunner } from "../functions/function-runner.ts";
import { McpServers } from "../functions/mcp-servers.ts";
import { NamedSecrets } from "../functions/named-secrets.ts";
import { createLog } from "../log/log.ts";
import { Providers } from "../models/providers.ts";
import { OutgoingHttp } from "../outgoing-http/outgoing-http.ts";
import { TestPbx, VirtualClock } from "../registrations/registration-test-kit.ts";
import { Registrations } from "../registrations/registrations.ts";
import { OutboundRoutes } from "../routes/outbound-routes.ts";
import type { RouteTestNetwork } from "../routes/route-test.ts";
import { Secrets } from "../secrets/secrets.ts";
import { SoftphoneLines } from "../softphone/softphone-lines.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { callRecord } from "../store/test-store.ts";
import { TaskQueue } from "../tasks/task-queue.ts";
import { PasswordHasher } from "../users/password-hash.ts";
import type { Api } from "./api.ts";
import { buildApi } from "./build-api.ts";
import type { NodeStatus } from "./dependencies.ts";

export interface TestApi {
  api: Api;
  store: Store;
  secrets: Secrets;
  config: Config;
  organizationId: string;
  token: string;
  status: NodeStatus;
  /** Ids of calls that run. */
  live: Set<string>;
  /** Where registrations go, in time that only the test lets pass. */
  pbx: TestPbx;
  captures: SipCaptures;
  /** What route tests see of the world: nothing answers unless the test says otherwise. */
  routeTest: { -readonly [Name in keyof RouteTestNetwork]: RouteTestNetwork[Name] };
  /** What the API asked of running calls. */
  /** Who was let listen to a call. */
  overhearing: CallListener[];
  commands: string[];
  /** What the runner of tasks was told. */
  woken: string[];
  /** Calls out that were placed. */
  placed: PlaceCall[];
  logLines: string[];
  events: LiveEvents;
  /** A request with the token and a JSON body; answers status, headers and the body read. */
  call(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD",
    url: string,
    body?: unknown,
  ): Promise<TestAnswer>;
}

export interface TestAnswer {
  status: number;
  headers: Record<string, unknown>;
  // What the API answers is just what these tests are about.
  body: Record<string, unknown> & { code?: string; message?: string; success?: boolean };
  raw: Buffer;
}

/** An API over a store in memory and a data folder that goes away with the test. */
export async function testApi(
  test: TestContext,
  environment: Record<string, string> = {},
  site?: Pick<ConsoleSite, "state">,
): Promise<TestApi> {
  const dataDir = mkdtempSync(join(tmpdir(), "ringdown-api-"));
  const { config } = readConfig({ RINGDOWN_DATA: dataDir, ...environment });
  const store = await openStore(":memory:");
  const { id: organizationId } = await store.organizations.create({ name: "First" });
  const { token } = await store.tokens.create(organizationId, { description: "test" });
  const status: NodeStatus = {
    ready: true,
    draining: false,
    listeners: ["udp:127.0.0.1:5060"],
    databaseOpen: true,
    callsRunning: 0,
    domain: "127.0.0.1",
    publicAddress: "127.0.0.1",
  };
  const live = new Set<string>();
  const commands: string[] = [];
  const overhearing: CallListener[] = [];
  const command = async (id: string, what: string) => {
    if (!live.has(id)) throw new AppError("call_not_active");
    commands.push(what);
  };
  const routeTest: TestApi["routeTest"] = {
    locate: async () => ({
      ...{ targets: [], skipped: [], trace: [] },
      failure: { code: "no_such_host", sentence: "There is no such host." },
    }),
    options: async () => ({ status: 408, response: undefined }),
    now: () => 0,
    wait: () => ({ over: new Promise(() => {}), cancel: () => {} }),
  };
  const logLines: string[] = [];
  const events = new LiveEvents((ms, action) => systemClock.after(ms, action));
  const log = createLog("debug", { write: (line) => void logLines.push(line) });
  const clock = new VirtualClock();
  const pbx = new TestPbx(clock);
  const secrets = new Secrets({ path: join(dataDir, "secret.key") });
  const captures = new SipCaptures({
    ...{ store: store.captures, days: 7, log: { error: () => undefined } },
    ...{ now: Date.now, after: () => () => undefined },
  });
  const registrations = new Registrations({
    ...{ store, network: pbx, secrets, log, messages: captures.registrations },
    now: () => clock.now,
    today: () => Date.now(),
    after: (ms, action) => clock.after(ms, action),
    random: Math.random,
    randomToken: (bytes) => randomBytes(bytes).toString("hex"),
  });
  const destinations = new Destinations(store.destinations, store.agents.directory());
  const placed: PlaceCall[] = [];
  const woken: string[] = [];
  const tasks = new TaskQueue({
    tasks: store.tasks,
    runner: {
      wake: (id) => void woken.push(id),
      cancel: async (id) => void woken.push(`cancel ${id}`),
      gate: async () => ({ open: true, free: 1 }),
    },
    destination: (id, target) => destinations.read(id, target),
    now: () => Date.now(),
  });
  const providers = new Providers(store.providers, secrets, environment, log);
  const outgoing = new OutgoingHttp({ privateNetworks: config.outgoingPrivate });
  const namedSecrets = new NamedSecrets(store.namedSecrets, secrets);
  const mcp = new McpServers({ secrets: namedSecrets, http: outgoing, log });
  const functions = new FunctionRunner({
    ...{ agents: store.agents.directory(), secrets: namedSecrets, http: outgoing, mcp, log },
  });
  const chats = new AgentChats({
    ...{ models: providers, destinations, functions },
    // In this process: the code of a worker without the worker.
    pool: {
      chat: ({ chatId, profile, messages, context }, onEvent, signal) =>
        chatByText(profile, messages, context, {
          ...{ onEvent, signal },
          runFunction: (name, given, stop) =>
            functions.run({ talkId: chatId, agentId: profile.id, name, arguments: given }, stop),
        }),
    },
  });
  const api = await buildApi({
    store,
    tasks,
    config,
    secrets,
    hasher: new PasswordHasher({ N: 16, r: 1, p: 1 }),
    registrations,
    routes: new OutboundRoutes(store.outboundRoutes, secrets),
    routeTest,
    destinations,
    ...{ outgoing, namedSecrets, functions, mcp },
    webhooks: { wake: () => void woken.push("webhooks") },
    captures,
    ...{ providers, chats, softphone: new SoftphoneLines(Date.now) },
    transfers: {
      start: (id, { destinations: [first] }) => void commands.push(`transfer ${id} ${first}`),
      cancel: (id) => void commands.push(`cancel transfer ${id}`),
    },
    outbound: {
      place(input) {
        placed.push(input);
        const callId = `call_${placed.length}`;
        const { organizationId, agentId, targetText: to } = input;
        void store.calls.insert(
          callRecord({ id: callId, organizationId, agentId, direction: "outbound", to }),
        );
        return { callId, done: new Promise(() => {}) };
      },
    },
    events,
    status: () => status,
    console: site,
    log,
    calls: {
      hangUp: (id) => command(id, "hangup"),
      say: (id, text) => command(id, `say ${text}`),
      sendDtmf: (id, digits) => command(id, `dtmf ${digits}`),
      live: (id) => live.has(id),
      overhear: (id, listener, by) => {
        if (!live.has(id)) throw new AppError("call_not_active");
        commands.push(`overhear ${id} for ${by}`);
        overhearing.push(listener);
        return () => void commands.push(`no longer overhear ${id}`);
      },
    },
  });
  test.after(async () => {
    await api.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });
  const call: TestApi["call"] = async (method, url, body) => {
    const answer = await api.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const json = String(answer.headers["content-type"]).includes("json") && answer.body !== "";
    const { statusCode, headers, rawPayload } = answer;
    return { status: statusCode, headers, body: json ? answer.json() : {}, raw: rawPayload };
  };
  return {
    api,
    store,
    secrets,
    config,
    organizationId,
    token,
    status,
    live,
    pbx,
    captures,
    routeTest,
    commands,
    overhearing,
    placed,
    woken,
    logLines,
    events,
    call,
  };
}

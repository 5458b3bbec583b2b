// The servers of the Model Context Protocol that agents have as functions: what they offer, and the sessions of calls with them.
import type { Client, PriorDiscovery, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { RemoteFunction } from "@ringdown/voice";
import { AppError } from "../errors.ts";
import type { OutgoingHttp } from "../outgoing-http/outgoing-http.ts";
import type { Agent, McpFunction } from "../store/records.ts";
import { argumentsFault, schemaFault } from "./function-parameters.ts";
import { fillRequest, urlWithoutArguments } from "./http-request.ts";
import { cut, type FunctionOutcome } from "./http-result.ts";
import { inlineReferences } from "./inline-references.ts";
import { maskValues } from "./mask-values.ts";
import { mcpFetch } from "./mcp-fetch.ts";
import { outcomeOf } from "./mcp-result.ts";
import type { NamedSecrets } from "./named-secrets.ts";

export interface McpTool {
  /** The server's own. */
  name: string;
  description: string;
  /** JSON schema of an object; none: it takes nothing, or cannot be used. */
  parameters?: Record<string, unknown>;
  /** Why no agent can have it, in a few words. */
  fault?: string;
}

export interface McpListing {
  /** As the server calls itself. */
  server: string;
  /** Of the protocol. */
  version: string;
  tools: McpTool[];
}

export interface McpServersOptions {
  secrets: Pick<NamedSecrets, "read">;
  http: Pick<OutgoingHttp, "stream">;
  log: { warn(fields: object, message: string): void };
  /** ms; of any clock that does not jump. */
  now?: () => number;
}

/** What a server has told last. */
interface Known {
  listing?: McpListing;
  /** What it is, so that the next connection need not ask. */
  prior?: PriorDiscovery;
  fault?: string;
  askedAt: number;
  asking?: Promise<void>;
}

interface Session {
  client: Client;
  transport: StreamableHTTPClientTransport;
  /** Of secrets that were sent. */
  values: readonly string[];
}

/** Seconds for each answer, where the function says nothing. */
const TIMEOUT_S = 10;
/** ms after which a server is asked again for what it offers. */
const FRESH_MS = 60_000;
/** Servers whose tools are known: the ones that were asked longest ago are forgotten. */
const MOST_SERVERS = 1_000;
const MOST_TALKS = 2_000;
/** Of one server: language models take some 128 functions at most. */
const MOST_TOOLS = 64;
const MOST_DESCRIPTION = 1_000;
/** As providers want the name of a function. */
const TOOL_NAME = /^[A-Za-z0-9_.:/ -]{1,64}$/;

export class McpServers {
  readonly #options: McpServersOptions;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  /** By talk, then by server. */
  readonly #talks = new Map<string, Map<string, Promise<Session>>>();

  constructor(options: McpServersOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** What an agent's servers offer, as far as it is known now; what is older than a minute is asked for again meanwhile. */
  toolsOf({ organizationId, functions }: Pick<Agent, "organizationId" | "functions">): RemoteFunction[] {
    return functions.flatMap((one) => {
      if (one.type !== "mcp") return [];
      const known = this.#fresh(organizationId, one);
      return usable(one, known.listing).map(({ name, description, parameters }) => ({
        name: `${one.name}.${name}`,
        description,
        ...(one.condition !== undefined && { condition: one.condition }),
        ...(parameters !== undefined && { parameters }),
      }));
    });
  }

  /** Resolves when each of the agent's servers has been asked once, or its time is over. */
  async ready({ organizationId, functions }: Pick<Agent, "organizationId" | "functions">): Promise<void> {
    await Promise.all(
      functions.map((one) => (one.type === "mcp" ? this.#fresh(organizationId, one).asking : undefined)),
    );
  }

  /** Asks it now. @throws AppError mcp_failed */
  async list(organizationId: string, one: McpFunction): Promise<McpListing> {
    const known = this.#entry(organizationId, one);
    await this.#ask(organizationId, one, known);
    if (known.fault !== undefined) throw new AppError("mcp_failed", sentence(known.fault));
    return known.listing ?? { server: "", version: "", tools: [] };
  }

  /**
   * Calls one of its tools. All calls in a talk are in one session with the server.
   * @param talkId of a call or a chat
   * @returns what goes wrong too
   */
  async call(
    organizationId: string,
    talkId: string,
    { one, tool }: { one: McpFunction; tool: string },
    given: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<FunctionOutcome> {
    const known = this.#entry(organizationId, one);
    const offered = usable(one, known.listing).find(({ name }) => name === tool);
    if (offered === undefined) return failure("the server does not offer it any more");
    const fault = argumentsFault(offered.parameters, given);
    if (fault !== undefined) return { output: `The arguments cannot be used: ${fault}.`, failed: true };
    let values: readonly string[] = [];
    try {
      const request = { name: tool, arguments: given };
      const timeout = timeoutMs(one);
      const session = await this.#session(organizationId, talkId, one, known);
      values = session.values;
      const result = await session.client.callTool(request, { signal, timeout, maxTotalTimeout: timeout });
      const outcome = outcomeOf(result);
      return { ...outcome, output: maskValues(outcome.output, values) };
    } catch (error) {
      // Whatever it was, the next try begins anew: a server forgets its sessions when it starts.
      this.#leave(talkId, keyOf(organizationId, one));
      if (signal.aborted) return failure("it was given up");
      return failure(maskValues(reasonOf(error), values));
    }
  }

  /** A call or chat is over: its sessions are ended. */
  endTalk(talkId: string): void {
    for (const key of this.#talks.get(talkId)?.keys() ?? []) this.#leave(talkId, key);
  }

  close(): void {
    for (const talkId of [...this.#talks.keys()]) this.endTalk(talkId);
  }

  #entry(organizationId: string, one: McpFunction): Known {
    const key = keyOf(organizationId, one);
    const known = this.#known.get(key) ?? { askedAt: Number.NEGATIVE_INFINITY };
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_SERVERS && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  #fresh(organizationId: string, one: McpFunction): Known {
    const known = this.#entry(organizationId, one);
    if (this.#now() - known.askedAt > FRESH_MS) void this.#ask(organizationId, one, known);
    return known;
  }

  /** Never rejects: what is wrong stands in it. */
  #ask(organizationId: string, one: McpFunction, known: Known): Promise<void> {
    known.asking ??= this.#listing(organizationId, one, known).finally(() => {
      known.askedAt = this.#now();
      delete known.asking;
    });
    return known.asking;
  }

  async #listing(organizationId: string, one: McpFunction, known: Known): Promise<void> {
    let session: Session | undefined;
    try {
      // The one way in which a server that was made anew, with another version of the protocol, is found out.
      session = await this.#connect(organizationId, one, undefined);
      const { client } = session;
      const { tools } = await client.listTools(undefined, { timeout: timeoutMs(one) });
      const discover = client.getDiscoverResult();
      known.prior = discover === undefined ? { kind: "legacy" } : { kind: "modern", discover };
      known.listing = {
        server: cut(client.getServerVersion()?.name ?? "", 100),
        version: client.getNegotiatedProtocolVersion() ?? "",
        tools: tools.slice(0, MOST_TOOLS).map(readTool),
      };
      delete known.fault;
    } catch (error) {
      // What it offered before stays: its tools fail in words.
      known.fault = maskValues(reasonOf(error), session?.values ?? []);
      this.#options.log.warn(
        { organizationId, function: one.name, reason: known.fault },
        "an MCP server could not be asked for its tools",
      );
    } finally {
      if (session !== undefined) end(session);
    }
  }

  #session(organizationId: string, talkId: string, one: McpFunction, { prior }: Known): Promise<Session> {
    const key = keyOf(organizationId, one);
    let sessions = this.#talks.get(talkId);
    if (sessions === undefined) {
      const [oldest] = this.#talks.keys();
      if (this.#talks.size >= MOST_TALKS && oldest !== undefined) this.endTalk(oldest);
      sessions = new Map();
      this.#talks.set(talkId, sessions);
    }
    let session = sessions.get(key);
    if (session === undefined) {
      session = this.#connect(organizationId, one, prior);
      sessions.set(key, session);
    }
    return session;
  }

  #leave(talkId: string, key: string): void {
    const sessions = this.#talks.get(talkId);
    sessions?.get(key)?.then(end, () => undefined);
    sessions?.delete(key);
    if (sessions?.size === 0) this.#talks.delete(talkId);
  }

  async #connect(
    organizationId: string,
    one: McpFunction,
    prior: PriorDiscovery | undefined,
  ): Promise<Session> {
    // Loaded when an agent has a server: most have none.
    const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const values: string[] = [];
    const host = new URL(urlWithoutArguments(one));
    const { url, headers } = fillRequest({ url: one.url, headers: one.headers ?? {} }, {}, (name) => {
      const value = this.#options.secrets.read(organizationId, name, host);
      values.push(value);
      return value;
    });
    const { Accept: _, ...own } = headers;
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      fetch: mcpFetch(this.#options.http, timeoutMs(one)),
      requestInit: { headers: own, redirect: "manual" },
      // A stream that breaks is a failure that is told: a caller waits.
      reconnectionOptions: {
        ...{ maxRetries: 0, initialReconnectionDelay: 1_000 },
        ...{ maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 },
      },
      onInsufficientScope: "throw",
    });
    const client = new Client(
      { name: "ringdown", version: "1" },
      { versionNegotiation: { mode: "auto" }, inputRequired: { autoFulfill: false }, listMaxPages: 8 },
    );
    try {
      await client.connect(transport, { timeout: timeoutMs(one), ...(prior && { prior }) });
    } catch (error) {
      await client.close().catch(() => undefined);
      // Its words may have what was sent: a redirect says where to.
      throw new Error(maskValues(reasonOf(error), values));
    }
    return { client, transport, values };
  }
}

/** An agent's tool by the name that `toolsOf` gives it. */
export function mcpToolNamed(
  functions: Agent["functions"],
  name: string,
): { one: McpFunction; tool: string } | undefined {
  for (const one of functions)
    if (one.type === "mcp" && name.startsWith(`${one.name}.`))
      return { one, tool: name.slice(one.name.length + 1) };
  return undefined;
}

function usable({ tools: wanted }: McpFunction, listing: McpListing | undefined): McpTool[] {
  return (listing?.tools ?? []).filter(
    ({ name, fault }) => fault === undefined && (wanted === undefined || wanted.includes(name)),
  );
}

function readTool({
  name,
  title,
  description,
  inputSchema,
}: {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: Record<string, unknown>;
}): McpTool {
  const described = { name: cut(name, 64), description: cut(description ?? title ?? name, MOST_DESCRIPTION) };
  if (!TOOL_NAME.test(name)) return { ...described, fault: "its name is none that a model can say" };
  try {
    const parameters = inlineReferences(inputSchema);
    const fault = schemaFault(parameters);
    return fault === undefined
      ? { ...described, parameters }
      : { ...described, fault: `its schema ${fault}` };
  } catch (error) {
    return { ...described, fault: `its schema cannot be used: ${reasonOf(error)}` };
  }
}

/** Who is asked, and as whom. */
function keyOf(organizationId: string, { url, headers = {} }: McpFunction): string {
  return JSON.stringify([organizationId, url, Object.entries(headers).sort()]);
}

function end({ client, transport }: Session): void {
  transport
    .terminateSession()
    .catch(() => undefined)
    .finally(() => client.close())
    .catch(() => undefined);
}

function timeoutMs({ timeout = TIMEOUT_S }: McpFunction): number {
  return timeout * 1_000;
}

function failure(why: string): FunctionOutcome {
  return { output: `It failed: ${sentence(why)}`, failed: true };
}

function reasonOf(error: unknown): string {
  // What the connection says is what an operator can use; the client wraps it.
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error && inner.name !== "OutgoingError")
    inner = inner.cause;
  return inner instanceof Error ? cut(inner.message, 300) : "it cannot be used";
}

function sentence(text: string): string {
  return `${text.replace(/[.\s]+$/, "")}.`;
}

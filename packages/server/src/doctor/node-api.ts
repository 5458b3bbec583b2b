// What the doctor asks of a running node, over its API.

import type { NodeStatus } from "../api/dependencies.ts";
import type { RegistrationView } from "../registrations/registration-view.ts";
import type { RouteTest } from "../routes/route-test.ts";

/** ms: a route's test takes some seconds by itself. */
const PATIENCE_MS = 15_000;
const AGENTS_A_PAGE = 200;
/** Requests at once. */
const LANES = 8;

export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export class NodeApi {
  readonly #base: string;
  readonly #token: string | undefined;

  constructor(base: string, token: string | undefined) {
    this.#base = base;
    this.#token = token;
  }

  /** @throws where nobody answers, or not in JSON */
  async ask(method: "GET" | "POST", path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async status(): Promise<NodeStatus> {
    return this.#field("GET", "/api/v2/status", "status");
  }

  /** Of all agents that have one. */
  async registrations(): Promise<RegistrationView[]> {
    const agents: { id: string }[] = [];
    let after = "";
    do {
      const { body } = await this.ask("GET", `/api/v2/agents?limit=${AGENTS_A_PAGE}${after}`);
      agents.push(...((body.agents ?? []) as { id: string }[]));
      after = typeof body.next === "string" ? `&after=${encodeURIComponent(body.next)}` : "";
    } while (after !== "");
    const views = await inLanes(agents, LANES, async ({ id }) => {
      const { status, body } = await this.ask("GET", `/api/v2/sip/registration?targetAccountId=${id}`);
      return status === 200 ? [body.registration as RegistrationView] : [];
    });
    return views.flat();
  }

  /** In order. */
  routes(): Promise<{ route: string; hasPassword: boolean }[]> {
    return this.#field("GET", "/api/v2/sip/outboundRoutes", "outboundRoutes");
  }

  async accessList(): Promise<string[]> {
    const entries = await this.#field<{ ip: string }[]>("GET", "/api/v2/sip/ipWhitelist", "whitelist");
    return entries.map(({ ip }) => ip);
  }

  /** By the node itself: from its address and its ports, which the far side may know it by. */
  async testRoute(route: string): Promise<RouteTest> {
    const body = await this.#body("POST", "/api/v2/sip/outboundRoutes/test", { route });
    return { ...(body as unknown as RouteTest), verdict: String(body.message) };
  }

  async #field<Value>(method: "GET", path: string, name: string): Promise<Value> {
    return (await this.#body(method, path))[name] as Value;
  }

  async #body(method: "GET" | "POST", path: string, given?: unknown): Promise<Record<string, unknown>> {
    const { status, body } = await this.ask(method, path, given);
    if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${String(body.message)}`);
    return body;
  }
}

/** `work` on each, a few at once; the results in order. */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, item] = next;
      results[place] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

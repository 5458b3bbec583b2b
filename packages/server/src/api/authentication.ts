import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config/config.ts";
import { AppError } from "../errors.ts";
import type { Agent } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { refuseChanges, signedIn } from "./sessions.ts";

/** For whom a request acts. */
export interface Account {
  organizationId: string;
  /** Where targetAccountId names one. */
  agent: Agent | undefined;
  /** Who asks, for records: a user's name, or a token. */
  by: string;
}

declare module "fastify" {
  interface FastifyRequest {
    account: Account | null;
  }
}

const WINDOW_MS = 60_000;
/** Wrong tokens a minute from one address, before only tokens that have been right are looked at. */
const MAX_FAILURES = 30;
const MAX_ADDRESSES = 10_000;
const MAX_KNOWN = 1000;

/** Slows down guessing without locking out those who have shown a right token before. */
export class FailureGuard {
  readonly #now: () => number;
  readonly #failures = new Map<string, { count: number; since: number }>();
  readonly #known = new Set<string>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Seconds until a token not seen before may be tried again; undefined: now. */
  blockedFor(address: string, token: string): number | undefined {
    const entry = this.#failures.get(address);
    if (entry === undefined || entry.count < MAX_FAILURES || this.#known.has(digest(token))) return undefined;
    const left = entry.since + WINDOW_MS - this.#now();
    if (left > 0) return Math.ceil(left / 1000);
    this.#failures.delete(address);
    return undefined;
  }

  failed(address: string): void {
    const now = this.#now();
    const entry = this.#failures.get(address);
    if (entry !== undefined && now - entry.since < WINDOW_MS) entry.count++;
    else {
      this.#failures.delete(address);
      this.#failures.set(address, { count: 1, since: now });
      bound(this.#failures, MAX_ADDRESSES);
    }
  }

  succeeded(token: string): void {
    this.#known.add(digest(token));
    bound(this.#known, MAX_KNOWN);
  }
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

function bound(table: Map<string, unknown> | Set<string>, size: number): void {
  if (table.size <= size) return;
  const oldest = table.keys().next();
  if (!oldest.done) table.delete(oldest.value);
}

/** The token of a request: `Authorization: Bearer` (RFC 6750 §2.1), or `?token=`. */
export function presentedToken(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
  const { token } = request.query as { token?: unknown };
  return typeof token === "string" && token !== "" ? token : undefined;
}

/**
 * An onRequest hook: nothing of a request without a right token or a session is read, its body least of all. Where both
 * are there the token counts.
 */
export function authenticator(store: Store, config: Pick<Config, "publicUrl">, guard = new FailureGuard()) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const user = presentedToken(request) === undefined ? await signedIn(request, store, config) : undefined;
    if (user !== undefined) refuseChanges(user, request.method);
    const known = user ?? (await tokenOf(store, guard, request, reply));
    const { targetAccountId } = request.query as { targetAccountId?: unknown };
    const by = user?.username ?? "an API token";
    request.account = { ...accountOf(store, known.organizationId, targetAccountId), by };
  };
}

/** Whether what let a long request in would let it in still. */
export async function stillCounts(
  request: FastifyRequest,
  store: Store,
  config: Pick<Config, "publicUrl">,
): Promise<boolean> {
  const token = presentedToken(request);
  if (token === undefined) return (await signedIn(request, store, config)) !== undefined;
  return (await store.tokens.verify(token)) !== undefined;
}

async function tokenOf(
  store: Store,
  guard: FailureGuard,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ organizationId: string }> {
  const token = presentedToken(request);
  if (token === undefined) {
    reply.header("WWW-Authenticate", 'Bearer realm="ringdown"');
    throw new AppError("unauthorized");
  }
  const blocked = guard.blockedFor(request.ip, token);
  if (blocked !== undefined) {
    reply.header("Retry-After", blocked);
    throw new AppError("too_many_requests", "Too many wrong tokens came from this address: wait a while.");
  }
  const known = await store.tokens.verify(token);
  if (known === undefined) {
    guard.failed(request.ip);
    reply.header("WWW-Authenticate", 'Bearer realm="ringdown", error="invalid_token"');
    throw new AppError("unauthorized");
  }
  guard.succeeded(token);
  return known;
}

function accountOf(store: Store, organizationId: string, target: unknown): Omit<Account, "by"> {
  if (target === undefined || target === "" || target === organizationId)
    return { organizationId, agent: undefined };
  const agent = typeof target === "string" ? store.agents.directory().get(target) : undefined;
  // The same answer for what is another's and for what is not there.
  if (agent?.organizationId !== organizationId) throw new AppError("account_forbidden");
  return { organizationId, agent };
}

/** The account that the hook has found. */
export function accountFor(request: FastifyRequest): Account {
  if (request.account === null) throw new AppError("unauthorized");
  return request.account;
}

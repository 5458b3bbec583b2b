// Browsers: they show a session's cookie in place of a token, and have to prove that the console's own page asks.
import type { FastifyRequest } from "fastify";
import type { Config } from "../config/config.ts";
import { AppError } from "../errors.ts";
import type { User } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { sessionOf } from "../users/cookie.ts";

/** What the console's own script alone sends: another page's would need our leave (CORS), which nobody gets. */
export const CONSOLE_HEADER = "x-ringdown-console";

const LOOKS_ONLY = new Set(["GET", "HEAD"]);

/**
 * Refuses what another site makes a browser send: cookies go along by themselves (OWASP, cross-site request forgery).
 * @throws AppError origin_refused
 */
export function refuseOtherSites(request: FastifyRequest, config: Pick<Config, "publicUrl">): void {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") throw new AppError("origin_refused");
  if (LOOKS_ONLY.has(request.method)) return;
  if (request.headers[CONSOLE_HEADER] === undefined) throw new AppError("origin_refused");
  const { origin } = request.headers;
  const own = [`http://${request.headers.host}`, `https://${request.headers.host}`];
  if (config.publicUrl !== undefined) own.push(new URL(config.publicUrl).origin);
  if (origin === undefined || !own.includes(origin.toLowerCase())) throw new AppError("origin_refused");
}

/** Whose session the request shows. @throws AppError origin_refused, read_only */
export async function signedIn(
  request: FastifyRequest,
  store: Pick<Store, "users">,
  config: Pick<Config, "publicUrl">,
): Promise<User | undefined> {
  const secret = sessionOf(config, request);
  if (secret === undefined) return undefined;
  const session = await store.users.session(secret, Date.now());
  if (session === undefined) return undefined;
  refuseOtherSites(request, config);
  return session.user;
}

/** @throws AppError read_only */
export function refuseChanges(user: User, method: string): void {
  if (user.role !== "owner" && !LOOKS_ONLY.has(method)) throw new AppError("read_only");
}

// The session's cookie (RFC 6265): read and written by hand, as there is one.
import type { FastifyRequest } from "fastify";
import type { Config } from "../config/config.ts";

/** Whether browsers come by TLS, which a reverse proxy ends: then the cookie goes by nothing else. */
function isSecure({ publicUrl }: Pick<Config, "publicUrl">): boolean {
  return publicUrl?.startsWith("https:") === true;
}

/** With the prefix that keeps another host of the domain from setting it (RFC 6265bis §4.1.3). */
function nameOf(config: Pick<Config, "publicUrl">): string {
  return isSecure(config) ? "__Host-ringdown" : "ringdown";
}

/** @param seconds how long the browser keeps it; 0: no longer */
export function sessionCookie(config: Pick<Config, "publicUrl">, value: string, seconds: number): string {
  const secure = isSecure(config) ? "; Secure" : "";
  return `${nameOf(config)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}

export function sessionOf(config: Pick<Config, "publicUrl">, request: FastifyRequest): string | undefined {
  const name = nameOf(config);
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value !== undefined && /^[A-Za-z0-9_-]{20,100}$/.test(value)) return value;
  }
  return undefined;
}

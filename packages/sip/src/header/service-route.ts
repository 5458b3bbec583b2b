import type { WithHeaders } from "../message/message.ts";
import { type NameAddr, parseNameAddr } from "../message/name-addr.ts";
import { maxValues, readable } from "./readable.ts";

/**
 * Service-Route of a 200 to REGISTER (RFC 3608): the Route of every request by that registration, in this order. All or
 * none: a route with a hole in it leads elsewhere.
 */
export function serviceRoute(message: WithHeaders): NameAddr[] {
  return routeValues(message, "Service-Route");
}

/** Path (RFC 3327): the proxies by which the registrar reaches us; for us to look at alone. All or none. */
export function path(message: WithHeaders): NameAddr[] {
  return routeValues(message, "Path");
}

function routeValues(message: WithHeaders, name: string): NameAddr[] {
  const values = message.headers.list(name);
  if (values.length > maxValues) return [];
  return readable(() => values.map((value) => parseNameAddr(value, name))) ?? [];
}

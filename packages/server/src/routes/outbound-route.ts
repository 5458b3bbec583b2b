import { canonicalAddress } from "../edge/address.ts";
import { scanRoute } from "./route-scanner.ts";

export type RouteTransport = "udp" | "tcp" | "tls";

export interface RouteHop {
  /** Name, or IP literal without brackets; lower case. */
  host: string;
  port?: number;
}

/** Where an organization's outbound calls go (spec §3): `{host}[:{port}][;transport=…][;proxyAddress={host}[:{port}]]`. */
export interface OutboundRoute extends RouteHop {
  transport?: RouteTransport;
  proxy?: RouteHop;
  /** As typed. */
  text: string;
}

export type RouteReading =
  | { ok: true; route: OutboundRoute }
  /**
   * `position`: 0-based, of the first character that no route can have there; the text's length where it ends too
   * early. `reason`: a sentence that says what was expected.
   */
  | { ok: false; position: number; reason: string };

/** Reads a route. Nothing is trimmed and nothing guessed: what is not the grammar is refused. */
export function parseOutboundRoute(text: string): RouteReading {
  const scanned = scanRoute(text);
  return scanned.ok ? { ok: true, route: { ...scanned.parts, text } } : scanned;
}

/**
 * The one spelling of all routes that send the same way: lower case, addresses as RFC 5952 writes them, transport
 * before proxyAddress, and without the route's own port where a proxyAddress makes it count for nothing.
 */
export function canonicalRoute(route: OutboundRoute): string {
  const { transport, proxy } = route;
  const own = hopText(proxy === undefined ? route : { host: route.host });
  const by = transport === undefined ? "" : `;transport=${transport}`;
  return `${own}${by}${proxy === undefined ? "" : `;proxyAddress=${hopText(proxy)}`}`;
}

/**
 * What to locate for a route. Without `transport` all are asked for, UDP first (RFC 3263 §4.1), and it is UDP where
 * DNS names no service.
 */
export function nextHopOf(route: OutboundRoute): RouteHop & { transport?: RouteTransport } {
  const { host, port } = route.proxy ?? route;
  return {
    host,
    ...(port === undefined ? undefined : { port }),
    ...(route.transport === undefined ? undefined : { transport: route.transport }),
  };
}

/** The host part of Request-URI and To: the route's own, whatever the next hop is; IPv6 in brackets. */
export function requestHostOf(route: OutboundRoute): string {
  return bracketed(route.host);
}

function hopText({ host, port }: RouteHop): string {
  return `${bracketed(canonicalAddress(host))}${port === undefined ? "" : `:${port}`}`;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

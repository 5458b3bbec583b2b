import type { Flow, SendTarget, TransportName } from "./transport/flow.ts";

export type { Environment } from "./transport/environment.ts";
export type { Flow, SendTarget, TransportName } from "./transport/flow.ts";

/** True where the transport itself sees to it that bytes arrive, once and in order. */
export function isReliable(transport: TransportName): boolean {
  return transport !== "udp";
}

/** Value of a URI's transport parameter; undefined for UDP, which goes without (RFC 3261 §19.1.1, RFC 7118 §5.2). */
export function uriTransport(transport: TransportName): string | undefined {
  if (transport === "udp") return undefined;
  // A secure WebSocket has no word of its own.
  return transport === "wss" ? "ws" : transport;
}

export function isFlow(target: Flow | SendTarget): target is Flow {
  return "remoteAddress" in target;
}

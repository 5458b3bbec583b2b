import type { Flow, SendTarget, TransportName } from "./transport/flow.ts";

export type { Environment } from "./transport/environment.ts";
export type { Flow, SendTarget, TransportName } from "./transport/flow.ts";

/** True where the transport itself sees to it that bytes arrive, once and in order. */
export function isReliable(transport: TransportName): boolean {
  return transport !== "udp";
}

export function isFlow(target: Flow | SendTarget): target is Flow {
  return "remoteAddress" in target;
}

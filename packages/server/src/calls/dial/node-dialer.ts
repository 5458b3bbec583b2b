// The dialer of a node: its routes, registrations, addresses and SIP stack as what dialling needs.
import type { SendTarget, SipStack } from "@ringdown/sip";
import type { Registrations } from "../../registrations/registrations.ts";
import type { OutboundRoutes } from "../../routes/outbound-routes.ts";
import type { Clock } from "../clock.ts";
import type { Dialer, DialRequest } from "../dial-port.ts";
import { type DialPlan, planDial } from "./dial-plan.ts";
import { createDialer } from "./dialer.ts";
import type { InternalLines } from "./internal-lines.ts";

export interface NodeDialerOptions {
  readonly sip: Pick<SipStack, "userAgent" | "locator" | "locate">;
  readonly routes: Pick<OutboundRoutes, "forCall">;
  readonly registrations: Pick<Registrations, "line" | "view">;
  readonly internalLines: Pick<InternalLines, "open">;
  /** Host part of our own URIs; IPv6 in brackets. */
  readonly domain: string;
  addressTowards(target: SendTarget): string;
  readonly clock: Pick<Clock, "after">;
  readonly log: { error(fields: object, message: string): void };
}

export function createNodeDialer(options: NodeDialerOptions): Dialer {
  const { sip, internalLines, clock, log } = options;
  return createDialer({
    plan: (request) => plan(request, options),
    locate: (uri) => sip.locate(uri),
    health: sip.locator.health,
    invite: (invite) => sip.userAgent.invite(invite),
    openInternal: (agentId) => internalLines.open(agentId),
    addressTowards: (target) => options.addressTowards(target),
    now: () => sip.locator.now(),
    after: (ms, action) => clock.after(ms, action),
    onError: (error) => log.error({ err: error }, "dialling failed by a fault of ours"),
  });
}

async function plan(
  { organizationId, agent, destination, callerId, callerName }: DialRequest,
  { routes, registrations, domain }: NodeDialerOptions,
): Promise<DialPlan> {
  const line = registrations.line(agent.id);
  const view = line === undefined ? registrations.view(agent.id) : undefined;
  return planDial({
    ...{ destination, agent, callerId, callerName, domain, line },
    routes: destination.kind === "number" ? await routes.forCall(organizationId) : [],
    registrationState: view && (view.hint === null ? view.state : `${view.state}: ${view.hint}`),
  });
}

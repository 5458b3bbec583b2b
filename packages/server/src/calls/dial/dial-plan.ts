// Which ways a call may go, and what its INVITE says by each (spec §3). Pure: what is there is handed in.
import {
  type CredentialsFor,
  isSipUri,
  noParams,
  parseUri,
  type SendTarget,
  type SipUri,
  serialiseNameAddr,
  serialiseUri,
} from "@ringdown/sip";
import { AppError } from "../../errors.ts";
import type { RegistrationLine } from "../../registrations/registrations.ts";
import { requestHostOf } from "../../routes/outbound-route.ts";
import type { CallRoute } from "../../routes/outbound-routes.ts";
import { locationUri } from "../../routes/route-test.ts";
import { isE164 } from "../../store/agent-fields.ts";
import type { Agent } from "../../store/records.ts";
import type { Destination } from "./destination.ts";

/** Where an INVITE goes: what is located by DNS, addresses that are known, or an agent of this node. */
export type WayHop =
  | { readonly locate: string }
  | { readonly targets: readonly SendTarget[] }
  | { readonly agentId: string };

/** One way for a call to go: tried target by target. */
export interface Way {
  /** "route <as typed>", "registration <aor>", "host <of a sip: URI>", "peer <address>", "internal". */
  readonly name: string;
  readonly kind: "route" | "registration" | "host" | "peer" | "internal";
  /** An internal way has its own, made when it is gone. */
  readonly requestUri: string;
  /** Header values. */
  readonly to: string;
  readonly from: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly hop: WayHop;
  /** Answers to 401 and 407. @throws AppError secret_unreadable */
  readonly credentials?: () => CredentialsFor | undefined;
}

export type DialPlan =
  | { readonly ways: readonly [Way, ...Way[]] }
  /** `reason`: a sentence that says why there is no way and what would make one. */
  | { readonly ways: readonly []; readonly reason: string };

export interface PlanInput {
  readonly destination: Destination;
  readonly agent: Pick<Agent, "id" | "username" | "phoneNumbers">;
  /** +E.164, instead of the agent's own number. */
  readonly callerId?: string | undefined;
  /** Display name of From; none where left out. */
  readonly callerName?: string | undefined;
  /** Host part of our own URIs; IPv6 in brackets. */
  readonly domain: string;
  readonly routes: readonly CallRoute[];
  /** Where the agent is registered; undefined while it is not. */
  readonly line: RegistrationLine | undefined;
  /** "unreachable: no answer", where it has a registration that does not stand; undefined where it has none. */
  readonly registrationState?: string | undefined;
}

const MAX_NAME = 64;

/**
 * A number goes by the organization's routes in their order; without any, by the agent's registration. An extension always
 * goes by that. A `sip:` URI goes to its host, and an agent is called at this node.
 * @throws AppError validation_failed where `callerId` is no number
 */
export function planDial(input: PlanInput): DialPlan {
  const { destination, callerId, routes } = input;
  if (callerId !== undefined && !isE164(callerId)) {
    throw new AppError(
      "validation_failed",
      "The caller ID is no number in E.164 form, such as +15125550100.",
    );
  }
  switch (destination.kind) {
    case "agent":
      return one(internalWay(input, destination));
    case "peer":
      return one(peerWay(input, destination));
    case "sip":
      return one(hostWay(input, destination.uri));
    case "extension":
      return byRegistration(input, destination.extension);
    case "number": {
      const { number } = destination;
      const [first, ...rest] = routes.map((route) => routeWay(input, route, number));
      return first === undefined ? byRegistration(input, number) : { ways: [first, ...rest] };
    }
  }
}

function one(way: Way): DialPlan {
  return { ways: [way] };
}

function routeWay(input: PlanInput, { route, callerId, credentials }: CallRoute, number: string): Way {
  const host = requestHostOf(route);
  const requestUri = sipUri(number, host);
  return {
    ...{ name: `route ${route.text}`, kind: "route" as const, requestUri, to: `<${requestUri}>` },
    // What is asked for this call, then what the trunk wants to see, then whose call it is.
    ...identity(input, input.callerId ?? callerId ?? undefined),
    hop: { locate: locationUri(route) },
    credentials: () => {
      const known = credentials();
      return known && (() => known);
    },
  };
}

function byRegistration(input: PlanInput, user: string): DialPlan {
  const { line, registrationState, agent, destination } = input;
  if (line === undefined)
    return { ways: [], reason: whyNoWay(agent.username, destination, registrationState) };
  const { aor, domain, targets, serviceRoute, credentials } = line;
  const requestUri = sipUri(user, domain);
  const aorUri = parseUri(aor);
  return one({
    ...{ name: `registration ${aor.replace(/^sips?:/, "")}`, kind: "registration" as const, requestUri },
    to: `<${requestUri}>`,
    // RFC 3261 §22: the PBX knows the extension by its AOR; another caller ID is a wish that it may grant (RFC 3325 §9.2).
    from: nameAddr(aorUri, input.callerName),
    headers: [
      ...serviceRoute.map((route) => ["Route", route] as const),
      ...(input.callerId === undefined
        ? []
        : [["P-Preferred-Identity", `<${sipUri(input.callerId, domain)}>`] as const]),
    ],
    hop: { targets },
    credentials: () => credentials,
  });
}

/** RFC 3263: straight to where the URI's host is. */
function hostWay(input: PlanInput, uri: string): Way {
  const parsed = parseUri(uri);
  if (!isSipUri(parsed)) throw new AppError("destination_invalid", "That is no SIP URI.");
  const { user: _, params, ...server } = parsed;
  const transport = params.get("transport");
  const place: SipUri = {
    ...server,
    params: transport === undefined ? noParams : new Map([["transport", transport.toLowerCase()]]),
  };
  return {
    ...{ name: `host ${parsed.host}`, kind: "host" as const, requestUri: uri, to: `<${uri}>` },
    ...identity(input, input.callerId),
    hop: { locate: serialiseUri(place) },
  };
}

/** To who has sent our end of a call on: what that leads to is his to know. */
function peerWay(input: PlanInput, { uri, target }: Destination & { kind: "peer" }): Way {
  return {
    ...{ name: `peer ${target.address}`, kind: "peer" as const, requestUri: uri, to: `<${uri}>` },
    ...identity(input, input.callerId),
    hop: { targets: [target] },
  };
}

function internalWay(input: PlanInput, { agentId, username }: Destination & { kind: "agent" }): Way {
  const called = sipUri(username, input.domain);
  return {
    ...{ name: "internal", kind: "internal" as const, requestUri: called, to: `<${called}>` },
    ...identity(input, input.callerId),
    hop: { agentId },
  };
}

/** From, and what our trunk may show of us (RFC 3325): a number where there is one, else the username. */
function identity(
  { agent, domain, callerName }: PlanInput,
  callerId: string | undefined,
): Pick<Way, "from" | "headers"> {
  const user = callerId ?? agent.phoneNumbers[0] ?? agent.username;
  const own = nameAddr(parseUri(sipUri(user, domain)), callerName);
  return { from: own, headers: [["P-Asserted-Identity", own]] };
}

/** A name comes from people and from networks: it is bounded, has no control characters, and is quoted. */
function nameAddr(uri: ReturnType<typeof parseUri>, name: string | undefined): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  const displayName = name?.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  if (!displayName) return serialiseNameAddr({ uri, params: noParams });
  return serialiseNameAddr({ displayName: displayName.slice(0, MAX_NAME), uri, params: noParams });
}

/** The user is escaped as a URI wants it (RFC 3261 §19.1.2). @param host IPv6 in brackets */
function sipUri(user: string, host: string): string {
  const { host: plain, port } = hostOf(host);
  const uri: SipUri = { scheme: "sip", user, host: plain, params: noParams, headers: undefined };
  return serialiseUri(port === undefined ? uri : { ...uri, port });
}

function hostOf(host: string): Pick<SipUri, "host" | "port"> {
  const uri = parseUri(`sip:${host}`);
  return isSipUri(uri) ? uri : { host };
}

function whyNoWay(username: string, destination: Destination, registrationState: string | undefined): string {
  const isExtension = destination.kind === "extension";
  const what = isExtension
    ? "An extension is called by the agent's registration"
    : "There is no outbound route";
  if (registrationState !== undefined) {
    return `${what}, and that of ${username} does not stand now (${registrationState}): see GET /api/v2/sip/registration.`;
  }
  return isExtension
    ? `${what}, and ${username} has none: set one with POST /api/v2/sip/registration.`
    : `${what}, and ${username} has no registration: add a route with POST /api/v2/sip/outboundRoutes, or a registration with POST /api/v2/sip/registration.`;
}

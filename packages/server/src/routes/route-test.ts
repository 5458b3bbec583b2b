import type { ClientResult, LocatedTarget, LocateResult } from "@ringdown/sip";
import { describeTrace } from "@ringdown/sip";
import { nextHopOf, type OutboundRoute, requestHostOf } from "./outbound-route.ts";

/** What a test of a route needs of a SIP stack. */
export interface RouteTestNetwork {
  locate(uri: string): Promise<LocateResult>;
  /** Sends OPTIONS for that URI to a target. */
  options(uri: string, target: LocatedTarget): Promise<ClientResult>;
  /** ms, monotonic. */
  now(): number;
  /** Settles after so many ms; `cancel` lets the wait go. */
  wait(ms: number): { readonly over: Promise<undefined>; cancel(): void };
}

/** What a target said to OPTIONS. */
export interface TargetAnswer {
  transport: string;
  address: string;
  port: number;
  /** Of the SRV record that led to it. */
  priority: number | null;
  weight: number | null;
  /** Seconds until the first record on the way to it ends; null for an address that was given. */
  ttl: number | null;
  /** Null: none came. */
  status: number | null;
  reason: string | null;
  ms: number;
  /** For a person. */
  verdict: string;
}

export interface RouteTest {
  /** Request-URI of a call to +15550100, for example. */
  requestUri: string;
  /** What is looked up. */
  nextHop: string;
  /** Questions, answers and decisions, a line each. */
  trace: string[];
  /** In the order in which a call tries them. */
  targets: TargetAnswer[];
  /** Whether any target answered. */
  reachable: boolean;
  /** For a person. */
  verdict: string;
}

/** ms: a person waits for it. */
const PATIENCE_MS = 4_000;
/** More than a call ever tries. */
const MAX_TARGETS = 8;

/** Does what a call by this route would do, short of calling: looks its next hop up, and asks each target for its OPTIONS. */
export async function testRoute(route: OutboundRoute, network: RouteTestNetwork): Promise<RouteTest> {
  const uri = locationUri(route);
  const { targets, skipped, failure, trace } = await network.locate(uri);
  // One that calls pass by for now is asked all the same: whether it is back is just what the tester wants to know.
  const tried = [...targets, ...skipped.map(({ target }) => target)].slice(0, MAX_TARGETS);
  const answers = await Promise.all(tried.map((target) => ask(route, target, network)));
  const reachable = answers.some(({ status }) => status !== null);
  return {
    requestUri: `sip:+15550100@${requestHostOf(route)}`,
    nextHop: uri,
    trace: describeTrace(trace),
    targets: answers,
    reachable,
    verdict: verdictOf(answers, failure?.sentence),
  };
}

/** The URI that is located for a route: its next hop, whatever the Request-URI says. */
export function locationUri(route: OutboundRoute): string {
  const { host, port, transport } = nextHopOf(route);
  const name = host.includes(":") ? `[${host}]` : host;
  return `sip:${name}${port === undefined ? "" : `:${port}`}${transport === undefined ? "" : `;transport=${transport}`}`;
}

async function ask(
  route: OutboundRoute,
  target: LocatedTarget,
  network: RouteTestNetwork,
): Promise<TargetAnswer> {
  const start = network.now();
  const patience = network.wait(PATIENCE_MS);
  const result = await Promise.race([network.options(`sip:${requestHostOf(route)}`, target), patience.over]);
  patience.cancel();
  const ms = Math.round((network.now() - start) * 10) / 10;
  const { response } = result ?? {};
  const { srv } = target.from;
  return {
    ...{ transport: target.transport, address: target.address, port: target.port },
    priority: srv?.priority ?? null,
    weight: srv?.weight ?? null,
    ttl: target.ttl ?? null,
    status: response?.status ?? null,
    reason: response?.reason ?? null,
    ms,
    verdict:
      response === undefined ? silence(result?.status, target) : said(response.status, response.reason, ms),
  };
}

function said(status: number, reason: string, ms: number): string {
  const line = `answered ${status} ${reason} in ${ms} ms`;
  if (status < 300 || status === 404 || status === 405 || status === 483)
    return `${line}: it speaks SIP with us.`;
  if (status === 401 || status === 407) return `${line}: it is there, and asks for credentials.`;
  if (status === 403)
    return `${line}: it is there, but may not let our address in: ask its operator to list it.`;
  if (status === 503) return `${line}: it is there, but takes no calls now.`;
  return `${line}.`;
}

function silence(status: number | undefined, { transport, port }: LocatedTarget): string {
  if (status === 503) {
    return transport === "tls"
      ? "could not be reached: no connection, or its certificate does not bear the route's name."
      : `could not be reached: nothing takes ${transport.toUpperCase()} on port ${port}, or the network does not lead there.`;
  }
  return `did not answer within ${PATIENCE_MS / 1000} s: a firewall, another port or transport, or it answers no OPTIONS of strangers.`;
}

function verdictOf(answers: readonly TargetAnswer[], failure: string | undefined): string {
  if (failure !== undefined) return failure;
  const there = answers.filter(({ status }) => status !== null).length;
  if (answers.length === 0) return "There is nothing to send to.";
  if (there === 0) return "No target answered.";
  const all =
    there === answers.length ? "All targets answered" : `${there} of ${answers.length} targets answered`;
  return `${all}; a call goes to the first that does.`;
}

import { isIP } from "node:net";
import { isReliable, type SendTarget, type TransportName } from "../environment.ts";
import type { Headers } from "../message/headers.ts";
import { maxForwards, routes, type SipRequest, to, vias } from "../message/message.ts";
import { serialiseNameAddr } from "../message/name-addr.ts";
import { isSipUri, parseUri, type SipUri, serialiseHost, type Uri } from "../message/uri.ts";

/** A place that a proxy answers for. */
export interface Home {
  readonly address: string;
  readonly port: number;
}

/** A request as it goes on, without the Via of whom it goes on from. */
export interface Onward {
  readonly request: SipRequest;
  readonly target: SendTarget;
}

/** Requests whose 2xx makes a dialog, whose path the proxy then stays in. */
const dialogMaking = new Set(["INVITE", "SUBSCRIBE", "REFER"]);

/**
 * RFC 3261 §16.4 to §16.6, without the Via: our own Route values go, the next one or the Request-URI says where to; a
 * Request-URI of our own becomes what `locate` says of its user, each a copy.
 */
export function onward(
  home: Home,
  request: SipRequest,
  cameBy: TransportName,
  locate: (user: string) => readonly string[],
): Onward[] {
  const left = [...routes(request)];
  while (left[0] !== undefined && isHome(left[0].uri, home)) left.shift();
  const [next] = left;
  const { uri } = request;
  const uris = next === undefined && isHome(uri, home) ? locate(uri.user ?? "") : [request.uriText];
  return uris.flatMap((uriText) => {
    const headers = request.headers.clone();
    headers.set("Max-Forwards", String((maxForwards(request) ?? 70) - 1));
    headers.delete("Route");
    for (const route of left) headers.append("Route", serialiseNameAddr(route));
    const target = targetOf(next?.uri ?? parseUri(uriText));
    if (target === undefined) return [];
    if (!to(request).params.has("tag") && dialogMaking.has(request.method))
      recordRoute(headers, home, cameBy, target.transport);
    return [{ request: { ...request, uri: parseUri(uriText), uriText, headers }, target }];
  });
}

/** Takes the topmost Via off. @returns whether one is left */
export function withoutTopVia(headers: Headers): boolean {
  const rest = headers.getAll("Via").slice(1);
  headers.delete("Via");
  for (const via of rest.toReversed()) headers.prepend("Via", via);
  return rest.length > 0;
}

/** Where a response goes whose transaction is not known any more: what the next Via says (§18.2.2). */
export function upstreamOf(headers: Headers): SendTarget {
  const [via] = vias({ headers });
  const { host = "", port = 5060, params = new Map<string, string>(), transport = "UDP" } = via ?? {};
  const name = transport.toLowerCase() as TransportName;
  const rport = Number(params.get("rport"));
  return {
    transport: name,
    address: params.get("received") ?? host,
    port: !isReliable(name) && rport > 0 ? rport : port,
  };
}

/** RFC 3261 §16.6 step 4; where it goes on by another transport, one for each side (RFC 5658 §3.1). */
function recordRoute(headers: Headers, home: Home, cameBy: TransportName, goesBy: TransportName): void {
  headers.prepend("Record-Route", ownRoute(home, cameBy));
  if (goesBy !== cameBy) headers.prepend("Record-Route", ownRoute(home, goesBy));
}

function ownRoute({ address, port }: Home, transport: TransportName): string {
  const params = transport === "udp" ? "" : `;transport=${transport}`;
  return `<sip:${serialiseHost(address)}:${port}${params};lr>`;
}

function isHome(uri: Uri, { address, port }: Home): uri is SipUri {
  return isSipUri(uri) && uri.host === address && (uri.port ?? 5060) === port;
}

function targetOf(uri: Uri): SendTarget | undefined {
  if (!isSipUri(uri) || isIP(uri.host) === 0) return undefined;
  const transport = uri.params.get("transport") === "tcp" ? "tcp" : "udp";
  return { transport, address: uri.host, port: uri.port ?? 5060 };
}

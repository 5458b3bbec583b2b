import { isIpLiteral, parseEndpoint } from "../config/endpoint.ts";
import { parseNetwork } from "../edge/address.ts";
import { nextHopOf, parseOutboundRoute } from "../routes/outbound-route.ts";
import type { Scene } from "./scene.ts";

/** Whom the node has to do with, as it is configured. */
export interface Peers {
  /** Names that are looked up in DNS. */
  readonly names: readonly string[];
  /** Addresses that were given, or that names have led to. */
  readonly addresses: readonly string[];
}

export function peersOf({ news, database }: Pick<Scene, "news" | "database">): Peers {
  const registrations = news?.registrations ?? database?.registrations ?? [];
  const routes = news?.routes ?? database?.routes ?? [];
  const accessList = news?.accessList ?? database?.accessList ?? [];
  const hops = [
    ...registrations.map(({ proxy, sipRealm }) =>
      proxy === null ? sipRealm : (parseEndpoint(proxy)?.host ?? proxy),
    ),
    ...routes.flatMap(({ route }) => {
      const reading = parseOutboundRoute(route);
      return reading.ok ? [nextHopOf(reading.route).host] : [];
    }),
  ].map((host) => host.replace(/^\[(.*)\]$/, "$1"));
  const targets = (news?.registrations ?? []).flatMap(({ target }) => addressOf(target) ?? []);
  const listed = accessList.flatMap((entry) => {
    const reading = parseNetwork(entry);
    return reading.ok ? [entry.split("/", 1)[0] ?? entry] : [];
  });
  return {
    names: [...new Set(hops.filter((host) => !isIpLiteral(host)))],
    addresses: [...new Set([...hops.filter(isIpLiteral), ...targets, ...listed])],
  };
}

/** Of `transport:address:port`. */
function addressOf(target: string | null): string | undefined {
  return target === null ? undefined : /^\w+:\[?(.*?)\]?:\d+$/.exec(target)?.[1];
}

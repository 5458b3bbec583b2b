import { isIP } from "node:net";
import type { Agent } from "../store/records.ts";

/**
 * The URIs by which an agent is dialled: its username, then its numbers. Where nobody listens on 5060 and the domain
 * is a bare address, a URI without the port would lead nowhere, so it carries the first listener's.
 * @param listeners as `proto:host:port`
 */
export function sipUris(
  agent: Pick<Agent, "username" | "phoneNumbers">,
  node: { domain: string; listeners: readonly string[] },
): string[] {
  const { scheme, suffix } = placeOf(node);
  return [agent.username, ...agent.phoneNumbers].map((user) => `${scheme}:${user}@${node.domain}${suffix}`);
}

/** Port and transport of a URI, each only where it is not what goes without saying (RFC 3261 §19.1.2, RFC 7118 §5). */
export function reachedBy({ protocol, port }: { protocol: string; port: number }): {
  scheme: "sip" | "sips";
  suffix: string;
} {
  const usual = protocol === "tls" ? 5061 : protocol === "ws" ? 80 : protocol === "wss" ? 443 : 5060;
  const written = port === usual ? "" : `:${port}`;
  if (protocol === "udp") return { scheme: "sip", suffix: written };
  // A secure WebSocket has no transport of its own to name, only the scheme.
  const secure = protocol === "wss";
  return { scheme: secure ? "sips" : "sip", suffix: `${written};transport=${secure ? "ws" : protocol}` };
}

function placeOf({ domain, listeners }: { domain: string; listeners: readonly string[] }) {
  const none = { scheme: "sip", suffix: "" } as const;
  // A name may have SRV records, which a port would switch off (RFC 3263 §4.2).
  if (isIP(domain.replace(/^\[(.*)\]$/, "$1")) === 0) return none;
  const parsed = listeners.map((listener) => ({
    protocol: listener.slice(0, listener.indexOf(":")),
    port: Number(listener.slice(listener.lastIndexOf(":") + 1)),
  }));
  const best =
    parsed.find(({ protocol, port }) => protocol === "udp" && port === 5060) ??
    parsed.find(({ protocol }) => protocol === "udp") ??
    parsed[0];
  return best === undefined ? none : reachedBy(best);
}

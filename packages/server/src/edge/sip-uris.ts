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
  const suffix = suffixOf(node);
  return [agent.username, ...agent.phoneNumbers].map((user) => `sip:${user}@${node.domain}${suffix}`);
}

function suffixOf({ domain, listeners }: { domain: string; listeners: readonly string[] }): string {
  // A name may have SRV records, which a port would switch off (RFC 3263 §4.2).
  if (isIP(domain.replace(/^\[(.*)\]$/, "$1")) === 0) return "";
  const parsed = listeners.map((listener) => ({
    protocol: listener.slice(0, listener.indexOf(":")),
    port: Number(listener.slice(listener.lastIndexOf(":") + 1)),
  }));
  const best =
    parsed.find(({ protocol, port }) => protocol === "udp" && port === 5060) ??
    parsed.find(({ protocol }) => protocol === "udp") ??
    parsed[0];
  if (best === undefined) return "";
  return `${best.port === 5060 ? "" : `:${best.port}`}${best.protocol === "tcp" ? ";transport=tcp" : ""}`;
}

import { isIP } from "node:net";
import type { Flow, SendTarget } from "../environment.ts";
import { isSipUri, type SipUri, type Uri } from "../message/uri.ts";

/**
 * Where a request inside a dialog goes.
 *
 * RFC 3261 §12.2.1.1 and §8.1.2 say: to the topmost route, else to the remote target. Two things of real networks
 * are kept to besides. Over a connection it goes by the connection that the dialog lives on, while that lives: the
 * peer's Contact often names a port on which nobody listens (RFC 5626 makes this the rule). And a peer that sent
 * to us without a proxy, but whose Contact is not the address that its packets come from, sits behind a NAT: its
 * packets' source is the one address that reaches it.
 *
 * A host name leads back to the flow as well: look-ups are not the core's business, and whoever sent us the last
 * message is in the dialog's path.
 *
 * @param hop topmost route, or remote target
 * @param direct true when no proxy stands between: no route set, and the peer's request had one Via
 */
export function nextHopTarget(hop: Uri, flow: Flow, direct: boolean): SendTarget {
  const back: SendTarget = {
    transport: flow.transport,
    address: flow.remoteAddress,
    port: flow.remotePort,
    localAddress: flow.localAddress,
    localPort: flow.localPort,
  };
  const isLiteral = isSipUri(hop) && isIP(hop.host) !== 0;
  if (flow.connectionId !== undefined) {
    // Address and port are for when the connection is gone.
    const fallback = isLiteral ? { address: hop.host, port: portOf(hop, flow.transport) } : undefined;
    return { ...back, ...fallback, connectionId: flow.connectionId };
  }
  if (!isLiteral || (direct && hop.host !== flow.remoteAddress)) return back;
  const transport = transportOf(hop.params.get("transport"), hop.scheme);
  const target = { transport, address: hop.host, port: portOf(hop, transport) };
  return transport === flow.transport ? { ...back, ...target } : target;
}

function portOf(uri: SipUri, transport: SendTarget["transport"]): number {
  return uri.port ?? (transport === "tls" ? 5061 : 5060);
}

function transportOf(param: string | undefined, scheme: "sip" | "sips"): SendTarget["transport"] {
  const name = param?.toLowerCase();
  switch (name) {
    case "tcp":
      return scheme === "sips" ? "tls" : "tcp";
    case "tls":
    case "ws":
    case "wss":
      return name;
    default:
      return scheme === "sips" ? "tls" : "udp";
  }
}

import { isIP } from "node:net";
import type { Flow, SendTarget } from "../environment.ts";
import { isSipUri, type SipUri, type Uri } from "../message/uri.ts";

/** RFC 3261 §19.1.2, RFC 7118 §5.4. */
const defaultPorts: Record<SendTarget["transport"], number> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
};

/**
 * Where a request inside a dialog goes.
 *
 * RFC 3261 §12.2.1.1 and §8.1.2 say: to the topmost route, else to the remote target. Two things of real networks
 * are kept to besides. Over a connection it goes by the connection that the dialog lives on, while that lives: the
 * peer's Contact often names a port on which nobody listens (RFC 5626 makes this the rule). And a peer that sent
 * to us without a proxy, but whose Contact is not the address that its packets come from, sits behind a NAT: its
 * packets' source is the one address that reaches it.
 *
 * By TLS a new connection has to be with whom the old one was with: whoever proved a name must prove it again.
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
    // Address, port and name are for when the connection is gone.
    return { ...back, ...reopening(hop, flow), connectionId: flow.connectionId };
  }
  if (!isLiteral || (direct && hop.host !== flow.remoteAddress)) return back;
  const transport = transportOf(hop.params.get("transport"), hop.scheme);
  const target = { transport, address: hop.host, port: portOf(hop, transport) };
  return transport === flow.transport ? { ...back, ...target } : target;
}

/** Where a connection that is gone is opened again. */
function reopening(hop: Uri, flow: Flow): Partial<SendTarget> {
  if (!isSipUri(hop)) return {};
  const { transport } = flow;
  const isLiteral = isIP(hop.host) !== 0;
  const proved = flow.serverName ?? flow.peerNames?.[0];
  const name = proved ?? (isLiteral ? undefined : hop.host);
  const isSecure = transport === "tls" || transport === "wss";
  return {
    ...(isLiteral && { address: hop.host }),
    // Where a name leads to is not known here, but nobody listens on the port that a peer connected from.
    ...((isLiteral || !flow.outbound) && { port: portOf(hop, transport) }),
    ...(isSecure && name !== undefined && { serverName: name }),
  };
}

function portOf(uri: SipUri, transport: SendTarget["transport"]): number {
  return uri.port ?? defaultPorts[transport];
}

function transportOf(param: string | undefined, scheme: "sip" | "sips"): SendTarget["transport"] {
  const name = param?.toLowerCase();
  switch (name) {
    case "tcp":
      return scheme === "sips" ? "tls" : "tcp";
    case "ws":
      return scheme === "sips" ? "wss" : "ws";
    case "tls":
    case "wss":
      return name;
    default:
      return scheme === "sips" ? "tls" : "udp";
  }
}

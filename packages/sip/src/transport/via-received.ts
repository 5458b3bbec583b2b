import { splitList } from "../message/grammar.ts";
import { type SipRequest, topVia } from "../message/message.ts";
import { serialiseVia, type Via } from "../message/via.ts";
import type { Flow, SendTarget } from "./flow.ts";
import { withoutZone } from "./local-address.ts";

/**
 * What a server does to the topmost Via when a request arrives: `received` where sent-by is not the
 * source address (RFC 3261 §18.2.1), and `received` with the source port in `rport` where the client
 * asked by an `rport` (RFC 3581 §4). Values that the client wrote into either itself are overwritten.
 * Changes `request.headers`; every response then carries it back.
 */
export function stampReceived(request: Pick<SipRequest, "headers">, flow: Flow): void {
  const via = topVia(request);
  const params = new Map(via.params);
  const source = withoutZone(flow.remoteAddress);
  const asked = params.has("rport");
  if (asked) params.set("rport", String(flow.remotePort));
  if (asked || params.has("received") || !sameAddress(via.host, source)) {
    params.set("received", source);
  } else return;
  const stamped = { ...via, params };
  const line = request.headers.get("Via") ?? "";
  const rest = line.includes(",") ? splitList(line).slice(1) : [];
  request.headers.replaceFirst("Via", [serialiseVia(stamped), ...rest].join(", "));
  request.headers.typed.topVia = stamped;
}

/** IPv6 has many spellings; a difference here only costs a `received` that does no harm. */
function sameAddress(host: string, address: string): boolean {
  return host === address;
}

/**
 * Where the response to a request goes (RFC 3261 §18.2.2, RFC 3581 §4), from the socket that the
 * request came to: over TCP by its connection, and where that is gone by a new one to the source
 * address and the port of sent-by; over UDP to the source address, and to the source port where
 * `rport` asks for it, else the port of sent-by.
 *
 * `maddr` is ignored on purpose: it would let a request send our answers to any address it likes.
 * For the same reason the address is the packet's source, not what `received` claims: after
 * `stampReceived` they are the same.
 */
export function responseTarget(via: Via, flow: Flow): SendTarget {
  const { transport, localAddress, localPort, remoteAddress: address, connectionId } = flow;
  const sentBy = via.port ?? (transport === "tls" ? 5061 : 5060);
  const port = via.params.has("rport") && transport === "udp" ? flow.remotePort : sentBy;
  const target = { transport, address, port, localAddress, localPort };
  if (connectionId === undefined) return target;
  // By its connection or not at all: nobody listens where a browser is (RFC 7118 §5).
  if (transport === "ws" || transport === "wss") return { ...target, port: flow.remotePort, connectionId };
  if (transport === "tcp") return { ...target, connectionId };
  // By TLS a new connection is only with whom the old one was, else with whom the client says that it is.
  return { ...target, connectionId, serverName: flow.serverName ?? flow.peerNames?.[0] ?? via.host };
}

import { type TransportName, uriTransport } from "../environment.ts";
import { contacts, recordRoutes, routes, type SipRequest } from "../message/message.ts";
import { serialiseUri } from "../message/uri.ts";

/**
 * Our Contact, as a header value. The transport is written out wherever it is not UDP: "transport=tls" is deprecated
 * (RFC 3261 §26.2.2) and yet what peers write and read, where "sips" promises TLS on every hop, which few take. So
 * "sips" stands only where the request asks for it (RFC 5630 §3.1, §5.1.1).
 */
export function contactValue(
  { host, port }: { readonly host: string; readonly port: number },
  user: string | undefined,
  transport: TransportName,
  request: SipRequest,
): string {
  const secure = transport === "tls" || transport === "wss";
  const scheme = secure && asksForSips(request) ? "sips" : "sip";
  const written = scheme === "sips" && transport === "tls" ? undefined : uriTransport(transport);
  return `<${serialiseUri({
    ...{ scheme, host, port, headers: undefined },
    ...(user !== undefined && { user }),
    params: new Map(written === undefined ? [] : [["transport", written]]),
  })}>`;
}

/** RFC 3261 §8.1.1.8 for what we send, §12.1.1 for what we answer: what decides lies in the request that makes the dialog. */
function asksForSips(request: SipRequest): boolean {
  if (request.uri.scheme === "sips") return true;
  const [route] = routes(request);
  const [recordRoute] = recordRoutes(request);
  if (route !== undefined || recordRoute !== undefined)
    return route?.uri.scheme === "sips" || recordRoute?.uri.scheme === "sips";
  const values = contacts(request);
  return values !== "*" && values[0]?.uri.scheme === "sips";
}

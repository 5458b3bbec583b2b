import { bracketed, parseEndpoint } from "../config/endpoint.ts";
import type { RegistrationSettings } from "../store/records.ts";

type Where = Pick<RegistrationSettings, "aor" | "sipRealm" | "proxy" | "port" | "transport">;

export function aorUri({ aor }: Pick<Where, "aor">): string {
  return `sip:${aor}`;
}

/** The extension: what the PBX's people dial to reach the agent. */
export function aorUser({ aor }: Pick<Where, "aor">): string {
  return aor.slice(0, aor.lastIndexOf("@"));
}

/** Request-URI of REGISTER, RFC 3261 §10.2: the registrar's domain, which may be another than that of the AOR. */
export function registrarUri({ sipRealm }: Pick<Where, "sipRealm">): string {
  return `sip:${sipRealm}`;
}

/** Where requests go: the proxy, else the domain. A port in `proxy` wins over `port`; without any DNS is asked for SRV. */
export function nextHopUri({ sipRealm, proxy, port, transport }: Where): string {
  const hop = proxy === null ? undefined : parseEndpoint(proxy);
  const host = hop === undefined ? (proxy ?? sipRealm) : bracketed(hop.host);
  const at = hop?.port ?? port;
  return `sip:${host}${at === null || at === undefined ? "" : `:${at}`};transport=${transport}`;
}

/** Whether both are the same account at the same place: what else differs changes nothing of the binding. */
export function isSameBinding(one: Where, other: Where): boolean {
  return (
    one.aor === other.aor &&
    registrarUri(one) === registrarUri(other) &&
    nextHopUri(one) === nextHopUri(other)
  );
}

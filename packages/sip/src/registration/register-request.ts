import { type SendTarget, uriTransport } from "../environment.ts";
import { createRequest } from "../message/create.ts";
import type { SipRequest } from "../message/message.ts";
import { noParams } from "../message/params.ts";
import { isSipUri, parseUri, serialiseUri } from "../message/uri.ts";
import type { Address, RegistrationConfig, RegistrationOptions } from "./registration-types.ts";
import { maxExpires } from "./retry-times.ts";

const defaultExpires = 600;

/** Seconds to ask for. */
export function expiresOf({ expires = defaultExpires }: Pick<RegistrationConfig, "expires">): number {
  return Math.min(maxExpires, Math.max(1, Math.floor(expires)));
}

/** The Request-URI where none is given: the AOR's domain (RFC 3261 §10.2). */
export function registrarOf({ aor, registrar }: Pick<RegistrationConfig, "aor" | "registrar">): string {
  if (registrar !== undefined) return registrar;
  const uri = parseUri(aor);
  if (!isSipUri(uri)) return aor;
  const { user: _user, password: _password, ...domain } = uri;
  return serialiseUri({ ...domain, params: noParams, headers: undefined });
}

/**
 * The URI by which the registrar shall reach us. Over TLS it is `sips` only where the AOR is, as RFC 5630 §3.1.1 has it.
 */
export function contactUri(
  { aor, contactUser }: Pick<RegistrationConfig, "aor" | "contactUser">,
  { transport }: SendTarget,
  { host, port }: Address,
): string {
  const scheme = aor.toLowerCase().startsWith("sips:") ? "sips" : "sip";
  const shown = scheme === "sips" && transport === "tls" ? undefined : uriTransport(transport);
  return serialiseUri({
    ...{ scheme, user: contactUser, host, headers: undefined },
    ...(port !== 0 && { port }),
    params: shown === undefined ? noParams : new Map([["transport", shown]]),
  });
}

export interface RegisterOptions {
  readonly registrar: string;
  readonly aor: string;
  readonly callId: string;
  readonly cseq: number;
  readonly fromTag: string;
  /** URI of the binding to make, or with 0 seconds to take back. */
  readonly contact: string;
  /** URI of a binding to take back at the same time. */
  readonly outdated: string | undefined;
  /** Seconds. */
  readonly expires: number;
  readonly outbound: RegistrationConfig["outbound"] | undefined;
}

/**
 * A REGISTER without a Via.
 * @throws SipParseError where a URI cannot be written
 */
export function registerRequest(options: RegisterOptions): SipRequest {
  const { outbound, contact, outdated } = options;
  const request = createRequest("REGISTER", options.registrar, {
    from: `<${options.aor}>;tag=${options.fromTag}`,
    to: `<${options.aor}>`,
    callId: options.callId,
    cseq: options.cseq,
  });
  const instance =
    outbound === undefined ? "" : `;reg-id=${outbound.regId};+sip.instance="<${outbound.instanceId}>"`;
  request.headers.append("Contact", `<${contact}>${instance}`);
  if (outdated !== undefined) request.headers.append("Contact", `<${outdated}>;expires=0`);
  request.headers.append("Expires", String(options.expires));
  request.headers.append("Supported", outbound === undefined ? "path" : "path, outbound");
  return request;
}

/** An OPTIONS to the registrar, whose answer shows that the way is open, and where from it sees us. */
export function keepAliveRequest(
  config: RegistrationConfig,
  { randomToken }: Pick<RegistrationOptions, "randomToken">,
): SipRequest {
  const registrar = registrarOf(config);
  return createRequest("OPTIONS", registrar, {
    from: `<${config.aor}>;tag=${randomToken(8)}`,
    to: `<${registrar}>`,
    callId: randomToken(16),
    cseq: 1,
  });
}

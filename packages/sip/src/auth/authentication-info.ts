import { parseAuthParams, serialiseAuthParams } from "./auth-value.ts";
import { type Qop, serialiseCount } from "./digest.ts";

/** What a server says once the credentials were right: Authentication-Info (RFC 7616 §3.5, RFC 7615). */
export interface AuthenticationInfo {
  /** To be used from the next request on. */
  readonly nextnonce: string | undefined;
  /** Proof that the server knows the password too. */
  readonly rspauth: string | undefined;
  readonly qop: Qop | undefined;
  readonly cnonce: string | undefined;
  readonly count: number | undefined;
}

/** @throws SipParseError where the value cannot be read */
export function parseAuthenticationInfo(text: string, header = "Authentication-Info"): AuthenticationInfo {
  const params = parseAuthParams(text, header);
  const qop = params.get("qop")?.toLowerCase();
  const nc = params.get("nc");
  return {
    nextnonce: params.get("nextnonce"),
    rspauth: params.get("rspauth")?.toLowerCase(),
    qop: qop === "auth" || qop === "auth-int" ? qop : undefined,
    cnonce: params.get("cnonce"),
    count: nc !== undefined && /^[0-9a-f]{8}$/i.test(nc) ? Number.parseInt(nc, 16) : undefined,
  };
}

export function serialiseAuthenticationInfo(info: AuthenticationInfo): string {
  return serialiseAuthParams([
    ["nextnonce", info.nextnonce, "quoted"],
    ["qop", info.qop, "token"],
    ["rspauth", info.rspauth, "quoted"],
    ["cnonce", info.cnonce, "quoted"],
    ["nc", info.count === undefined ? undefined : serialiseCount(info.count), "token"],
  ]);
}

import { SipParseError } from "../errors.ts";
import { parseAuthValues, serialiseAuthParams } from "./auth-value.ts";
import { algorithmNamed, type DigestAlgorithm, digestLength, type Qop, serialiseCount } from "./digest.ts";

/** Digest credentials, from Authorization or Proxy-Authorization (RFC 7616 §3.4). */
export interface DigestCredentials {
  /** The name, or its hash where `userhash` is true. */
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  /** digest-uri as written. */
  readonly uri: string;
  /** Lower-case hexadecimal, as long as the algorithm's hash. */
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  readonly opaque: string | undefined;
  readonly userhash: boolean;
  /** undefined for a client of before RFC 2617. */
  readonly protection:
    | {
        readonly qop: Qop;
        readonly cnonce: string;
        /** Nonce count, 1 to 0xffffffff. */
        readonly count: number;
      }
    | undefined;
}

/**
 * The Digest credentials of one header line; undefined for another scheme, or an algorithm or qop that we do not have.
 * @throws SipParseError where the line cannot be read, or a Digest lacks what it must have
 */
export function parseCredentials(text: string, header = "Authorization"): DigestCredentials | undefined {
  const [value, ...others] = parseAuthValues(text, header);
  if (value?.scheme !== "digest") return undefined;
  if (others.length > 0) throw new SipParseError("malformed_header", 0, header);
  const { params } = value;
  const need = (name: string): string => {
    const found = params.get(name);
    if (found === undefined) throw new SipParseError("malformed_header", 0, header);
    return found;
  };
  const credentials = {
    username: need("username"),
    realm: need("realm"),
    nonce: need("nonce"),
    uri: need("uri"),
    response: need("response").toLowerCase(),
    opaque: params.get("opaque"),
    userhash: params.get("userhash")?.toLowerCase() === "true",
  };
  const algorithm = algorithmNamed(params.get("algorithm"));
  if (algorithm === undefined) return undefined;
  if (credentials.response.length !== digestLength(algorithm) || !/^[0-9a-f]+$/.test(credentials.response)) {
    throw new SipParseError("malformed_header", 0, header);
  }
  const qop = params.get("qop")?.toLowerCase();
  if (qop === undefined) return { ...credentials, algorithm, protection: undefined };
  if (qop !== "auth" && qop !== "auth-int") return undefined;
  const nc = need("nc");
  const count = /^[0-9a-f]{8}$/i.test(nc) ? Number.parseInt(nc, 16) : 0;
  if (count === 0) throw new SipParseError("malformed_header", 0, header);
  return { ...credentials, algorithm, protection: { qop, cnonce: need("cnonce"), count } };
}

/** Credentials as a header value. */
export function serialiseCredentials(credentials: DigestCredentials): string {
  const { protection } = credentials;
  const params = serialiseAuthParams([
    ["username", credentials.username, "quoted"],
    ["realm", credentials.realm, "quoted"],
    ["nonce", credentials.nonce, "quoted"],
    ["uri", credentials.uri, "quoted"],
    ["response", credentials.response, "quoted"],
    ["algorithm", credentials.algorithm, "token"],
    ["cnonce", protection?.cnonce, "quoted"],
    ["opaque", credentials.opaque, "quoted"],
    ["qop", protection?.qop, "token"],
    ["nc", protection && serialiseCount(protection.count), "token"],
    ["userhash", credentials.userhash ? "true" : undefined, "token"],
  ]);
  return `Digest ${params}`;
}

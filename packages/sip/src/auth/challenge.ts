import { type AuthValue, parseAuthValues, serialiseAuthParams } from "./auth-value.ts";
import { algorithmNamed, type DigestAlgorithm, isSession, type Qop } from "./digest.ts";

/** A Digest challenge that we can answer, from WWW-Authenticate or Proxy-Authenticate (RFC 7616 §3.3). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  /** Those offered that we know, at least one; undefined for a server of before RFC 2617. */
  readonly qop: readonly Qop[] | undefined;
  readonly opaque: string | undefined;
  readonly domain: string | undefined;
  /** The nonce was too old, the password was right. */
  readonly stale: boolean;
  /** The server wants the user name's hash instead of the name. */
  readonly userhash: boolean;
}

/** The challenges of one header line that we can answer; others (scheme, algorithm, qop) are left out. */
export function digestChallenges(values: readonly AuthValue[]): DigestChallenge[] {
  const challenges: DigestChallenge[] = [];
  for (const value of values) {
    const challenge = digestChallenge(value);
    if (challenge !== undefined) challenges.push(challenge);
  }
  return challenges;
}

function digestChallenge({ scheme, params }: AuthValue): DigestChallenge | undefined {
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  const algorithm = algorithmNamed(params.get("algorithm"));
  if (scheme !== "digest" || realm === undefined || nonce === undefined || algorithm === undefined) {
    return undefined;
  }
  const offered = params.get("qop");
  // Real servers write qop="" where they know none.
  const qop = offered === undefined || offered.trim() === "" ? undefined : knownQops(offered);
  if (qop?.length === 0) return undefined;
  // The session key needs a cnonce, which cannot be sent without qop.
  if (qop === undefined && isSession(algorithm)) return undefined;
  return {
    realm,
    nonce,
    algorithm,
    qop,
    opaque: params.get("opaque"),
    domain: params.get("domain"),
    stale: isTrue(params.get("stale")),
    userhash: isTrue(params.get("userhash")),
  };
}

function knownQops(list: string): Qop[] {
  const known: Qop[] = [];
  for (const item of list.split(",")) {
    const name = item.trim().toLowerCase();
    if ((name === "auth" || name === "auth-int") && !known.includes(name)) known.push(name);
  }
  return known;
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}

/**
 * The challenges of one header line that we can answer.
 * @throws SipParseError where the line cannot be read
 */
export function parseChallenges(text: string, header = "WWW-Authenticate"): DigestChallenge[] {
  return digestChallenges(parseAuthValues(text, header));
}

/** A challenge as a header value. */
export function serialiseChallenge(challenge: DigestChallenge): string {
  const params = serialiseAuthParams([
    ["realm", challenge.realm, "quoted"],
    ["domain", challenge.domain, "quoted"],
    ["nonce", challenge.nonce, "quoted"],
    ["opaque", challenge.opaque, "quoted"],
    ["stale", challenge.stale ? "true" : undefined, "token"],
    ["algorithm", challenge.algorithm, "token"],
    ["qop", challenge.qop?.join(","), "quoted"],
    ["userhash", challenge.userhash ? "true" : undefined, "token"],
  ]);
  return `Digest ${params}`;
}

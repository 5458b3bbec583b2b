import type { SipRequest, SipResponse } from "../message/message.ts";
import { type AuthenticationInfo, parseAuthenticationInfo } from "./authentication-info.ts";
import { type DigestChallenge, parseChallenges } from "./challenge.ts";
import { serialiseCredentials } from "./credentials.ts";
import { digestResponse, isEqualSecret, type Qop, rankOf, serialiseCount, usernameHash } from "./digest.ts";

export interface Credentials {
  /** The name for authentication, where a PBX tells it from the extension. */
  readonly username: string;
  readonly password: string;
}

/** The credentials for a realm, as a server names it; undefined where we have none. */
export type CredentialsFor = (realm: string) => Credentials | undefined;

/** Why a challenge is not answered. */
export type AuthRefusal =
  /** What we sent was refused: trying again would be hammering. */
  | "wrong_password"
  /** We have none for any of the realms. */
  | "no_credentials"
  /** No scheme, algorithm or qop of it is ours, or it cannot be read. */
  | "unsupported_challenge"
  /** Servers went on asking. */
  | "too_many_challenges";

export type ChallengeOutcome =
  | { readonly retry: true; readonly stale: boolean }
  | { readonly retry: false; readonly code: AuthRefusal; readonly realm: string | undefined };

export interface DigestClientOptions {
  readonly credentials: CredentialsFor;
  /** That many bytes as hexadecimal digits, unpredictable. */
  randomToken(bytes: number): string;
}

/** Realms whose nonces are kept. */
const maxSessions = 8;
/** Challenges that one request answers: a chain of proxies, each with a nonce that may be stale. */
const maxRounds = 5;

type Side = "origin" | "proxy";

const headerNames = {
  origin: { challenge: "WWW-Authenticate", credentials: "Authorization", info: "Authentication-Info" },
  proxy: {
    challenge: "Proxy-Authenticate",
    credentials: "Proxy-Authorization",
    info: "Proxy-Authentication-Info",
  },
} as const;
const sides: readonly Side[] = ["origin", "proxy"];

/** A nonce that may be used again, with what was used of it. */
interface Session {
  readonly side: Side;
  readonly challenge: DigestChallenge;
  readonly credentials: Credentials;
  readonly nonce: string;
  readonly qop: Qop | undefined;
  /** One for all requests with this nonce, which a session key asks for (RFC 7616 §3.4.2). */
  readonly cnonce: string;
  count: number;
}

interface Used {
  readonly session: Session;
  readonly count: number;
  readonly uri: string;
}

/**
 * The client side of Digest (RFC 3261 §22, RFC 7616, RFC 8760) towards the servers of one account: keeps their
 * nonces, so that later requests are answered at once. Each request goes through an exchange of its own.
 */
export class DigestClient {
  readonly #options: DigestClientOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: DigestClientOptions) {
    this.#options = options;
  }

  /** For one request with all its repetitions. */
  exchange(): DigestExchange {
    return new DigestExchange(this.#options, this.#sessions);
  }

  /** Forgets all nonces: the credentials have changed. */
  forget(): void {
    this.#sessions.clear();
  }
}

/** One request until it is answered by something else than a challenge. */
export class DigestExchange {
  readonly #options: DigestClientOptions;
  readonly #sessions: Map<string, Session>;
  readonly #used = new Map<string, Used>();
  /** Nonces that came during this exchange: a refusal of one of them is not for its age. */
  readonly #fresh = new Set<string>();
  #rounds = 0;

  constructor(options: DigestClientOptions, sessions: Map<string, Session>) {
    this.#options = options;
    this.#sessions = sessions;
  }

  /** Puts the credentials for all known nonces on a request that is about to be sent; the old ones go. */
  authorize(request: SipRequest): void {
    for (const side of sides) request.headers.delete(headerNames[side].credentials);
    this.#used.clear();
    for (const [key, session] of this.#sessions) {
      const count = ++session.count;
      this.#used.set(key, { session, count, uri: request.uriText });
      request.headers.append(headerNames[session.side].credentials, credentialsOf(session, count, request));
    }
  }

  /**
   * Judges a 401 or 407 to the request that `authorize` saw last. Challenges of both kinds count in either response,
   * as a fork may bring them together (RFC 3261 §22.3).
   */
  challenged(response: SipResponse): ChallengeOutcome {
    const asked = strongestChallenges(response);
    const [first] = asked.values();
    if (first === undefined) return refusal("unsupported_challenge", undefined);
    const { realm } = first.challenge;
    if (++this.#rounds > maxRounds) return refusal("too_many_challenges", realm);
    let stale = false;
    let answerable = false;
    for (const [key, { side, challenge }] of asked) {
      const used = this.#used.get(key)?.session;
      if (used !== undefined && this.#isRefusal(used, challenge)) {
        this.#sessions.delete(key);
        return refusal("wrong_password", challenge.realm);
      }
      const credentials = this.#options.credentials(challenge.realm);
      if (credentials === undefined) {
        this.#sessions.delete(key);
        continue;
      }
      answerable = true;
      stale ||= challenge.stale;
      this.#fresh.add(challenge.nonce);
      this.#keep(
        key,
        newSession(side, challenge, challenge.nonce, credentials, this.#options.randomToken(8)),
      );
    }
    return answerable ? { retry: true, stale } : refusal("no_credentials", realm);
  }

  /**
   * Takes the next nonces from any other final response.
   * @returns whether a server proved that it knows the password too (`rspauth`); a wrong proof's nonce is not taken
   */
  answered(response: SipResponse): "none" | "right" | "wrong" {
    let proof: "none" | "right" | "wrong" = "none";
    for (const side of sides) {
      const info = readInfo(response, headerNames[side].info);
      if (info === undefined) continue;
      // The header names no realm: with several of a kind nobody can tell whose it is.
      const candidates = [...this.#used].filter(([, { session }]) => session.side === side);
      const [only] = candidates;
      if (only === undefined || candidates.length > 1) continue;
      const [key, used] = only;
      if (info.rspauth !== undefined) {
        const right = isProof(used, info, response.body);
        if (proof !== "wrong") proof = right ? "right" : "wrong";
        if (!right) continue;
      }
      if (info.nextnonce === undefined || this.#sessions.get(key) !== used.session) continue;
      const { challenge, credentials } = used.session;
      this.#keep(key, newSession(side, challenge, info.nextnonce, credentials, this.#options.randomToken(8)));
    }
    return proof;
  }

  #isRefusal(used: Session, challenge: DigestChallenge): boolean {
    if (used.nonce === challenge.nonce) return true;
    // Not all servers say so when a nonce they gave earlier is too old (RFC 7616 §3.3 has them say it).
    return !challenge.stale && this.#fresh.has(used.nonce);
  }

  #keep(key: string, session: Session): void {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= maxSessions && !this.#sessions.has(key) && oldest !== undefined) {
      this.#sessions.delete(oldest);
    }
    this.#sessions.set(key, session);
  }
}

function refusal(code: AuthRefusal, realm: string | undefined): ChallengeOutcome {
  return { retry: false, code, realm };
}

/**
 * The strongest challenge of each realm, the topmost of equals. RFC 8760 §2.4 has the server put the strongest first;
 * who stands between may turn them round, so the order is not trusted.
 */
function strongestChallenges(response: SipResponse): Map<string, { side: Side; challenge: DigestChallenge }> {
  const strongest = new Map<string, { side: Side; challenge: DigestChallenge }>();
  for (const side of sides) {
    const name = headerNames[side].challenge;
    for (const line of response.headers.getAll(name)) {
      for (const challenge of readChallenges(line, name)) {
        const key = `${side} ${challenge.realm}`;
        const other = strongest.get(key);
        if (other === undefined ? strongest.size < maxSessions : isStronger(challenge, other.challenge)) {
          strongest.set(key, { side, challenge });
        }
      }
    }
  }
  return strongest;
}

function isStronger(one: DigestChallenge, other: DigestChallenge): boolean {
  return rankOf(one.algorithm) < rankOf(other.algorithm);
}

function readChallenges(line: string, name: string): DigestChallenge[] {
  try {
    return parseChallenges(line, name);
  } catch {
    // A line that nobody can read does not take the others with it.
    return [];
  }
}

function readInfo(response: SipResponse, name: string): AuthenticationInfo | undefined {
  const line = response.headers.get(name);
  if (line === undefined) return undefined;
  try {
    return parseAuthenticationInfo(line, name);
  } catch {
    return undefined;
  }
}

function newSession(
  side: Side,
  challenge: DigestChallenge,
  nonce: string,
  credentials: Credentials,
  cnonce: string,
): Session {
  // Bodies are changed on their way by more than attackers: auth-int only where nothing else is offered.
  const { qop: offered } = challenge;
  const qop = offered === undefined ? undefined : offered.includes("auth") ? "auth" : "auth-int";
  return { side, challenge, credentials, nonce, qop, cnonce, count: 0 };
}

function credentialsOf(session: Session, count: number, request: SipRequest): string {
  const { challenge, credentials, nonce, qop, cnonce } = session;
  const { algorithm, realm, userhash } = challenge;
  const { username } = credentials;
  const response = digestResponse({
    ...{ algorithm, qop, realm, nonce, cnonce, ...credentials },
    ...{ method: request.method, uri: request.uriText, body: request.body },
    nc: serialiseCount(count),
  });
  return serialiseCredentials({
    ...{ realm, nonce, algorithm, userhash, response },
    username: userhash ? usernameHash(algorithm, username, realm) : username,
    uri: request.uriText,
    opaque: challenge.opaque,
    protection: qop === undefined ? undefined : { qop, cnonce, count },
  });
}

/** RFC 7616 §3.5: made like the response to our request, but without a method, over the response's body. */
function isProof({ session, count, uri }: Used, info: AuthenticationInfo, body: Buffer): boolean {
  const { challenge, credentials, nonce, qop, cnonce } = session;
  if (info.rspauth === undefined || (info.cnonce !== undefined && info.cnonce !== cnonce)) return false;
  if (info.count !== undefined && info.count !== count) return false;
  const expected = digestResponse({
    ...{ nonce, cnonce, uri, body, ...credentials },
    algorithm: challenge.algorithm,
    realm: challenge.realm,
    qop: qop === undefined ? undefined : (info.qop ?? qop),
    method: "",
    nc: serialiseCount(count),
  });
  return isEqualSecret(expected, info.rspauth);
}

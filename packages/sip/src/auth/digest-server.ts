import { SipParseError } from "../errors.ts";
import type { SipRequest } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import { equalUris } from "../message/uri-compare.ts";
import { serialiseAuthenticationInfo } from "./authentication-info.ts";
import { serialiseChallenge } from "./challenge.ts";
import { type DigestCredentials, parseCredentials } from "./credentials.ts";
import {
  type DigestAlgorithm,
  digestResponse,
  isEqualSecret,
  type Qop,
  rankOf,
  serialiseCount,
} from "./digest.ts";
import { NonceMaker } from "./nonce.ts";
import { ReplayTable } from "./replay-table.ts";

export interface Account {
  /** In the clear: it stands for the hash that a client sent. */
  readonly username: string;
  readonly password: string;
}

export interface DigestServerOptions {
  readonly realm: string;
  /** Unpredictable, 16 bytes at least. Those who share it, and their clock, accept each other's nonces. */
  readonly secret: string | Buffer;
  /** That many bytes as hexadecimal digits, unpredictable. */
  randomToken(bytes: number): string;
  /** The account of that name; where `hashed` is true, the one whose `usernameHash` that is. */
  account(username: string, hashed: boolean, algorithm: DigestAlgorithm): Account | undefined;
  /** Challenges are made for each, the strongest first; SHA-256 and MD5 by default (RFC 8760 §2.4). */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** `auth` by default. */
  readonly qop?: readonly Qop[];
  /** True asks with 407 and Proxy-Authenticate instead of 401 and WWW-Authenticate. */
  readonly proxy?: boolean;
  /** True asks for the hash of the user name: `account` is then given that. */
  readonly userhash?: boolean;
  /** ms that a nonce may be used for; 300,000 by default. */
  readonly nonceLifetime?: number;
  /** Nonces whose counts are remembered; 10,000 by default. */
  readonly maxNonces?: number;
  /** Does not hold the digest's URI against the Request-URI, which proxies before us may have changed (§22.4). */
  readonly anyUri?: boolean;
}

export type AuthFault =
  /** There are no credentials for our realm. */
  | "missing"
  /** They cannot be read. Status 400. */
  | "malformed"
  /** They are for another request. */
  | "uri_mismatch"
  /** They use what we have not offered. */
  | "not_offered"
  /** The user is unknown or the password wrong: which of both nobody is told. */
  | "wrong_password"
  /** The nonce is too old or of another secret; the password was right. */
  | "stale"
  /** The nonce count was used before; the password was right. */
  | "replayed";

export type Verdict =
  | { readonly ok: true; readonly username: string; readonly credentials: DigestCredentials }
  | {
      readonly ok: false;
      readonly code: AuthFault;
      /** Of the response that says so. */
      readonly status: 400 | 401 | 407;
      /** To be handed to `challenge`: the client may try again without asking its user. */
      readonly stale: boolean;
    };

type HeaderLine = readonly [name: string, value: string];

/** The server side of Digest for one realm (RFC 3261 §22, RFC 7616, RFC 8760). */
export class DigestServer {
  readonly #options: DigestServerOptions;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #qop: readonly Qop[];
  readonly #nonces: NonceMaker;
  readonly #lifetime: number;
  readonly #replays: ReplayTable;
  /** In place of an unknown user's password, so that the work is the same. */
  readonly #noPassword: string;

  constructor(options: DigestServerOptions) {
    this.#options = options;
    this.#algorithms = [...(options.algorithms ?? (["SHA-256", "MD5"] as const))].sort(
      (one, other) => rankOf(one) - rankOf(other),
    );
    this.#qop = options.qop ?? ["auth"];
    this.#nonces = new NonceMaker(options.secret, options.realm);
    this.#lifetime = options.nonceLifetime ?? 300_000;
    this.#replays = new ReplayTable(options.maxNonces ?? 10_000, this.#lifetime);
    this.#noPassword = options.randomToken(16);
  }

  /** Nonces whose counts are held now. */
  get size(): number {
    return this.#replays.size;
  }

  /**
   * The header lines of a 401 (407 for a proxy): one challenge an algorithm, all with one nonce.
   * @param now ms, the clock that belongs to the secret
   */
  challenge(now: number, stale = false): HeaderLine[] {
    const nonce = this.#nonces.make(now, this.#options.randomToken);
    const name = this.#options.proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
    return this.#algorithms.map((algorithm) => {
      const value = serialiseChallenge({
        ...{ nonce, algorithm, stale },
        realm: this.#options.realm,
        qop: this.#qop,
        opaque: undefined,
        domain: undefined,
        userhash: this.#options.userhash ?? false,
      });
      return [name, value] as const;
    });
  }

  /** @param now ms, the clock that belongs to the secret */
  verify(request: SipRequest, now: number): Verdict {
    const found = this.#find(request);
    if (typeof found === "string") return this.#fault(found);
    const { credentials } = found;
    const { algorithm, protection } = credentials;
    if (!this.#algorithms.includes(algorithm)) return this.#fault("not_offered");
    if (protection !== undefined && !this.#qop.includes(protection.qop)) return this.#fault("not_offered");
    if (!this.#options.anyUri && !isSameUri(credentials.uri, request)) return this.#fault("uri_mismatch");
    const account = this.#options.account(credentials.username, credentials.userhash, algorithm);
    const expected = this.#expected(credentials, account, request.method, request.body);
    const isRight = isEqualSecret(expected, credentials.response);
    if (!isRight || account === undefined) return this.#fault("wrong_password");
    const madeAt = this.#nonces.madeAt(credentials.nonce);
    if (madeAt === undefined || madeAt > now || now - madeAt > this.#lifetime) return this.#fault("stale");
    // Without a count a nonce serves once: nothing else would tell a repetition from the first.
    const count = protection?.count ?? 1;
    if (!this.#replays.use(credentials.nonce, count, madeAt, now)) return this.#fault("replayed");
    return { ok: true, username: account.username, credentials };
  }

  /**
   * The Authentication-Info line of a 2xx to a request whose credentials were right: our own proof (RFC 7616 §3.5).
   * @param next when given, ms: the line also names a nonce for the next request, made then
   */
  information(credentials: DigestCredentials, body: Buffer, next?: number): HeaderLine | undefined {
    const { protection, algorithm } = credentials;
    const account = this.#options.account(credentials.username, credentials.userhash, algorithm);
    if (account === undefined) return undefined;
    const value = serialiseAuthenticationInfo({
      rspauth: this.#expected(credentials, account, "", body),
      nextnonce: next === undefined ? undefined : this.#nonces.make(next, this.#options.randomToken),
      qop: protection?.qop,
      cnonce: protection?.cnonce,
      count: protection?.count,
    });
    return [this.#options.proxy ? "Proxy-Authentication-Info" : "Authentication-Info", value];
  }

  /** Other realms' credentials are for other servers on the way (RFC 3261 §22.3): they are passed over. */
  #find(request: SipRequest): { credentials: DigestCredentials } | "missing" | "malformed" {
    const name = this.#options.proxy ? "Proxy-Authorization" : "Authorization";
    let fault: "missing" | "malformed" = "missing";
    for (const line of request.headers.getAll(name)) {
      try {
        const credentials = parseCredentials(line, name);
        if (credentials?.realm === this.#options.realm) return { credentials };
      } catch (error) {
        if (!(error instanceof SipParseError)) throw error;
        fault = "malformed";
      }
    }
    return fault;
  }

  #expected(
    credentials: DigestCredentials,
    account: Account | undefined,
    method: string,
    body: Buffer,
  ): string {
    const { algorithm, realm, nonce, uri, protection } = credentials;
    return digestResponse({
      ...{ algorithm, realm, nonce, uri, method, body },
      username: account?.username ?? credentials.username,
      password: account?.password ?? this.#noPassword,
      qop: protection?.qop,
      nc: protection === undefined ? "" : serialiseCount(protection.count),
      cnonce: protection?.cnonce ?? "",
    });
  }

  #fault(code: AuthFault): Verdict {
    const status = code === "malformed" || code === "uri_mismatch" ? 400 : this.#options.proxy ? 407 : 401;
    return { ok: false, code, status, stale: code === "stale" || code === "replayed" };
  }
}

function isSameUri(text: string, request: SipRequest): boolean {
  if (text === request.uriText) return true;
  try {
    return equalUris(parseUri(text), request.uri);
  } catch {
    return false;
  }
}

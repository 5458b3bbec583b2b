import { hash, timingSafeEqual } from "node:crypto";

/** The hash functions of RFC 7616 §6.1 and RFC 8760 §2, the strongest first. */
export const hashNames = ["SHA-512-256", "SHA-256", "MD5"] as const;
export type HashName = (typeof hashNames)[number];

/** With `-sess` the key is also made of the nonces of both sides (RFC 7616 §3.4.2). */
export type DigestAlgorithm = HashName | `${HashName}-sess`;

export type Qop = "auth" | "auth-int";

const nodeNames: Record<HashName, string> = {
  "SHA-512-256": "sha512-256",
  "SHA-256": "sha256",
  MD5: "md5",
};

/** Hexadecimal digits that the hash of an algorithm has. */
export function digestLength(algorithm: DigestAlgorithm): number {
  return hashOf(algorithm) === "MD5" ? 32 : 64;
}

/** The algorithm of that name in any case, undefined where we do not have it; no name means MD5 (RFC 7616 §3.3). */
export function algorithmNamed(name: string | undefined): DigestAlgorithm | undefined {
  if (name === undefined) return "MD5";
  return algorithmsByName.get(name.toUpperCase());
}

const algorithmsByName = new Map<string, DigestAlgorithm>();
for (const name of hashNames) {
  algorithmsByName.set(name, name);
  algorithmsByName.set(`${name}-SESS`, `${name}-sess`);
}

export function hashOf(algorithm: DigestAlgorithm): HashName {
  switch (algorithm) {
    case "SHA-512-256":
    case "SHA-512-256-sess":
      return "SHA-512-256";
    case "SHA-256":
    case "SHA-256-sess":
      return "SHA-256";
    case "MD5":
    case "MD5-sess":
      return "MD5";
  }
}

export function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith("-sess");
}

/** 0 is the strongest; a session variant is no weaker than the plain one. */
export function rankOf(algorithm: DigestAlgorithm): number {
  return hashNames.indexOf(hashOf(algorithm));
}

/** `text` (as UTF-8) under the algorithm's hash, lower-case hexadecimal: H(data) of RFC 7616 §3.4. */
export function digestHash(algorithm: DigestAlgorithm, data: string | Buffer): string {
  return hash(nodeNames[hashOf(algorithm)], data, "hex");
}

/** What both sides put into the response; strings as they are meant, without quotes and escapes. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** undefined: the peer knows no qop (RFC 2069), and neither nc nor cnonce count. */
  readonly qop: Qop | undefined;
  /** In the clear, also where its hash is sent (RFC 7616 §3.4.4). */
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  /** Of the request; "" for the `rspauth` of a response (RFC 7616 §3.5). */
  readonly method: string;
  /** digest-uri as written. */
  readonly uri: string;
  readonly nonce: string;
  /** Eight hexadecimal digits; "" without qop. */
  readonly nc: string;
  readonly cnonce: string;
  /** Read for auth-int alone. */
  readonly body: Buffer;
}

/** The `response` (or `rspauth`) of RFC 7616 §3.4.1, lower-case hexadecimal. */
export function digestResponse(input: DigestInput): string {
  const { algorithm, qop, nonce, nc, cnonce } = input;
  let key = digestHash(algorithm, `${input.username}:${input.realm}:${input.password}`);
  if (isSession(algorithm)) key = digestHash(algorithm, `${key}:${nonce}:${cnonce}`);
  let request = `${input.method}:${input.uri}`;
  if (qop === "auth-int") request += `:${digestHash(algorithm, input.body)}`;
  const requestHash = digestHash(algorithm, request);
  return qop === undefined
    ? digestHash(algorithm, `${key}:${nonce}:${requestHash}`)
    : digestHash(algorithm, `${key}:${nonce}:${nc}:${cnonce}:${qop}:${requestHash}`);
}

/** RFC 7616 §3.4.4: what stands for the user name where the server asks for its hash. */
export function usernameHash(algorithm: DigestAlgorithm, username: string, realm: string): string {
  return digestHash(algorithm, `${username}:${realm}`);
}

/** Compares in a time that does not depend on where two texts of one length differ. */
export function isEqualSecret(one: string, other: string): boolean {
  const left = Buffer.from(one, "utf8");
  const right = Buffer.from(other, "utf8");
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The nonce count as written: eight hexadecimal digits (RFC 7616 §3.4). */
export function serialiseCount(count: number): string {
  return count.toString(16).padStart(8, "0");
}

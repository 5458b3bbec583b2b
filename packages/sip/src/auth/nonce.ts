import { createHmac } from "node:crypto";
import { isEqualSecret } from "./digest.ts";

const timeDigits = 12;
const randomBytes = 8;
const macDigits = 32;
const nonceDigits = timeDigits + 2 * randomBytes + macDigits;

/**
 * Nonces that nobody has to remember: time, chance, and a MAC over both and the realm (RFC 7616 §5.4), in
 * hexadecimal. Whoever shares the secret and the clock can judge them.
 */
export class NonceMaker {
  readonly #secret: string | Buffer;
  readonly #realm: string;

  /** @param secret unpredictable, 16 bytes at least */
  constructor(secret: string | Buffer, realm: string) {
    this.#secret = secret;
    this.#realm = realm;
  }

  /** @param now ms, below 2^48 */
  make(now: number, randomToken: (bytes: number) => string): string {
    const time = Math.max(0, Math.floor(now)).toString(16).padStart(timeDigits, "0");
    const text = `${time}${randomToken(randomBytes)}`;
    return `${text}${this.#mac(text)}`;
  }

  /** When a nonce was made, ms; undefined for one that we have not made. */
  madeAt(nonce: string): number | undefined {
    if (nonce.length !== nonceDigits) return undefined;
    const text = nonce.slice(0, -macDigits);
    if (!isEqualSecret(this.#mac(text), nonce.slice(-macDigits))) return undefined;
    return Number.parseInt(nonce.slice(0, timeDigits), 16);
  }

  #mac(text: string): string {
    return createHmac("sha256", this.#secret)
      .update(`${text}:${this.#realm}`)
      .digest("hex")
      .slice(0, macDigits);
  }
}

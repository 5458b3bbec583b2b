import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { AppError } from "../errors.ts";

/** scrypt (RFC 7914): `N` a power of two, memory 128·N·r bytes. */
export interface PasswordCost {
  N: number;
  r: number;
  p: number;
}

/** 64 MB and about a third of a second on one core, as OWASP's password storage sheet weighs it. */
const COST: PasswordCost = { N: 2 ** 16, r: 8, p: 2 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Waiting for their turn; above it who comes is told to come again. */
const MAX_WAITING = 20;

/**
 * Hashes passwords as `scrypt$N$r$p$salt$hash`, one at a time: however many sign in at once, one core's thread and one
 * block of memory is all it takes.
 */
export class PasswordHasher {
  readonly #cost: PasswordCost;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(cost: PasswordCost = COST) {
    this.#cost = cost;
  }

  /** @throws AppError busy */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const { N, r, p } = this.#cost;
    const key = await this.#derive(password, salt, this.#cost);
    return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
  }

  /**
   * Whether it is the password. Takes as long where there is no hash, so that nobody learns from the time who exists.
   * @throws AppError busy
   */
  async verify(password: string, hash: string | null): Promise<boolean> {
    const [, N, r, p, salt, key] = (hash ?? "").split("$");
    if (salt === undefined || key === undefined) {
      await this.#derive(password, Buffer.alloc(SALT_BYTES), this.#cost);
      return false;
    }
    const cost = { N: Number(N), r: Number(r), p: Number(p) };
    const found = await this.#derive(password, Buffer.from(salt, "base64url"), cost);
    const expected = Buffer.from(key, "base64url");
    return found.length === expected.length && timingSafeEqual(found, expected);
  }

  async #derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
    if (this.#waiting >= MAX_WAITING) throw new AppError("busy", "Many sign in just now: try again.");
    this.#waiting++;
    const turn = this.#last.then(() => derive(password, salt, { ...cost, maxmem: 256 * cost.N * cost.r }));
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Two spellings of one word, such as é in one character or two, are one password (RFC 8265 §4.2).
    scrypt(password.normalize("NFC"), salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

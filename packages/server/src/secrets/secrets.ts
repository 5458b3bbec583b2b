// Secrets at rest: what a database, or a backup of it, must not tell by itself.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { AppError } from "../errors.ts";
import { lookAtKeyFile, makeKeyFile, readKeyFile } from "./key-file.ts";
import { parseSecretKey, type SecretKey } from "./secret-key.ts";

export interface SecretsOptions {
  /** The key file: made, mode 0600, when the first secret is to be sealed and `key` is not given. */
  path: string;
  /** RINGDOWN_KEY: seals from now on; what the file's key has sealed is still read. */
  key?: string | undefined;
  /** Unseals only: the key file stays as it is, and none is made. */
  readOnly?: boolean;
  log?: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

const VERSION = "v1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals texts with AES-256-GCM (NIST SP 800-38D; random IV of 96 bits) and unseals them. A sealed text is
 * `v1.<key id>.<IV, tag and ciphertext in base64url>`.
 */
export class Secrets {
  readonly #path: string;
  readonly #keys = new Map<string, SecretKey>();
  #sealing: SecretKey | undefined;
  /** Why nothing can be sealed. */
  #fault: string | undefined;

  /** Never throws for the sake of a key: what is wrong is logged, and told by `seal` and `unseal`. */
  constructor({ path, key, readOnly = false, log }: SecretsOptions) {
    this.#path = path;
    if (readOnly) this.#fault = "Secrets are only read here.";
    const given = key === undefined ? undefined : parseSecretKey(key);
    const reading = readOnly ? lookAtKeyFile(path) : readKeyFile(path);
    if (reading.kind === "key") {
      this.#take(reading.key);
      if (reading.isOpen) log?.warn({ path }, "the key file could be read by others: its mode is 0600 now");
    }
    if (given !== undefined) this.#take(given);
    else if (reading.kind === "unusable" && !readOnly) {
      this.#fault = reading.sentence;
      log?.error({ path, code: "secrets_unavailable" }, reading.sentence);
    }
  }

  /**
   * @param purpose what it is the secret of, such as `registration agt_…`: under another purpose it is not unsealed, so
   *   that nobody who can write to the database moves a secret to where it is sent to somebody else
   * @throws AppError secrets_unavailable
   */
  seal(plain: string, purpose: string): string {
    const key = this.#sealingKey();
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key.bytes, iv);
    cipher.setAAD(Buffer.from(purpose, "utf8"));
    const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
    return `${VERSION}.${key.id}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64url")}`;
  }

  /** @throws AppError secret_unreadable: another key sealed it, or it was changed since */
  unseal(sealed: string, purpose: string): string {
    const [version, id = "", body = "", ...rest] = sealed.split(".");
    const bytes = Buffer.from(body, "base64url");
    if (version !== VERSION || rest.length > 0 || bytes.length < IV_BYTES + TAG_BYTES) {
      throw new AppError("secret_unreadable", "A stored secret is damaged: set it again.");
    }
    const key = this.#keys.get(id);
    if (key === undefined) throw new AppError("secret_unreadable", this.#lostKey(id));
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(purpose, "utf8"));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      const text = bytes.subarray(IV_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString("utf8");
    } catch (error) {
      throw new AppError("secret_unreadable", {
        message: "A stored secret was changed, or is not of this place: set it again.",
        cause: error,
      });
    }
  }

  #take(key: SecretKey): void {
    this.#keys.set(key.id, key);
    this.#sealing = key;
  }

  #sealingKey(): SecretKey {
    if (this.#fault !== undefined) throw new AppError("secrets_unavailable", this.#fault);
    if (this.#sealing !== undefined) return this.#sealing;
    try {
      this.#take(makeKeyFile(this.#path));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AppError("secrets_unavailable", {
        message: `No secret can be stored: the key file ${this.#path} cannot be made: ${why}.`,
        cause: error,
      });
    }
    return this.#sealingKey();
  }

  #lostKey(id: string): string {
    return (
      `A stored secret was sealed with another key (${id}) than is here: restore ${this.#path} or RINGDOWN_KEY as it ` +
      "was, or set the secret again."
    );
  }
}

import { createHash } from "node:crypto";

const KEY_BYTES = 32;

/** A key of AES-256, and what it is known by. */
export interface SecretKey {
  /** Tells keys apart without telling anything of them: a secret carries the id of the key that sealed it. */
  readonly id: string;
  readonly bytes: Buffer;
}

export function secretKey(bytes: Buffer): SecretKey {
  const id = createHash("sha256").update("ringdown key id\0").update(bytes).digest("hex").slice(0, 8);
  return { id, bytes };
}

/** Reads 32 bytes as 64 hexadecimal digits, or in base 64 of either alphabet; undefined where it is neither. */
export function parseSecretKey(text: string): SecretKey | undefined {
  const written = text.trim();
  if (/^[0-9a-f]{64}$/i.test(written)) return secretKey(Buffer.from(written, "hex"));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(written)) return undefined;
  const bytes = Buffer.from(written, "base64");
  return bytes.length === KEY_BYTES ? secretKey(bytes) : undefined;
}

// DTLS 1.2 records (RFC 6347 §4.1): in plain, and sealed with AES-128-GCM (RFC 5288).

import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

export const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const;
export const DTLS_1_2 = 0xfefd;
const DTLS_1_0 = 0xfeff;

const HEADER = 13;
const NONCE = 8;
const TAG = 16;
/** Records of one datagram that are looked at. */
const MAX_RECORDS = 16;
/** Records behind the newest that are still taken (RFC 6347 §4.1.2.6). */
const REPLAY_WINDOW = 64;

export interface DtlsRecord {
  type: number;
  epoch: number;
  /** 48 bits. */
  sequence: number;
  body: Buffer;
}

/** RFC 7983: the first byte tells DTLS from STUN and RTP on one port. */
export function looksLikeDtls(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return bytes.length >= HEADER && first >= 20 && first <= 63;
}

/** The records of a datagram up to the first that is damaged, whose rest is left. */
export function readRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (let at = 0; at + HEADER <= datagram.length && records.length < MAX_RECORDS; ) {
    const version = datagram.readUInt16BE(at + 1);
    // a first ClientHello may carry 1.0 here
    if (version !== DTLS_1_2 && version !== DTLS_1_0) break;
    const end = at + HEADER + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    records.push({
      type: datagram.readUInt8(at),
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      body: datagram.subarray(at + HEADER, end),
    });
    at = end;
  }
  return records;
}

export function writeRecord({ type, epoch, sequence, body }: DtlsRecord): Buffer {
  const out = Buffer.alloc(HEADER + body.length);
  out.writeUInt8(type);
  out.writeUInt16BE(DTLS_1_2, 1);
  out.writeUInt16BE(epoch, 3);
  out.writeUIntBE(sequence, 5, 6);
  out.writeUInt16BE(body.length, 11);
  body.copy(out, HEADER);
  return out;
}

/** AES-128-GCM of one direction. */
export class RecordCipher {
  readonly #key: Buffer;
  readonly #salt: Buffer;
  #highest = -1;
  readonly #seen = new Set<number>();

  /** @param key 16 bytes; @param salt 4 bytes, the fixed part of the nonce */
  constructor(key: Buffer, salt: Buffer) {
    this.#key = key;
    this.#salt = salt;
  }

  seal(record: DtlsRecord): DtlsRecord {
    const explicit = additional(record, 0).subarray(0, NONCE);
    const cipher = createCipheriv("aes-128-gcm", this.#key, Buffer.concat([this.#salt, explicit]));
    cipher.setAAD(additional(record, record.body.length));
    const sealed = Buffer.concat([cipher.update(record.body), cipher.final()]);
    return { ...record, body: Buffer.concat([explicit, sealed, cipher.getAuthTag()]) };
  }

  /** @returns the body in plain; undefined where it proves false, came before, or is too old */
  open(record: DtlsRecord): Buffer | undefined {
    const { body, sequence } = record;
    const length = body.length - NONCE - TAG;
    if (length < 0 || sequence <= this.#highest - REPLAY_WINDOW || this.#seen.has(sequence)) return undefined;
    const nonce = Buffer.concat([this.#salt, body.subarray(0, NONCE)]);
    const decipher = createDecipheriv("aes-128-gcm", this.#key, nonce, { authTagLength: TAG });
    decipher.setAAD(additional(record, length));
    decipher.setAuthTag(body.subarray(body.length - TAG));
    const plain = decipher.update(body.subarray(NONCE, body.length - TAG));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    this.#highest = Math.max(this.#highest, sequence);
    this.#seen.add(sequence);
    for (const old of this.#seen) if (old <= this.#highest - REPLAY_WINDOW) this.#seen.delete(old);
    return plain;
  }
}

/** RFC 5246 §6.2.3.3; its first eight bytes are also the part of the nonce that is sent. */
function additional({ type, epoch, sequence }: DtlsRecord, length: number): Buffer {
  const out = Buffer.alloc(13);
  out.writeUInt16BE(epoch);
  out.writeUIntBE(sequence, 2, 6);
  out.writeUInt8(type, 8);
  out.writeUInt16BE(DTLS_1_2, 9);
  out.writeUInt16BE(length, 11);
  return out;
}

/** TLS 1.2's pseudorandom function with SHA-256 (RFC 5246 §5). */
export function pseudorandom(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, "latin1"), seed]);
  const hmac = (data: Buffer) => createHmac("sha256", secret).update(data).digest();
  const parts: Buffer[] = [];
  for (let a = hmac(labelled), made = 0; made < length; a = hmac(a), made += 32)
    parts.push(hmac(Buffer.concat([a, labelled])));
  return Buffer.concat(parts).subarray(0, length);
}

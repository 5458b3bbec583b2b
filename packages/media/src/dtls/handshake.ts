// Handshake messages of DTLS 1.2: put together from fragments, and read (RFC 6347 §4.2, RFC 5246 §7.4).

export const handshakeType = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

export const extension = {
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiation: 0xff01,
} as const;

const HEADER = 12;
/** Longest message, bytes: a browser's hello with keys of several kinds has less than 2000, its certificate 300. */
const MAX_MESSAGE = 8192;
/** Messages ahead of the one that is waited for, whose fragments are kept. */
const MAX_AHEAD = 5;

export interface HandshakeMessage {
  type: number;
  sequence: number;
  body: Buffer;
}

interface Partial {
  type: number;
  body: Buffer;
  have: Uint8Array;
  missing: number;
}

/** A message's bytes as if it had been sent in one piece, which is how the transcript has it. */
export function wholeMessage({ type, sequence, body }: HandshakeMessage): Buffer {
  return fragmentOf({ type, sequence, body }, 0, body.length);
}

export function fragmentOf(
  { type, sequence, body }: HandshakeMessage,
  offset: number,
  length: number,
): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt8(type);
  head.writeUIntBE(body.length, 1, 3);
  head.writeUInt16BE(sequence, 4);
  head.writeUIntBE(offset, 6, 3);
  head.writeUIntBE(length, 9, 3);
  return Buffer.concat([head, body.subarray(offset, offset + length)]);
}

export class Reassembly {
  /** Number of the message that comes next. */
  #next = 0;
  readonly #partial = new Map<number, Partial>();

  /**
   * Takes the fragments of one record.
   * @param epoch of the record: Finished comes under the new keys, all before it in plain
   * @returns whether the peer sent again what we have, the last message of a flight
   */
  add(body: Buffer, epoch: number): boolean {
    let repeated = false;
    for (let at = 0; at + HEADER <= body.length; ) {
      const type = body.readUInt8(at);
      const length = body.readUIntBE(at + 1, 3);
      const sequence = body.readUInt16BE(at + 4);
      const offset = body.readUIntBE(at + 6, 3);
      const size = body.readUIntBE(at + 9, 3);
      const start = at + HEADER;
      at = start + size;
      if (at > body.length || offset + size > length || length > MAX_MESSAGE) break;
      if ((type === handshakeType.finished ? 1 : 0) !== epoch) continue;
      if (sequence < this.#next) {
        const ends = type === handshakeType.clientHello || type === handshakeType.finished;
        repeated ||= ends && offset + size === length;
      } else if (sequence <= this.#next + MAX_AHEAD)
        this.#keep(type, sequence, length, offset, body.subarray(start, at));
    }
    return repeated;
  }

  /** The message that comes next, once it is whole. */
  take(): HandshakeMessage | undefined {
    const partial = this.#partial.get(this.#next);
    if (partial === undefined || partial.missing > 0) return undefined;
    this.#partial.delete(this.#next);
    return { type: partial.type, sequence: this.#next++, body: partial.body };
  }

  #keep(type: number, sequence: number, length: number, offset: number, bytes: Buffer): void {
    let partial = this.#partial.get(sequence);
    if (partial === undefined) {
      partial = { type, body: Buffer.alloc(length), have: new Uint8Array(length), missing: length };
      this.#partial.set(sequence, partial);
    }
    if (partial.type !== type || partial.body.length !== length) return;
    for (const [i, byte] of bytes.entries()) {
      if (partial.have[offset + i] === 1) continue;
      partial.have[offset + i] = 1;
      partial.body[offset + i] = byte;
      partial.missing -= 1;
    }
  }
}

/** Reads vectors; what is cut short is a RangeError. */
export class VectorReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(size: number): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new RangeError("A handshake message is cut short.");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** @param size bytes of the length before it */
  vector(size: number): Buffer {
    return this.bytes(this.number(size));
  }

  end(): void {
    if (this.left > 0) throw new RangeError("A handshake message is too long.");
  }
}

export function vector(size: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const head = Buffer.alloc(size);
  head.writeUIntBE(content.length, 0, size);
  return Buffer.concat([head, content]);
}

export function words(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) out.writeUInt16BE(value, i * 2);
  return out;
}

/** Whether a list of 16-bit numbers has one. */
export function holds(list: Buffer | undefined, value: number): boolean {
  if (list === undefined) return false;
  for (let at = 0; at + 2 <= list.length; at += 2) if (list.readUInt16BE(at) === value) return true;
  return false;
}

export interface ClientHello {
  random: Buffer;
  cipherSuites: Buffer;
  extensions: ReadonlyMap<number, Buffer>;
}

/** @throws RangeError where it is malformed */
export function readClientHello(body: Buffer): ClientHello {
  const reader = new VectorReader(body);
  // DTLS counts downwards: 1.2 is 0xfefd, and what a later one says here too
  if (reader.number(2) > 0xfefd) throw new RangeError("The client speaks DTLS 1.0 alone.");
  const random = Buffer.from(reader.bytes(32));
  reader.vector(1);
  reader.vector(1);
  const cipherSuites = reader.vector(2);
  if (!reader.vector(1).includes(0)) throw new RangeError("The client insists on compression.");
  const extensions = new Map<number, Buffer>();
  if (reader.left > 0) {
    const list = new VectorReader(reader.vector(2));
    while (list.left > 0) {
      const type = list.number(2);
      if (extensions.has(type)) throw new RangeError("An extension stands twice.");
      extensions.set(type, list.vector(2));
    }
  }
  reader.end();
  return { random, cipherSuites, extensions };
}

// DTLS 1.2 as the server of a WebRTC call (RFC 6347, 5764, 8827): ECDHE-ECDSA on P-256 with AES-128-GCM, extended master
// secret, and a client that proves to have the certificate whose fingerprint stands in the SDP. Driven by the client's
// retransmissions: no timer. Fed from sources alone that have proved themselves by ICE, so it needs no cookie.

import {
  createECDH,
  createHash,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
  X509Certificate,
} from "node:crypto";
import {
  type ClientHello,
  extension,
  fragmentOf,
  type HandshakeMessage,
  handshakeType,
  holds,
  Reassembly,
  readClientHello,
  VectorReader,
  vector,
  wholeMessage,
  words,
} from "./handshake.ts";
import { contentType, DTLS_1_2, pseudorandom, RecordCipher, readRecords, writeRecord } from "./record.ts";

const ECDHE_ECDSA_AES_128_GCM_SHA256 = 0xc02b;
const RENEGOTIATION_SIGNAL = 0x00ff;
const P_256 = 23;
const ECDSA_P256_SHA256 = 0x0403;
const SRTP_AES128_CM_SHA1_80 = 0x0001;
const ECDSA_SIGN = 64;
/** Bytes of a datagram of ours: what passes everywhere. */
const MAX_DATAGRAM = 1200;
const MAX_FRAGMENT = 1100;
/** Times that a flight is sent again: a client asks at 1, 2, 4 s and so on. */
const MAX_REPEATS = 24;
const FATAL = 2;

const alerts = {
  close_notify: 0,
  unexpected_message: 10,
  handshake_failure: 40,
  bad_certificate: 42,
  decode_error: 50,
  decrypt_error: 51,
} as const;

export type DtlsState = "waiting" | "shaking" | "connected" | "failed" | "closed";

/** Why a handshake failed. */
export type DtlsFailure =
  | "nothing_in_common"
  | "malformed"
  | "out_of_order"
  | "wrong_fingerprint"
  | "wrong_signature"
  | "wrong_finished";

export interface DtlsServerOptions {
  /** DER of our certificate, on a P-256 key. */
  readonly certificate: Buffer;
  readonly privateKey: KeyObject;
  /** SHA-256 of the client's certificate, from its SDP; 32 bytes. */
  readonly clientFingerprint: Buffer;
}

/** Master key (16 bytes) and salt (14 bytes) of a direction. */
export interface SrtpMaster {
  readonly key: Buffer;
  readonly salt: Buffer;
}

class Refusal extends Error {
  readonly failure: DtlsFailure;
  readonly alert: number;

  constructor(failure: DtlsFailure, alert: keyof typeof alerts) {
    super(failure);
    this.failure = failure;
    this.alert = alerts[alert];
  }
}

interface Outgoing {
  type: number;
  epoch: 0 | 1;
  message: HandshakeMessage | undefined;
  body: Buffer;
}

/** What the client sends after our hello, in this order. */
const order = [
  handshakeType.clientHello,
  handshakeType.certificate,
  handshakeType.clientKeyExchange,
  handshakeType.certificateVerify,
  handshakeType.finished,
] as const;

export class DtlsServer {
  readonly #options: DtlsServerOptions;
  readonly #reassembly = new Reassembly();
  readonly #ecdh = createECDH("prime256v1");
  readonly #random = randomBytes(32);
  readonly #sequences: [number, number] = [0, 0];
  readonly #transcript: Buffer[] = [];
  #flight: Outgoing[] = [];
  #sentMessages = 0;
  #repeats = 0;
  #clientRandom: Buffer = Buffer.alloc(32);
  #clientKey: KeyObject | undefined;
  #master: Buffer | undefined;
  #opener: RecordCipher | undefined;
  #sealer: RecordCipher | undefined;
  #state: DtlsState = "waiting";
  /** Set with state `failed`. */
  failure: DtlsFailure | undefined;
  /** Keys of the call's audio by direction; set with state `connected`. */
  srtp: { readonly client: SrtpMaster; readonly server: SrtpMaster } | undefined;

  constructor(options: DtlsServerOptions) {
    this.#options = options;
    this.#ecdh.generateKeys();
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** @returns datagrams to send back to where this one came from */
  receive(datagram: Buffer): Buffer[] {
    if (this.#state === "failed" || this.#state === "closed") return [];
    let repeated = false;
    try {
      for (const record of readRecords(datagram)) {
        if (record.epoch > 1) continue;
        const body = record.epoch === 0 ? record.body : this.#opener?.open(record);
        if (body === undefined) continue;
        if (record.type === contentType.handshake)
          repeated = this.#reassembly.add(body, record.epoch) || repeated;
        // an alert in plain could be anybody's
        else if (record.type === contentType.alert && record.epoch === 1) {
          if (body[0] === FATAL || body[1] === alerts.close_notify) this.#state = "closed";
          return [];
        }
        const out = this.#advance();
        if (out.length > 0) return out;
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#state = "failed";
      this.failure = error.failure;
      return this.#send([this.#alert(FATAL, error.alert)]);
    }
    if (!repeated || this.#repeats >= MAX_REPEATS) return [];
    this.#repeats += 1;
    return this.#send(this.#flight);
  }

  /** @returns what tells the client that this is over */
  close(): Buffer[] {
    const tell = this.#state === "connected";
    if (this.#state !== "failed") this.#state = "closed";
    return tell ? this.#send([this.#alert(1, alerts.close_notify)]) : [];
  }

  #advance(): Buffer[] {
    // once keys stand, what comes in plain can ask for a repetition and no more
    if (this.#state === "connected") return [];
    for (let message = this.#reassembly.take(); message !== undefined; message = this.#reassembly.take()) {
      if (message.type !== order[message.sequence]) throw new Refusal("out_of_order", "unexpected_message");
      const out = this.#handle(message);
      if (out.length > 0) return out;
    }
    return [];
  }

  #handle(message: HandshakeMessage): Buffer[] {
    const { type, body } = message;
    // these two cover all that came before, not themselves
    if (type === handshakeType.certificateVerify) this.#checkSignature(body);
    if (type === handshakeType.finished) this.#checkFinished(body);
    this.#transcript.push(wholeMessage(message));
    if (type === handshakeType.clientHello) return this.#greet(readOrRefuse(() => readClientHello(body)));
    if (type === handshakeType.certificate) this.#checkCertificate(body);
    if (type === handshakeType.clientKeyExchange) this.#agree(body);
    return type === handshakeType.finished ? this.#finish() : [];
  }

  #greet({ random, cipherSuites, extensions }: ClientHello): Buffer[] {
    const list = (type: number) =>
      readOrRefuse(() => {
        const value = extensions.get(type);
        return value === undefined ? undefined : new VectorReader(value).vector(2);
      });
    const common =
      holds(cipherSuites, ECDHE_ECDSA_AES_128_GCM_SHA256) &&
      holds(list(extension.supportedGroups), P_256) &&
      holds(list(extension.signatureAlgorithms), ECDSA_P256_SHA256) &&
      holds(list(extension.useSrtp), SRTP_AES128_CM_SHA1_80) &&
      extensions.has(extension.extendedMasterSecret);
    if (!common) throw new Refusal("nothing_in_common", "handshake_failure");
    this.#state = "shaking";
    this.#clientRandom = random;
    const answer = (type: number, value: Buffer) => Buffer.concat([words(type), vector(2, value)]);
    const renegotiation =
      extensions.has(extension.renegotiation) || holds(cipherSuites, RENEGOTIATION_SIGNAL)
        ? [answer(extension.renegotiation, Buffer.of(0))]
        : [];
    const hello = Buffer.concat([
      words(DTLS_1_2),
      this.#random,
      vector(1),
      words(ECDHE_ECDSA_AES_128_GCM_SHA256),
      Buffer.of(0),
      vector(
        2,
        answer(extension.extendedMasterSecret, Buffer.alloc(0)),
        answer(extension.useSrtp, Buffer.concat([vector(2, words(SRTP_AES128_CM_SHA1_80)), vector(1)])),
        ...(extensions.has(extension.pointFormats)
          ? [answer(extension.pointFormats, vector(1, Buffer.of(0)))]
          : []),
        ...renegotiation,
      ),
    ]);
    const parameters = Buffer.concat([Buffer.of(3), words(P_256), vector(1, this.#ecdh.getPublicKey())]);
    const signature = sign(
      "sha256",
      Buffer.concat([random, this.#random, parameters]),
      this.#options.privateKey,
    );
    this.#flight = [
      this.#say(handshakeType.serverHello, hello),
      this.#say(handshakeType.certificate, vector(3, vector(3, this.#options.certificate))),
      this.#say(
        handshakeType.serverKeyExchange,
        Buffer.concat([parameters, words(ECDSA_P256_SHA256), vector(2, signature)]),
      ),
      this.#say(
        handshakeType.certificateRequest,
        Buffer.concat([vector(1, Buffer.of(ECDSA_SIGN)), vector(2, words(ECDSA_P256_SHA256)), vector(2)]),
      ),
      this.#say(handshakeType.serverHelloDone, Buffer.alloc(0)),
    ];
    return this.#send(this.#flight);
  }

  #checkCertificate(body: Buffer): void {
    const der = readOrRefuse(() => {
      const reader = new VectorReader(body);
      const chain = new VectorReader(reader.vector(3));
      reader.end();
      return chain.left === 0 ? Buffer.alloc(0) : chain.vector(3);
    });
    const fingerprint = createHash("sha256").update(der).digest();
    const expected = this.#options.clientFingerprint;
    if (expected.length !== fingerprint.length || !timingSafeEqual(fingerprint, expected))
      throw new Refusal("wrong_fingerprint", "bad_certificate");
    try {
      this.#clientKey = new X509Certificate(der).publicKey;
    } catch {
      throw new Refusal("malformed", "bad_certificate");
    }
    if (this.#clientKey.asymmetricKeyDetails?.namedCurve !== "prime256v1")
      throw new Refusal("nothing_in_common", "bad_certificate");
  }

  /** Keys of the records, from both sides' points and all that was said so far (RFC 7627). */
  #agree(body: Buffer): void {
    const point = readOrRefuse(() => {
      const reader = new VectorReader(body);
      const value = reader.vector(1);
      reader.end();
      return value;
    });
    let shared: Buffer;
    try {
      shared = this.#ecdh.computeSecret(point);
    } catch {
      throw new Refusal("malformed", "decode_error");
    }
    this.#master = pseudorandom(shared, "extended master secret", this.#digest(), 48);
    const seed = Buffer.concat([this.#random, this.#clientRandom]);
    const block = pseudorandom(this.#master, "key expansion", seed, 40);
    this.#opener = new RecordCipher(block.subarray(0, 16), block.subarray(32, 36));
    this.#sealer = new RecordCipher(block.subarray(16, 32), block.subarray(36, 40));
  }

  #checkSignature(body: Buffer): void {
    const { algorithm, signature } = readOrRefuse(() => {
      const reader = new VectorReader(body);
      const read = { algorithm: reader.number(2), signature: reader.vector(2) };
      reader.end();
      return read;
    });
    const key = this.#clientKey;
    if (
      key === undefined ||
      algorithm !== ECDSA_P256_SHA256 ||
      !verify("sha256", Buffer.concat(this.#transcript), key, signature)
    )
      throw new Refusal("wrong_signature", "decrypt_error");
  }

  #checkFinished(body: Buffer): void {
    const expected = this.#verifyData("client finished");
    if (body.length !== expected.length || !timingSafeEqual(body, expected))
      throw new Refusal("wrong_finished", "decrypt_error");
  }

  #finish(): Buffer[] {
    const finished = this.#say(handshakeType.finished, this.#verifyData("server finished"), 1);
    this.#flight = [
      { type: contentType.changeCipherSpec, epoch: 0, message: undefined, body: Buffer.of(1) },
      finished,
    ];
    this.#repeats = 0;
    // RFC 5764 §4.2
    const seed = Buffer.concat([this.#clientRandom, this.#random]);
    const keys = pseudorandom(this.#agreed(), "EXTRACTOR-dtls_srtp", seed, 60);
    this.srtp = {
      client: { key: keys.subarray(0, 16), salt: keys.subarray(32, 46) },
      server: { key: keys.subarray(16, 32), salt: keys.subarray(46, 60) },
    };
    this.#state = "connected";
    return this.#send(this.#flight);
  }

  #agreed(): Buffer {
    if (this.#master === undefined) throw new Refusal("out_of_order", "unexpected_message");
    return this.#master;
  }

  #verifyData(label: string): Buffer {
    return pseudorandom(this.#agreed(), label, this.#digest(), 12);
  }

  #digest(): Buffer {
    return createHash("sha256").update(Buffer.concat(this.#transcript)).digest();
  }

  #say(type: number, body: Buffer, epoch: 0 | 1 = 0): Outgoing {
    const message = { type, sequence: this.#sentMessages++, body };
    this.#transcript.push(wholeMessage(message));
    return { type: contentType.handshake, epoch, message, body };
  }

  #alert(level: number, description: number): Outgoing {
    const epoch = this.#state === "connected" || this.#state === "closed" ? 1 : 0;
    return { type: contentType.alert, epoch, message: undefined, body: Buffer.of(level, description) };
  }

  /** Records with numbers of their own each time, as many to a datagram as fit. */
  #send(flight: readonly Outgoing[]): Buffer[] {
    const datagrams: Buffer[] = [];
    let filling: Buffer[] = [];
    let size = 0;
    for (const { type, epoch, message, body } of flight)
      for (const part of message === undefined ? [body] : fragments(message)) {
        const plain = { type, epoch, sequence: this.#sequences[epoch]++, body: part };
        const bytes = writeRecord(epoch === 1 ? (this.#sealer?.seal(plain) ?? plain) : plain);
        if (size + bytes.length > MAX_DATAGRAM && size > 0) {
          datagrams.push(Buffer.concat(filling));
          filling = [];
          size = 0;
        }
        filling.push(bytes);
        size += bytes.length;
      }
    return size === 0 ? datagrams : [...datagrams, Buffer.concat(filling)];
  }
}

function fragments(message: HandshakeMessage): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < message.body.length; at += MAX_FRAGMENT)
    parts.push(fragmentOf(message, at, Math.min(MAX_FRAGMENT, message.body.length - at)));
  return parts;
}

function readOrRefuse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal("malformed", "decode_error");
    throw error;
  }
}

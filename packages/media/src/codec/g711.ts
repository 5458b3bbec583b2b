/**
 * G.711 (ITU-T G.711, 1988) by tables: 64 KiB from sample to byte, 256 entries back, one pair a law.
 *
 * The tables are filled at load from the segments of the standard. A linear sample is 16 bits here; µ-law works on
 * its upper 14 bits and A-law on its upper 13, as the standard's uniform codes do (tables 1a to 2b).
 */

export type CodecName = "PCMU" | "PCMA";

export interface AudioCodec {
  readonly name: CodecName;
  /** Static RTP payload type, RFC 3551 §6. */
  readonly payloadType: number;
  /** RTP clock rate and sample rate, Hz. */
  readonly clockRate: number;
  /** The byte that decodes to the quietest sample: what silence is on the wire. */
  readonly silence: number;
  /** Writes one byte a sample at `out[offset…]`. Allocates nothing; throws nothing while `out` is long enough. */
  encode(pcm: Int16Array, out: Uint8Array, offset: number): void;
  /** Reads `length` bytes at `bytes[offset…]` into `out[0…]`, one sample each. Allocates nothing. */
  decode(bytes: Uint8Array, offset: number, length: number, out: Int16Array): void;
}

/** µ-law: a bias of 33 makes every segment start at a power of two; all bits are inverted on the wire. */
function decodeMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const segment = (code >> 4) & 7;
  const step = code & 15;
  const magnitude = (((step << 1) | 33) << segment) - 33;
  return (code & 0x80 ? -magnitude : magnitude) * 4;
}

/** A-law: even bits are inverted on the wire (XOR 0x55); the sign bit is set for positive values. */
function decodeALaw(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 7;
  const step = code & 15;
  const magnitude = segment === 0 ? (step << 1) | 1 : ((step << 1) | 33) << (segment - 1);
  return (code & 0x80 ? magnitude : -magnitude) * 8;
}

function encodeMuLaw(sample: number): number {
  const uniform = sample >> 2; // 14 bits; an arithmetic shift, so that -1…-4 belong to the first negative step
  const negative = uniform < 0;
  const magnitude = Math.min((negative ? -uniform - 1 : uniform) + 33, 0x1fff);
  const segment = 26 - Math.clz32(magnitude); // the leading bit of 33…8191 stands at 5…12
  const step = (magnitude >> (segment + 1)) & 15;
  return ~((negative ? 0x80 : 0) | (segment << 4) | step) & 0xff;
}

function encodeALaw(sample: number): number {
  const uniform = sample >> 3; // 13 bits
  const negative = uniform < 0;
  const magnitude = negative ? -uniform - 1 : uniform;
  const segment = magnitude < 32 ? 0 : 27 - Math.clz32(magnitude);
  const step = (segment === 0 ? magnitude >> 1 : magnitude >> segment) & 15;
  return ((negative ? 0 : 0x80) | (segment << 4) | step) ^ 0x55;
}

function tableCodec(
  name: CodecName,
  payloadType: number,
  silence: number,
  encodeSample: (sample: number) => number,
  decodeByte: (byte: number) => number,
): AudioCodec {
  const toByte = new Uint8Array(65536);
  for (let sample = -32768; sample < 32768; sample++) toByte[sample & 0xffff] = encodeSample(sample);
  const toSample = new Int16Array(256);
  for (let byte = 0; byte < 256; byte++) toSample[byte] = decodeByte(byte);
  return {
    name,
    payloadType,
    clockRate: 8000,
    silence,
    encode(pcm, out, offset) {
      const length = pcm.length;
      for (let i = 0; i < length; i++) out[offset + i] = toByte[(pcm[i] as number) & 0xffff] as number;
    },
    decode(bytes, offset, length, out) {
      for (let i = 0; i < length; i++) out[i] = toSample[bytes[offset + i] as number] as number;
    },
  };
}

/** µ-law, North America and Japan. Silence is 0xFF (+0). */
export const pcmu: AudioCodec = tableCodec("PCMU", 0, 0xff, encodeMuLaw, decodeMuLaw);
/** A-law, the rest of the world and every international call. Silence is 0xD5 (+1 step: A-law has no zero). */
export const pcma: AudioCodec = tableCodec("PCMA", 8, 0xd5, encodeALaw, decodeALaw);

export const codecs: Readonly<Record<CodecName, AudioCodec>> = { PCMU: pcmu, PCMA: pcma };

// Hearing what a peer recorded: WAV in, loudness, silences, and words where pocketsphinx is installed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./peer.ts";

export interface Wav {
  sampleRate: number;
  channels: Int16Array[];
  seconds: number;
}

/** Reads 16-bit PCM WAV; takes what is there when the header's length says more (a file still being written). */
export function readWav(bytes: Buffer): Wav {
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE") {
    throw new Error("not a WAV file");
  }
  let channelCount = 0;
  let sampleRate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name === "fmt ") {
      channelCount = body.readUInt16LE(2);
      sampleRate = body.readUInt32LE(4);
      if (body.readUInt16LE(14) !== 16) throw new Error("not 16-bit PCM");
    } else if (name === "data") {
      if (channelCount === 0) throw new Error("data before fmt");
      const frames = Math.floor(body.length / 2 / channelCount);
      const channels = Array.from({ length: channelCount }, (_unused, channel) => {
        const samples = new Int16Array(frames);
        for (let frame = 0; frame < frames; frame++) {
          samples[frame] = body.readInt16LE((frame * channelCount + channel) * 2);
        }
        return samples;
      });
      return { sampleRate, channels, seconds: frames / sampleRate };
    }
    at += 8 + length + (length & 1);
  }
  throw new Error("no data chunk");
}

/** A mono 16-bit WAV file of these samples. */
export function wavOf(samples: Int16Array, sampleRate = 8_000): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + samples.length * 2, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(samples.length * 2, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.length * 2)]);
}

/** Root mean square of these samples, 0 to 32767. */
export function loudness(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** Loudness of each 20 ms. */
export function envelope(samples: Int16Array, sampleRate: number): number[] {
  const step = sampleRate / 50;
  const out: number[] = [];
  for (let at = 0; at + step <= samples.length; at += step)
    out.push(loudness(samples.subarray(at, at + step)));
  return out;
}

/** Quieter than this is silence: G.711's own noise and dither stay well below. */
const SPEECH_THRESHOLD = 150;

/** Seconds of 20 ms frames that hold sound. */
export function soundSeconds(samples: Int16Array, sampleRate: number): number {
  return envelope(samples, sampleRate).filter((level) => level > SPEECH_THRESHOLD).length / 50;
}

/** Longest silence between the first and the last sound, seconds. */
export function longestSilence(samples: Int16Array, sampleRate: number): number {
  const levels = envelope(samples, sampleRate);
  const first = levels.findIndex((level) => level > SPEECH_THRESHOLD);
  const last = levels.findLastIndex((level) => level > SPEECH_THRESHOLD);
  let longest = 0;
  let run = 0;
  for (const level of levels.slice(Math.max(first, 0), last + 1)) {
    run = level > SPEECH_THRESHOLD ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest / 50;
}

/** A sine, for callers that must make a sound. */
export function tone(hertz: number, seconds: number, amplitude = 8_000, sampleRate = 8_000): Int16Array {
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  for (let at = 0; at < samples.length; at++) {
    samples[at] = Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / sampleRate));
  }
  return samples;
}

/** One sample as µ-law (ITU-T G.711): the harness has its own so that a fault of ours cannot hide behind itself. */
export function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** The sample of a µ-law byte. */
export function fromMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = (((code & 0x0f) << 3) + 132) << ((code >> 4) & 7);
  return code & 0x80 ? 132 - magnitude : magnitude - 132;
}

/** Strength of one frequency in these samples (Goertzel), as the amplitude of a sine that would give it. */
export function strengthAt(samples: Int16Array, hertz: number, sampleRate = 8_000): number {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate);
  let before = 0;
  let beforeThat = 0;
  for (const sample of samples) {
    const now = sample + factor * before - beforeThat;
    beforeThat = before;
    before = now;
  }
  const power = before * before + beforeThat * beforeThat - factor * before * beforeThat;
  return samples.length === 0 ? 0 : (2 * Math.sqrt(Math.max(power, 0))) / samples.length;
}

/** Strength of a frequency in the 100 ms where it is strongest: a loaded machine tears holes into a test's own sound. */
export function strongestAt(samples: Int16Array, hertz: number, sampleRate = 8_000): number {
  const step = sampleRate / 10;
  let strongest = 0;
  for (let at = 0; at + step <= samples.length; at += step) {
    strongest = Math.max(strongest, strengthAt(samples.subarray(at, at + step), hertz, sampleRate));
  }
  return strongest;
}

const MODEL = "/usr/share/pocketsphinx/model/en-us";

/** True where Debian's recogniser and its English model are installed. */
export function canRecognise(): boolean {
  return findProgram("pocketsphinx_batch") !== undefined && existsSync(join(MODEL, "en-us.lm.bin"));
}

/** Words that pocketsphinx hears in 8 kHz audio: the whole utterance at once, as live mean normalisation fails on G.711. */
export function recognise(samples: Int16Array): string[] {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-hear-"));
  try {
    const wide = upsampleTwice(samples);
    writeFileSync(join(folder, "heard.raw"), Buffer.from(wide.buffer, wide.byteOffset, wide.length * 2));
    writeFileSync(join(folder, "list"), "heard\n");
    const at = (name: string): string => join(folder, name);
    const parameters = [
      "-adcin",
      "yes",
      "-cepdir",
      folder,
      "-cepext",
      ".raw",
      "-ctl",
      at("list"),
      "-hyp",
      at("words"),
    ];
    parameters.push("-hmm", join(MODEL, "en-us"), "-lm", join(MODEL, "en-us.lm.bin"));
    parameters.push("-dict", join(MODEL, "cmudict-en-us.dict"), "-logfn", at("log"));
    execFileSync("pocketsphinx_batch", parameters, { stdio: "ignore", timeout: 60_000 });
    const line = readFileSync(at("words"), "utf8");
    // "the words (heard -12345)"
    return line
      .replace(/\(heard.*$/s, "")
      .trim()
      .toLowerCase()
      .split(/\s+/)
      .filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 8 to 16 kHz by a windowed sinc of 32 taps: the model is made for 16 kHz. */
function upsampleTwice(samples: Int16Array): Int16Array {
  const half = 16;
  const taps = Array.from({ length: 2 * half }, (_unused, index) => {
    const distance = index - half + 0.5;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
    return (Math.sin(Math.PI * distance) / (Math.PI * distance)) * window;
  });
  const out = new Int16Array(samples.length * 2);
  for (let at = 0; at < samples.length; at++) {
    out[2 * at] = samples[at] ?? 0;
    let sum = 0;
    for (const [index, tap] of taps.entries()) sum += (samples[at + index - half + 1] ?? 0) * tap;
    out[2 * at + 1] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
}

/** Words of a text, for comparison with what was heard. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z']+/g) ?? [];
}

/** Share (0 to 1) of the expected words, each counted once, that were heard. */
export function shareHeard(expected: readonly string[], heard: readonly string[]): number {
  const wanted = new Set(expected);
  const found = [...wanted].filter((word) => heard.includes(word));
  return wanted.size === 0 ? 0 : found.length / wanted.size;
}

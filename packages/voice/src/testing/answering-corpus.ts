// Answers to a phone call, made on the spot: what people say, what machines say, and what the line does to both.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Resampler } from "../audio/resampler.ts";
import type { FliteEngine } from "../tts/flite-engine.ts";
import { type FliteVoice, fliteVoices } from "../tts/flite-voices.ts";
import { sentences, speakable } from "../tts/speakable-text.ts";
import { overG711 } from "./g711-line.ts";

/** Ms of silence, a text to be spoken, or a beep. */
type Part = number | string | { hertz: number; ms: number };

export interface Answer {
  name: string;
  who: "human" | "machine";
  /** Clean, at its own level. */
  pcm: Int16Array;
  /** Ms at which the beep ends; undefined where none is. */
  beepEndsAt: number | undefined;
}

/** How people answer. The last ones are a business's, long for a person. */
const people: Part[][] = [
  [500, "Hello?"],
  [200, "Hi."],
  [900, "Yes?"],
  [0, "Hello, this is John."],
  [400, "Smith speaking."],
  [700, "Good morning, Anna speaking."],
  [300, "Hello.", 450, "Hello?"],
  [600, "Yes, hello, who is this?"],
  [500, "Brown and sons, good morning."],
  [800, "Reception, how can I help you?"],
  [1500, "Hello? Who is calling please?"],
];

/** Business greetings: longer than the detector allows a person, by the clock alone not told from a machine. */
const businesses: Part[][] = [
  [500, "Good afternoon, thank you for calling the dental office, this is Maria, how can I help you?"],
  [300, "Thank you for calling Acme Plumbing, my name is Peter, what can I do for you today?"],
];

const beep = (hertz: number, ms: number): Part => ({ hertz, ms });

/** How machines do. */
const machines: Part[][] = [
  [
    700,
    "Hello, you have reached John Smith. I can not come to the phone right now. Please leave a message after the tone.",
    700,
    beep(1000, 400),
  ],
  [
    400,
    "Hi, this is Anna.",
    500,
    "I am not here right now, so leave me a message and I will call you back.",
    900,
    beep(1400, 250),
  ],
  [
    1200,
    "The person you are calling is not available. At the tone, please record your message. When you have finished recording, you may hang up.",
    500,
    beep(850, 600),
  ],
  [
    300,
    "Welcome to the voice mailbox of",
    350,
    "Peter Brown.",
    400,
    "Please leave your message after the beep.",
    600,
    beep(440, 500),
  ],
  [500, "Hi! Leave a message after the beep.", 500, beep(2000, 200)],
  [
    600,
    "You have reached the Miller family. We are out. Please leave your name and number.",
    1000,
    beep(620, 1000),
  ],
  [
    900,
    "Your call has been forwarded to an automatic voice message system.",
    300,
    "5 5 5, 0 1 0 0",
    300,
    "is not available. At the tone, please record your message.",
    800,
    beep(1000, 120),
  ],
  [
    200,
    "Thank you for calling Acme Plumbing. Our office is closed. Our opening hours are Monday to Friday, nine to five. Please call again.",
  ],
  [500, "Hey.", 700, "This is Tom. You know what to do.", 600, beep(1200, 300)],
  [300, "Hello.", 650, "I can not answer the phone right now, please leave a message.", 1100, beep(950, 350)],
];

/** Speaks the corpus in each voice. People of pocketsphinx's test data come too, where `clips` names its folder. */
export async function answeringCorpus(
  engine: FliteEngine,
  options: { voices?: readonly FliteVoice[]; clips?: string } = {},
): Promise<{ answers: Answer[]; businesses: Answer[] }> {
  const answers: Answer[] = [];
  const long: Answer[] = [];
  for (const voice of options.voices ?? fliteVoices) {
    for (const [list, who, into] of [
      [people, "human", answers],
      [machines, "machine", answers],
      [businesses, "human", long],
    ] as const) {
      for (const parts of list) into.push(await spoken(engine, voice, who, parts));
    }
  }
  if (options.clips !== undefined) answers.push(...(await clipsOf(options.clips)));
  return { answers, businesses: long };
}

async function spoken(
  engine: FliteEngine,
  voice: FliteVoice,
  who: Answer["who"],
  parts: Part[],
): Promise<Answer> {
  const pieces: Int16Array[] = [];
  let beepEndsAt: number | undefined;
  for (const part of parts) {
    if (typeof part === "number") pieces.push(silence(part));
    else if (typeof part === "string") {
      for (const sentence of sentences(part))
        pieces.push(await engine.synthesise(speakable(sentence), voice, 8000));
    } else {
      pieces.push(tone(part.hertz, part.ms));
      beepEndsAt = pieces.reduce((sum, piece) => sum + piece.length, 0) / 8;
    }
  }
  const text = parts.filter((part) => typeof part === "string").join(" ");
  return { name: `${voice}: ${text}`, who, pcm: joined(pieces), beepEndsAt };
}

/** Short sentences of people as a person's answer, read sentences put together as a machine's. */
async function clipsOf(folder: string): Promise<Answer[]> {
  const down = await Resampler.create(16_000, 8000);
  const answers: Answer[] = [];
  const read = (path: string): Int16Array => {
    const bytes = readFileSync(path);
    const data = path.endsWith(".wav") ? bytes.subarray(44) : bytes;
    return down.clip(
      new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + (data.length & ~1))),
    );
  };
  // 005 names three cards in 3.5 s, "something" is a phrase of 3 s: no greetings of people
  for (const name of ["cards/001.wav", "cards/002.wav", "cards/003.wav", "cards/004.wav", "goforward.raw"]) {
    const pcm = joined([silence(400), read(join(folder, name))]);
    answers.push({ name: `clip ${name}`, who: "human", pcm, beepEndsAt: undefined });
  }
  const books = readdirSync(join(folder, "librivox")).filter((file) => file.endsWith(".wav"));
  for (const [index, first] of books.entries()) {
    const next = books[(index + 1) % books.length] as string;
    const pieces = [600, first, next].map((part) =>
      typeof part === "number" ? silence(part) : read(join(folder, "librivox", part)),
    );
    pieces.push(silence(500), tone(700 + 200 * index, 300));
    const pcm = joined(pieces);
    answers.push({ name: `clip ${first}`, who: "machine", pcm, beepEndsAt: pcm.length / 8 });
  }
  down.close();
  return answers;
}

export interface Line {
  /** Level of the voice in its loud parts, dBm0. */
  level: number;
  /** dB by which the noise is under the voice; undefined: none. */
  snr?: number;
  /** White, or falling by 6 dB an octave over 300 Hz as a room's is. */
  colour?: "white" | "room";
}

/** An answer as it is heard: level, noise over all of it and `tailMs` of the line after it, µ-law. Always the same for the same seed. */
export function overLine(answer: Answer, line: Line, tailMs: number, seed = 1): Int16Array {
  const out = new Float64Array(answer.pcm.length + tailMs * 8);
  const gain = (peakAtZero * 10 ** (line.level / 20)) / Math.SQRT2 / loudness(answer.pcm);
  for (const [i, sample] of answer.pcm.entries()) out[i] = sample * gain;
  if (line.snr !== undefined) {
    const random = xorshift(seed);
    const rms = ((peakAtZero * 10 ** (line.level / 20)) / Math.SQRT2) * 10 ** (-line.snr / 20);
    const noise = Float64Array.from({ length: out.length }, () => random() * 2 - 1);
    if (line.colour === "room") {
      let last = 0;
      for (let i = 0; i < noise.length; i++) noise[i] = last = last * 0.79 + (noise[i] as number);
    }
    const scale = rms / Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (noise[i] as number) * scale;
  }
  return overG711(Int16Array.from(out, (value) => Math.max(-32_768, Math.min(32_767, value))));
}

const peakAtZero = 32_768 / 10 ** (3.14 / 20);

/** Root mean square over the frames within 15 dB of the loudest: the voice without its pauses, as ITU-T P.56 means it. */
function loudness(pcm: Int16Array): number {
  const powers: number[] = [];
  for (let at = 0; at + 160 <= pcm.length; at += 160) {
    let sum = 0;
    for (let i = at; i < at + 160; i++) sum += (pcm[i] as number) ** 2;
    powers.push(sum / 160);
  }
  const most = Math.max(...powers);
  const loud = powers.filter((power) => power > most / 30);
  return Math.sqrt(loud.reduce((sum, power) => sum + power, 0) / loud.length);
}

export function silence(ms: number): Int16Array {
  return new Int16Array(ms * 8);
}

/** A beep, its edges rounded over 5 ms. */
export function tone(hertz: number, ms: number): Int16Array {
  const length = ms * 8;
  return Int16Array.from({ length }, (_, i) => {
    const edge = Math.min(1, i / 40, (length - i) / 40);
    return 6000 * edge * Math.sin((2 * Math.PI * hertz * i) / 8000);
  });
}

export function joined(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

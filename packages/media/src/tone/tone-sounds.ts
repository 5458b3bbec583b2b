// Sounds for tests: tones with noise, as a phone line carries them.
import { pcmu } from "../codec/g711.ts";
import { peakOf } from "./call-progress.ts";

/** Ms of silence, or of frequencies (Hz) that sound together. */
export type Sound = number | { hertz: readonly number[]; ms: number /** dBm0 of each */; level?: number };

/** 8 kHz. */
export function sounds(...parts: readonly Sound[]): Int16Array {
  const out: number[] = [];
  for (const part of parts) {
    if (typeof part === "number") {
      for (let i = 0; i < part * 8; i++) out.push(0);
      continue;
    }
    const peak = peakOf(part.level ?? -16);
    for (let i = 0; i < part.ms * 8; i++) {
      let value = 0;
      for (const hertz of part.hertz) value += Math.sin((2 * Math.PI * hertz * i) / 8000);
      out.push(Math.round(value * peak));
    }
  }
  return Int16Array.from(out);
}

/** With white noise (its level in dBm0) and through µ-law; the same in each run. */
export function overLine(pcm: Int16Array, noise = Number.NEGATIVE_INFINITY): Int16Array {
  let state = 7;
  // evenly spread values have a third of their peak's power, a sine has half
  const peak = peakOf(noise) * Math.sqrt(1.5);
  const noisy = pcm.map((sample) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const value = sample + ((state >>> 0) / 2 ** 31 - 1) * peak;
    return Math.max(-32_768, Math.min(32_767, value));
  });
  const bytes = new Uint8Array(noisy.length);
  pcmu.encode(noisy, bytes, 0);
  pcmu.decode(bytes, 0, bytes.length, noisy);
  return noisy;
}

/** Cuts into 20 ms frames; the last one is filled up with silence. */
export function* frames(pcm: Int16Array): Generator<Int16Array> {
  for (let at = 0; at < pcm.length; at += 160) {
    const frame = new Int16Array(160);
    frame.set(pcm.subarray(at, at + 160));
    yield frame;
  }
}

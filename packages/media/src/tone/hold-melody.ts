/**
 * What who waits hears when nobody gave a file: a slow round of broken chords, made by arithmetic, so that it is nobody's.
 * Soft decaying sines, because that is what is left of music in 3.4 kHz and G.711 without hurting.
 */
import { LoopedAudio } from "./looped-audio.ts";

const NOTE_SECONDS = 0.4;
/** A note rings on into those after it. */
const RING_SECONDS = 1.6;
/** Sample peak of one note: three ring at once, and the sum stays about 15 dB below full scale. */
const PEAK = 2200;

/** Semitones from the A of 220 Hz: C, A minor, F, G, each as low, middle, high and back. */
const CHORDS: readonly (readonly number[])[] = [
  [3, 7, 10, 15],
  [0, 3, 7, 12],
  [-4, 0, 3, 8],
  [-2, 2, 5, 10],
];
const ORDER = [0, 1, 2, 3, 2, 1, 2, 1];

const made = new Map<number, Int16Array>();

/** One round of the melody, 12.8 s; made once a rate and shared: not to be written to. @param sampleRate Hz */
export function holdMelody(sampleRate: number): Int16Array {
  const known = made.get(sampleRate);
  if (known !== undefined) return known;
  const notes = CHORDS.flatMap((chord) => ORDER.map((index) => chord[index] ?? 0));
  const noteSamples = Math.round(NOTE_SECONDS * sampleRate);
  const length = notes.length * noteSamples;
  const sum = new Float32Array(length);
  for (const [index, note] of notes.entries()) {
    const step = (2 * Math.PI * 220 * 2 ** (note / 12)) / sampleRate;
    const first = index * noteSamples;
    // the last notes ring into the beginning: the round has no seam
    for (let i = 0; i < RING_SECONDS * sampleRate; i++) {
      const seconds = i / sampleRate;
      const envelope = Math.min(1, seconds / 0.02) * Math.exp(-seconds * 3.5) * endRamp(seconds);
      const at = (first + i) % length;
      sum[at] = (sum[at] ?? 0) + PEAK * envelope * (Math.sin(step * i) + 0.3 * Math.sin(2 * step * i));
    }
  }
  const pcm = Int16Array.from(sum, Math.round);
  made.set(sampleRate, pcm);
  return pcm;
}

function endRamp(seconds: number): number {
  return Math.min(1, (RING_SECONDS - seconds) / 0.1);
}

/** The melody from its beginning, for one leg. @param sampleRate Hz */
export function holdMelodySource(sampleRate: number): LoopedAudio {
  return new LoopedAudio(holdMelody(sampleRate));
}

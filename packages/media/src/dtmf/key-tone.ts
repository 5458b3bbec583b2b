/** A key of one phone as sound for another that takes no telephone events: it sounds as long as the key is down. */
import { ToneGenerator } from "../tone/call-progress.ts";
import { frequenciesOf } from "./tone-frequencies.ts";

/** Shorter is not understood everywhere (ITU-T Q.24: 40 ms at least), longer is a lost end. Ms. */
const SHORTEST_MS = 60;
const LONGEST_MS = 10_000;
/** Between two keys, ms. */
const GAP_MS = 60;
/** dBm0 of each frequency. */
const LEVEL = -9;
/** Keys that wait for their turn: whoever presses faster than this is no person. */
const MAX_WAITING = 8;

interface Key {
  tone: ToneGenerator;
  /** Samples that it will sound in all; known once the key is let go. */
  samples: number;
  played: number;
}

export class KeyTone {
  readonly #perMs: number;
  readonly #keys: Key[] = [];

  /** @param sampleRate Hz */
  constructor(sampleRate: number) {
    this.#perMs = sampleRate / 1000;
  }

  /** A key goes down. What is no digit is not heard. */
  press(digit: string): void {
    const pair = frequenciesOf(digit);
    if (pair === undefined || this.#keys.length >= MAX_WAITING) return;
    const frequencies = [pair.row, pair.column];
    const tone = new ToneGenerator({ frequencies, level: LEVEL, cadence: [] }, this.#perMs * 1000);
    this.#keys.push({ tone, samples: LONGEST_MS * this.#perMs, played: 0 });
  }

  /** The key that went down last is let go. @param durationMs how long it was down */
  release(durationMs: number): void {
    const key = this.#keys.at(-1);
    if (key === undefined) return;
    const ms = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, durationMs));
    key.samples = Math.min(key.samples, Math.round(ms * this.#perMs));
  }

  /** Fills one frame; false: no key sounds. */
  read(frame: Int16Array): boolean {
    const key = this.#keys[0];
    if (key === undefined) return false;
    const sounding = Math.min(frame.length, Math.max(0, key.samples - key.played));
    frame.fill(0);
    if (sounding > 0) key.tone.read(frame.subarray(0, sounding));
    key.played += frame.length;
    if (key.played >= key.samples + GAP_MS * this.#perMs) this.#keys.shift();
    return true;
  }
}

// What somebody hears who waits: a country's tones, or hold audio, a file's where one is given. Made once a worker.
import {
  type AudioSource,
  callProgressTone,
  holdMelodySource,
  LoopedAudio,
  readHoldAudio,
} from "@ringdown/media";
import type { VoiceLog } from "@ringdown/voice";
import type { WaitingSound } from "./protocol.ts";

/** Files kept in memory; one more takes the place of the oldest. */
const MOST_FILES = 16;

export class WaitingAudio {
  readonly #log: VoiceLog;
  readonly #files = new Map<string, Promise<Int16Array | undefined>>();

  constructor(log: VoiceLog) {
    this.#log = log;
  }

  /** A source for one leg. A file that cannot be read is logged once, and the melody is heard: never silence. @param sampleRate Hz */
  async source(sound: WaitingSound, sampleRate: number): Promise<AudioSource> {
    if (sound.type === "tone") return callProgressTone(sound.tone, sound.plan, sampleRate);
    const pcm = sound.path === null ? undefined : await this.#file(sound.path, sampleRate);
    return pcm === undefined ? holdMelodySource(sampleRate) : new LoopedAudio(pcm);
  }

  #file(path: string, sampleRate: number): Promise<Int16Array | undefined> {
    const key = `${sampleRate} ${path}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const reading = readHoldAudio(path, sampleRate).catch((error: unknown) => {
      this.#log.error({ err: error, path }, "the hold audio cannot be read: the built-in melody is played");
      return undefined;
    });
    for (const oldest of this.#files.keys()) {
      if (this.#files.size < MOST_FILES) break;
      this.#files.delete(oldest);
    }
    this.#files.set(key, reading);
    return reading;
  }
}

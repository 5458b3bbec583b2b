// What somebody hears who waits: a country's tones, or hold audio, a file's where one is given. Made once a worker.
import {
  type AudioSource,
  holdMelodySource,
  LoopedAudio,
  readHoldAudio,
  ToneGenerator,
} from "@ringdown/media";
import type { VoiceLog } from "@ringdown/voice";
import type { WaitingSound } from "./protocol.ts";

/** dBm0: a quiet room at the other end. The pauses of ringback are up to five seconds, and the line shall not seem dead. */
const PAUSE_NOISE = -40;
/** −9 dB: under a conversation. */
const QUIET_GAIN = 0.35;

class Quieter implements AudioSource {
  readonly #source: AudioSource;

  constructor(source: AudioSource) {
    this.#source = source;
  }

  read(frame: Int16Array): boolean {
    if (!this.#source.read(frame)) return false;
    for (let i = 0; i < frame.length; i++) frame[i] = (frame[i] ?? 0) * QUIET_GAIN;
    return true;
  }
}

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
    const source = await this.#made(sound, sampleRate);
    return sound.quiet === true ? new Quieter(source) : source;
  }

  async #made(sound: WaitingSound, sampleRate: number): Promise<AudioSource> {
    if (sound.type === "tone") return new ToneGenerator(sound.tone, sampleRate, { noise: PAUSE_NOISE });
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

import { VoiceError } from "../errors.ts";
import type { AudioSource } from "../leg-port.ts";
import { PlayoutQueue } from "../session/playout-queue.ts";
import type { SpeechEngine } from "./flite-engine.ts";
import { fliteVoiceOf } from "./flite-voices.ts";
import { longestText, sentences, speakable } from "./speakable-text.ts";

export interface AnnouncementOptions {
  engine: SpeechEngine;
  /** A flite voice; null: the default. */
  voice: string | null;
  /** Hz of the leg. */
  sampleRate: number;
}

/**
 * A text said on a leg without a conversation: a source of audio from its first sentence to its last, silent before,
 * between (where the voice is slow) and after.
 */
export class Announcement implements AudioSource {
  /** Whether it was heard to its end. Rejects with VoiceError `tts_failed`, `tts_timeout`: then nothing more is heard. */
  readonly done: Promise<boolean>;
  readonly #queue: PlayoutQueue;
  #stopped = false;

  /** Begins to make the speech. @throws VoiceError `text_too_long`, `text_empty` */
  constructor(text: string, options: AnnouncementOptions) {
    if (text.length > longestText) throw new VoiceError("text_too_long");
    const pieces = sentences(speakable(text));
    if (pieces.length === 0) throw new VoiceError("text_empty");
    let finish: (heard: boolean) => void = () => undefined;
    const played = new Promise<boolean>((resolve) => {
      finish = resolve;
    });
    this.#queue = new PlayoutQueue(Number.POSITIVE_INFINITY, {
      onStarted: () => undefined,
      onFinished: ({ interrupted }) => finish(!interrupted),
    });
    this.done = Promise.race([played, this.#make(pieces, options).then(() => played)]);
    // whoever began it may have no ear for it any more
    this.done.catch(() => undefined);
  }

  read(frame: Int16Array): boolean {
    return this.#queue.read(frame);
  }

  /** Silent with the next frame; `done` says that it was not heard to its end. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // a segment that has not begun yet has an end too
    this.#queue.push(new Int16Array(0));
    this.#queue.clear();
  }

  async #make(pieces: readonly string[], { engine, voice, sampleRate }: AnnouncementOptions): Promise<void> {
    const name = fliteVoiceOf(voice);
    try {
      for (const piece of pieces) {
        const pcm = await engine.synthesise(piece, name, sampleRate);
        if (this.#stopped) return;
        this.#queue.push(pcm);
      }
      this.#queue.flush();
    } catch (error) {
      this.stop();
      throw error;
    }
  }
}

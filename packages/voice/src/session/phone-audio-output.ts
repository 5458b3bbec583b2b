import { voice } from "@livekit/agents";
import type { AudioFrame } from "@livekit/rtc-node";
import { Resampler } from "../audio/resampler.ts";
import type { AudioSource } from "../leg-port.ts";
import { type PlayedSegment, PlayoutQueue } from "./playout-queue.ts";

/** Key under which a session's frames carry their text (LiveKit Agents, `types.ts`). */
const timedTranscripts = "lk.timed_transcripts";

/** Seconds of audio that may wait; a synthesiser that is faster than speech is held back. */
const longestQueue = 10;

/** Of a usual speaker: tells what was heard of a text that came without times. */
const CHARACTERS_PER_SECOND = 16;

export interface PhoneAudioOutputOptions {
  /** Hz of the leg. */
  sampleRate: number;
  onStarted?: (at: number) => void;
  /** Comes before the session hears of it. */
  onSegment?: (segment: PlayedSegment) => void;
  now?: () => number;
}

/** The agent's mouth: what the session says, pulled by the leg's tick. */
export class PhoneAudioOutput extends voice.AudioOutput implements AudioSource {
  readonly #queue: PlayoutQueue;
  readonly #rate: number;
  readonly #resamplers = new Map<number, Resampler>();

  constructor(options: PhoneAudioOutputOptions) {
    super(options.sampleRate, undefined, { pause: true });
    this.#rate = options.sampleRate;
    this.#queue = new PlayoutQueue(
      options.sampleRate * longestQueue,
      {
        onStarted: (at) => {
          options.onStarted?.(at);
          this.onPlaybackStarted(at);
        },
        onFinished: (segment) => {
          options.onSegment?.(segment);
          this.onPlaybackFinished({
            playbackPosition: segment.playedSamples / this.#rate,
            interrupted: segment.interrupted,
            // Without it the session would keep the whole text of what it was cut off from saying.
            ...(segment.heard === undefined ? {} : { synchronizedTranscript: segment.heard }),
          });
        },
      },
      options.now,
      undefined,
      options.sampleRate / CHARACTERS_PER_SECOND,
    );
  }

  /** What is being said, from a speaker who does not tell the times of his words. */
  pushText(text: string): void {
    this.#queue.pushText(text);
  }

  /** That text is whole. */
  flushText(): void {
    this.#queue.flushText();
  }

  /** True while something is to be heard, a pause included. */
  get busy(): boolean {
    return this.#queue.busy;
  }

  get paused(): boolean {
    return this.#queue.paused;
  }

  read(frame: Int16Array): boolean {
    return this.#queue.read(frame);
  }

  override async captureFrame(frame: AudioFrame): Promise<void> {
    await super.captureFrame(frame);
    const texts = textsOf(frame);
    // The session resamples to `sampleRate` itself; a provider that bypasses it may still bring another rate.
    this.#queue.push(frame.sampleRate === this.#rate ? frame.data : await this.#resampled(frame), texts);
    await this.#queue.room();
  }

  override flush(): void {
    super.flush();
    this.#queue.flush();
  }

  override clearBuffer(): void {
    this.#queue.clear();
  }

  /** Called at every inference of the voice detector while the caller speaks. */
  override pause(): void {
    this.#queue.pause();
  }

  override resume(): void {
    this.#queue.resume();
  }

  /** Outside the session: a beep, or the apology when the voice fails. @returns false: it was cut off. */
  playClip(pcm: Int16Array): Promise<boolean> {
    return this.#queue.playClip(pcm);
  }

  close(): void {
    this.#queue.clear();
    for (const resampler of this.#resamplers.values()) resampler.close();
    this.#resamplers.clear();
  }

  async #resampled(frame: AudioFrame): Promise<Int16Array> {
    let resampler = this.#resamplers.get(frame.sampleRate);
    if (resampler === undefined) {
      resampler = await Resampler.create(frame.sampleRate, this.#rate);
      this.#resamplers.set(frame.sampleRate, resampler);
    }
    return resampler.process(frame.data);
  }
}

function textsOf(frame: AudioFrame): string[] {
  const carried = frame.userdata[timedTranscripts];
  if (!Array.isArray(carried)) return [];
  return carried.filter((timed) => voice.isTimedString(timed)).map((timed) => timed.text);
}

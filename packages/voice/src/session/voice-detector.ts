import { createRequire } from "node:module";
import { VAD, type VADEvent, VADEventType, VADStream } from "@livekit/agents";
import type { AudioFrame } from "@livekit/rtc-node";
import { listeningRate, listeningWindow } from "./phone-audio-input.ts";

/** Says how likely a 32 ms window of 16 kHz holds a voice, 0 to 1; has a memory. */
export interface SpeechModel {
  predict(window: Int16Array): Promise<number>;
  reset(): void;
}

/** One stretch of the caller's speech. */
export interface Utterance {
  /** 16 kHz, from a little before the voice began to where it was found to have ended. */
  pcm: Int16Array;
  /** Epoch milliseconds of the voice itself. */
  startedAt: number;
  endedAt: number;
}

export interface VoiceDetectorOptions {
  createModel(): SpeechModel;
  /** Called where an utterance ends. */
  onUtterance(utterance: Utterance): void;
  /** False: the caller's voice must not silence the agent yet (`interruptionMinimumSpeakingTime`). */
  mayInterrupt(): boolean;
  now?: () => number;
}

const windowMs = (listeningWindow / listeningRate) * 1000;
const activation = 0.5;
const deactivation = 0.35;
/** Milliseconds of voice before it counts: shorter is a click on the line. */
const leastSpeech = 64;
/** Milliseconds of silence that end an utterance: a menu's answers are short and have no pauses in them. */
const leastSilence = 450;
/** Milliseconds kept from before the voice was noticed. */
const preRoll = 480;
/** Milliseconds of one utterance that are kept for the recogniser; nobody chooses from a menu for longer. */
const longestUtterance = 12_000;

/** Silero's detector, as LiveKit ships it inside `@livekit/local-inference`; undefined where its binary does not load. */
export function loadSpeechModel(): (() => SpeechModel) | undefined {
  try {
    const native = createRequire(import.meta.url)("@livekit/local-inference") as { createVad(): SpeechModel };
    native.createVad();
    return () => native.createVad();
  } catch {
    return undefined;
  }
}

/**
 * The session's voice activity detector. LiveKit's own wrapper around the same model would do, but it keeps the utterance to itself:
 * a second detector would be needed to cut speech for the recogniser.
 */
export class VoiceDetector extends VAD {
  label = "ringdown.VoiceDetector";
  readonly #options: VoiceDetectorOptions;

  constructor(options: VoiceDetectorOptions) {
    super({ updateInterval: windowMs });
    this.#options = options;
  }

  override get minSilenceDuration(): number {
    return leastSilence;
  }

  stream(): VADStream {
    return new VoiceDetectorStream(this, this.#options);
  }
}

class VoiceDetectorStream extends VADStream {
  readonly #options: VoiceDetectorOptions;
  readonly #model: SpeechModel;
  readonly #now: () => number;
  /** The last windows: pre-roll while nobody speaks, then the utterance. */
  #kept: Int16Array[] = [];
  #speaking = false;
  /** Milliseconds of voice and of silence in a row. */
  #voice = 0;
  #silence = 0;
  /** Milliseconds since the current utterance, or the current silence, began. */
  #speechDuration = 0;
  #silenceDuration = 0;
  #samples = 0;

  constructor(detector: VoiceDetector, options: VoiceDetectorOptions) {
    super(detector);
    this.#options = options;
    this.#model = options.createModel();
    this.#now = options.now ?? Date.now;
    void this.#run().catch((error: unknown) => this.logger.error({ error }, "the voice detector failed"));
  }

  async #run(): Promise<void> {
    while (!this.closed) {
      const { done, value } = await this.inputReader.read();
      if (done) return;
      if (typeof value === "symbol") this.#reset();
      else await this.#take(value);
    }
  }

  #reset(): void {
    this.#model.reset();
    this.#kept = [];
    this.#speaking = false;
    this.#voice = this.#silence = this.#speechDuration = this.#silenceDuration = 0;
  }

  async #take(frame: AudioFrame): Promise<void> {
    if (frame.sampleRate !== listeningRate || frame.data.length !== listeningWindow) return;
    const started = performance.now();
    const probability = await this.#model.predict(frame.data);
    const inferenceDuration = performance.now() - started;
    this.#samples += listeningWindow;
    this.#keep(frame.data);
    if (this.#speaking) this.#speechDuration += windowMs;
    else this.#silenceDuration += windowMs;
    this.#send(VADEventType.INFERENCE_DONE, probability, inferenceDuration, []);

    const voiced = probability >= activation || (this.#speaking && probability > deactivation);
    if (voiced) {
      this.#voice += windowMs;
      this.#silence = 0;
      if (!this.#speaking && this.#voice >= leastSpeech) {
        this.#speaking = true;
        this.#silenceDuration = 0;
        this.#speechDuration = this.#voice;
        this.#send(VADEventType.START_OF_SPEECH, probability, inferenceDuration, [frame]);
      }
      return;
    }
    this.#silence += windowMs;
    this.#voice = 0;
    if (!this.#speaking || this.#silence < leastSilence) return;
    this.#speaking = false;
    const spoken = Math.max(0, this.#speechDuration - this.#silence);
    this.#silenceDuration = this.#silence;
    this.#speechDuration = spoken;
    this.#send(VADEventType.END_OF_SPEECH, probability, inferenceDuration, [frame]);
    const endedAt = this.#now() - this.#silence;
    const pcm = joined(this.#kept);
    this.#kept = this.#kept.slice(-Math.ceil(preRoll / windowMs));
    this.#speechDuration = 0;
    this.#options.onUtterance({ pcm, startedAt: endedAt - spoken, endedAt });
  }

  #keep(window: Int16Array): void {
    const most = Math.ceil((this.#speaking ? longestUtterance + preRoll : preRoll) / windowMs);
    if (!this.#speaking) while (this.#kept.length >= most) this.#kept.shift();
    if (this.#kept.length < most) this.#kept.push(window);
  }

  #send(type: VADEventType, probability: number, inferenceDuration: number, frames: AudioFrame[]): void {
    const counts = type !== VADEventType.INFERENCE_DONE || this.#options.mayInterrupt();
    this.sendVADEvent({
      type,
      samplesIndex: this.#samples,
      timestamp: (this.#samples / listeningRate) * 1000,
      speechDuration: counts ? this.#speechDuration : 0,
      silenceDuration: this.#silenceDuration,
      frames,
      probability,
      inferenceDuration,
      speaking: this.#speaking,
      rawAccumulatedSilence: this.#silence,
      rawAccumulatedSpeech: this.#voice,
    } satisfies VADEvent);
  }
}

function joined(windows: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(windows.length * listeningWindow);
  for (const [index, window] of windows.entries()) whole.set(window, index * listeningWindow);
  return whole;
}

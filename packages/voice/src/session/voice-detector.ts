import { createRequire } from "node:module";
import { VAD, type VADEvent, VADEventType, VADStream } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import { listeningRate, listeningWindow } from "./listening-windows.ts";

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
  /** Milliseconds of silence that end an utterance; 450 by default: a menu's answers are short and have no pauses in them. */
  leastSilence?: number;
}

const windowMs = (listeningWindow / listeningRate) * 1000;
const activation = 0.5;
const deactivation = 0.35;
/** Milliseconds of voice before it counts: shorter is a click on the line. */
const leastSpeech = 64;
const defaultLeastSilence = 450;
/** Milliseconds kept from before the voice was noticed. */
const preRoll = 480;
/** Milliseconds of one utterance that are kept for the recogniser; nobody chooses from a menu for longer. */
const longestUtterance = 12_000;

/** Peak of a window that holds no voice whatever a model says: -47 dBm0, the hiss of a line. */
const quiet = 150;
/** Windows that may wait for the model: 2 s. */
const mostWaiting = 64;

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
  readonly #streams = new Set<VoiceDetectorStream>();

  constructor(options: VoiceDetectorOptions) {
    super({ updateInterval: windowMs });
    this.#options = options;
  }

  override get minSilenceDuration(): number {
    return this.#options.leastSilence ?? defaultLeastSilence;
  }

  /** The caller's audio, past the session's streams: 16 kHz, kept. */
  hear(window: Int16Array): void {
    for (const stream of this.#streams) stream.hear(window);
  }

  stream(): VADStream {
    const stream = new VoiceDetectorStream(this, this.#options, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    return stream;
  }
}

class VoiceDetectorStream extends VADStream {
  readonly #options: VoiceDetectorOptions;
  readonly #model: SpeechModel;
  readonly #leastSilence: number;
  readonly #onClosed: () => void;
  /** Windows that wait for the model. */
  readonly #waiting: Int16Array[] = [];
  #busy = false;
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

  constructor(detector: VoiceDetector, options: VoiceDetectorOptions, onClosed: () => void) {
    super(detector);
    this.#options = options;
    this.#onClosed = onClosed;
    this.#model = options.createModel();
    this.#leastSilence = options.leastSilence ?? defaultLeastSilence;
    this.#now = options.now ?? Date.now;
    void this.#run().catch((error: unknown) => this.logger.error({ error }, "the voice detector failed"));
  }

  async #run(): Promise<void> {
    while (!this.closed) {
      const { done, value } = await this.inputReader.read();
      if (done) return;
      if (typeof value === "symbol") this.#reset();
      else if (value.sampleRate === listeningRate && value.data.length === listeningWindow)
        this.hear(value.data);
    }
  }

  hear(window: Int16Array): void {
    if (this.closed || this.#waiting.length >= mostWaiting) return;
    this.#waiting.push(window);
    if (!this.#busy) void this.#drain();
  }

  override close(): void {
    if (this.closed) return;
    this.#onClosed();
    this.#waiting.length = 0;
    try {
      super.close();
    } catch {
      // Its input was ended before: there is nothing left to close.
    }
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    try {
      for (let window = this.#waiting.shift(); window !== undefined; window = this.#waiting.shift()) {
        await this.#take(window);
      }
    } catch (error) {
      this.logger.error({ error }, "the voice detector failed");
    } finally {
      this.#busy = false;
    }
  }

  #reset(): void {
    this.#model.reset();
    this.#kept = [];
    this.#speaking = false;
    this.#voice = this.#silence = this.#speechDuration = this.#silenceDuration = 0;
  }

  async #take(window: Int16Array): Promise<void> {
    const started = performance.now();
    // A silent line need not be asked about: most of a call is one side's silence.
    const probability = !this.#speaking && isQuiet(window) ? 0 : await this.#model.predict(window);
    if (this.closed) return;
    const inferenceDuration = performance.now() - started;
    this.#samples += listeningWindow;
    this.#keep(window);
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
        this.#send(VADEventType.START_OF_SPEECH, probability, inferenceDuration, [frameOf(window)]);
      }
      return;
    }
    this.#silence += windowMs;
    this.#voice = 0;
    if (!this.#speaking || this.#silence < this.#leastSilence) return;
    this.#speaking = false;
    const spoken = Math.max(0, this.#speechDuration - this.#silence);
    this.#silenceDuration = this.#silence;
    this.#speechDuration = spoken;
    this.#send(VADEventType.END_OF_SPEECH, probability, inferenceDuration, [frameOf(window)]);
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

function isQuiet(window: Int16Array): boolean {
  for (let index = 0; index < window.length; index++) if (Math.abs(window[index] ?? 0) > quiet) return false;
  return true;
}

/** The session looks at an event's frame for its sample rate alone. */
function frameOf(window: Int16Array): AudioFrame {
  return new AudioFrame(window, listeningRate, 1, listeningWindow);
}

function joined(windows: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(windows.length * listeningWindow);
  for (const [index, window] of windows.entries()) whole.set(window, index * listeningWindow);
  return whole;
}

// Whether the caller has finished: LiveKit's model looks at the sound of the last moment before the silence.
import { createRequire } from "node:module";
import type { voice } from "@livekit/agents";
import { listeningRate, listeningWindow } from "../session/listening-windows.ts";

/** How likely it is that a turn has ended with this sound, 0 to 1. @param pcm 16 kHz, the last 1.2 s */
export type PredictEnd = (pcm: Int16Array) => Promise<number>;

/** What the model looks at. */
const SAMPLES = 1.2 * listeningRate;
/** Less than this and the caller is given the longer time to go on. */
const UNLIKELY = 0.5;

type TurnDetector = Extract<
  NonNullable<voice.AgentSessionOptions["turnHandling"]>["turnDetection"],
  { predictEndOfTurn: unknown }
>;

/** Undefined where the model's binary does not load: then the longer silence ends each turn. */
export function loadEndOfTurn(): PredictEnd | undefined {
  try {
    const native = createRequire(import.meta.url)("@livekit/local-inference") as {
      predict: PredictEnd;
      initEot(): void;
    };
    native.initEot();
    return (pcm) => native.predict(pcm);
  } catch {
    return undefined;
  }
}

/**
 * The session's turn detector. LiveKit's own one for the same model works in a job process alone.
 * A model that fails says "ended": nobody is kept waiting.
 */
export class EndOfTurn {
  readonly model = "end-of-turn";
  readonly provider = "local";
  readonly #predict: PredictEnd;
  readonly #ring = new Int16Array(SAMPLES);
  #at = 0;

  constructor(predict: PredictEnd) {
    this.#predict = predict;
  }

  /** The caller's audio, all of it. @param window 16 kHz, 512 samples */
  hear(window: Int16Array): void {
    const room = Math.min(listeningWindow, SAMPLES - this.#at);
    this.#ring.set(window.subarray(0, room), this.#at);
    if (room < window.length) this.#ring.set(window.subarray(room), 0);
    this.#at = (this.#at + window.length) % SAMPLES;
  }

  async supportsLanguage(): Promise<boolean> {
    return true;
  }

  async unlikelyThreshold(): Promise<number> {
    return UNLIKELY;
  }

  async predictEndOfTurn(): Promise<number> {
    const pcm = new Int16Array(SAMPLES);
    pcm.set(this.#ring.subarray(this.#at), 0);
    pcm.set(this.#ring.subarray(0, this.#at), SAMPLES - this.#at);
    try {
      return await this.#predict(pcm);
    } catch {
      return 1;
    }
  }

  asDetector(): TurnDetector {
    return this as unknown as TurnDetector;
  }
}

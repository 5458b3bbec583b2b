// What the person says to whom the caller has been put through, for an agent who stays and writes down (`monitorTransfers`): the
// agent's transcribers on a stream of their own, beside the caller's.
import { stt } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import { Resampler } from "../audio/resampler.ts";
import type { Turn } from "../conversation.ts";
import type { LegPort } from "../leg-port.ts";
import { ListeningWindows, listeningRate } from "../session/listening-windows.ts";
import { type SpeechModel, type Utterance, VoiceDetector } from "../session/voice-detector.ts";
import type { VoiceLog } from "../voice-log.ts";
import { createTranscriber } from "./livekit-models.ts";
import type { Transcriber } from "./model-providers.ts";

export interface OtherEarOptions {
  leg: Pick<LegPort, "sampleRate" | "addOtherSink">;
  /** Undefined: no voice detector loads on this machine. */
  createModel: (() => SpeechModel) | undefined;
  /** None: nothing is written down. */
  transcribers: readonly Transcriber[];
  /** BCP 47. */
  language: string;
  onTurn(turn: Turn): void;
  log: VoiceLog;
}

export class OtherEar {
  readonly #options: OtherEarOptions;
  #on = false;
  /** Ends what listens now. */
  #stop: (() => void) | undefined;

  constructor(options: OtherEarOptions) {
    this.#options = options;
  }

  set listening(on: boolean) {
    if (on === this.#on) return;
    this.#on = on;
    this.#stop?.();
    this.#stop = undefined;
    if (!on) return;
    this.#listen().catch((error: unknown) => {
      this.#options.log.error({ error }, "what the other party says cannot be written down");
    });
  }

  async #listen(): Promise<void> {
    const { leg, createModel, transcribers, language, log } = this.#options;
    if (leg.addOtherSink === undefined || createModel === undefined || transcribers.length === 0) return;
    const resampler =
      leg.sampleRate === listeningRate ? undefined : await Resampler.create(leg.sampleRate, listeningRate);
    // It was ended, or begun again, meanwhile.
    if (!this.#on || this.#stop !== undefined) {
      resampler?.close();
      return;
    }
    let last: Utterance | undefined;
    const detector = new VoiceDetector({
      createModel,
      onUtterance: (utterance) => {
        last = utterance;
      },
      mayInterrupt: () => false,
    });
    const transcriber = createTranscriber(transcribers, language, detector);
    transcriber.on("error", ({ error }) =>
      log.warn({ error }, "the other party's words were not transcribed"),
    );
    const stream = transcriber.stream();
    const windows = new ListeningWindows(resampler, (window) =>
      stream.pushFrame(new AudioFrame(window, listeningRate, 1, window.length)),
    );
    const removeSink = leg.addOtherSink(windows);
    this.#stop = () => {
      removeSink();
      windows.close();
      stream.close();
      void transcriber.close().catch(() => undefined);
    };
    void this.#read(stream, () => {
      const heard = last;
      last = undefined;
      return heard;
    });
  }

  async #read(stream: stt.SpeechStream, lastUtterance: () => Utterance | undefined): Promise<void> {
    try {
      for await (const { type, alternatives } of stream) {
        const content = alternatives?.[0]?.text.trim() ?? "";
        if (type !== stt.SpeechEventType.FINAL_TRANSCRIPT || content === "" || !this.#on) continue;
        const now = Date.now();
        const { startedAt, endedAt } = lastUtterance() ?? { startedAt: now, endedAt: now };
        this.#options.onTurn({ role: "person", content, startedAt, endedAt });
      }
    } catch (error) {
      if (this.#on) this.#options.log.warn({ error }, "the other party is not transcribed any more");
    }
  }
}

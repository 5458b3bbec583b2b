import { tts, voice } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import type { SpeechEngine } from "./flite-engine.ts";
import type { FliteVoice } from "./flite-voices.ts";
import { sentences, speakable, wholeSentences } from "./speakable-text.ts";

/** Sentences asked for ahead of the one being handed on. */
const ahead = 2;

/** The offline voice as the session's TTS: text comes in as it is made, goes out sentence by sentence. */
export class FliteTts extends tts.TTS {
  label = "ringdown.FliteTts";
  readonly #engine: SpeechEngine;
  readonly #voice: FliteVoice;

  /** @param sampleRate Hz of the leg, so that the session has nothing to resample */
  constructor(engine: SpeechEngine, voiceName: FliteVoice, sampleRate: number) {
    super(sampleRate, 1, { streaming: true, alignedTranscript: true });
    this.#engine = engine;
    this.#voice = voiceName;
  }

  override get model(): string {
    return this.#voice;
  }

  override get provider(): string {
    return "flite";
  }

  synthesise(sentence: string): Promise<Int16Array> {
    return this.#engine.synthesise(sentence, this.#voice, this.sampleRate);
  }

  synthesize(text: string): tts.ChunkedStream {
    return new FliteChunkedStream(text, this);
  }

  stream(): tts.SynthesizeStream {
    return new FliteStream(this);
  }
}

function frameOf(pcm: Int16Array, sampleRate: number): AudioFrame {
  return new AudioFrame(pcm, sampleRate, 1, pcm.length);
}

class FliteChunkedStream extends tts.ChunkedStream {
  label = "ringdown.FliteChunkedStream";
  readonly #tts: FliteTts;

  constructor(text: string, flite: FliteTts) {
    super(text, flite);
    this.#tts = flite;
  }

  protected async run(): Promise<void> {
    const pieces = sentences(speakable(this.inputText));
    for (const [index, piece] of pieces.entries()) {
      const pcm = await this.#tts.synthesise(piece);
      this.queue.put({
        requestId: "flite",
        segmentId: "flite",
        frame: frameOf(pcm, this.#tts.sampleRate),
        final: index === pieces.length - 1,
      });
    }
    this.queue.close();
  }
}

class FliteStream extends tts.SynthesizeStream {
  label = "ringdown.FliteStream";
  readonly #tts: FliteTts;
  #position = 0;

  constructor(flite: FliteTts) {
    super(flite);
    this.#tts = flite;
  }

  protected async run(): Promise<void> {
    const { signal } = this.abortController;
    for await (const text of wholeSentences(this.input, signal)) await this.#say(text);
    if (!signal.aborted) this.queue.put(tts.SynthesizeStream.END_OF_STREAM);
  }

  async #say(text: string): Promise<void> {
    const pieces = sentences(text).map((written) => ({ written, spoken: speakable(written) }));
    const asked: Promise<Int16Array>[] = [];
    for (const [index, piece] of pieces.entries()) {
      for (const next of pieces.slice(asked.length, index + ahead)) {
        this.markStarted();
        const made = this.#tts.synthesise(next.spoken);
        made.catch(() => undefined); // awaited below, perhaps only after an earlier one has failed
        asked.push(made);
      }
      const pcm = await asked[index];
      if (pcm === undefined || this.abortController.signal.aborted) return;
      const startTime = this.#position;
      this.#position += pcm.length / this.#tts.sampleRate;
      this.queue.put({
        requestId: "flite",
        segmentId: "flite",
        frame: frameOf(pcm, this.#tts.sampleRate),
        deltaText: piece.written,
        timedTranscripts: [
          voice.createTimedString({ text: `${piece.written} `, startTime, endTime: this.#position }),
        ],
        final: index === pieces.length - 1,
      });
    }
  }
}

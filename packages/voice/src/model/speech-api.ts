// The voice of an OpenAI-compatible `/audio/speech`, sentence by sentence and heard as its sound comes. LiveKit's plugin waits for the
// whole sentence, and where the provider fails its promise is nobody's.
import { APIConnectionError, APIStatusError, tts, voice } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import { sentences, wholeSentences } from "../tts/speakable-text.ts";

/** Hz of the API's `pcm`: 16-bit, little-endian, mono. */
const RATE = 24_000;
/** Bytes of a frame: 20 ms. */
const FRAME_BYTES = (RATE / 50) * 2;
/** ms to the first sound of a sentence. */
const PATIENCE_MS = 6_000;
/** Bytes of one sentence: two minutes. */
const MOST_BYTES = 120 * RATE * 2;

export interface SpeechApiOptions {
  baseUrl: string;
  apiKey: string;
  model: string;
  voice: string;
}

export class SpeechApi extends tts.TTS {
  label = "ringdown.SpeechApi";
  readonly #options: SpeechApiOptions;

  constructor(options: SpeechApiOptions) {
    super(RATE, 1, { streaming: true, alignedTranscript: true });
    this.#options = options;
  }

  override get model(): string {
    return this.#options.model;
  }

  override get provider(): string {
    return new URL(this.#options.baseUrl).host;
  }

  synthesize(): tts.ChunkedStream {
    throw new Error("the session streams");
  }

  stream(): tts.SynthesizeStream {
    return new SpeechApiStream(this);
  }

  /** Frames of one sentence as they come. @throws APIStatusError, APIConnectionError */
  async *speak(text: string, signal: AbortSignal): AsyncGenerator<AudioFrame> {
    const { baseUrl, apiKey, model, voice: name } = this.#options;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const response = await fetch(`${baseUrl.replace(/\/$/, "")}/audio/speech`, {
        method: "POST",
        headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
        body: JSON.stringify({ model, voice: name, input: text, response_format: "pcm" }),
        signal: AbortSignal.any([signal, patience.signal]),
      });
      if (!response.ok || response.body === null) {
        const message = (await response.text()).slice(0, 300);
        throw new APIStatusError({ message, options: { statusCode: response.status } });
      }
      yield* framesOf(response.body, () => clearTimeout(timer));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof APIStatusError) throw error;
      throw new APIConnectionError({ message: error instanceof Error ? error.message : String(error) });
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* framesOf(body: AsyncIterable<Uint8Array>, onFirst: () => void): AsyncGenerator<AudioFrame> {
  let rest = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of body) {
    onFirst();
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error("more sound than a sentence has");
    rest = Buffer.concat([rest, chunk]);
    const whole = rest.length - (rest.length % FRAME_BYTES);
    if (whole > 0) yield frame(rest.subarray(0, whole));
    rest = rest.subarray(whole);
  }
  if (bytes < FRAME_BYTES) throw new Error("no sound came");
  if (rest.length >= 2) yield frame(rest.subarray(0, rest.length - (rest.length % 2)));
}

function frame(bytes: Buffer): AudioFrame {
  const pcm = new Int16Array(bytes.length / 2);
  for (let index = 0; index < pcm.length; index++) pcm[index] = bytes.readInt16LE(index * 2);
  return new AudioFrame(pcm, RATE, 1, pcm.length);
}

class SpeechApiStream extends tts.SynthesizeStream {
  label = "ringdown.SpeechApiStream";
  readonly #tts: SpeechApi;
  #position = 0;

  constructor(api: SpeechApi) {
    super(api);
    this.#tts = api;
  }

  protected async run(): Promise<void> {
    const { signal } = this.abortController;
    for await (const text of wholeSentences(this.input, signal)) await this.#say(text);
    if (!signal.aborted) this.queue.put(tts.SynthesizeStream.END_OF_STREAM);
  }

  async #say(text: string): Promise<void> {
    for (const sentence of sentences(text)) {
      this.markStarted();
      let isFirst = true;
      for await (const frame of this.#tts.speak(sentence, this.abortController.signal)) {
        const startTime = this.#position;
        this.#position += frame.samplesPerChannel / RATE;
        this.queue.put({
          ...{ requestId: "speech", segmentId: "speech", frame, final: false },
          ...(isFirst && {
            deltaText: sentence,
            timedTranscripts: [
              voice.createTimedString({ text: `${sentence} `, startTime, endTime: this.#position }),
            ],
          }),
        });
        isFirst = false;
      }
    }
  }
}

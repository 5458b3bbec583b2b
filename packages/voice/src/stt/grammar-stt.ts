import { normalizeLanguage, stt } from "@livekit/agents";
import { VoiceError } from "../errors.ts";

/** What the session takes for a transcript. */
export interface Recognised {
  text: string;
  /** Epoch milliseconds where the caller fell silent. */
  endedAt: number;
}

/**
 * The session's STT. Utterances are cut and recognised outside of it (the voice detector has them already, and
 * whole-utterance normalisation needs them whole), so the stream only hands on what was understood. What was not
 * understood is no transcript: the session then takes a barge-in for a false one and goes on talking.
 */
export class GrammarStt extends stt.STT {
  label = "ringdown.GrammarStt";
  readonly #streams = new Set<GrammarStream>();

  constructor() {
    super({ streaming: true, interimResults: false });
  }

  deliver(recognised: Recognised): void {
    for (const stream of this.#streams) stream.deliver(recognised);
  }

  protected _recognize(): Promise<stt.SpeechEvent> {
    return Promise.reject(new VoiceError("stt_failed", { detail: "a grammar's STT listens to a stream" }));
  }

  stream(): stt.SpeechStream {
    const stream = new GrammarStream(this, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    return stream;
  }
}

class GrammarStream extends stt.SpeechStream {
  label = "ringdown.GrammarStream";
  readonly #onEnd: () => void;

  constructor(parent: GrammarStt, onEnd: () => void) {
    super(parent);
    this.#onEnd = onEnd;
  }

  deliver({ text, endedAt }: Recognised): void {
    if (this.queue.closed || text === "") return;
    this.queue.put({
      type: stt.SpeechEventType.FINAL_TRANSCRIPT,
      alternatives: [{ language: normalizeLanguage("en-US"), text, startTime: 0, endTime: 0, confidence: 1 }],
      speechEndTime: endedAt,
    });
  }

  protected async run(): Promise<void> {
    try {
      for await (const _frame of this.input); // the frames are the voice detector's business
    } finally {
      this.#onEnd();
    }
  }
}

import type { AudioSink, AudioSource } from "@ringdown/media";

export type { AudioSink, AudioSource };

/** What a conversation needs of a media leg, and nothing more. */
export interface LegPort {
  /** Hz; a frame has `sampleRate / 50` samples. */
  readonly sampleRate: number;
  setSource(source: AudioSource | undefined): void;
  /** Returns the function that takes the sink off again. */
  addSink(sink: AudioSink): () => void;
  /**
   * Hears the party that the caller is bridged to, as long as he is; optional as `messagePath`. Returns the function that
   * takes the sink off again.
   */
  addOtherSink?(sink: AudioSink): () => void;
  /** Keys the caller presses, each once. Returns the function that stops listening. */
  onDtmf(listener: (digit: string) => void): () => void;
  /** Settles when the last digit has been sent. */
  sendDtmf(digits: string): Promise<void>;
  /** Where the next taken message goes; without it (here and in the context) messages cannot be taken. */
  messagePath?(): string;
  /** A leg that can send back what it hears without frames passing through us; returns the function that stops it. */
  startEcho?(): () => void;
}

import type { AudioSource } from "../leg-port.ts";

/** A stretch of text and the samples that say it, within one segment. */
export interface TextSpan {
  text: string;
  /** Samples from the segment's start. */
  start: number;
  end: number;
}

/** What became of one thing said. */
export interface PlayedSegment {
  /** Samples that went out on the wire. */
  playedSamples: number;
  interrupted: boolean;
  /** Words that went out on the wire; undefined: the audio came without its text. */
  heard: string | undefined;
  /** Epoch milliseconds of the first and the last frame on the wire; undefined: none went out. */
  startedAt: number | undefined;
  endedAt: number | undefined;
}

export interface PlayoutListener {
  onStarted(at: number): void;
  onFinished(segment: PlayedSegment): void;
}

interface Segment {
  readonly chunks: Int16Array[];
  readonly spans: TextSpan[];
  /** Text that came without its times. */
  untimed: string;
  /** Samples pushed, and samples read by the leg. */
  pushed: number;
  played: number;
  /** Samples of chunks[0] already read. */
  offset: number;
  complete: boolean;
  startedAt: number | undefined;
  endedAt: number | undefined;
}

interface Clip {
  readonly pcm: Int16Array;
  at: number;
  readonly done: (played: boolean) => void;
}

/**
 * What waits to be heard. The leg's tick pulls frames; what was pulled counts as heard, nothing else does.
 * Silent within one frame of `pause` and `clear`. Reading allocates nothing; news of it leaves the tick first.
 */
export class PlayoutQueue implements AudioSource {
  readonly #listener: PlayoutListener;
  readonly #now: () => number;
  readonly #defer: (task: () => void) => void;
  readonly #segments: Segment[] = [];
  readonly #clips: Clip[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #limit: number;
  readonly #samplesPerCharacter: number;
  /** Untimed text of a segment whose first samples have not come. */
  #textAhead = "";
  #textWhole = false;
  /** The segment being filled; false: it was cleared while being filled, the rest of it is thrown away. */
  #open: Segment | false | undefined;
  #queued = 0;
  #paused = false;

  /**
   * @param limit samples that may wait before `room()` asks the producer to wait
   * @param samplesPerCharacter of a usual speaker: by it is told what was heard of a text without times
   */
  constructor(
    limit: number,
    listener: PlayoutListener,
    now: () => number = Date.now,
    defer: (task: () => void) => void = setImmediate,
    samplesPerCharacter = 500,
  ) {
    this.#samplesPerCharacter = samplesPerCharacter;
    this.#limit = limit;
    this.#listener = listener;
    this.#now = now;
    this.#defer = defer;
  }

  get queuedSamples(): number {
    return this.#queued;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** True while something is to be heard, a pause included. */
  get busy(): boolean {
    return this.#segments.length > 0 || this.#clips.length > 0;
  }

  push(samples: Int16Array, texts: readonly string[] = []): void {
    if (this.#open === false) return;
    if (this.#open === undefined) {
      this.#open = {
        chunks: [],
        spans: [],
        untimed: this.#textAhead,
        pushed: 0,
        played: 0,
        offset: 0,
        complete: false,
        startedAt: undefined,
        endedAt: undefined,
      };
      this.#segments.push(this.#open);
      this.#textAhead = "";
    }
    const segment = this.#open;
    const start = segment.pushed;
    segment.pushed += samples.length;
    this.#queued += samples.length;
    if (samples.length > 0) segment.chunks.push(samples);
    if (texts.length > 0) segment.spans.push({ text: texts.join(" ").trim(), start, end: segment.pushed });
    else {
      // A frame without text goes on with the sentence before it.
      const last = segment.spans.at(-1);
      if (last !== undefined) last.end = segment.pushed;
    }
  }

  /** Text of what is being said, from a speaker who does not tell the times of his words; may come before its sound. */
  pushText(text: string): void {
    if (this.#textWhole) this.#textAhead = "";
    this.#textWhole = false;
    if (this.#open === undefined) this.#textAhead += text;
    else if (this.#open !== false) this.#open.untimed += text;
  }

  /** The text is whole; its sound may still have to come. */
  flushText(): void {
    this.#textWhole = true;
  }

  /** Settles when there is room for more: what is pushed faster than it is heard has to wait. */
  room(): Promise<void> {
    if (this.#queued < this.#limit) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The segment is whole. */
  flush(): void {
    const segment = this.#open;
    this.#open = undefined;
    if (segment === undefined || segment === false) return;
    segment.complete = true;
    if (segment.played === segment.pushed) this.#finish(segment, false);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Drops everything at once; what has been heard of it is reported. */
  clear(): void {
    for (const clip of this.#clips.splice(0)) this.#defer(() => clip.done(false));
    for (const segment of [...this.#segments]) this.#finish(segment, true);
    if (this.#open !== undefined) this.#open = false;
    this.#queued = 0;
    this.#wake();
  }

  /** A tone or a phrase of our own, heard before all else and through a pause. @returns false: it was cleared. */
  playClip(pcm: Int16Array): Promise<boolean> {
    return new Promise((resolve) => this.#clips.push({ pcm, at: 0, done: resolve }));
  }

  read(frame: Int16Array): boolean {
    const clip = this.#clips[0];
    if (clip !== undefined) return this.#readClip(clip, frame);
    const segment = this.#segments[0];
    if (this.#paused || segment === undefined) return false;
    let filled = 0;
    while (filled < frame.length) {
      const chunk = segment.chunks[0];
      if (chunk === undefined) break;
      const count = Math.min(frame.length - filled, chunk.length - segment.offset);
      // Not set(subarray()): that allocates a view a frame.
      for (let index = 0; index < count; index++) frame[filled + index] = chunk[segment.offset + index] ?? 0;
      filled += count;
      segment.offset += count;
      if (segment.offset === chunk.length) {
        segment.chunks.shift();
        segment.offset = 0;
      }
    }
    if (filled === 0) return false;
    frame.fill(0, filled);
    segment.played += filled;
    this.#queued -= filled;
    if (segment.startedAt === undefined) this.#start(segment);
    if (segment.played === segment.pushed) {
      segment.endedAt = this.#now();
      if (segment.complete) this.#finish(segment, false);
    }
    if (this.#waiting.length > 0 && this.#queued < this.#limit) this.#wake();
    return true;
  }

  #readClip(clip: Clip, frame: Int16Array): boolean {
    const count = Math.min(frame.length, clip.pcm.length - clip.at);
    for (let index = 0; index < count; index++) frame[index] = clip.pcm[clip.at + index] ?? 0;
    frame.fill(0, count);
    clip.at += count;
    if (clip.at >= clip.pcm.length) {
      this.#clips.shift();
      this.#defer(() => clip.done(true));
    }
    return true;
  }

  #start(segment: Segment): void {
    const at = this.#now();
    segment.startedAt = at;
    this.#defer(() => this.#listener.onStarted(at));
  }

  #finish(segment: Segment, interrupted: boolean): void {
    const index = this.#segments.indexOf(segment);
    if (index === -1) return;
    this.#segments.splice(index, 1);
    this.#queued -= segment.pushed - segment.played;
    const played: PlayedSegment = {
      playedSamples: segment.played,
      interrupted,
      heard: heardText(segment.spans, segment.played) ?? this.#heardUntimed(segment),
      startedAt: segment.startedAt,
      endedAt: segment.startedAt === undefined ? undefined : (segment.endedAt ?? this.#now()),
    };
    this.#defer(() => this.#listener.onFinished(played));
  }

  #heardUntimed({ untimed, played, pushed, complete }: Segment): string | undefined {
    const text = untimed.trim();
    if (text === "") return undefined;
    const whole = complete ? pushed : Math.max(pushed, text.length * this.#samplesPerCharacter);
    return heardText([{ text, start: 0, end: whole }], played);
  }

  #wake(): void {
    const waiting = this.#waiting.splice(0);
    if (waiting.length > 0) {
      this.#defer(() => {
        for (const wake of waiting) wake();
      });
    }
  }
}

/**
 * The words that were heard when `played` samples of the segment were. Within a sentence words are spread by
 * their letters, which is right to a word or so; a word that was cut counts as not heard.
 */
export function heardText(spans: readonly TextSpan[], played: number): string | undefined {
  if (spans.length === 0) return undefined;
  const heard: string[] = [];
  for (const span of spans) {
    if (played >= span.end) {
      heard.push(span.text);
      continue;
    }
    const share = (played - span.start) / (span.end - span.start);
    if (share > 0) heard.push(span.text.slice(0, wordEnd(span.text, Math.floor(share * span.text.length))));
    break;
  }
  return heard
    .filter((text) => text !== "")
    .join(" ")
    .trim();
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length || text[at] === " ") return at;
  return Math.max(0, text.lastIndexOf(" ", at));
}

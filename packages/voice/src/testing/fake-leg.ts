import type { AudioSink, AudioSource, LegPort } from "../leg-port.ts";

/** A leg without a wire: its ticks are made by the test, or by a real 20 ms timer. */
export class FakeLeg implements LegPort {
  readonly sampleRate = 8000;
  source: AudioSource | undefined;
  readonly sinks = new Set<AudioSink>();
  readonly otherSinks = new Set<AudioSink>();
  readonly sentDigits: string[] = [];
  readonly #keys = new Set<(digit: string) => void>();
  /** What the caller says: a frame is taken at each tick. */
  readonly #spoken: Int16Array[] = [];
  /** What the other party says. */
  readonly #otherSpoken: Int16Array[] = [];
  readonly #frame = new Int16Array(160);
  readonly #message: string | undefined;
  ticks = 0;
  /** Frames that went out, silence included, when `keep` is set. */
  readonly sent: Int16Array[] = [];
  keep = false;
  /** True where the last tick sent sound. */
  speaking = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(messagePath?: string) {
    this.#message = messagePath;
  }

  setSource(source: AudioSource | undefined): void {
    this.source = source;
  }

  addSink(sink: AudioSink): () => void {
    this.sinks.add(sink);
    return () => this.sinks.delete(sink);
  }

  addOtherSink(sink: AudioSink): () => void {
    this.otherSinks.add(sink);
    return () => this.otherSinks.delete(sink);
  }

  onDtmf(listener: (digit: string) => void): () => void {
    this.#keys.add(listener);
    return () => this.#keys.delete(listener);
  }

  async sendDtmf(digits: string): Promise<void> {
    this.sentDigits.push(digits);
  }

  messagePath(): string {
    if (this.#message === undefined) throw new Error("no message was expected");
    return this.#message;
  }

  press(digit: string): void {
    for (const listener of this.#keys) listener(digit);
  }

  /** The caller, or whom he is bridged to, says this, from the next tick on. */
  speak(pcm: Int16Array, who: "caller" | "other" = "caller"): void {
    const frames = who === "caller" ? this.#spoken : this.#otherSpoken;
    for (let at = 0; at < pcm.length; at += 160) {
      const frame = new Int16Array(160);
      frame.set(pcm.subarray(at, at + 160));
      frames.push(frame);
    }
  }

  get callerSpeaking(): boolean {
    return this.#spoken.length > 0;
  }

  tick(): void {
    this.ticks++;
    this.#frame.fill(0);
    this.speaking = this.source?.read(this.#frame) === true;
    if (!this.speaking) this.#frame.fill(0);
    if (this.keep) this.sent.push(this.#frame.slice());
    const heard = this.#spoken.shift() ?? new Int16Array(160);
    for (const sink of this.sinks) sink.write(heard, { concealed: false, silenceInserted: false });
    const other = this.#otherSpoken.shift() ?? new Int16Array(160);
    for (const sink of this.otherSinks) sink.write(other, { concealed: false, silenceInserted: false });
  }

  /** Ticks by the clock, catching up after a stall, as a media engine does. @param speed times real time */
  run(speed = 1): void {
    const started = performance.now();
    const before = this.ticks;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - started) * speed) / 20);
      while (this.ticks - before < due) this.tick();
    }, 10 / speed);
  }

  halt(): void {
    clearInterval(this.#timer);
  }
}

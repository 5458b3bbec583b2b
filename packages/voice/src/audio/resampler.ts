import createSpeex from "@echogarden/speex-resampler-wasm/simd";

/** What this file uses of the module that Emscripten made of SpeexDSP's resampler. */
interface Speex {
  readonly HEAP16: Int16Array;
  readonly HEAP32: Int32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _speex_resampler_init(channels: number, from: number, to: number, quality: number, error: number): number;
  _speex_resampler_destroy(state: number): void;
  _speex_resampler_skip_zeros(state: number): number;
  _speex_resampler_reset_mem(state: number): number;
  _speex_resampler_process_int(
    state: number,
    channel: number,
    input: number,
    inputLength: number,
    output: number,
    outputLength: number,
  ): number;
}

let loading: Promise<Speex> | undefined;

/** SpeexDSP calls 3 fit for voice over a network: 3 µs a 20 ms frame, no alias that a phone line would let through. */
const quality = 3;
/** Samples taken at once, so that the module's memory stays small. */
const blockSize = 4096;

/** Changes the sample rate of one stream of PCM; keeps its filter's memory from call to call. */
export class Resampler {
  readonly from: number;
  readonly to: number;
  readonly #speex: Speex;
  #state: number;
  readonly #input: number;
  readonly #output: number;
  readonly #outputSize: number;
  /** Two 32-bit lengths, in and out. */
  readonly #lengths: number;

  /** @param from Hz @param to Hz */
  static async create(from: number, to: number): Promise<Resampler> {
    loading ??= createSpeex() as Promise<Speex>;
    return new Resampler(await loading, from, to);
  }

  private constructor(speex: Speex, from: number, to: number) {
    this.from = from;
    this.to = to;
    this.#speex = speex;
    this.#outputSize = Math.ceil((blockSize * to) / from) + 16;
    this.#lengths = speex._malloc(8);
    this.#input = speex._malloc(blockSize * 2);
    this.#output = speex._malloc(this.#outputSize * 2);
    this.#state = speex._speex_resampler_init(1, from, to, quality, this.#lengths);
    if (this.#state === 0) throw new RangeError(`no resampler from ${from} Hz to ${to} Hz`);
    // Without it the stream would begin with the filter's own delay.
    speex._speex_resampler_skip_zeros(this.#state);
  }

  /** Returns a new array; empty while the filter fills. */
  process(pcm: Int16Array): Int16Array {
    const made: Int16Array[] = [];
    let total = 0;
    for (let at = 0; at < pcm.length; ) {
      const block = pcm.subarray(at, at + blockSize);
      const { taken, samples } = this.#block(block);
      if (taken === 0 && samples.length === 0) break;
      at += taken;
      made.push(samples);
      total += samples.length;
    }
    const first = made[0];
    if (made.length === 1 && first !== undefined) return first;
    const joined = new Int16Array(total);
    let at = 0;
    for (const part of made) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  #block(block: Int16Array): { taken: number; samples: Int16Array } {
    const speex = this.#speex;
    speex.HEAP16.set(block, this.#input >> 1);
    speex.HEAP32[this.#lengths >> 2] = block.length;
    speex.HEAP32[(this.#lengths >> 2) + 1] = this.#outputSize;
    speex._speex_resampler_process_int(
      this.#state,
      0,
      this.#input,
      this.#lengths,
      this.#output,
      this.#lengths + 4,
    );
    const taken = speex.HEAP32[this.#lengths >> 2] ?? 0;
    const count = speex.HEAP32[(this.#lengths >> 2) + 1] ?? 0;
    // The module's memory may have moved while it grew: HEAP16 is read again after the call.
    return { taken, samples: speex.HEAP16.slice(this.#output >> 1, (this.#output >> 1) + count) };
  }

  /** A whole clip at once, its tail included; the next clip starts afresh. */
  clip(pcm: Int16Array): Int16Array {
    const wanted = Math.round((pcm.length * this.to) / this.from);
    this.#speex._speex_resampler_reset_mem(this.#state);
    this.#speex._speex_resampler_skip_zeros(this.#state);
    const head = this.process(pcm);
    const tail = this.process(new Int16Array(Math.ceil(this.from / 50)));
    const whole = new Int16Array(wanted);
    whole.set(head.subarray(0, wanted));
    if (head.length < wanted) whole.set(tail.subarray(0, wanted - head.length), head.length);
    return whole;
  }

  close(): void {
    if (this.#state === 0) return;
    this.#speex._speex_resampler_destroy(this.#state);
    this.#speex._free(this.#input);
    this.#speex._free(this.#output);
    this.#speex._free(this.#lengths);
    this.#state = 0;
  }
}

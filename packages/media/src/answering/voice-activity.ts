// Whether somebody speaks, by the level of each 20 ms frame alone: no model, no allocation, a few operations a frame.
//
// The line's noise is what the last seconds were at their quietest. At the start nothing is known of it: speech may come first.
// So levels are kept, and what they mean is read again from the start when the picture changes (the first pause shows the
// noise; the first loud syllable shows how loud this voice is). What was taken for speech and was the hiss of the line is
// taken back.

/** Ms of a frame. */
const FRAME_MS = 20;
/** dB above the noise at which a voice begins and at which it goes on. */
const RISE = 6;
const HOLD = 4;
/** dBm0 under which nothing is a voice. */
const WEAKEST = -46;
/** dB under the loudest part so far that is background: another room, a television, an echo. */
const REACH = 24;
/** Frames of the mean that noise and loudness are measured on: 60 ms. */
const MEAN = 3;
/** Frames back that the quietest is looked for in: 3 s. */
const NOISE_FRAMES = 150;
/** dBm0: no line is noisier, and none is heard quieter. */
const NOISIEST = -25;
const QUIETEST = -65;
/** Frames of nothing at all on end before they count as this line's silence: less is a gap in the packets. */
const GAP_FRAMES = 15;
/** Frames of voice that make a word: 100 ms; a click, a knock, a key are shorter. */
const WORD_FRAMES = 5;
/** Frames of quiet that end a word: 100 ms. A plosive's stop is shorter. */
const PAUSE_FRAMES = 5;
/** dB by which the threshold must have moved before the past is read again. */
const REREAD = 1;

/** Level given for a frame that holds no sound of the far end: a gap, a tone. dBm0. */
export const NO_SOUND = -100;

export class VoiceActivity {
  /** Ms of audio taken. */
  now = 0;
  /** Ms at which the first word began; undefined before. */
  firstVoiceAt: number | undefined;
  /** Ms at which the last word ended, or was last heard. */
  lastVoiceAt = 0;
  /** Words: stretches of voice between pauses of 100 ms. Several of speech make one where they are run together. */
  words = 0;
  /** Ms of voice in all. */
  voicedMs = 0;
  readonly #levels: Float32Array;
  #frames = 0;
  #noise = QUIETEST;
  #loudest = NO_SOUND;
  #threshold = WEAKEST;
  #gap = 0;
  #heard = false;
  // of the word that is being heard
  #run = 0;
  #quiet = 0;
  #active = false;
  #begun = 0;

  /** @param keepMs how much of the start may be read again; after that the past stands */
  constructor(keepMs: number) {
    this.#levels = new Float32Array(Math.max(NOISE_FRAMES, Math.ceil(keepMs / FRAME_MS)));
  }

  /** The line's noise as it is taken to be, dBm0. */
  get noise(): number {
    return this.#noise;
  }

  /** Ms since the last voice; 0 while it lasts or where none was. */
  get silenceMs(): number {
    return this.firstVoiceAt === undefined ? 0 : this.now - this.lastVoiceAt;
  }

  /** Ms from the first word's start to the last one's end. */
  get spanMs(): number {
    return this.firstVoiceAt === undefined ? 0 : this.lastVoiceAt - this.firstVoiceAt;
  }

  /** Takes the level of one 20 ms frame, dBm0; NO_SOUND where it holds none. */
  write(level: number): void {
    const kept = this.#frames < this.#levels.length;
    this.#levels[this.#frames % this.#levels.length] = level;
    this.#frames += 1;
    this.now += FRAME_MS;
    this.#measure(level);
    const threshold = Math.max(WEAKEST, this.#noise + RISE, this.#loudest - REACH);
    if (kept && Math.abs(threshold - this.#threshold) >= REREAD) {
      this.#threshold = threshold;
      this.#reread();
    } else {
      if (!kept) this.#threshold = threshold;
      this.#take(level, this.now);
    }
  }

  #measure(level: number): void {
    if (level <= NO_SOUND) this.#gap += 1;
    else {
      this.#gap = 0;
      this.#heard = true;
    }
    if (!this.#heard) return;
    const mean = this.#mean(this.#frames);
    if (mean !== undefined) this.#loudest = Math.max(this.#loudest - 0.02, mean);
    let quietest = this.#gap >= GAP_FRAMES ? QUIETEST : Number.POSITIVE_INFINITY;
    const oldest = Math.max(MEAN, this.#frames - Math.min(NOISE_FRAMES, this.#levels.length - MEAN));
    for (let end = this.#frames; end >= oldest; end--) {
      const past = this.#mean(end);
      if (past !== undefined && past < quietest) quietest = past;
    }
    if (quietest !== Number.POSITIVE_INFINITY) this.#noise = Math.min(NOISIEST, Math.max(QUIETEST, quietest));
  }

  /** Mean level, dB, of three frames that end before frame `end`; undefined where one holds no sound. */
  #mean(end: number): number | undefined {
    if (end < MEAN) return undefined;
    let sum = 0;
    for (let index = end - MEAN; index < end; index++) {
      const level = this.#levels[index % this.#levels.length] as number;
      if (level <= NO_SOUND) return undefined;
      sum += level;
    }
    return sum / MEAN;
  }

  #reread(): void {
    this.firstVoiceAt = undefined;
    this.lastVoiceAt = this.words = this.voicedMs = 0;
    this.#run = this.#quiet = 0;
    this.#active = false;
    for (let index = 0; index < this.#frames; index++)
      this.#take(this.#levels[index] as number, (index + 1) * FRAME_MS);
  }

  /** Counts one frame by the threshold of now. */
  #take(level: number, now: number): void {
    this.#active = level >= this.#threshold - (this.#active ? RISE - HOLD : 0);
    if (!this.#active) {
      this.#quiet += 1;
      if (this.#quiet >= PAUSE_FRAMES) this.#run = 0;
      return;
    }
    if (this.#run === 0) this.#begun = now - FRAME_MS;
    this.#quiet = 0;
    this.#run += 1;
    if (this.#run < WORD_FRAMES) return;
    if (this.#run === WORD_FRAMES) {
      this.words += 1;
      this.voicedMs += WORD_FRAMES * FRAME_MS;
      this.firstVoiceAt ??= this.#begun;
    } else this.voicedMs += FRAME_MS;
    this.lastVoiceAt = now;
  }
}

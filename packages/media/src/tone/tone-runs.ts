// Cuts audio into runs of steady tones. A run is one frequency, or two, that stand still for 80 ms or longer: speech has
// such frames, but its pitch moves on before that. What the runs mean (a beep, a busy line) is told by those who look at them.
import { QUIET, ToneAnalyser } from "./tone-analyser.ts";

/** Ms of a frame. */
export const FRAME_MS = 20;
/** Frames on end that make a run. */
const FRAMES_TO_BEGIN = 4;
/** Frames without it that end a run: one may be spoilt by noise, or by the null of two frequencies' beat. */
const FRAMES_TO_END = 2;
/** Share of the energy that the tone, or both, must hold. */
const PURITY = 0.75;
/** How much weaker the second frequency of a pair may be: 8 dB. */
const TWIST = 10 ** 0.8;
/** Hz by which a frame's frequency may be off the run's. */
const TOLERANCE = 16;
/** dB by which the level may change from frame to frame of a single tone: what is more is another sound. */
const STEP = 9;

/** A tone that began and, unless it still sounds, ended. Times are ms of audio since the first frame. */
export interface ToneRun {
  /** Hz: one frequency, or the mean of two close ones. */
  low: number;
  /** Hz: the higher of two; 0 where there is but one. */
  high: number;
  startedAt: number;
  endedAt: number;
  /** Mean level, dBm0. */
  level: number;
  /** Hz between the least and the greatest reading of `low`. */
  spread: number;
}

export interface ToneRunsOptions {
  /** 8000 or 16000 Hz. */
  sampleRate: number;
  /** A run is sure to be one, 80 ms after it began; called in the frame that shows it. */
  onBegin?(run: ToneRun): void;
  /** It is over, 40 ms after it ended. */
  onEnd?(run: ToneRun): void;
}

interface Candidate extends ToneRun {
  frames: number;
  least: number;
  most: number;
  lastLevel: number;
}

export class ToneRuns {
  /** Ms of audio taken. */
  now = 0;
  readonly #options: ToneRunsOptions;
  readonly #analyser: ToneAnalyser;
  #run: Candidate | undefined;
  /** What may become the next run while the run's own end is not sure. */
  #next: Candidate | undefined;
  #misses = 0;

  constructor(options: ToneRunsOptions) {
    this.#options = options;
    this.#analyser = new ToneAnalyser(options.sampleRate);
  }

  /** Level of the last frame, dBm0. */
  get level(): number {
    return this.#analyser.level;
  }

  /** The tone that sounds now. */
  get current(): ToneRun | undefined {
    const run = this.#run;
    return run !== undefined && run.frames >= FRAMES_TO_BEGIN ? run : undefined;
  }

  /** Takes one 20 ms frame; calls the handlers from inside. */
  write(frame: Int16Array): void {
    const analyser = this.#analyser;
    analyser.write(frame);
    this.now += FRAME_MS;
    const run = this.#run;
    if (run === undefined) {
      this.#run = this.#candidate();
      return;
    }
    if (this.#continues(run)) {
      this.#misses = 0;
      this.#next = undefined;
      this.#extend(run);
      return;
    }
    this.#misses += 1;
    if (this.#next !== undefined && this.#continues(this.#next)) this.#extend(this.#next);
    else this.#next = this.#candidate();
    if (run.frames >= FRAMES_TO_BEGIN && this.#misses < FRAMES_TO_END) return;
    this.#misses = 0;
    this.#run = this.#next;
    this.#next = undefined;
    if (run.frames >= FRAMES_TO_BEGIN) this.#options.onEnd?.(run);
  }

  /** The frame just analysed as the first of a run. */
  #candidate(): Candidate | undefined {
    const { level, first, second } = this.#analyser;
    const kind = this.#kind();
    if (kind === 0) return undefined;
    const low = kind === 1 ? first : Math.min(first, second);
    return {
      low,
      high: kind === 1 ? 0 : Math.max(first, second),
      startedAt: this.now - FRAME_MS,
      endedAt: this.now,
      level,
      spread: 0,
      frames: 1,
      least: low,
      most: low,
      lastLevel: level,
    };
  }

  /** How many frequencies hold the frame: 0 where no tone does. */
  #kind(): 0 | 1 | 2 {
    const { level, firstShare, secondShare } = this.#analyser;
    if (level < QUIET) return 0;
    const pair = firstShare + secondShare >= PURITY && secondShare * TWIST >= firstShare;
    if (pair) return 2;
    return firstShare >= PURITY ? 1 : 0;
  }

  #continues(run: Candidate): boolean {
    const { first, second, level } = this.#analyser;
    const kind = this.#kind();
    if (kind === 0 || (kind === 2) !== run.high > 0) return false;
    const low = kind === 1 ? first : Math.min(first, second);
    if (Math.abs(low - run.low) > TOLERANCE) return false;
    if (kind === 2) return Math.abs(Math.max(first, second) - run.high) <= TOLERANCE;
    // a tone's first and last frames are only partly filled
    return run.frames < 2 || level >= run.lastLevel - STEP;
  }

  #extend(run: Candidate): void {
    const { first, second, level } = this.#analyser;
    const low = run.high > 0 ? Math.min(first, second) : first;
    run.frames += 1;
    const weight = 1 / run.frames;
    run.low += (low - run.low) * weight;
    if (run.high > 0) run.high += (Math.max(first, second) - run.high) * weight;
    run.level += (level - run.level) * weight;
    run.least = Math.min(run.least, low);
    run.most = Math.max(run.most, low);
    run.spread = run.most - run.least;
    run.endedAt = this.now;
    run.lastLevel = level;
    if (run.frames === FRAMES_TO_BEGIN) this.#options.onBegin?.(run);
  }
}

// Tells what the network or the far machine says by tones: ringback, busy, congestion, "special information" (the rise of
// three tones before an announcement), fax. Sources: GR-506 (North America), ETSI TR 101 041 (Europe), SIN 350 (United Kingdom),
// ITU-T E.180 and its supplement 2 (the countries' plans), E.180 §6 (special information), T.30 (fax).
import type { ToneRun } from "./tone-runs.ts";

export type NetworkTone =
  | "ringback"
  | "busy"
  /** Also reorder, fast busy: no way through the network. */
  | "congestion"
  /** 950, 1400, 1800 Hz: an announcement of the network follows. */
  | "special_information"
  /** CED or ANSam: 2100 Hz, a fax or modem has answered. */
  | "fax_answer"
  /** CNG: 1100 Hz, a fax that calls. */
  | "fax_calling";

/** A burst and the silence before it, ms; the silence before the first is Infinity. */
interface Burst {
  run: ToneRun;
  on: number;
  off: number;
}

/** Bursts that a cadence is read from. */
const KEPT = 4;
/** Ms: what ringback's pause may be at most (E.180: 6 s at the longest), and a little. */
const LONGEST_OFF = 7000;
/** Hz, of special information tones: E.180's ±50, and the exact pairs that North America uses to tell kinds apart. */
const INFORMATION: readonly (readonly [number, number])[] = [
  [890, 1010],
  [1340, 1460],
  [1740, 1850],
];

export class NetworkToneDetector {
  readonly #onTone: (tone: NetworkTone, at: number) => void;
  readonly #told = new Set<NetworkTone>();
  /** Ended bursts of one frequency, oldest first. */
  #bursts: Burst[] = [];
  #off = Number.POSITIVE_INFINITY;
  /** How many of the three have been heard in order, and when the last ended. */
  #information = 0;
  #informationEnd = 0;
  /** Ms of 2100 Hz so far, and its last end. */
  #answerMs = 0;
  #answerEnd = Number.NEGATIVE_INFINITY;

  /** @param onTone each kind once; `at` in ms of audio */
  constructor(onTone: (tone: NetworkTone, at: number) => void) {
    this.#onTone = onTone;
  }

  begin(run: ToneRun): void {
    const last = this.#bursts.at(-1);
    this.#off = last === undefined ? Number.POSITIVE_INFINITY : run.startedAt - last.run.endedAt;
    if (last !== undefined && (!sameTone(last.run, run) || this.#off > LONGEST_OFF)) {
      this.#bursts = [];
      this.#off = Number.POSITIVE_INFINITY;
    }
    if (this.#bursts.length > 0) this.#readCadence(run);
    this.#readInformation(run);
  }

  end(run: ToneRun): void {
    const on = run.endedAt - run.startedAt;
    this.#bursts.push({ run, on, off: this.#off });
    if (this.#bursts.length > KEPT) this.#bursts.shift();
    if (this.#information > 0 && isInformation(run, this.#information - 1) && on >= 180) {
      this.#informationEnd = run.endedAt;
    } else this.#information = 0;
    if (isAnswerTone(run)) {
      this.#answerMs += on;
      this.#answerEnd = run.endedAt;
    }
  }

  /** Each frame. @param now ms of audio @param current the tone that sounds */
  tick(now: number, current: ToneRun | undefined): void {
    if (current === undefined || !isAnswerTone(current)) return;
    // ANSam turns its phase every 450 ms (V.8): that may cut it into runs
    if (current.startedAt - this.#answerEnd > 200) this.#answerMs = 0;
    if (this.#answerMs + now - current.startedAt >= 1000) this.#tell("fax_answer", now);
  }

  #readCadence(run: ToneRun): void {
    const at = run.startedAt;
    const last = this.#bursts.at(-1);
    if (last === undefined) return;
    if (run.high === 0 && within(run.low, 1075, 1125)) {
      if (within(last.on, 400, 650) && within(this.#off, 2500, 3600)) this.#tell("fax_calling", at);
      return;
    }
    const single = run.high === 0 && within(run.low, 380, 500);
    const pair = within(run.low, 460, 500) && within(run.high, 600, 640);
    if (!single && !pair) return;
    if (single && within(last.on, 300, 2700) && within(this.#off, 1700, LONGEST_OFF))
      this.#tell("ringback", at);
    else if (this.#even(2, 300, 650)) this.#tell("busy", at);
    else if (this.#even(3, 130, 300) || this.#isBritishCongestion()) this.#tell("congestion", at);
  }

  /** Whether the last `count` bursts and the pauses after them are all of one length, in these bounds. */
  #even(count: number, least: number, most: number): boolean {
    if (this.#bursts.length < count) return false;
    const bursts = this.#bursts.slice(-count);
    const offs = [...bursts.slice(1).map((burst) => burst.off), this.#off];
    const mean = bursts.reduce((sum, burst) => sum + burst.on, 0) / count;
    const slack = Math.max(60, mean / 4);
    return (
      within(mean, least, most) &&
      bursts.every((burst) => Math.abs(burst.on - mean) <= slack) &&
      offs.every((off) => Math.abs(off - mean) <= slack + 60)
    );
  }

  /** SIN 350: 400 ms on, 350 off, 225 on, 525 off. */
  #isBritishCongestion(): boolean {
    if (this.#bursts.length < 3) return false;
    const bursts = this.#bursts.slice(-3);
    const offs = [...bursts.slice(1).map((burst) => burst.off), this.#off];
    return bursts.every(({ on }, index) => {
      const long = on > 310;
      const turn = index === 0 || long !== (bursts[index - 1] as Burst).on > 310;
      const off = offs[index] as number;
      return turn && Math.abs(on - (long ? 400 : 225)) <= 80 && Math.abs(off - (long ? 350 : 525)) <= 80;
    });
  }

  #readInformation(run: ToneRun): void {
    const next = this.#information;
    const follows = next === 0 || run.startedAt - this.#informationEnd <= 150;
    if (next < INFORMATION.length && follows && isInformation(run, next)) this.#information += 1;
    else this.#information = isInformation(run, 0) ? 1 : 0;
    this.#informationEnd = Number.POSITIVE_INFINITY;
    if (this.#information === INFORMATION.length) this.#tell("special_information", run.startedAt);
  }

  #tell(tone: NetworkTone, at: number): void {
    if (this.#told.has(tone)) return;
    this.#told.add(tone);
    this.#onTone(tone, at);
  }
}

function isInformation(run: ToneRun, index: number): boolean {
  const range = INFORMATION[index];
  return range !== undefined && run.high === 0 && within(run.low, range[0], range[1]);
}

/** T.30: 2100 ± 15 Hz. */
function isAnswerTone(run: ToneRun): boolean {
  return run.high === 0 && within(run.low, 2080, 2120);
}

function sameTone(a: ToneRun, b: ToneRun): boolean {
  return Math.abs(a.low - b.low) <= 20 && Math.abs(a.high - b.high) <= 20;
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

// How long frames must wait so that most packets are there in time. Every packet's transit (arrival minus media
// time) is set against the smallest one of the last seconds; a forgetting histogram of the difference gives the
// delay that all but 2 % of the packets keep. The minimum moves with the window, so the drift between the two
// clocks is followed, not accumulated.

const BUCKET_MS = 10;
const QUANTILE = 0.98;
/** Share of the histogram's memory that each packet replaces: about 10 s at 50 packets a second. */
const GROWTH = 1 / 0.998;
const WINDOW_MS = 3000;
/** Weight, in packets, of the belief we start with. */
const PRIOR_WEIGHT = 3;
/** On top of the quantile: the tick's own unevenness. */
const MARGIN_MS = 10;

export interface DelayLimits {
  /** Ms. */
  minimum: number;
  initial: number;
  maximum: number;
}

export class DelayEstimator {
  readonly #limits: DelayLimits;
  readonly #weights: Float64Array;
  #weight = 1;
  #total = PRIOR_WEIGHT;
  #windowEnd = 0;
  #windowMinimum = 0;
  #previousMinimum = 0;

  /** Smallest recent transit: the arrival of a packet that met no queue. Ms. */
  base = 0;
  /** Delay to aim for, above {@link base}. Ms. */
  target: number;

  constructor(limits: DelayLimits) {
    this.#limits = limits;
    this.#weights = new Float64Array(Math.ceil(limits.maximum / BUCKET_MS) + 1);
    this.#weights[this.#bucketOf(limits.initial - MARGIN_MS - BUCKET_MS / 2)] = PRIOR_WEIGHT;
    this.target = limits.initial;
  }

  /** The stream's clock is a new one: starts the minimum at this packet, keeps what is known of the jitter. */
  rebase(transit: number, arrival: number): void {
    this.base = transit;
    this.#windowMinimum = transit;
    this.#previousMinimum = transit;
    this.#windowEnd = arrival + WINDOW_MS;
  }

  /** @param transit arrival minus media time; @param arrival monotonic; both ms */
  measure(transit: number, arrival: number): void {
    if (arrival >= this.#windowEnd) {
      this.#previousMinimum = this.#windowMinimum;
      this.#windowMinimum = transit;
      this.#windowEnd = arrival + WINDOW_MS;
    } else if (transit < this.#windowMinimum) {
      this.#windowMinimum = transit;
    }
    this.base = Math.min(this.#windowMinimum, this.#previousMinimum);

    // growing the new weights is the same as shrinking all the old ones, without touching them
    this.#weight *= GROWTH;
    const bucket = this.#bucketOf(transit - this.base);
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + this.#weight;
    this.#total += this.#weight;
    if (this.#weight > 1e6) this.#normalise();
    this.#updateTarget();
  }

  #bucketOf(delay: number): number {
    return Math.max(0, Math.min(this.#weights.length - 1, Math.floor(delay / BUCKET_MS)));
  }

  #updateTarget(): void {
    let above = this.#total * (1 - QUANTILE);
    let bucket = this.#weights.length - 1;
    for (; bucket > 0; bucket--) {
      above -= this.#weights[bucket] ?? 0;
      if (above < 0) break;
    }
    const wanted = (bucket + 1) * BUCKET_MS + MARGIN_MS;
    this.target = Math.max(this.#limits.minimum, Math.min(this.#limits.maximum, wanted));
  }

  #normalise(): void {
    for (let i = 0; i < this.#weights.length; i++) {
      this.#weights[i] = (this.#weights[i] ?? 0) / this.#weight;
    }
    this.#total /= this.#weight;
    this.#weight = 1;
  }
}

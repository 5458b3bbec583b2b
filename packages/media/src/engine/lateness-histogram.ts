const BUCKET_MS = 0.25;
const BUCKETS = 800;

/** How late packets left, in 0.25 ms steps up to 200 ms. Recording allocates nothing. */
export class LatenessHistogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  count = 0;
  /** Ms. */
  maximum = 0;

  /** @param lateness ms; below 0 counts as 0 */
  record(lateness: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(lateness / BUCKET_MS)));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.count += 1;
    if (lateness > this.maximum) this.maximum = lateness;
  }

  /** @param share 0..1; @returns ms: at most one bucket above the true value; 0 when nothing was recorded */
  percentile(share: number): number {
    let left = share * this.count;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0) return this.count === 0 ? 0 : (bucket + 1) * BUCKET_MS;
    }
    return this.maximum;
  }

  reset(): void {
    this.#buckets.fill(0);
    this.count = 0;
    this.maximum = 0;
  }
}

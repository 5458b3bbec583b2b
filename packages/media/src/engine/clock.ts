/** The times that the engine needs; a test hands in its own. */
export interface MediaClock {
  /** Monotonic ms, fractions included. */
  now(): number;
  /** Ms since 1970, for the NTP times of RTCP. */
  wallClock(): number;
}

export const systemClock: MediaClock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
};

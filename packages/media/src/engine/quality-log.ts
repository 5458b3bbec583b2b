// How a leg's audio was over time, both ways: one sample each few seconds, thinned so that a call of any length keeps a bounded number.
// Pure: times and counts are handed in.

import { estimateMos, farDelay, nearDelay, type QualityReading } from "./quality.ts";

/** The audio of a few seconds. `remote…`: what the peer reports (RTCP) of what it hears. undefined: nothing came that would tell. */
export interface QualitySample {
  /** The end of the time it is of, epoch ms. */
  at: number;
  /** The length of that time. */
  seconds: number;
  packetsReceived: number;
  /** Of what the peer sent: what never came, and what came too late to be played; 0 to 100. */
  lostPercent?: number | undefined;
  latePercent?: number | undefined;
  /** The highest in that time, as all ms here. */
  jitterMs?: number | undefined;
  bufferMs?: number | undefined;
  roundTripMs?: number | undefined;
  /** 1 to 4.5, see `estimateMos`: as heard here. */
  mos?: number | undefined;
  remoteLostPercent?: number | undefined;
  remoteJitterMs?: number | undefined;
  /** As heard by the peer. */
  remoteMos?: number | undefined;
}

interface Stretch {
  at: number;
  ms: number;
  received: number;
  lost: number;
  late: number;
  jitterMs: number;
  bufferMs: number;
  delayMs: number;
  /** What the reports are of that came meanwhile; 0: none came. */
  reported: number;
  remoteLost: number;
  remoteJitterMs: number;
  remoteDelayMs: number;
  roundTripMs: number | undefined;
}

const INTERVAL_MS = 5_000;
const MAX_SAMPLES = 240;
/** A time shorter than this tells nothing, unless there is no other. */
const SHORTEST_MS = 1_000;

const nothing: QualityReading = {
  received: 0,
  lost: 0,
  late: 0,
  jitterMs: 0,
  bufferMs: 0,
  roundTripMs: undefined,
  reportedSent: 0,
  remoteLost: 0,
  remoteJitterMs: undefined,
};

export class QualityLog {
  #intervalMs = INTERVAL_MS;
  #stretches: Stretch[] = [];
  #before = nothing;
  #since: number;

  /** @param now monotonic ms, as below */
  constructor(now: number) {
    this.#since = now;
  }

  isDue(now: number): boolean {
    return now - this.#since >= this.#intervalMs;
  }

  /** @param wallClock epoch ms */
  add(now: number, wallClock: number, reading: QualityReading): void {
    this.#stretches.push(this.#stretch(now, wallClock, reading));
    this.#before = reading;
    this.#since = now;
    if (this.#stretches.length < MAX_SAMPLES) return;
    this.#stretches = halved(this.#stretches);
    this.#intervalMs *= 2;
  }

  /** Oldest first, at most 240, with the time since the last one. */
  samples(now: number, wallClock: number, reading: QualityReading): QualitySample[] {
    const samples = this.#stretches.map(sampleOf);
    const ms = now - this.#since;
    if (ms >= SHORTEST_MS || (ms > 0 && samples.length === 0))
      samples.push(sampleOf(this.#stretch(now, wallClock, reading)));
    return samples;
  }

  #stretch(now: number, wallClock: number, reading: QualityReading): Stretch {
    const before = this.#before;
    const { jitterMs, bufferMs, roundTripMs } = reading;
    const remoteJitterMs = reading.remoteJitterMs ?? 0;
    const reported = grown(reading.reportedSent, before.reportedSent);
    return {
      ...{ at: wallClock, ms: now - this.#since, jitterMs, bufferMs, reported },
      received: grown(reading.received, before.received),
      lost: grown(reading.lost, before.lost),
      late: grown(reading.late, before.late),
      delayMs: nearDelay(bufferMs, roundTripMs),
      // A peer may claim what it likes.
      remoteLost: Math.min(reported, grown(reading.remoteLost, before.remoteLost)),
      remoteJitterMs,
      remoteDelayMs: farDelay(remoteJitterMs, roundTripMs),
      roundTripMs: reported === 0 ? undefined : roundTripMs,
    };
  }
}

/** A restarted sender makes counts begin anew. */
function grown(now: number, before: number): number {
  return Math.max(0, now - before);
}

/** Two become one; the last stays alone where they are odd. */
function halved(stretches: readonly Stretch[]): Stretch[] {
  const pairs: Stretch[] = [];
  for (let i = 0; i < stretches.length; i += 2) {
    const [one, other] = stretches.slice(i, i + 2);
    if (one !== undefined) pairs.push(other === undefined ? one : joined(one, other));
  }
  return pairs;
}

function joined(one: Stretch, other: Stretch): Stretch {
  const trips = [one.roundTripMs, other.roundTripMs].filter((trip) => trip !== undefined);
  return {
    at: other.at,
    ms: one.ms + other.ms,
    received: one.received + other.received,
    lost: one.lost + other.lost,
    late: one.late + other.late,
    jitterMs: Math.max(one.jitterMs, other.jitterMs),
    bufferMs: Math.max(one.bufferMs, other.bufferMs),
    delayMs: Math.max(one.delayMs, other.delayMs),
    reported: one.reported + other.reported,
    remoteLost: one.remoteLost + other.remoteLost,
    remoteJitterMs: Math.max(one.remoteJitterMs, other.remoteJitterMs),
    remoteDelayMs: Math.max(one.remoteDelayMs, other.remoteDelayMs),
    roundTripMs: trips.length === 0 ? undefined : Math.max(...trips),
  };
}

function sampleOf(stretch: Stretch): QualitySample {
  const { at, received, lost, late, reported, remoteLost } = stretch;
  const expected = received + lost;
  const lostPercent = (100 * lost) / expected;
  const latePercent = Math.min(100 - lostPercent, (100 * late) / expected);
  const remoteLostPercent = (100 * remoteLost) / reported;
  const here = expected > 0;
  const there = reported > 0;
  return {
    at: Math.round(at),
    seconds: rounded(stretch.ms / 1000, 1),
    packetsReceived: received,
    lostPercent: here ? rounded(lostPercent, 2) : undefined,
    latePercent: here ? rounded(latePercent, 2) : undefined,
    jitterMs: here ? rounded(stretch.jitterMs, 1) : undefined,
    bufferMs: here ? rounded(stretch.bufferMs, 1) : undefined,
    roundTripMs: stretch.roundTripMs === undefined ? undefined : rounded(stretch.roundTripMs, 1),
    mos: here ? rounded(estimateMos(lostPercent + latePercent, stretch.delayMs), 2) : undefined,
    remoteLostPercent: there ? rounded(remoteLostPercent, 2) : undefined,
    remoteJitterMs: there ? rounded(stretch.remoteJitterMs, 1) : undefined,
    remoteMos: there ? rounded(estimateMos(remoteLostPercent, stretch.remoteDelayMs), 2) : undefined,
  };
}

function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

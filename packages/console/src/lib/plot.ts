// Geometry of plots over time, in seconds and pixels; nothing of the page.

/** A value that holds for a time. */
export interface Stretch {
  from: number;
  to: number;
  value: number;
}

export interface Timed {
  /** Seconds. */
  from: number;
  to: number;
}

/** How many samples without a value one that follows may tell of. */
const MAX_BRIDGED = 2;

/**
 * Where a figure has values, as stretches. @param lag the figure tells of the time since its last value (as a report of the other side
 *   does); else a sample without one is a gap
 */
export function stretches<Sample extends Timed>(
  samples: readonly Sample[],
  figure: (sample: Sample) => number | undefined,
  lag = false,
): Stretch[] {
  const found: Stretch[] = [];
  let untold = 0;
  for (const [index, sample] of samples.entries()) {
    const value = figure(sample);
    if (value === undefined) {
      untold += 1;
      continue;
    }
    const first = lag && untold <= MAX_BRIDGED ? samples[index - untold] : undefined;
    found.push({ from: (first ?? sample).from, to: sample.to, value });
    untold = 0;
  }
  return found;
}

/** As a path of steps; a gap in time is a gap in the line. */
export function stepPath(
  parts: readonly Stretch[],
  x: (seconds: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let end: number | undefined;
  for (const { from, to, value } of parts) {
    path += end === from ? `V${pixel(y(value))}` : `M${pixel(x(from))},${pixel(y(value))}`;
    path += `H${pixel(x(to))}`;
    end = to;
  }
  return path;
}

/** From `low` to the first round number that holds all values, and at least to `atLeast`; with round steps between. */
export function scaleOf(values: readonly number[], low: number, atLeast: number): number[] {
  const high = Math.max(atLeast, ...values);
  const raw = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((part) => part * power).find((size) => size >= raw) ?? raw;
  const ticks = [low];
  while ((ticks.at(-1) ?? high) < high) ticks.push(low + step * ticks.length);
  return ticks;
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** Round times of a span of seconds, at most `most` of them. */
export function timeTicks(seconds: number, most: number): number[] {
  const step = TIME_STEPS.find((size) => seconds / size <= most) ?? Math.ceil(seconds / most);
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

function pixel(value: number): string {
  return String(Math.round(value * 10) / 10);
}

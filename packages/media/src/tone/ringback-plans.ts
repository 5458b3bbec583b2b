// How it rings in the country of a number: ITU-T E.180 supplement 2. Modulated tones ("400 × 25") are given by their side
// frequencies, which sound the same.
import { type ToneSpecification, tonePlans } from "./call-progress.ts";

const { us, eu, uk } = tonePlans;

/** @param seconds on, off, on … */
function plan(frequencies: readonly number[], ...seconds: readonly number[]): ToneSpecification {
  const level = frequencies.length > 1 ? us.ringback.level : eu.ringback.level;
  return { frequencies, level, cadence: seconds.map((length) => length * 1000) };
}

/** Twice in quick succession, as in the United Kingdom and where its plan was taken over. */
const double = [0.4, 0.2, 0.4, 2] as const;

/** By country calling code. All others ring as most of Europe does. */
const byCallingCode: ReadonlyMap<string, ToneSpecification> = new Map([
  ["1", us.ringback],
  ["44", uk.ringback],
  ["353", uk.ringback],
  ["64", uk.ringback],
  ["60", plan([425], ...double)],
  ["61", plan([413, 438], ...double)],
  ["65", plan([425], ...double)],
  ["27", plan([383, 417], ...double)],
  ["91", plan([388, 413], ...double)],
  ["852", plan([440, 480], 0.4, 0.2, 0.4, 3)],
  ["7", plan([425], 0.8, 3.2)],
  ["32", plan([425], 1, 3)],
  ["33", plan([440], 1.5, 3.5)],
  ["34", plan([425], 1.5, 3)],
  ["43", plan([420], 1, 5)],
  ["46", plan([425], 1, 5)],
  ["351", plan([425], 1, 5)],
  ["54", plan([425], 1, 4.5)],
  ["56", plan([400], 1, 3)],
  ["63", plan([425, 480], 1, 4)],
  ["66", plan([400], 1, 4)],
  ["81", plan([384, 416], 1, 2)],
  ["82", plan([440, 480], 1, 2)],
  ["86", plan([450], 1, 4)],
  ["90", plan([450], 2, 4)],
  ["886", plan([440, 480], 1, 2)],
  ["972", plan([400], 1, 3)],
]);

/** The ringing that somebody with this number knows from home. @param number +E.164; anything else: that of the United States */
export function ringbackOf(number: string): ToneSpecification {
  const digits = /^\+([1-9]\d*)$/.exec(number)?.[1];
  if (digits === undefined) return us.ringback;
  // No calling code begins with another one (E.164 §6.2.1).
  for (let length = 1; length <= 3; length++) {
    const found = byCallingCode.get(digits.slice(0, length));
    if (found !== undefined) return found;
  }
  return eu.ringback;
}

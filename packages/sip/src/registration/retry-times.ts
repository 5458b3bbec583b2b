const baseTime = 30_000;
const maxTime = 1_800_000;
/** Seconds that a binding may be asked for. */
export const maxExpires = 604_800;

/**
 * ms to wait after that many failures in a row: RFC 5626 §4.5 with its values for "all flows failed", half of it chance.
 * @param failures 1 or more
 */
export function backOff(failures: number, random: () => number): number {
  const wait = Math.min(maxTime, baseTime * 2 ** Math.min(failures, 10));
  return wait * (0.5 + 0.5 * random());
}

/** `ms` and up to a quarter more: never earlier than what was asked for, and not all at once. */
export function spreadLater(ms: number, random: () => number): number {
  return ms * (1 + 0.25 * random());
}

/**
 * ms after which a binding is refreshed: at 75 to 90 % of its life, but 10 s before its end, so that a lost answer can
 * be made good. Short lives, where that is not to be had, are refreshed at half.
 * @param granted seconds, 1 or more
 */
export function refreshAfter(granted: number, random: () => number): number {
  const latest = Math.max(Math.min(0.9 * granted, granted - 10), 0.5 * granted);
  const earliest = Math.min(0.75 * granted, 0.85 * latest);
  return Math.max(1_000, (earliest + (latest - earliest) * random()) * 1_000);
}

/** ms until the next keep-alive: 80 to 100 % of the longest pause allowed (RFC 5626 §4.4.1). */
export function keepAliveAfter(
  isStream: boolean,
  flowTimer: number | undefined,
  random: () => number,
): number {
  const longest = flowTimer ?? (isStream ? 120 : 29);
  return Math.max(5, longest) * (0.8 + 0.2 * random()) * 1_000;
}

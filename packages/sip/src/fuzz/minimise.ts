/**
 * Leaves out what a failure does not need, in ever smaller pieces.
 * @param fails true for items that still fail in the same way
 * @param tries at most that many are tried
 */
export function minimise<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => boolean,
  tries = 2_000,
): T[] {
  let smallest = [...items];
  let left = tries;
  let piece = Math.ceil(smallest.length / 2);
  while (piece > 0) {
    const before = smallest.length;
    for (let at = 0; at < smallest.length; ) {
      if (left-- === 0) return smallest;
      const candidate = [...smallest.slice(0, at), ...smallest.slice(at + piece)];
      if (fails(candidate)) smallest = candidate;
      else at += piece;
    }
    // Single items are gone through again until none can go.
    if (piece > 1) piece = Math.floor(piece / 2);
    else if (smallest.length === before) piece = 0;
  }
  return smallest;
}

/** As `minimise`, for bytes in units of that many. */
export function minimiseBytes(
  bytes: Buffer,
  fails: (bytes: Buffer) => boolean,
  unit = 1,
  tries?: number,
): Buffer {
  const units: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += unit) units.push(bytes.subarray(at, at + unit));
  return Buffer.concat(minimise(units, (some) => fails(Buffer.concat(some)), tries));
}

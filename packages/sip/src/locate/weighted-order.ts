/** What RFC 2782 orders servers by. */
export interface Weighted {
  /** 0 to 65535, lowest first. */
  readonly priority: number;
  /** 0 to 65535, share among those of one priority. */
  readonly weight: number;
}

/**
 * The order in which to contact servers: by priority, and within one by the weighted draw of RFC 2782
 * ("Usage rules"), each draw taking one server out until none is left.
 * @param random [0, 1)
 */
export function weightedOrder<T extends Weighted>(records: readonly T[], random: () => number): T[] {
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawAll(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawAll<T extends Weighted>(records: T[], random: () => number): T[] {
  // Shuffled before, or of several with weight 0 the first would always win. Those with weight 0 then come to the
  // front, where only a draw of exactly 0 takes them: "a very small chance", as the RFC wants it.
  const left = shuffled(records, random).sort((a, b) => Number(a.weight !== 0) - Number(b.weight !== 0));
  const order: T[] = [];
  let sum = left.reduce((total, record) => total + record.weight, 0);
  while (left.length > 0) {
    // "A uniform random number between 0 and the sum computed (inclusive)".
    const drawn = Math.floor(random() * (sum + 1));
    let running = 0;
    const at = left.findIndex((record) => {
      running += record.weight;
      return running >= drawn;
    });
    const [taken] = left.splice(at, 1);
    if (taken === undefined) break;
    order.push(taken);
    sum -= taken.weight;
  }
  return order;
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) order.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return order;
}

/**
 * Addresses of one name in the order to try them: the families take turns, the preferred one first
 * (RFC 8305 §4; RFC 7984 §4.2 wants both to be looked at), so that a broken family costs one attempt, not all.
 */
export function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const order: T[] = [];
  for (let at = 0; at < longest; at++) order.push(...lists.flatMap((list) => list.slice(at, at + 1)));
  return order;
}

const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** The number of items a page may hold: 1 to 200, 50 where nothing is asked. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined || !Number.isFinite(limit)) return DEFAULT_LIMIT;
  return Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
}

/** Cuts the one row that was read beyond the page, and says where the next page begins. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  cursor: (row: Row) => string,
): { items: Row[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursor(last) : null };
}

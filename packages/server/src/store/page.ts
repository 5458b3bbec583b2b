import { AppError } from "../errors.ts";

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

/** Cursors of lists in order of `(time, id)`: `time` is the column's name, its values ISO 8601. */
export function timeCursor<Time extends string>(time: Time) {
  return {
    encode: (row: Record<Time, string> & { id: string }): string =>
      Buffer.from(`${row[time]} ${row.id}`).toString("base64url"),
    /** @throws AppError cursor_invalid */
    decode: (cursor: string): { at: string; id: string } => {
      const match = /^(\d{4}-\d\d-\d\dT[\d:.]{8,16}Z) (\S{1,64})$/.exec(
        Buffer.from(cursor, "base64url").toString(),
      );
      const [, at, id] = match ?? [];
      if (at === undefined || id === undefined) throw new AppError("cursor_invalid");
      return { at, id };
    },
  };
}

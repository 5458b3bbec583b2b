import type { Kysely } from "kysely";
import type { CapturePart, CaptureRepository } from "./capture-records.ts";
import type { Schema } from "./schema.ts";

/** Rows of one statement: SQLite takes so many values. */
const AT_ONCE = 100;
const PRUNED_AT_ONCE = 5_000;

export class SqlCaptures implements CaptureRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async add(parts: readonly CapturePart[]): Promise<void> {
    for (let start = 0; start < parts.length; start += AT_ONCE) {
      await this.#db
        .insertInto("sipCaptures")
        .values(parts.slice(start, start + AT_ONCE))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  read(organizationId: string, sipCallIds: readonly string[]): Promise<CapturePart[]> {
    if (sipCallIds.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("sipCaptures")
      .selectAll()
      .where("organizationId", "=", organizationId)
      .where("sipCallId", "in", sipCallIds)
      .orderBy("at")
      .limit(1_000)
      .execute();
  }

  async prune(before: number): Promise<void> {
    const old = this.#db
      .selectFrom("sipCaptures")
      .select(["organizationId", "sipCallId", "at"])
      .where("at", "<", before)
      .limit(PRUNED_AT_ONCE);
    await this.#db
      .deleteFrom("sipCaptures")
      .where((e) =>
        e(
          e.refTuple("organizationId", "sipCallId", "at"),
          "in",
          old.$asTuple("organizationId", "sipCallId", "at"),
        ),
      )
      .execute();
  }
}

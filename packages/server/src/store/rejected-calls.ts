import type { Kysely } from "kysely";
import { newId } from "./ids.ts";
import { cutPage, pageLimit } from "./page.ts";
import type { NewRejectedCall, Page, PageRequest, RejectedCall } from "./records.ts";
import type { Schema } from "./schema.ts";
import type { RejectedCallRepository } from "./store.ts";

/** Rows kept for each organization, the newest. */
const KEEP = 10_000;
/** Rows a second that are stored for each organization; what comes faster is only counted. */
const RATE = 20;
const BATCH_MS = 250;
const PRUNE_EVERY = 500;
const MAX_TEXT = 256;
const MAX_HINT = 1000;

interface Lane {
  second: number;
  stored: number;
  last: RejectedCall | undefined;
  /** Counted since the last flush, to be added to `last`. */
  suppressed: number;
  sincePrune: number;
}

export interface RejectedCallOptions {
  now?: () => number;
  keep?: number;
  ratePerSecond?: number;
}

/** Rejected calls: written in batches, each organization in a lane of its own so that none floods another's. */
export class SqlRejectedCalls implements RejectedCallRepository {
  readonly #db: Kysely<Schema>;
  readonly #onError: (error: unknown) => void;
  readonly #now: () => number;
  readonly #keep: number;
  readonly #rate: number;
  readonly #lanes = new Map<string | null, Lane>();
  #queue: RejectedCall[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(db: Kysely<Schema>, onError: (error: unknown) => void, options: RejectedCallOptions = {}) {
    this.#db = db;
    this.#onError = onError;
    this.#now = options.now ?? Date.now;
    this.#keep = options.keep ?? KEEP;
    this.#rate = options.ratePerSecond ?? RATE;
  }

  add(rejected: NewRejectedCall): boolean {
    const organizationId = rejected.organizationId ?? null;
    let lane = this.#lanes.get(organizationId);
    if (lane === undefined) {
      lane = { second: 0, stored: 0, last: undefined, suppressed: 0, sincePrune: PRUNE_EVERY - 1 };
      this.#lanes.set(organizationId, lane);
    }
    const now = this.#now();
    const second = Math.floor(now / 1000);
    if (lane.second !== second) {
      lane.second = second;
      lane.stored = 0;
    }
    this.#timer ??= setTimeout(() => void this.flush(), BATCH_MS);
    if (lane.stored >= this.#rate) {
      lane.suppressed++;
      return false;
    }
    lane.stored++;
    // A row that still waits takes its count along; the count must not move on to the next row.
    this.#settleSuppressed(lane);
    lane.last = {
      id: newId("rej"),
      at: rejected.at ?? new Date(now).toISOString(),
      organizationId,
      source: rejected.source.slice(0, MAX_TEXT),
      transport: rejected.transport.slice(0, 16),
      from: rejected.from.slice(0, MAX_TEXT),
      to: rejected.to.slice(0, MAX_TEXT),
      code: rejected.code,
      status: rejected.status,
      hint: rejected.hint.slice(0, MAX_HINT),
      suppressed: 0,
    };
    this.#queue.push(lane.last);
    return true;
  }

  readonly #counts = new Map<string, number>();

  #settleSuppressed(lane: Lane): void {
    if (lane.suppressed === 0 || lane.last === undefined) return;
    this.#counts.set(lane.last.id, (this.#counts.get(lane.last.id) ?? 0) + lane.suppressed);
    lane.suppressed = 0;
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#flushing;
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #write(): Promise<void> {
    for (const lane of this.#lanes.values()) this.#settleSuppressed(lane);
    const rows = this.#queue;
    const counts = [...this.#counts];
    if (rows.length === 0 && counts.length === 0) return;
    this.#queue = [];
    this.#counts.clear();
    const full: (string | null)[] = [];
    for (const { organizationId } of rows) {
      const lane = this.#lanes.get(organizationId);
      if (lane !== undefined && ++lane.sincePrune >= PRUNE_EVERY) {
        lane.sincePrune = 0;
        full.push(organizationId);
      }
    }
    try {
      await this.#db.transaction().execute(async (db) => {
        // 11 columns a row, and SQLite binds 32,766 values a statement at most.
        for (let i = 0; i < rows.length; i += 500) {
          await db
            .insertInto("rejectedCalls")
            .values(rows.slice(i, i + 500))
            .execute();
        }
        for (const [id, count] of counts) {
          await db
            .updateTable("rejectedCalls")
            .set((e) => ({ suppressed: e("suppressed", "+", count) }))
            .where("id", "=", id)
            .execute();
        }
        for (const organizationId of full) await this.#prune(db, organizationId);
      });
    } catch (error) {
      // The log has each refusal too: losing some here is better than keeping them in memory for ever.
      this.#onError(error);
    }
  }

  async #prune(db: Kysely<Schema>, organizationId: string | null): Promise<void> {
    const oldest = await db
      .selectFrom("rejectedCalls")
      .select("id")
      .where("organizationId", "is", organizationId)
      .orderBy("id", "desc")
      .offset(this.#keep)
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return;
    await db
      .deleteFrom("rejectedCalls")
      .where("organizationId", "is", organizationId)
      .where("id", "<=", oldest.id)
      .execute();
  }

  async list(
    organizationId: string,
    { limit, after, unowned = false }: PageRequest & { unowned?: boolean },
  ): Promise<Page<RejectedCall>> {
    await this.flush();
    const size = pageLimit(limit);
    let query = this.#db
      .selectFrom("rejectedCalls")
      .selectAll()
      .where((e) =>
        unowned
          ? e.or([e("organizationId", "=", organizationId), e("organizationId", "is", null)])
          : e("organizationId", "=", organizationId),
      );
    if (after !== undefined) query = query.where("id", "<", after);
    const rows = await query
      .orderBy("id", "desc")
      .limit(size + 1)
      .execute();
    return cutPage(rows, size, (row) => row.id);
  }

  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }
}

import { type Kysely, sql } from "kysely";
import { AppError } from "../errors.ts";
import { runTogether } from "./database-dialect.ts";
import type { Statement } from "./database-protocol.ts";
import { cutPage, pageLimit, timeCursor } from "./page.ts";
import { fromColumns, toColumns } from "./quality-columns.ts";
import type { CallFilters, CallPatch, CallRecord, Page, PageRequest } from "./records.ts";
import { type CallTable, fromJson, type Schema, toJson } from "./schema.ts";
import type { CallRepository } from "./store.ts";

/** Milliseconds that a write may wait for others to share its transaction: what a crash can lose. */
const BATCH_MS = 100;
/** Calls a transaction: they share the pages of the indexes, which are written once. */
const CHUNK = 200;
/** After a failure (a full disk, a foreign lock) the batch is kept and tried again. */
const RETRY_MS = 1000;
const MAX_TRIES = 30;
/** Records that may wait while the disk does not take them; above, the newest wait in vain. */
const MAX_WAITING = 10_000;

interface Waiting {
  insert: CallRecord | undefined;
  patch: CallPatch;
  settled: PromiseWithResolvers<void>;
  tries: number;
}

function toRow({ qualitySamples = [], ...call }: CallRecord): CallTable {
  return {
    followUp: null,
    ...call,
    qualitySamples: toJson(toColumns(qualitySamples)),
    legs: toJson(call.legs),
    callDialog: toJson(call.callDialog),
    timeline: toJson(call.timeline),
    messages: toJson(call.messages),
    quality: toJson(call.quality),
    report: toJson(call.report),
    updatedAt: new Date().toISOString(),
  };
}

function toChanges({
  legs,
  callDialog,
  timeline,
  messages,
  quality,
  qualitySamples,
  report,
  ...plain
}: CallPatch): Partial<CallTable> {
  const changes: Partial<CallTable> = { ...plain, updatedAt: new Date().toISOString() };
  if (legs !== undefined) changes.legs = toJson(legs);
  if (callDialog !== undefined) changes.callDialog = toJson(callDialog);
  if (timeline !== undefined) changes.timeline = toJson(timeline);
  if (messages !== undefined) changes.messages = toJson(messages);
  if (quality !== undefined) changes.quality = toJson(quality);
  if (qualitySamples !== undefined) changes.qualitySamples = toJson(toColumns(qualitySamples));
  if (report !== undefined) changes.report = toJson(report);
  return changes;
}

function toCall({ updatedAt: _, followUp: __, ...row }: Omit<CallTable, "qualitySamples">): CallRecord {
  return {
    ...row,
    legs: fromJson(row.legs),
    callDialog: fromJson(row.callDialog),
    timeline: fromJson(row.timeline),
    messages: fromJson(row.messages),
    quality: fromJson(row.quality),
    report: fromJson(row.report),
  };
}

const CURSOR = timeCursor("startedAt");

/** What a list needs of a call: all but what is large and of no use there. */
const LISTED: { [Name in Exclude<keyof CallTable, "qualitySamples">]: true } = {
  ...{ id: true, organizationId: true, sipCallId: true, direction: true, state: true, agentId: true },
  ...{ from: true, to: true, startedAt: true, answeredAt: true, endedAt: true, duration: true },
  ...{ endedBy: true, endCode: true, endReason: true, codec: true, legs: true, callDialog: true },
  ...{ timeline: true, recording: true, messages: true, quality: true, report: true },
  ...{ updatedAt: true, followUp: true },
};
const listed = Object.keys(LISTED) as (keyof typeof LISTED)[];

export class SqlCalls implements CallRepository {
  readonly #db: Kysely<Schema>;
  readonly #onError: (error: unknown) => void;
  #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /** Texts by the columns that they write: few, and building one costs more than its execution. */
  readonly #texts = new Map<string, string>();

  constructor(db: Kysely<Schema>, onError: (error: unknown) => void) {
    this.#db = db;
    this.#onError = onError;
  }

  insert(call: CallRecord): Promise<void> {
    return this.#enqueue(call.id, { ...call }, {});
  }

  update(id: string, patch: CallPatch): Promise<void> {
    return this.#enqueue(id, undefined, patch);
  }

  #enqueue(id: string, insert: CallRecord | undefined, patch: CallPatch): Promise<void> {
    const present = this.#waiting.get(id);
    if (present !== undefined) {
      if (insert !== undefined) present.insert = insert;
      else if (present.insert !== undefined) Object.assign(present.insert, patch);
      else Object.assign(present.patch, patch);
      return present.settled.promise;
    }
    const settled = Promise.withResolvers<void>();
    // Nobody has to wait for a write: a failure that nobody looks at must not end the process.
    settled.promise.catch(() => {});
    if (this.#waiting.size >= MAX_WAITING) settled.reject(new AppError("database_busy"));
    else this.#waiting.set(id, { insert, patch: { ...patch }, settled, tries: 0 });
    this.#schedule(BATCH_MS);
    return settled.promise;
  }

  #schedule(delay: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, delay);
  }

  async flush(): Promise<void> {
    // What comes while a batch is written belongs to the next one, which this caller waits for too.
    await this.#flushing;
    if (this.#waiting.size === 0) return;
    this.#flushing ??= this.#writeBatch().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #writeBatch(): Promise<void> {
    const batch = [...this.#waiting];
    this.#waiting = new Map();
    for (let start = 0; start < batch.length; start += CHUNK) {
      const chunk = batch.slice(start, start + CHUNK);
      try {
        await this.#writeChunk(chunk);
      } catch (error) {
        this.#onError(error);
        this.#putBack(batch.slice(start), error);
        return;
      }
      for (const [, { settled }] of chunk) settled.resolve();
    }
  }

  async #writeChunk(chunk: [id: string, Waiting][]): Promise<void> {
    const statements = chunk.map(([id, { insert, patch }]) =>
      insert === undefined ? this.#updating(id, toChanges(patch)) : this.#inserting(toRow(insert)),
    );
    await runTogether(this.#db, statements);
  }

  #inserting(row: CallTable): Statement {
    const sql = this.#text("insert", row, () => this.#db.insertInto("calls").values(row).compile().sql);
    return { sql, parameters: Object.values(row) };
  }

  #updating(id: string, changes: Partial<CallTable>): Statement {
    const update = () => this.#db.updateTable("calls").set(changes).where("id", "=", id).compile().sql;
    return { sql: this.#text("update", changes, update), parameters: [...Object.values(changes), id] };
  }

  /** The parameters of both are the row's values in its own order. */
  #text(kind: "insert" | "update", row: object, compile: () => string): string {
    const key = `${kind} ${Object.keys(row).join()}`;
    let text = this.#texts.get(key);
    if (text === undefined) {
      text = compile();
      this.#texts.set(key, text);
    }
    return text;
  }

  /** Puts a batch that was not written before what came since, call by call. */
  #putBack(batch: [id: string, Waiting][], error: unknown): void {
    const since = this.#waiting;
    this.#waiting = new Map();
    for (const [id, waiting] of batch) {
      if (++waiting.tries >= MAX_TRIES) waiting.settled.reject(error);
      else this.#waiting.set(id, waiting);
    }
    for (const [id, waiting] of since) {
      const before = this.#waiting.get(id);
      if (before === undefined) this.#waiting.set(id, waiting);
      else {
        Object.assign(before.insert ?? before.patch, waiting.patch);
        before.settled.promise.then(waiting.settled.resolve, waiting.settled.reject);
      }
    }
    if (this.#waiting.size > 0) this.#schedule(RETRY_MS);
  }

  async get(organizationId: string, id: string): Promise<CallRecord | undefined> {
    await this.flush();
    const row = await this.#db
      .selectFrom("calls")
      .selectAll()
      .where("id", "=", id)
      .where("organizationId", "=", organizationId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { qualitySamples, ...listed } = row;
    return { ...toCall(listed), qualitySamples: fromColumns(fromJson(qualitySamples)) };
  }

  async list(
    organizationId: string,
    { since, until, ...equal }: CallFilters,
    { limit, after }: PageRequest,
  ): Promise<Page<CallRecord>> {
    await this.flush();
    const size = pageLimit(limit);
    let query = this.#db.selectFrom("calls").select(listed).where("organizationId", "=", organizationId);
    for (const name of ["state", "direction", "agentId", "from", "to"] as const) {
      const value = equal[name];
      if (value === undefined) continue;
      const beginning = name === "from" || name === "to" ? /^(.*)\*$/s.exec(value)?.[1] : undefined;
      if (beginning === undefined) query = query.where(name, "=", value);
      else query = query.where(name, ">=", beginning).where(name, "<", `${beginning}\uffff`);
    }
    if (since !== undefined) query = query.where("startedAt", ">=", since);
    if (until !== undefined) query = query.where("startedAt", "<", until);
    if (after !== undefined) {
      const { at, id } = CURSOR.decode(after);
      query = query.where((e) => e(e.refTuple("startedAt", "id"), "<", e.tuple(at, id)));
    }
    const rows = await query
      .orderBy("startedAt", "desc")
      .orderBy("id", "desc")
      .limit(size + 1)
      .execute();
    const page = cutPage(rows, size, CURSOR.encode);
    return { items: page.items.map(toCall), next: page.next };
  }

  async unfinished(): Promise<CallRecord[]> {
    const rows = await this.#db
      .selectFrom("calls")
      .select(listed)
      .where("state", "in", ["ringing", "active"])
      .execute();
    const ended = rows.map((row) => {
      const { answeredAt, updatedAt } = row;
      const seconds = answeredAt === null ? 0 : (Date.parse(updatedAt) - Date.parse(answeredAt)) / 1000;
      return {
        ...toCall(row),
        state: "ended" as const,
        // When it really ended nobody knows: the last sign of it is at least not an invention.
        endedAt: updatedAt,
        duration: Math.max(0, Math.round(seconds * 1000) / 1000),
        endedBy: "system" as const,
        endCode: "node_restarted",
        endReason: "Ringdown stopped while the call was running; endedAt is the last that was written of it.",
      };
    });
    await this.#db.transaction().execute(async (db) => {
      for (const { id, state, endedAt, duration, endedBy, endCode, endReason } of ended) {
        await db
          .updateTable("calls")
          .set({ state, endedAt, duration, endedBy, endCode, endReason, followUp: "due" })
          .where("id", "=", id)
          .execute();
      }
    });
    return ended;
  }

  async toFollowUp(limit: number): Promise<CallRecord[]> {
    await this.flush();
    const rows = await this.#db
      .selectFrom("calls")
      .select(listed)
      .where("followUp", "=", sql.lit<"due">("due"))
      .orderBy("startedAt")
      .limit(limit)
      .execute();
    return rows.map(toCall);
  }

  async expired(before: string, limit: number, what: "call" | "audio"): Promise<CallRecord[]> {
    await this.flush();
    let query = this.#db
      .selectFrom("calls")
      .select(listed)
      .where("state", "=", "ended")
      .where("startedAt", "<", before)
      .where((e) => e.or([e("followUp", "is", null), e("followUp", "=", "done")]));
    if (what === "audio")
      query = query.where((e) => e.or([e("recording", "is not", null), e("messages", "!=", toJson([]))]));
    return (await query.orderBy("startedAt").limit(limit).execute()).map(toCall);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#db.deleteFrom("calls").where("id", "in", ids).execute();
  }

  async forgetAudio(ids: readonly string[]): Promise<void> {
    await this.#db
      .updateTable("calls")
      .set({ recording: null, messages: toJson([]) })
      .where("id", "in", ids)
      .execute();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
    clearTimeout(this.#timer);
  }
}

import { type Kysely, sql } from "kysely";
import { runTogether } from "./database-dialect.ts";
import type { Statement } from "./database-protocol.ts";
import { cutPage, pageLimit, timeCursor } from "./page.ts";
import type { Page, PageRequest } from "./records.ts";
import type { Schema } from "./schema.ts";
import type {
  DeliveryFilters,
  DeliveryOutcome,
  DeliveryRepository,
  WebhookDelivery,
} from "./webhook-records.ts";

/** Of one hook; above it, what comes new has no room: a receiver that is down for days must not fill the disk. */
export const MAX_PENDING = 10_000;

/** Written out, as SQLite takes an index of some rows only for a condition that it can read. */
const PENDING = sql.lit<"pending">("pending");
const CURSOR = timeCursor("createdAt");

export class SqlWebhookDeliveries implements DeliveryRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async enqueue(
    callId: string,
    deliveries: readonly WebhookDelivery[],
    followedUp: boolean,
  ): Promise<number> {
    const fitting: WebhookDelivery[] = [];
    for (const delivery of deliveries) {
      if ((await this.#waiting(delivery.webhookId)) < MAX_PENDING) fitting.push(delivery);
    }
    const statements: Statement[] = fitting.map((row) =>
      this.#db.insertInto("webhookDeliveries").values(row).compile(),
    );
    if (followedUp) {
      statements.push(
        this.#db.updateTable("calls").set({ followUp: "done" }).where("id", "=", callId).compile(),
      );
    }
    if (statements.length > 0) await runTogether(this.#db, statements, { durable: true });
    return deliveries.length - fitting.length;
  }

  async #waiting(webhookId: string): Promise<number> {
    const some = this.#db
      .selectFrom("webhookDeliveries")
      .select("id")
      .where("webhookId", "=", webhookId)
      .where("state", "=", PENDING)
      .limit(MAX_PENDING)
      .as("some");
    const { count } = await this.#db
      .selectFrom(some)
      .select((e) => e.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return count;
  }

  due(
    now: number,
    limit: number,
    except: { ids: readonly string[]; webhooks: readonly string[]; organizations: readonly string[] },
  ): Promise<WebhookDelivery[]> {
    let query = this.#db
      .selectFrom("webhookDeliveries")
      .selectAll()
      .where("state", "=", PENDING)
      .where("dueAt", "<=", now);
    if (except.ids.length > 0) query = query.where("id", "not in", except.ids);
    if (except.webhooks.length > 0) query = query.where("webhookId", "not in", except.webhooks);
    if (except.organizations.length > 0)
      query = query.where("organizationId", "not in", except.organizations);
    return query.orderBy("dueAt").orderBy("id").limit(limit).execute();
  }

  async nextDue(after: number): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom("webhookDeliveries")
      .select("dueAt")
      .where("state", "=", PENDING)
      .where("dueAt", ">", after)
      .orderBy("dueAt")
      .limit(1)
      .executeTakeFirst();
    return row?.dueAt;
  }

  async settle(id: string, outcome: DeliveryOutcome): Promise<void> {
    await this.#db
      .updateTable("webhookDeliveries")
      .set(outcome)
      .where("id", "=", id)
      .where("state", "=", PENDING)
      .execute();
  }

  get(organizationId: string, id: string): Promise<WebhookDelivery | undefined> {
    return this.#db
      .selectFrom("webhookDeliveries")
      .selectAll()
      .where("organizationId", "=", organizationId)
      .where("id", "=", id)
      .executeTakeFirst();
  }

  async list(
    organizationId: string,
    { webhookId, state }: DeliveryFilters,
    { limit, after }: PageRequest,
  ): Promise<Page<WebhookDelivery>> {
    const size = pageLimit(limit);
    let query = this.#db
      .selectFrom("webhookDeliveries")
      .selectAll()
      .where("organizationId", "=", organizationId);
    if (webhookId !== undefined) query = query.where("webhookId", "=", webhookId);
    if (state !== undefined) query = query.where("state", "=", state);
    if (after !== undefined) {
      const { at, id } = CURSOR.decode(after);
      query = query.where((e) => e(e.refTuple("createdAt", "id"), "<", e.tuple(at, id)));
    }
    const rows = await query
      .orderBy("createdAt", "desc")
      .orderBy("id", "desc")
      .limit(size + 1)
      .execute();
    return cutPage(rows, size, CURSOR.encode);
  }

  async resend(organizationId: string, id: string, now: number, giveUpAt: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable("webhookDeliveries")
      .set({ state: "pending", dueAt: now, giveUpAt, deliveredAt: null })
      .where("organizationId", "=", organizationId)
      .where("id", "=", id)
      .where("state", "!=", "pending")
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async prune(before: string, limit: number): Promise<number> {
    const old = this.#db
      .selectFrom("webhookDeliveries")
      .select("id")
      .where("createdAt", "<", before)
      .where("state", "!=", "pending")
      .orderBy("createdAt")
      .limit(limit);
    const { numDeletedRows } = await this.#db
      .deleteFrom("webhookDeliveries")
      .where("id", "in", old)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

import type { Kysely } from "kysely";
import { AppError } from "../errors.ts";
import { runTogether } from "./database-dialect.ts";
import type { Schema } from "./schema.ts";
import type { WebhookRecord, WebhookRepository } from "./webhook-records.ts";

export const MAX_WEBHOOKS = 50;

/** In memory, for each call; written when they are set. */
export class SqlWebhooks implements WebhookRepository {
  readonly #db: Kysely<Schema>;
  readonly #hooks: WebhookRecord[];

  private constructor(db: Kysely<Schema>, hooks: WebhookRecord[]) {
    this.#db = db;
    this.#hooks = hooks;
  }

  static async load(db: Kysely<Schema>): Promise<SqlWebhooks> {
    return new SqlWebhooks(db, await db.selectFrom("webhooks").selectAll().orderBy("id").execute());
  }

  list(organizationId: string): WebhookRecord[] {
    return this.#hooks.filter((hook) => hook.organizationId === organizationId);
  }

  async add(hook: WebhookRecord): Promise<{ hook: WebhookRecord; created: boolean }> {
    const own = this.list(hook.organizationId);
    const present = own.find(({ url, type }) => url === hook.url && type === hook.type);
    if (present !== undefined) {
      const changes = { label: hook.label, disabledAt: null };
      await this.#db.updateTable("webhooks").set(changes).where("id", "=", present.id).execute();
      return { hook: Object.assign(present, changes), created: false };
    }
    if (own.length >= MAX_WEBHOOKS) throw new AppError("webhooks_full");
    await this.#db.insertInto("webhooks").values(hook).execute();
    const kept = { ...hook };
    this.#hooks.push(kept);
    return { hook: kept, created: true };
  }

  async changeSecret(
    organizationId: string,
    id: string,
    sealedSecret: string,
    previousUntil: string,
  ): Promise<WebhookRecord | undefined> {
    const hook = this.list(organizationId).find((one) => one.id === id);
    if (hook === undefined) return undefined;
    const changes = { sealedSecret, previousSealedSecret: hook.sealedSecret, previousUntil };
    await this.#db.updateTable("webhooks").set(changes).where("id", "=", id).execute();
    return Object.assign(hook, changes);
  }

  async remove(organizationId: string, url: string): Promise<number> {
    const gone = this.list(organizationId).filter((hook) => hook.url === url);
    if (gone.length === 0) return 0;
    const ids = gone.map(({ id }) => id);
    await runTogether(this.#db, [
      this.#db.deleteFrom("webhooks").where("id", "in", ids).compile(),
      this.#givenUp(ids, "The webhook was deleted."),
    ]);
    for (const hook of gone) this.#hooks.splice(this.#hooks.indexOf(hook), 1);
    return gone.length;
  }

  async disable(
    { id }: Pick<WebhookRecord, "id" | "organizationId">,
    disabledAt: string,
    why: string,
  ): Promise<void> {
    await runTogether(this.#db, [
      this.#db.updateTable("webhooks").set({ disabledAt }).where("id", "=", id).compile(),
      this.#givenUp([id], why),
    ]);
    const hook = this.#hooks.find((one) => one.id === id);
    if (hook !== undefined) hook.disabledAt = disabledAt;
  }

  #givenUp(ids: readonly string[], lastError: string) {
    return this.#db
      .updateTable("webhookDeliveries")
      .set({ state: "failed", lastError })
      .where("webhookId", "in", ids)
      .where("state", "=", "pending")
      .compile();
  }
}

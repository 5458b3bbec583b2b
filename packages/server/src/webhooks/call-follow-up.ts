// What calls set off: told before they are answered, and when they have ended. The end is never lost: it is marked in the call's own
// row, in the same write, and followed up at the next start where this one does not come to it.
import type { CallRecordStore } from "../calls/call-record.ts";
import type { CallReporter } from "../reports/call-reporter.ts";
import { newId } from "../store/ids.ts";
import type { Agent, CallRecord } from "../store/records.ts";
import type { CallRepository } from "../store/store.ts";
import type {
  DeliveryRepository,
  WebhookDelivery,
  WebhookRepository,
  WebhookType,
} from "../store/webhook-records.ts";
import { callPayload } from "./call-payload.ts";
import { GIVE_UP_MS } from "./retry-schedule.ts";

export interface CallFollowUpOptions {
  calls: Pick<CallRepository, "insert" | "update" | "get" | "toFollowUp">;
  webhooks: Pick<WebhookRepository, "list">;
  deliveries: Pick<DeliveryRepository, "enqueue">;
  agent(id: string): Agent | undefined;
  reporter: Pick<CallReporter, "wants" | "report">;
  /** A report was written. */
  onReport(call: CallRecord): void;
  /** As `PayloadContext`. */
  baseUrl(): string;
  /** There is something to send. */
  wake(): void;
  now(): number;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** Calls read at once of those that an earlier run left. */
const PAGE = 50;
/** An incoming call is told of once: after it, the news is old. */
const NEWS_MS = 0;

export class CallFollowUp {
  readonly #options: CallFollowUpOptions;
  readonly #owners = new Map<string, { organizationId: string; agentId: string }>();
  readonly #underWay = new Set<Promise<void>>();
  /** Ended in this run: `start`, which reads what is due while calls go on, leaves them alone. */
  readonly #following = new Set<string>();

  constructor(options: CallFollowUpOptions) {
    this.#options = options;
  }

  /** The same store of calls, whose writes are followed up. */
  watching(store: CallRecordStore): CallRecordStore {
    return {
      insert: (call) => {
        const { id, organizationId, agentId, direction, state } = call;
        const written = store.insert(call);
        if (state === "ended")
          return this.#isFollowed(call)
            ? this.#ended(organizationId, id, () => store.update(id, { followUp: "due" }))
            : written;
        this.#owners.set(id, { organizationId, agentId });
        if (direction === "inbound" && this.#hooks(organizationId, "incoming").length > 0) {
          this.#later(this.#tell("incoming", call, false));
        }
        return written;
      },
      update: (id, patch) => {
        if (patch.state !== "ended") return store.update(id, patch);
        const owner = this.#owners.get(id);
        this.#owners.delete(id);
        if (owner === undefined || !this.#isFollowed(owner)) return store.update(id, patch);
        return this.#ended(owner.organizationId, id, () => store.update(id, { ...patch, followUp: "due" }));
      },
    };
  }

  /** What earlier runs left. */
  async start(): Promise<void> {
    for (;;) {
      const left = await this.#options.calls.toFollowUp(PAGE);
      const earlier = left.filter(({ id }) => !this.#following.has(id));
      await Promise.all(earlier.map((call) => this.#follow(call)));
      if (left.length < PAGE || earlier.length === 0) return;
    }
  }

  /** Waits until what has ended is written down as deliveries. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #ended(organizationId: string, id: string, write: () => Promise<void>): Promise<void> {
    this.#following.add(id);
    const written = write();
    this.#later(
      written
        .then(async () => {
          const call = await this.#options.calls.get(organizationId, id);
          if (call !== undefined) await this.#follow(call);
        })
        .finally(() => this.#following.delete(id)),
    );
    return written;
  }

  #later(work: Promise<void>): void {
    const { log } = this.#options;
    const done = work
      .catch((error: unknown) =>
        log.error({ err: error }, "a call could not be told of yet: the next start does it"),
      )
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  /** Whether anything follows a call's end: somebody is told of it, or it is reported on. */
  #isFollowed({ organizationId, agentId }: { organizationId: string; agentId: string }): boolean {
    const { reporter, agent } = this.#options;
    return this.#hooks(organizationId, "conversation").length > 0 || reporter.wants(agent(agentId));
  }

  /** The report first: it is part of what is told. */
  async #follow(call: CallRecord): Promise<void> {
    const { reporter, agent, calls, onReport } = this.#options;
    const report = await reporter.report(call, agent(call.agentId));
    if (report === undefined) return this.#tell("conversation", call, true);
    await calls.update(call.id, { report });
    onReport(call);
    await this.#tell("conversation", { ...call, report }, true);
  }

  async #tell(type: WebhookType, call: CallRecord, followedUp: boolean): Promise<void> {
    const { deliveries, agent, baseUrl, wake, log } = this.#options;
    const hooks = this.#hooks(call.organizationId, type);
    const body = JSON.stringify(callPayload(type, call, { agent: agent(call.agentId), baseUrl: baseUrl() }));
    const now = this.#options.now();
    const rows = hooks.map(
      ({ id, organizationId, url }): WebhookDelivery => ({
        ...{ id: newId("dlv"), organizationId, webhookId: id, url, event: type, callId: call.id, body },
        ...{ state: "pending", attempts: 0, createdAt: new Date(now).toISOString(), dueAt: now },
        giveUpAt: now + (type === "incoming" ? NEWS_MS : GIVE_UP_MS),
        ...{ lastAttemptAt: null, lastStatus: null, lastError: null, deliveredAt: null },
      }),
    );
    const lost = await deliveries.enqueue(call.id, rows, followedUp);
    if (lost > 0)
      log.warn({ callId: call.id, lost }, "a webhook has too many deliveries waiting: this one is left out");
    if (rows.length > 0) wake();
  }

  #hooks(organizationId: string, type: WebhookType) {
    return this.#options.webhooks
      .list(organizationId)
      .filter((hook) => hook.type === type && hook.disabledAt === null);
  }
}

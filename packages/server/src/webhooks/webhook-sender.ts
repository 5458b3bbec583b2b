// Sends what is due: rows of the database, each until it is delivered, given up, or its hook is gone.
import { OutgoingError } from "../outgoing-http/outgoing-error.ts";
import type { OutgoingHttp } from "../outgoing-http/outgoing-http.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type {
  DeliveryRepository,
  WebhookDelivery,
  WebhookRecord,
  WebhookRepository,
} from "../store/webhook-records.ts";
import { pauseAfter, pauseAskedFor } from "./retry-schedule.ts";
import { deliveryHeaders, secretPurpose } from "./signature.ts";

export interface SenderClock {
  /** Epoch milliseconds. */
  now(): number;
  after(ms: number, action: () => void): () => void;
}

export interface WebhookSenderOptions {
  deliveries: DeliveryRepository;
  webhooks: Pick<WebhookRepository, "list" | "disable">;
  secrets: Pick<Secrets, "unseal">;
  http: Pick<OutgoingHttp, "send">;
  clock: SenderClock;
  /** 0 to 1. */
  random(): number;
  /** A delivery of this organization was tried, and what became of it is written. */
  onTried?: (organizationId: string) => void;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** At once: of the node, of an organization, of a hook. One that hangs holds up its own, not others'. */
const MAX_ACTIVE = 32;
const MAX_OF_ORGANIZATION = 8;
const MAX_OF_HOOK = 2;
const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 16_384;
/** After a fault of the database. */
const FAULT_MS = 5_000;
/** The longest sleep: a clock that was set is noticed then. */
const MAX_SLEEP_MS = 10 * 60_000;
const PRUNE_EVERY_MS = 3_600_000;
const KEEP_MS = 14 * 24 * 3_600_000;
const PRUNE_LIMIT = 1_000;
const MAX_ERROR = 300;
const GONE = 410;

interface Attempt {
  /** HTTP; null: there was no answer. */
  status: number | null;
  /** Null: it was taken. */
  error: string | null;
  /** The pause that the receiver asked for. */
  askedMs?: number;
}

export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #active = new Map<string, WebhookDelivery>();
  readonly #stop = new AbortController();
  readonly #idle = new Set<() => void>();
  #cancelTimer: () => void = () => {};
  #turning = false;
  #again = false;
  #started = false;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  /** What an earlier run left is pending still: it is sent, perhaps for the second time. */
  start(): void {
    this.#started = true;
    this.wake();
  }

  /** Something new is due. */
  wake(): void {
    if (!this.#started || this.#stop.signal.aborted) return;
    this.#cancelTimer();
    if (this.#turning) this.#again = true;
    else void this.#turn();
  }

  /** Starts no more, and gives up what is on its way: the next start sends it again. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#cancelTimer();
    if (this.#active.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  async #turn(): Promise<void> {
    this.#turning = true;
    const { clock, log } = this.#options;
    let sleepMs = MAX_SLEEP_MS;
    try {
      do {
        this.#again = false;
        while (await this.#begin());
        await this.#prune();
      } while (this.#again);
      // Where all places are taken, the end of one wakes.
      const next = await this.#options.deliveries.nextDue(clock.now());
      if (next !== undefined) sleepMs = Math.min(MAX_SLEEP_MS, Math.max(0, next - clock.now()));
    } catch (error) {
      log.error({ err: error }, "deliveries of webhooks could not be looked at");
      sleepMs = FAULT_MS;
    }
    this.#turning = false;
    if (this.#stop.signal.aborted) return;
    if (this.#again) this.wake();
    else this.#cancelTimer = clock.after(sleepMs, () => this.wake());
  }

  /** @returns whether there may be more to begin */
  async #begin(): Promise<boolean> {
    const free = MAX_ACTIVE - this.#active.size;
    if (free <= 0 || this.#stop.signal.aborted) return false;
    const active = [...this.#active.values()];
    const due = await this.#options.deliveries.due(this.#options.clock.now(), free, {
      ids: [...this.#active.keys()],
      webhooks: full(active, ({ webhookId }) => webhookId, MAX_OF_HOOK),
      organizations: full(active, ({ organizationId }) => organizationId, MAX_OF_ORGANIZATION),
    });
    for (const delivery of due) {
      const now = [...this.#active.values()];
      const ofHook = now.filter(({ webhookId }) => webhookId === delivery.webhookId).length;
      const ofOwner = now.filter(({ organizationId }) => organizationId === delivery.organizationId).length;
      if (ofHook >= MAX_OF_HOOK || ofOwner >= MAX_OF_ORGANIZATION) continue;
      this.#active.set(delivery.id, delivery);
      void this.#send(delivery);
    }
    return due.length > 0 && this.#active.size > active.length;
  }

  async #send(delivery: WebhookDelivery): Promise<void> {
    const { clock, log } = this.#options;
    try {
      await this.#attempt(delivery);
      this.#options.onTried?.(delivery.organizationId);
    } catch (error) {
      log.error({ err: error, deliveryId: delivery.id }, "what became of a delivery could not be written");
      // Still pending and due: after a while, so that a database that fails is not asked without a pause.
      await new Promise<void>((resolve) => {
        const cancel = clock.after(FAULT_MS, resolve);
        this.#stop.signal.addEventListener("abort", () => {
          cancel();
          resolve();
        });
      });
    }
    this.#active.delete(delivery.id);
    if (this.#active.size === 0) for (const resolve of this.#idle) resolve();
    this.wake();
  }

  async #attempt(delivery: WebhookDelivery): Promise<void> {
    const { deliveries, webhooks, clock } = this.#options;
    const hook = webhooks.list(delivery.organizationId).find(({ id }) => id === delivery.webhookId);
    const {
      status,
      error,
      askedMs = 0,
    }: Attempt = hook === undefined
      ? { status: null, error: "The webhook was deleted." }
      : hook.disabledAt !== null
        ? { status: null, error: "The webhook is switched off: its receiver said that it is gone (410)." }
        : await this.#post(delivery, hook);
    if (this.#stop.signal.aborted && status === null) return;
    const now = clock.now();
    const at = new Date(now).toISOString();
    const attempts = delivery.attempts + 1;
    const tried = { attempts, lastAttemptAt: at, lastStatus: status, lastError: error };
    if (error === null) {
      await deliveries.settle(delivery.id, {
        ...{ state: "delivered", dueAt: delivery.dueAt, deliveredAt: at },
        ...tried,
      });
      return;
    }
    const dueAt = now + pauseAfter(attempts, this.#options.random(), askedMs);
    const isOver =
      hook === undefined || hook.disabledAt !== null || status === GONE || dueAt > delivery.giveUpAt;
    await deliveries.settle(delivery.id, {
      ...{ state: isOver ? "failed" : "pending", dueAt: isOver ? delivery.dueAt : dueAt, deliveredAt: null },
      ...tried,
    });
    if (status === GONE && hook !== undefined) {
      await webhooks.disable(hook, at, "The receiver said that it is gone (410).");
      this.#options.log.warn({ webhookId: hook.id }, "a webhook is switched off: its receiver is gone (410)");
    }
  }

  async #post(delivery: WebhookDelivery, hook: WebhookRecord): Promise<Attempt> {
    const { secrets, http, clock } = this.#options;
    const { url, body, webhookId } = delivery;
    let headers: Record<string, string>;
    try {
      const unsealed = (text: string) => secrets.unseal(text, secretPurpose(webhookId));
      const now = clock.now();
      const { previousSealedSecret, previousUntil } = hook;
      const isLate = previousUntil === null || Date.parse(previousUntil) <= now;
      const previous = isLate || previousSealedSecret === null ? undefined : unsealed(previousSealedSecret);
      headers = deliveryHeaders(delivery, unsealed(hook.sealedSecret), now, previous);
    } catch {
      return { status: null, error: "The webhook's secret cannot be read: delete it and add it again." };
    }
    try {
      const answer = await http.send({
        ...{ method: "POST", url, headers, body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER },
        signal: this.#stop.signal,
      });
      const { status } = answer;
      if (status >= 200 && status < 300) return { status, error: null };
      const isRedirect = status >= 300 && status < 400;
      return {
        status,
        askedMs: pauseAskedFor(status, answer.headers["retry-after"], clock.now()),
        error: isRedirect ? `It answered ${status}: redirects are not followed.` : `It answered ${status}.`,
      };
    } catch (error) {
      const why = error instanceof OutgoingError ? error.message : "The request failed.";
      return { status: null, error: why.slice(0, MAX_ERROR) };
    }
  }

  async #prune(): Promise<void> {
    const { clock, deliveries } = this.#options;
    const now = clock.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    await deliveries.prune(new Date(now - KEEP_MS).toISOString(), PRUNE_LIMIT);
  }
}

/** Keys that as many have as may. */
function full(
  active: readonly WebhookDelivery[],
  keyOf: (delivery: WebhookDelivery) => string,
  most: number,
): string[] {
  const counts = new Map<string, number>();
  for (const one of active) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= most).map(([key]) => key);
}

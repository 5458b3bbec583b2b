import type { Page, PageRequest } from "./records.ts";

/** conversation: a call has ended; incoming: one has come, and is not answered yet. */
export const WEBHOOK_TYPES = ["conversation", "incoming"] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

export interface WebhookRecord {
  id: string;
  organizationId: string;
  url: string;
  label: string;
  type: WebhookType;
  /** As `Secrets.seal` made it. */
  sealedSecret: string;
  /** The one before it, which signs as well until then. */
  previousSealedSecret: string | null;
  previousUntil: string | null;
  /** Nothing is sent any more: the receiver has said that it is gone (410). */
  disabledAt: string | null;
  createdAt: string;
}

export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface WebhookDelivery {
  id: string;
  organizationId: string;
  webhookId: string;
  /** What the hook's was when it was made. */
  url: string;
  event: WebhookType;
  callId: string;
  /** JSON, exactly as it is signed and sent. */
  body: string;
  state: DeliveryState;
  attempts: number;
  createdAt: string;
  /** Epoch milliseconds: of the next attempt, and after which none follows. */
  dueAt: number;
  giveUpAt: number;
  lastAttemptAt: string | null;
  /** HTTP; null: there was no answer. */
  lastStatus: number | null;
  lastError: string | null;
  deliveredAt: string | null;
}

export type DeliveryOutcome = Pick<
  WebhookDelivery,
  "state" | "attempts" | "dueAt" | "lastAttemptAt" | "lastStatus" | "lastError" | "deliveredAt"
>;

export interface DeliveryFilters {
  webhookId?: string;
  state?: DeliveryState;
}

export interface WebhookRepository {
  /** In the order of adding; always the present state. */
  list(organizationId: string): WebhookRecord[];
  /** Another secret; the present one signs as well until `previousUntil`. @returns undefined where there is no such hook */
  changeSecret(
    organizationId: string,
    id: string,
    sealedSecret: string,
    previousUntil: string,
  ): Promise<WebhookRecord | undefined>;
  /** One of that URL and type gets the label and is switched on again. @throws AppError webhooks_full */
  add(hook: WebhookRecord): Promise<{ hook: WebhookRecord; created: boolean }>;
  /** All of that URL; what was to be sent there is given up. Gives how many there were. */
  remove(organizationId: string, url: string): Promise<number>;
  disable(hook: Pick<WebhookRecord, "id" | "organizationId">, at: string, why: string): Promise<void>;
}

/** Deliveries as rows. One sender a database: its lock sees to that. Moments are epoch milliseconds. */
export interface DeliveryRepository {
  /** Writes them, and that the call's end has been followed up; on the disk when it resolves. Gives those that had no room. */
  enqueue(callId: string, deliveries: readonly WebhookDelivery[], followedUp: boolean): Promise<number>;
  /** Those in order of time that may be sent now. */
  due(
    now: number,
    limit: number,
    except: { ids: readonly string[]; webhooks: readonly string[]; organizations: readonly string[] },
  ): Promise<WebhookDelivery[]>;
  /** When the next one comes due after that. */
  nextDue(after: number): Promise<number | undefined>;
  /** What an attempt has led to; one that was given up meanwhile stays so. */
  settle(id: string, outcome: DeliveryOutcome): Promise<void>;
  get(organizationId: string, id: string): Promise<WebhookDelivery | undefined>;
  /** Newest first, without their bodies' weight being anybody's worry: pages are small. @throws AppError cursor_invalid */
  list(organizationId: string, filters: DeliveryFilters, page: PageRequest): Promise<Page<WebhookDelivery>>;
  /** Pending again, due now. False: there is none, or it is pending. */
  resend(organizationId: string, id: string, now: number, giveUpAt: number): Promise<boolean>;
  /** Forgets what was made before that and is over; `limit` at most. */
  prune(before: string, limit: number): Promise<number>;
}

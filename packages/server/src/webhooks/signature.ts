// What proves to a receiver that a delivery is ours: an HMAC that only he and we can make.
import { createHmac, randomBytes } from "node:crypto";
import type { WebhookDelivery } from "../store/webhook-records.ts";

const VERSION = "v1";

export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64url")}`;
}

/** What the secret is sealed for: moved to another hook it cannot be read. */
export function secretPurpose(webhookId: string): string {
  return `webhook ${webhookId}`;
}

/** Hexadecimal. @param timestamp Unix seconds, as sent */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
}

/** How long the secret before signs as well. */
export const PREVIOUS_SECRET_MS = 24 * 3_600_000;

/** @param previous a secret that was changed lately: a receiver that still has it finds its own signature beside the other. Under both names: those that clients of the hosted service know, and our own. */
export function deliveryHeaders(
  { id, event, body }: Pick<WebhookDelivery, "id" | "event" | "body">,
  secret: string,
  now: number,
  previous?: string,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = signatureOf(secret, timestamp, body);
  const headers: Record<string, string> = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Ringdown",
    "X-Ringdown-Delivery": id,
  };
  for (const name of ["Vida", "Ringdown"]) {
    headers[`X-${name}-Event`] = event;
    headers[`X-${name}-Timestamp`] = timestamp;
    headers[`X-${name}-Signature-Version`] = VERSION;
    headers[`X-${name}-Signature`] = signature;
    if (previous !== undefined)
      headers[`X-${name}-Signature-Previous`] = signatureOf(previous, timestamp, body);
  }
  return headers;
}

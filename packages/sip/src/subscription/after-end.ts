import type { SubscriptionState } from "../header/event.ts";

/**
 * What a subscriber does when the notifier has ended its subscription, RFC 6665 §4.1.3: asks again never (whoever ends it so
 * does not want that), now, later after a pause of its own, or after so many seconds. `retry-after` has a meaning with some
 * reasons alone.
 */
export function afterEnd({ reason, retryAfter }: SubscriptionState): "never" | "now" | "later" | number {
  switch (reason) {
    case "rejected":
    case "noresource":
    case "invariant":
      return "never";
    case "deactivated":
    case "timeout":
      return "now";
    case "probation":
    case "giveup":
      return retryAfter ?? "later";
    default:
      return retryAfter ?? "now";
  }
}

import type { DigestExchange } from "../auth/digest-client.ts";
import type { SendTarget } from "../environment.ts";
import type { SubscriptionStatus } from "./subscription-types.ts";

export const initialStatus: SubscriptionStatus = {
  ...{ state: "unsubscribed", fault: undefined, lastCode: undefined, lastReason: undefined },
  ...{ endReason: undefined, expiresAt: undefined, nextAttemptAt: undefined, target: undefined },
};

/** A SUBSCRIBE that waits for its answer. */
export interface Attempt {
  readonly id: number;
  readonly exchange: DigestExchange;
  readonly target: SendTarget;
  readonly expires: number;
  readonly repeats: number;
}

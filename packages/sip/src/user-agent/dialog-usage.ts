import type { Flow } from "../environment.ts";
import type { SipRequest } from "../message/message.ts";

/** A dialog, or one to be, that is not a call's: of a subscription (RFC 6665). Requests find it by Call-ID and our tag. */
export interface DialogUsage {
  readonly callId: string;
  readonly localTag: string;
  /** A request past the checks of RFC 3261 §8.2; its order (§12.2.2) and the peer's tag are the usage's to check. */
  receive(request: SipRequest, flow: Flow): void;
}

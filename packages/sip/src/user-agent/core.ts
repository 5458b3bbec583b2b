import type { SessionTimerPolicy } from "../dialog/session-timer.ts";
import type { Environment, Flow, SendTarget } from "../environment.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { IncomingRefer, LoneReferOptions, OutgoingRefer } from "../refer/refer.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause, TimerValues } from "../transaction/machine.ts";
import type { TransactionContext } from "../transaction/runner.ts";
import type {
  InviteServerTransaction,
  NonInviteServerTransaction,
} from "../transaction/server-transaction.ts";
import type { ByConnection } from "./by-connection.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Leg } from "./leg.ts";
import type { LoneRequest } from "./lone-request.ts";
import type { UserAgentOptions } from "./options.ts";

/** ms. RFC 3261 §13.3.1.1: a provisional response every minute keeps proxies from giving up. */
export const prolongEvery = 60_000;

/** ms; what a proxy's timer C allows (RFC 3261 §16.6). */
export const defaultRingTimeout = 180_000;

/** An incoming call without a final response. */
export interface EarlyCall {
  /** The connection that its INVITE came by is closed. */
  connectionLost(): void;
}

/** What calls need of the user agent that they belong to. */
export interface Core extends TransactionContext {
  readonly environment: Environment;
  readonly timerValues: TimerValues;
  readonly early: ByConnection<EarlyCall>;
  readonly capabilities: Capabilities;
  readonly options: Pick<UserAgentOptions, "reliableProvisionals">;
  readonly sessionTimers: SessionTimerPolicy;
  /** Sends a request that has no Via yet, in a client transaction of its own. */
  startClient(
    request: SipRequest,
    target: Flow | SendTarget,
    user: ClientUser,
    branch?: string,
  ): ClientTransaction;
  /** A request that belongs to no transaction: an ACK to a 2xx (RFC 3261 §13.2.2.4). */
  sendAlone(request: SipRequest, target: Flow | SendTarget): LoneRequest;
  createInviteServer(request: SipRequest, flow: Flow): InviteServerTransaction;
  createServer(request: SipRequest, flow: Flow): NonInviteServerTransaction;
  /** Our Contact header value towards that peer. @param request the one that makes the dialog */
  contact(flow: Flow, user: string | undefined, request: SipRequest): string;
  /** User-Agent or Server, and what else stands on every message of ours. */
  identify(message: SipRequest | SipResponse): void;
  /** Answers this INVITE once, and forgets it. */
  turnAway(
    transaction: InviteServerTransaction,
    request: SipRequest,
    flow: Flow,
    status: number,
    headers?: readonly (readonly [name: string, value: string])[],
  ): void;
  /** Answers nothing to this INVITE, and forgets it. */
  ignore(transaction: InviteServerTransaction): void;
  /** Shows a REFER to the application. */
  showRefer(refer: IncomingRefer): void;
  /** A REFER outside the dialog that it is about. */
  referOutside(options: LoneReferOptions): OutgoingRefer;
  /** The leg is over and nothing of it is under way any more. */
  release(leg: Leg): void;
}

/** RFC 3261 §8.1.3.1: what a request that got no response counts as. */
export function statusOf(cause: FailureCause): number {
  return cause === "timeout" ? 408 : 503;
}

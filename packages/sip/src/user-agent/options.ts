import type { SessionTimerPolicy } from "../dialog/session-timer.ts";
import type { Environment, Flow, SendTarget } from "../environment.ts";
import type { SipMessage, SipRequest } from "../message/message.ts";
import type { ParseLimits } from "../message/parse.ts";
import type { IncomingRefer } from "../refer/refer.ts";
import type { TimerValues } from "../transaction/machine.ts";
import type { IncomingCall } from "./call.ts";

export interface UserAgentLimits {
  /** Transactions of both kinds; a request outside a dialog beyond it gets 503. */
  readonly transactions: number;
  /** Call legs; an INVITE beyond it gets 503. */
  readonly dialogs: number;
  /** INVITEs that stay unanswered and are remembered so that their repetitions do too. */
  readonly ignored: number;
}

export const defaultLimits: UserAgentLimits = { transactions: 400_000, dialogs: 50_000, ignored: 10_000 };

export interface TraceEvent {
  /** ms on the environment's clock */
  readonly at: number;
  readonly direction: "in" | "out";
  readonly flow: Flow | SendTarget;
  /** undefined for bytes that are no SIP message, and for what we send again. */
  readonly message: SipMessage | undefined;
  /**
   * The same for all messages of one transaction: its requests, responses and repetitions, a CANCEL apart from its INVITE,
   * the ACK to a refusal with it. An ACK to a 2xx is alone under its own. undefined where nothing says which.
   */
  readonly transaction: string | undefined;
  readonly bytes: Buffer;
}

/** A request outside any dialog, other than INVITE. */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  /**
   * Answers it, at once or later after `defer`. Where neither was called when the handler returns, OPTIONS gets 200,
   * BYE, INFO, UPDATE and NOTIFY 481, and anything else 405.
   */
  respond(
    status: number,
    options?: {
      reason?: string;
      headers?: readonly (readonly [name: string, value: string])[];
      body?: string;
      contentType?: string;
    },
  ): void;
  /** The answer will come later. */
  defer(): void;
}

export interface UserAgentOptions {
  readonly environment: Environment;
  /** Value of Server and User-Agent on what we send. */
  readonly serverHeader?: string;
  readonly limits?: Partial<UserAgentLimits>;
  readonly parseLimits?: Partial<ParseLimits>;
  readonly timers?: Partial<TimerValues>;
  /**
   * Requests of more bytes that were to go by UDP go by TCP, and by UDP after all where no connection can be had within 2·T1
   * or none brings an answer (RFC 3261 §18.1.1). 1,300 by default; Infinity for peers that take TCP and drop what comes.
   */
  readonly udpRequestLimit?: number;
  /**
   * Advertised host and port, for Contact and Via, towards the remote of that flow. Before anything has come back from
   * there `localAddress` may be "" and `localPort` 0; on a connection that we opened `localPort` is no listener's.
   */
  contactFor(flow: Flow): { readonly host: string; readonly port: number };
  /**
   * Whether a request from there may be answered before anything is known of it: malformed and unsupported ones, those
   * outside a dialog that are no INVITE, those inside a dialog that is not known. INVITEs go to `onInvite` in any case.
   */
  screen(flow: Flow, method: string | undefined): "answer" | "drop";
  /**
   * A new call, past the checks of RFC 3261 §8.2. A 100 goes out when this returns, or before the first response that is
   * sent inside it; a call refused or ignored inside it gets none.
   */
  onInvite(call: IncomingCall): void;
  /**
   * How many messages a second one source may send, on average; a burst may hold twice as many, and IPv6 counts by /64.
   * What is beyond is dropped before it is read, and counted in `overRate`. Without it there is no limit.
   */
  readonly messageRate?: {
    readonly perSecond: number;
    /** False for sources that are known: a trunk sends as it has calls. */
    limits(flow: Flow): boolean;
  };
  /**
   * Reliable provisional responses (RFC 3262) to calls that come in: where the caller requires them, as by default; also
   * where it only supports them; or never, and who requires them gets 420. Calls that go out offer them, but for "never".
   */
  readonly reliableProvisionals?: "never" | "when-required" | "when-supported";
  /**
   * Session timers (RFC 4028): calls are refreshed, and end when nobody answers a refresh. By default asked for with 1800 s
   * and taken from 90 s on; "when-asked" leaves it to the peer, "never" says nothing of them.
   */
  readonly sessionTimers?: Partial<SessionTimerPolicy>;
  /** Methods besides INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, PRACK that `onRequest` answers, upper case. */
  readonly extraMethods?: readonly string[];
  onRequest?(request: IncomingRequest): void;
  /**
   * INVITEs may take the place of calls (RFC 3891): they are shown with the call as `replaces`, and Supported says so. Without
   * it a Replaces header is not looked at, and one who requires it gets 420.
   */
  readonly replaces?: boolean;
  /**
   * A REFER, in a call's dialog or outside any: what it asks for is the application's to judge and to do. Without this
   * REFER gets 405, and is not named in Allow.
   */
  onRefer?(refer: IncomingRefer): void;
  /** Every message in and out. */
  trace?(event: TraceEvent): void;
  /** What a handler threw. Without this `receive` and `wake` throw it. */
  onError?(error: unknown): void;
  /** Seconds in the Retry-After of a 503; 10 by default. */
  readonly retryAfter?: number;
}

export interface Counters {
  received: number;
  sent: number;
  malformed: number;
  /** Of what was received: left without any effect. */
  dropped: number;
  /** Repeated requests among those received. */
  retransmissionsReceived: number;
  /** Messages of ours sent again. */
  retransmissionsSent: number;
  /** New requests refused because a table was full. */
  overload: number;
  handlerErrors: number;
  /** Of what was received: dropped unread, as its source sent too much. Not in `dropped`. */
  overRate: number;
}

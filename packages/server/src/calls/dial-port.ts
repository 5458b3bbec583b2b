// What setting up a call out needs of whoever dials: ways, targets and fail-over are not known here.
import type { Fork, OutgoingCall, SendTarget } from "@ringdown/sip";
import type { Agent } from "../store/records.ts";
import type { Destination } from "./dial/destination.ts";
import type { DialOutcome } from "./dial/dial-outcome.ts";

export interface DialRequest {
  readonly organizationId: string;
  /** Whose call it is: its numbers, its registration. */
  readonly agent: Agent;
  readonly destination: Destination;
  /** +E.164, instead of the agent's first number and of a route's own. */
  readonly callerId?: string;
  /** Display name of From; none where left out. Any text. */
  readonly callerName?: string;
  /** From the first 18x of an attempt, or its INVITE while there is none, to giving up. */
  readonly ringSeconds: number;
  /** Our SDP for an attempt that goes there. Asked again only where the address that we give there is another than last time. */
  offer(target: SendTarget): Promise<string>;
  /** Further headers of the INVITE (Diversion, Referred-By …). */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly maxForwards?: number;
}

/** An INVITE that is under way. */
export interface DialAttempt {
  /** "route <route as typed>", "registration <aor>", "host <host>", "peer <address>" or "internal". */
  readonly way: string;
  readonly requestUri: string;
  /** `transport:address:port` */
  readonly target: string;
  readonly leg: OutgoingCall;
}

export interface FailedAttempt {
  readonly way: string;
  /** Empty where there was none to send to. */
  readonly target: string;
  /** 0: none came. */
  readonly status: number;
  readonly reason: string;
}

/** Called synchronously; `cancel` may be called inside. */
export interface DialEvents {
  /** Each INVITE, with the handlers of `leg` that a dial has use for taken. */
  onAttempt(attempt: DialAttempt): void;
  onAttemptFailed(failure: FailedAttempt): void;
  /** 101 to 199 of the current attempt; `sdp` where it has one (early media). */
  onProgress(status: number, sdp: string | undefined, fork: Fork | undefined): void;
  /** From here on the leg belongs to who called `dial`, who sets its handlers before this returns. */
  onAnswered(leg: OutgoingCall, sdp: string | undefined): void;
  /** Once, in place of `onAnswered`; also after `cancel`. */
  onFailed(failure: DialFailure): void;
}

export interface DialFailure {
  readonly outcome: DialOutcome;
  /** SIP status that decided; 0 where none did. */
  readonly status: number;
  /** A sentence for a person. */
  readonly reason: string;
  readonly attempts: readonly FailedAttempt[];
}

export interface Dial {
  /** Ends it wherever it stands: `onFailed` is told before this returns, unless it was told or answered before. */
  cancel(reason?: string): void;
}

export interface Dialer {
  dial(request: DialRequest, events: DialEvents): Dial;
}

import type { CredentialsFor } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import type { SipRequest } from "../message/message.ts";

/** How a leg ended; told exactly once. */
export interface LegEnded {
  readonly by: "remote" | "local" | "system";
  readonly cause: "bye" | "cancelled" | "rejected" | "no-ack" | "timeout" | "transport-error" | "local";
  /** Of the response that ended it, where one did. */
  readonly status?: number;
  /** The text of a Reason header (RFC 3326), or the response's phrase. */
  readonly reason?: string;
}

export interface HangUpOptions {
  /** 300 to 699, for an inbound leg that was not accepted; 480 by default. */
  readonly status?: number;
  /** Goes into a Reason header: a whole value (`Q.850;cause=16`), or a text of its own. */
  readonly reason?: string;
}

export interface ReinviteReply {
  accept(sdp: string): void;
  reject(status: number): void;
}

export type ReinviteAnswer =
  | { readonly ok: true; readonly sdp: string | undefined }
  | { readonly ok: false; readonly status: number };

/**
 * One INVITE dialog, either direction. Handlers are assignable and called synchronously from `receive` and `wake`;
 * commands may be called inside them. Commands that come too late are ignored: the peer may always have been faster.
 */
export interface CallLeg {
  readonly id: string;
  readonly callId: string;
  readonly direction: "inbound" | "outbound";
  readonly state: "early" | "confirmed" | "ended";
  /** The INVITE; its body is let go once the dialog is confirmed. */
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Answers to 401 and 407 for requests of ours in this call; without it they are refusals. */
  credentials?: CredentialsFor | undefined;
  /** User-Agent, or Server, as the peer calls itself. */
  readonly remoteUserAgent: string | undefined;
  /**
   * Ends the leg and tells `onEnded` before it returns: BYE when confirmed; a refusal for an early inbound leg;
   * CANCEL for an early outbound one. Where the RFC makes BYE or CANCEL wait (§9.1, §15), it is sent when it may be.
   */
  hangUp(options?: HangUpOptions): void;
  /**
   * Sends a re-INVITE, or keeps it until one may be sent (RFC 3261 §14.1); the newest wins. After 491 it is tried
   * again by itself. @param sdp the offer; undefined asks the peer for one, and `answer` then gives ours
   */
  reinvite(sdp: string | undefined): void;
  /**
   * Sends an UPDATE (RFC 3311), which needs no second answer by a person and may be sent before the call is answered, once a
   * first offer has its answer. Waits like `reinvite`, and shares its place: the newest wish wins. An offer to a peer whose
   * Allow does not name UPDATE goes by re-INVITE. `onReinviteAnswer` tells the outcome.
   * @param sdp the offer; undefined refreshes target and session timer alone
   */
  update(sdp: string | undefined): void;
  /** Our answer, where the 200 to our INVITE without SDP brought the offer: the ACK waits for it. */
  answer(sdp: string): void;
  sendInfo(contentType: string, body: string): void;
  /**
   * The peer's re-INVITE or UPDATE. `offer` undefined: none, put our offer into the 200; the answer comes with the ACK
   * to `onAcknowledged`. Without this handler such a request gets 488.
   */
  onReinvite?: ((offer: string | undefined, reply: ReinviteReply) => void) | undefined;
  onReinviteAnswer?: ((result: ReinviteAnswer) => void) | undefined;
  /** ACK to a 200 of ours; its SDP where the 200 carried our offer. */
  onAcknowledged?: ((answer: string | undefined) => void) | undefined;
  onInfo?: ((contentType: string, body: Buffer) => void) | undefined;
  onEnded?: ((ended: LegEnded) => void) | undefined;
}

export interface IncomingCall extends CallLeg {
  /** SDP of the INVITE. */
  readonly offer: string | undefined;
  /** 180, or 183 with early media. */
  ring(options?: { status?: 180 | 183; sdp?: string }): void;
  /** 200, repeated until the ACK (§13.3.1.4); without one in 64·T1 a BYE, and `onEnded` with "no-ack". */
  accept(sdp: string, headers?: readonly (readonly [name: string, value: string])[]): void;
  /** @param status 300 to 699 */
  reject(
    status: number,
    options?: { reason?: string; headers?: readonly (readonly [name: string, value: string])[] },
  ): void;
  /**
   * Refuses without a transaction (RFC 3261 §8.2.7): one response a request, none repeated, nothing kept. For sources
   * that nobody vouches for: a forged one must not be sent more than it seems to have asked for. A repeated INVITE comes
   * to `onInvite` again. To be called inside `onInvite`.
   * @param status 300 to 699
   */
  turnAway(status: number, options?: { headers?: readonly (readonly [name: string, value: string])[] }): void;
  /** Answers nothing, ever; `onEnded` is told "rejected" by "local". To send not even a 100, call it inside `onInvite`. */
  ignore(): void;
}

export interface OutgoingCall extends CallLeg {
  /** 101 to 199. */
  onProgress?: ((status: number, sdp: string | undefined) => void) | undefined;
  /** 200. The ACK has been sent; where the INVITE had no SDP it waits for `answer`. */
  onAnswered?: ((sdp: string | undefined) => void) | undefined;
}

export interface InviteOptions {
  /** SIP or tel URI. */
  readonly requestUri: string;
  /** Header values: a URI in `<>` with an optional display name, no tag. */
  readonly to: string;
  readonly from: string;
  /** The offer; without it the peer makes one. */
  readonly sdp?: string;
  /** Where the INVITE goes: one of the two. */
  readonly flow?: Flow;
  readonly target?: SendTarget;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly callId?: string;
  /** ms until an INVITE that only rings is cancelled; 180,000 by default. */
  readonly ringTimeout?: number;
  /** 70 by default; a call that continues an inbound one passes on that one's value, less one. */
  readonly maxForwards?: number;
  /** Answers to 401 and 407, for the INVITE and all that follows it. */
  readonly credentials?: CredentialsFor;
}

/** The Reason header value for `HangUpOptions.reason`. */
export function reasonHeader(reason: string, status: number): string {
  if (/^[\w.-]+\s*;\s*cause\s*=/i.test(reason)) return reason;
  return `SIP;cause=${status};text="${reason.replace(/["\\]/g, "\\$&")}"`;
}

/** What a person would read of a Reason header: its text, else the whole value. */
export function reasonText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = /;\s*text\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(value)?.[1];
  return text === undefined ? value : text.replace(/\\(.)/g, "$1");
}

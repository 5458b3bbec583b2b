import type { CredentialsFor } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import type { Replaces } from "../header/replaces.ts";
import type { SipRequest } from "../message/message.ts";
import type { NameAddr } from "../message/name-addr.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/refer.ts";

/** How a leg ended; told exactly once. */
export interface LegEnded {
  readonly by: "remote" | "local" | "system";
  readonly cause:
    | "bye"
    | "cancelled"
    | "rejected"
    | "no-ack"
    | "timeout"
    | "session-expired"
    | "transport-error"
    | "local"
    | "replaced";
  /** Of the response that ended it, where one did. */
  readonly status?: number;
  /** Seconds: that response's Retry-After (RFC 3261 §20.33), where it has one that can be read. */
  readonly retryAfter?: number;
  /** The text of a Reason header (RFC 3326), or the response's phrase. */
  readonly reason?: string;
  /** Where a 3xx says the called party may be reached, most preferred first (RFC 3261 §8.1.3.4). Nobody goes there by itself. */
  readonly contacts?: readonly NameAddr[];
}

export interface HangUpOptions {
  /** 300 to 699, for an inbound leg that was not accepted; 480 by default. */
  readonly status?: number;
  /** Goes into a Reason header: a whole value (`Q.850;cause=16`), or a text of its own. */
  readonly reason?: string;
}

export interface ReinviteReply {
  /** Which request asks: an UPDATE or a PRACK has to be answered within seconds, and without asking a person. */
  readonly method: "INVITE" | "UPDATE" | "PRACK";
  /** The fork that asks, in a call from us that nobody has taken yet. */
  readonly fork: Fork | undefined;
  /**
   * 18x to a re-INVITE, as `IncomingCall.ring`: a person is asked, or what the answer will be is known already. Without a PRACK
   * in 64·T1 the re-INVITE is refused with 504, and the call goes on. Ignored for UPDATE and PRACK, which have no such response.
   */
  ring(options?: RingOptions): void;
  /** 200; to a re-INVITE it waits like that to an INVITE. @param sdp our answer, or our offer; it may be left out where a reliable 18x has held it */
  accept(sdp?: string): void;
  reject(status: number): void;
}

export type ReinviteAnswer =
  | {
      readonly ok: true;
      readonly sdp: string | undefined;
      /** The answer to a refresh of the session timer, by a re-INVITE that repeated our description. */
      readonly refresh?: true;
    }
  | {
      readonly ok: false;
      readonly status: number;
      /** A provisional response had answered our offer before: the session is changed, and wants a new offer (RFC 6141 §3.4). */
      readonly changed?: true;
    };

/** One of the phones that ring in a call from us: an early dialog (RFC 3261 §12.1.2). */
export interface Fork {
  /** The peer's tag: the same for all that comes from there. */
  readonly id: string;
  /** What it last said of the session: agreed, or a look ahead at what will be (early media). */
  readonly sdp: string | undefined;
  /** Our answer to the offer that a reliable response brought; the PRACK waits for it. */
  answer(sdp: string): void;
  /** As `CallLeg.update`, in this early dialog. */
  update(sdp: string | undefined): void;
  /**
   * Puts an offer into the PRACK for the response that `onProgress` is just being told of (RFC 3262 §5), where the peer is
   * sure to take it: it cannot well be refused (RFC 6337 §2.2). `onReinviteAnswer` tells the answer.
   * @returns false where there is no PRACK to put it into, or something is still open
   */
  offerInPrack(sdp: string): boolean;
  /** Ends this fork alone: a BYE in the early dialog (§15). The others go on ringing. */
  hangUp(): void;
}

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
  /** Whether the peer says that it takes such bodies in INFO: its Allow names INFO, and its Accept, where it has one, the type. */
  takesInfo(contentType: string): boolean;
  /**
   * INFO in this dialog. Without an answer to it (408), and with 481, the call is over.
   * @param onOutcome told the final status, once: 408 and 503 stand for no answer and a transport error, 481 for a leg that is not confirmed
   */
  sendInfo(contentType: string, body: string, onOutcome?: (status: number) => void): void;
  /**
   * Asks the peer to call `target` (transfer, RFC 5589): REFER in this dialog. The call itself stands until somebody ends
   * it. A leg that is not confirmed, or has four under way, refuses (481, 503).
   * @param target SIP or tel URI
   * @throws SipParseError where the target or a header value cannot be written
   */
  refer(target: string, options?: ReferOptions): OutgoingRefer;
  /**
   * Names this call so that its peer knows it: for an INVITE to the peer that takes the call's place (RFC 3891), or a REFER
   * that has somebody send one. undefined while there is no dialog.
   */
  asReplaces(options?: { earlyOnly?: boolean }): Replaces | undefined;
  /** Our Contact, as the peer was told it: where its requests, its ACK before all, have to find us. */
  readonly contact: string;
  /** The peer's Contact URI, once there is a dialog. */
  readonly remoteTarget: string | undefined;
  /**
   * The peer's re-INVITE or UPDATE, or an offer in its PRACK. `offer` undefined: none, put our offer into the 200; the answer comes with the ACK
   * to `onAcknowledged`. Without this handler such a request gets 488.
   */
  onReinvite?: ((offer: string | undefined, reply: ReinviteReply) => void) | undefined;
  onReinviteAnswer?: ((result: ReinviteAnswer) => void) | undefined;
  /** ACK to a 200 of ours; its SDP where the 200 carried our offer. */
  onAcknowledged?: ((answer: string | undefined) => void) | undefined;
  /** PRACK to a reliable 18x of ours; its SDP where that held our offer. */
  onPrack?: ((answer: string | undefined) => void) | undefined;
  /** A body in an INFO. It gets 200, or 415 where this returns false. */
  onInfo?: ((contentType: string, body: Buffer) => unknown) | undefined;
  onEnded?: ((ended: LegEnded) => void) | undefined;
}

export interface RingOptions {
  /** 180 by default; 183 for early media. */
  readonly status?: 180 | 181 | 182 | 183;
  /**
   * Our answer, or a look ahead at it. To an INVITE without an offer it is our offer, which only a reliable response can
   * carry: in another it is left out.
   */
  readonly sdp?: string;
  /** Whether it is sent reliably, where the caller supports that; what `reliableProvisionals` says by default. */
  readonly reliable?: boolean;
}

/** An INVITE with Expires ends by itself when the time is over: 487, and `onEnded` says "cancelled" (RFC 3261 §13.3.1). */
export interface IncomingCall extends CallLeg {
  /** SDP of the INVITE. */
  readonly offer: string | undefined;
  /**
   * The call that this one wants to take the place of (RFC 3891; see `UserAgentOptions.replaces`), until it is answered. Who
   * may do that is the application's to judge: whoever knows Call-ID and tags can ask. With `accept` that call ends by BYE
   * or CANCEL, and its `onEnded` is told "replaced"; refused, this one leaves it as it is.
   */
  readonly replaces: CallLeg | undefined;
  /**
   * 18x. A reliable one is repeated until its PRACK comes, and the next waits for that; without a PRACK in 64·T1 the call is
   * refused with 504, and `onEnded` says "no-ack". Where the caller requires reliable responses and has offered nothing, the
   * first has to hold our offer: one without is not sent.
   */
  ring(options?: RingOptions): void;
  /**
   * 200, repeated until the ACK (§13.3.1.4); without one in 64·T1 a BYE, and `onEnded` with "no-ack". While a reliable 18x
   * with SDP has no PRACK, or an offer no answer, the 200 waits.
   * @param sdp our answer, or our offer; left out of the 200 where a reliable 18x has agreed on the session
   */
  accept(sdp?: string, headers?: readonly (readonly [name: string, value: string])[]): void;
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
  /**
   * 101 to 199. Where several phones ring, `fork` tells them apart; undefined in a response that names no dialog. `sdp` is
   * the answer, or a look ahead at it; where the INVITE had none, and the response is reliable, it is an offer that
   * `fork.answer` is to answer. 199: that fork is over.
   */
  onProgress?: ((status: number, sdp: string | undefined, fork: Fork | undefined) => void) | undefined;
  /**
   * Whether the 200 of this fork is the one to take, where several phones may answer: false gives it ACK and BYE, and the
   * call goes on ringing for up to 64·T1. Without this handler the first is taken. Further ones get ACK and BYE.
   */
  chooseAnswer?: ((fork: Fork, sdp: string | undefined) => boolean) | undefined;
  /**
   * 200. The ACK has been sent; where the INVITE had no SDP, and no offer was answered before, it waits for `answer`. `sdp` is
   * the description that counts: of the 200, or of the reliable response that has answered the offer before.
   */
  onAnswered?: ((sdp: string | undefined, fork: Fork) => void) | undefined;
  /** How often the peer has said its 200 again after our ACK: many times, and the ACK does not get there. */
  readonly answersRepeated: number;
  /** The phones that ring, in the order in which they were heard of; at most 16. */
  readonly forks: readonly Fork[];
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
  /**
   * ms until an INVITE that nothing at all has come back to, not even a 100, is given up, for another target to be tried:
   * `onEnded` says "timeout", 408. The transaction goes on by itself for its 64·T1: what comes after all gets CANCEL, and a
   * 200 ACK and BYE. Without it 64·T1 (RFC 3261 §17.1.1.2).
   */
  readonly responseTimeout?: number;
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

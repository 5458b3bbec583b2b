import type { Dialog } from "../dialog/dialog.ts";
import { nextHopTarget } from "../dialog/next-hop.ts";
import { OfferAnswer } from "../dialog/offer-answer.ts";
import type { SendTarget } from "../environment.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import { type RepeatOptions, startAuthorized } from "./authorized-request.ts";
import { statusOf } from "./core.ts";
import { IncomingChanges } from "./incoming-changes.ts";
import type { Leg } from "./leg.ts";
import { OutgoingChanges } from "./outgoing-changes.ts";

/**
 * One dialog of a call, and what is agreed in it. A call to us has one from its INVITE on; a call from us has one for
 * each fork that rings, and one of them becomes the call's. What an idle call does not need is made when it is needed.
 */
export class Session {
  readonly leg: Leg;
  readonly dialog: Dialog;
  readonly offerAnswer = new OfferAnswer();
  /** The peer's Allow named UPDATE (RFC 3311 §4). */
  takesUpdate = false;
  #outgoing: OutgoingChanges | undefined;
  #incoming: IncomingChanges | undefined;

  /** @param first the INVITE, or the response to it, that makes the dialog */
  constructor(leg: Leg, dialog: Dialog, first: SipMessage) {
    this.leg = leg;
    this.dialog = dialog;
    this.learn(first);
  }

  /** The call is answered, and this is its dialog. */
  get isConfirmed(): boolean {
    return this.leg.state === "confirmed" && this.leg.session === this;
  }

  /** What we want to change. */
  get outgoing(): OutgoingChanges {
    this.#outgoing ??= new OutgoingChanges(this);
    return this.#outgoing;
  }

  /** What the peer wants to change. */
  get incoming(): IncomingChanges {
    this.#incoming ??= new IncomingChanges(this);
    return this.#incoming;
  }

  /** The peer's re-INVITE waits for our answer. */
  get isAskedByInvite(): boolean {
    return this.#incoming?.hasInvite === true;
  }

  /** We have an INVITE under way. */
  get isInviting(): boolean {
    return this.#outgoing?.isInviting === true;
  }

  /** Takes note of what the peer says it can do. */
  learn(message: SipMessage): void {
    const allow = message.headers.list("Allow");
    if (allow.length > 0) this.takesUpdate = allow.includes("UPDATE");
  }

  /** Our answer to the offer in a 200 of the peer. */
  answer(sdp: string): void {
    this.#outgoing?.answer(sdp);
  }

  /** The ACK that waits for our answer goes without one. */
  acknowledgePending(): void {
    this.#outgoing?.acknowledgePending();
  }

  /** Something that stood in the way may be over. */
  proceed(): void {
    this.#outgoing?.proceed();
  }

  /** The call is over, or this dialog of it. */
  stop(): void {
    this.#outgoing?.stop();
    this.#incoming?.stop();
  }

  target(): SendTarget {
    return nextHopTarget(this.dialog.nextHop(), this.leg.flow, this.leg.direct);
  }

  /** CSeq number for a request in the dialog that is sent again. */
  nextSeq(): number {
    return ++this.dialog.localSeq;
  }

  /** Sends a request inside the dialog, with credentials where it is challenged. */
  start(request: SipRequest, user: ClientUser, options?: Omit<RepeatOptions, "nextSeq">): ClientTransaction {
    const { leg } = this;
    leg.core.identify(request);
    const repeat = { ...options, nextSeq: () => this.nextSeq() };
    return startAuthorized(leg.core, leg.digest, request, this.target(), user, repeat);
  }

  /** As `start`, for a request that does not change the session. @param onFinal 408 and 503 stand for time-out and transport error (§8.1.3.1) */
  send(request: SipRequest, onFinal: (status: number) => void): void {
    this.start(request, {
      onResponse: (response: SipResponse) => {
        if (response.status >= 200) onFinal(response.status);
      },
      onClientFailure: (cause) => onFinal(statusOf(cause)),
    });
  }
}

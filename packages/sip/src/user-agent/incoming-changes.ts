import type { Carrier } from "../dialog/offer-answer.ts";
import type { Flow } from "../environment.ts";
import type { SipRequest } from "../message/message.ts";
import {
  InviteServerTransaction,
  type InviteServerUser,
  type NonInviteServerTransaction,
} from "../transaction/server-transaction.ts";
import { sdpBody } from "./sdp-body.ts";
import type { Session } from "./session.ts";

interface Asked {
  readonly transaction: InviteServerTransaction | NonInviteServerTransaction;
  readonly request: SipRequest;
  /** An offer came with it, or our 2xx is to hold one. */
  readonly offer: string | undefined;
}

/** An ACK may be overtaken by the next re-INVITE. Each 2xx without one is repeated for 32 s: not for as many as come. */
const maxUnacknowledged = 4;

/** What the peer changes in a session that stands, or is about to: re-INVITE (RFC 3261 §14.2), UPDATE (RFC 3311 §5.2). */
export class IncomingChanges implements InviteServerUser {
  readonly #session: Session;
  /** The re-INVITE that has no final answer. */
  #invite: Asked | undefined;
  /** The UPDATE that has none. */
  #update: Asked | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  get hasInvite(): boolean {
    return this.#invite !== undefined;
  }

  receiveInvite(request: SipRequest, flow: Flow): void {
    const { leg, offerAnswer } = this.#session;
    const transaction = leg.core.createInviteServer(request, flow);
    const body = sdpBody(request);
    const offer = body.kind === "sdp" ? body.sdp : undefined;
    const refusal = this.#refusalOfInvite(offer);
    if (refusal !== undefined) {
      this.#refuse({ transaction, request, offer }, refusal);
      return;
    }
    if (offer === undefined) offerAnswer.asksForOffer();
    const asked = { transaction, request, offer };
    this.#invite = asked;
    transaction.user = this;
    transaction.localTag = leg.localTag;
    this.#ask(asked);
    // Whoever answers may take its time; the peer shall know that the request has arrived.
    if (this.#invite === asked) leg.respond(transaction, request, 100);
  }

  receiveUpdate(request: SipRequest, flow: Flow): void {
    const { leg } = this.#session;
    const transaction = leg.core.createServer(request, flow);
    const body = sdpBody(request);
    const offer = body.kind === "sdp" ? body.sdp : undefined;
    const asked = { transaction, request, offer };
    const refusal = this.#refusalOfUpdate(offer);
    if (refusal !== undefined) this.#refuse(asked, refusal);
    else if (offer === undefined) this.#accept(asked, undefined);
    else {
      this.#update = asked;
      this.#ask(asked);
    }
  }

  /** The peer takes its re-INVITE back; the session stays as it was (§9.2, §14.2). */
  onCancel(): void {
    if (this.#invite !== undefined) this.#reject(this.#invite, 487);
  }

  onServerFailure(): void {
    if (this.#invite === undefined) return;
    this.#invite = undefined;
    this.#session.offerAnswer.rollBack();
  }

  /** The call is over. */
  stop(): void {
    for (const asked of [this.#invite, this.#update]) if (asked !== undefined) this.#reject(asked, 487);
  }

  /** 500 for a second INVITE before the first is answered, 491 against one of ours (§14.2), then what offers ask for. */
  #refusalOfInvite(offer: string | undefined): number | undefined {
    const session = this.#session;
    const { leg, offerAnswer } = session;
    if (leg.state === "ended") return 481;
    if (session.isInviting) return 491;
    if (this.#invite !== undefined || !session.isConfirmed) return 500;
    if (leg.unacknowledged >= maxUnacknowledged) return 500;
    if (offerAnswer.state === "offered") return 491;
    if (offerAnswer.state === "asked") return 500;
    return leg.onReinvite === undefined ? 488 : this.#refusalOfOffer("INVITE", offer);
  }

  #refusalOfUpdate(offer: string | undefined): number | undefined {
    const { leg } = this.#session;
    if (leg.state === "ended") return 481;
    if (this.#update !== undefined) return 500;
    if (offer === undefined) return undefined;
    const refusal = this.#refusalOfOffer("UPDATE", offer);
    if (refusal !== undefined || leg.onReinvite !== undefined) return refusal;
    this.#session.offerAnswer.rollBack();
    return 488;
  }

  #refusalOfOffer(carrier: Carrier, offer: string | undefined): number | undefined {
    if (offer === undefined) return undefined;
    const meaning = this.#session.offerAnswer.received(carrier);
    return typeof meaning === "number" ? meaning : undefined;
  }

  #refuse({ transaction, request }: Asked, status: number): void {
    const { leg } = this.#session;
    // §14.2: between 0 and 10 seconds, so that the two do not meet again.
    const seconds = String(Math.floor(leg.core.environment.random() * 11));
    leg.respond(transaction, request, status, status === 500 ? [["Retry-After", seconds]] : undefined);
  }

  #ask(asked: Asked): void {
    const isWaiting = () => this.#invite === asked || this.#update === asked;
    try {
      this.#session.leg.onReinvite?.(asked.offer, {
        accept: (sdp) => {
          if (isWaiting()) this.#accept(asked, sdp);
        },
        reject: (status) => {
          if (isWaiting()) this.#reject(asked, status);
        },
      });
    } catch (error) {
      // A handler's fault must not leave the peer, and every later offer, waiting.
      if (isWaiting()) this.#reject(asked, 500);
      throw error;
    }
  }

  #accept(asked: Asked, sdp: string | undefined): void {
    const session = this.#session;
    const { leg, dialog, offerAnswer } = session;
    const { transaction, request } = asked;
    this.#forget(asked);
    // A refused request leaves the target as it was (RFC 6141 §4.8).
    dialog.refreshTarget(request);
    session.learn(request);
    if (transaction instanceof InviteServerTransaction) {
      leg.succeed(transaction, request, sdp);
      return;
    }
    if (sdp !== undefined) offerAnswer.sent("UPDATE 2xx");
    leg.respond(transaction, request, 200, leg.targetHeaders(), sdp);
    session.proceed();
  }

  #reject(asked: Asked, status: number): void {
    const session = this.#session;
    this.#forget(asked);
    session.offerAnswer.rollBack();
    session.leg.respond(asked.transaction, asked.request, status);
    session.proceed();
  }

  #forget(asked: Asked): void {
    if (this.#invite === asked) this.#invite = undefined;
    if (this.#update === asked) this.#update = undefined;
  }
}

import type { Carrier } from "../dialog/offer-answer.ts";
import type { Flow } from "../environment.ts";
import { rack } from "../header/rack.ts";
import type { SipRequest } from "../message/message.ts";
import {
  InviteServerTransaction,
  type InviteServerUser,
  type NonInviteServerTransaction,
} from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import type { RingOptions } from "./call.ts";
import { ring } from "./reliable-provisionals.ts";
import { sdpBody } from "./sdp-body.ts";
import type { Session } from "./session.ts";

interface Asked {
  readonly method: "INVITE" | "UPDATE" | "PRACK";
  readonly transaction: InviteServerTransaction | NonInviteServerTransaction;
  readonly request: SipRequest;
  /** An offer came with it, or our 2xx is to hold one. */
  readonly offer: string | undefined;
}

/** An ACK may be overtaken by the next re-INVITE. Each 2xx without one is repeated for 32 s: not for as many as come. */
const maxUnacknowledged = 4;

/** In T1: half of the time after which the peer gives up an UPDATE or PRACK (timer F). */
const answerWithin = 32;

/**
 * What the peer changes in a session that stands, or is about to: re-INVITE (RFC 3261 §14.2), UPDATE (RFC 3311 §5.2), and
 * PRACK, which may offer something as well (RFC 3262 §5).
 */
export class IncomingChanges implements InviteServerUser, TimerOwner {
  readonly #session: Session;
  /** The re-INVITE that has no final answer. */
  #invite: Asked | undefined;
  /** A provisional response to it has gone out. */
  #hasRung = false;
  /** It is accepted, but what a 2xx has to wait for is still open. */
  #accepting: { readonly sdp: string | undefined } | undefined;
  /** The UPDATE or PRACK that has none, and when it has to have one. */
  #other: Asked | undefined;
  #limit: Timer | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  get hasInvite(): boolean {
    return this.#invite !== undefined;
  }

  receiveInvite(request: SipRequest, flow: Flow): void {
    const { leg, offerAnswer } = this.#session;
    const least = this.#session.shortestInterval(request);
    const transaction = leg.core.createInviteServer(request, flow);
    if (least !== undefined) {
      leg.respond(transaction, request, 422, [["Min-SE", String(least)]]);
      return;
    }
    const asked = describe("INVITE", transaction, request);
    const refusal = this.#refusalOfInvite(asked.offer);
    if (refusal !== undefined) {
      this.#refuse(asked, refusal);
      return;
    }
    if (asked.offer === undefined) offerAnswer.asksForOffer("peer");
    this.#invite = asked;
    this.#hasRung = false;
    // Of an INVITE before, which has its final response.
    this.#session.reliable = undefined;
    transaction.user = this;
    transaction.localTag = leg.localTag;
    this.#ask(asked);
    // Whoever answers may take its time; the peer shall know that the request has arrived.
    if (this.#invite === asked && !this.#hasRung) leg.respond(transaction, request, 100);
  }

  receiveUpdate(request: SipRequest, flow: Flow): void {
    const { leg } = this.#session;
    const least = this.#session.shortestInterval(request);
    const asked = describe("UPDATE", leg.core.createServer(request, flow), request);
    if (least !== undefined) {
      leg.respond(asked.transaction, request, 422, [["Min-SE", String(least)]]);
      return;
    }
    const refusal = this.#refusalOfUpdate(asked.offer);
    if (refusal !== undefined) this.#refuse(asked, refusal);
    else if (asked.offer === undefined) this.#accept(asked, undefined);
    else this.#askPromptly(asked);
  }

  /** @throws SipParseError where RAck is missing or cannot be read */
  receivePrack(request: SipRequest, flow: Flow): void {
    const session = this.#session;
    const { leg, offerAnswer } = session;
    const isKnown = session.reliable?.acknowledge(rack(request)) === true;
    const asked = describe("PRACK", leg.core.createServer(request, flow), request);
    if (!isKnown) {
      leg.respond(asked.transaction, request, 481);
      return;
    }
    const { offer: sdp } = asked;
    const meaning = sdp === undefined ? "none" : session.received("PRACK");
    if (typeof meaning === "number") this.#refuse(asked, meaning);
    else if (meaning === "offer") {
      if (leg.state === "ended") this.#reject(asked, 481);
      else if (leg.onReinvite === undefined) this.#reject(asked, 488);
      else this.#askPromptly(asked);
    } else {
      // A PRACK that owes the answer to our offer, and has none.
      if (meaning === "none" && offerAnswer.carrier === "1xx-rel") session.rollBack("peer");
      leg.respond(asked.transaction, request, 200);
      if (meaning === "answer") session.changed(sdp);
      if (leg.state !== "ended") leg.onPrack?.(meaning === "answer" ? sdp : undefined);
    }
    session.proceed();
  }

  /** RFC 3311 §5.2: whoever has to ask a person says so, rather than let the request time out. */
  onTimer(): void {
    this.#limit = undefined;
    if (this.#other !== undefined) this.#reject(this.#other, 504);
  }

  /** The peer takes its re-INVITE back; the session stays as it was (§9.2, §14.2). */
  onCancel(): void {
    if (this.#invite !== undefined) this.#reject(this.#invite, 487);
  }

  onServerFailure(): void {
    if (this.#invite === undefined) return;
    this.#forget(this.#invite);
    this.#session.reliable?.stop();
    this.#session.rollBack("peer");
  }

  /** What a 2xx had to wait for may be over: a description that has not arrived for certain, an offer within (RFC 6337 §3). */
  proceed(): void {
    const accepting = this.#accepting;
    if (this.#invite !== undefined && accepting !== undefined) this.#accept(this.#invite, accepting.sdp);
  }

  /** The call is over. */
  stop(): void {
    for (const asked of [this.#invite, this.#other]) if (asked !== undefined) this.#reject(asked, 487);
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
    if (this.#other !== undefined) return 500;
    if (offer === undefined) return undefined;
    const refusal = this.#refusalOfOffer("UPDATE", offer);
    if (refusal !== undefined || leg.onReinvite !== undefined) return refusal;
    this.#session.rollBack("peer");
    return 488;
  }

  #refusalOfOffer(carrier: Carrier, offer: string | undefined): number | undefined {
    if (offer === undefined) return undefined;
    const meaning = this.#session.received(carrier);
    return typeof meaning === "number" ? meaning : undefined;
  }

  #refuse({ transaction, request }: Asked, status: number): void {
    const { leg } = this.#session;
    // §14.2: between 0 and 10 seconds, so that the two do not meet again.
    const seconds = String(Math.floor(leg.core.environment.random() * 11));
    leg.respond(transaction, request, status, status === 500 ? [["Retry-After", seconds]] : undefined);
  }

  #askPromptly(asked: Asked): void {
    const { core } = this.#session.leg;
    this.#other = asked;
    this.#limit = core.timers.set(core.now(), answerWithin * core.timerValues.t1, this, "answer");
    this.#ask(asked);
  }

  #ask(asked: Asked): void {
    const session = this.#session;
    const isWaiting = () => this.#invite === asked || this.#other === asked;
    try {
      session.leg.onReinvite?.(asked.offer, {
        method: asked.method,
        fork: session.leg.session === session ? undefined : session,
        ring: (options) => {
          if (this.#invite === asked && this.#accepting === undefined) this.#ring(asked, options);
        },
        accept: (sdp) => {
          if (isWaiting() && (asked !== this.#invite || this.#accepting === undefined))
            this.#accept(asked, sdp);
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

  /** A provisional response to a re-INVITE: somebody is asked, and what the answer will be may be known already. */
  #ring(asked: Asked, options: RingOptions = {}): void {
    const { transaction, request } = asked;
    if (!(transaction instanceof InviteServerTransaction)) return;
    const onTimeout = (): void => this.#reject(asked, 504);
    if (ring(this.#session, { transaction, request, onTimeout }, options)) this.#hasRung = true;
  }

  #accept(asked: Asked, given: string | undefined): void {
    const session = this.#session;
    const { leg, dialog, reliable } = session;
    const { method, transaction, request } = asked;
    let sdp = given;
    if (method === "INVITE") {
      if (!session.mayAcceptInvite) {
        this.#accepting = { sdp };
        return;
      }
      sdp ??= reliable?.waitingSdp;
      reliable?.stop();
    }
    this.#forget(asked);
    // A refused request leaves the target as it was (RFC 6141 §4.8); PRACK is no target refresh.
    if (method !== "PRACK") dialog.refreshTarget(request);
    session.learn(request);
    if (asked.offer !== undefined) session.changed(asked.offer);
    if (transaction instanceof InviteServerTransaction) {
      leg.succeed(transaction, request, sdp);
      return;
    }
    if (sdp !== undefined) session.describe(method === "PRACK" ? "PRACK 2xx" : "UPDATE 2xx", sdp);
    const headers = method === "PRACK" ? [] : [...leg.targetHeaders(), ...session.acceptTimer(request)];
    leg.respond(transaction, request, 200, headers, sdp);
    session.proceed();
  }

  #reject(asked: Asked, status: number): void {
    const session = this.#session;
    this.#forget(asked);
    if (asked.method === "INVITE") {
      session.reliable?.stop();
      session.reliable = undefined;
    }
    session.rollBack("peer");
    session.leg.respond(asked.transaction, asked.request, status);
    session.proceed();
  }

  #forget(asked: Asked): void {
    if (this.#invite === asked) {
      this.#invite = undefined;
      this.#accepting = undefined;
    }
    if (this.#other !== asked) return;
    this.#other = undefined;
    this.#session.leg.core.timers.cancel(this.#limit);
    this.#limit = undefined;
  }
}

function describe(method: Asked["method"], transaction: Asked["transaction"], request: SipRequest): Asked {
  const body = sdpBody(request);
  return { method, transaction, request, offer: body.kind === "sdp" ? body.sdp : undefined };
}

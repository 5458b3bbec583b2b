import type { Dialog } from "../dialog/dialog.ts";
import { nextHopTarget } from "../dialog/next-hop.ts";
import { type Carrier, OfferAnswer, type Received, type Side } from "../dialog/offer-answer.ts";
import { judgeTimer, SessionTimer } from "../dialog/session-timer.ts";
import type { SendTarget } from "../environment.ts";
import { rseq } from "../header/rack.ts";
import { readable } from "../header/readable.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import { type RepeatOptions, startAuthorized } from "./authorized-request.ts";
import type { Fork } from "./call.ts";
import { statusOf } from "./core.ts";
import { IncomingChanges } from "./incoming-changes.ts";
import type { Leg } from "./leg.ts";
import { OutgoingChanges } from "./outgoing-changes.ts";
import { Pracks } from "./pracks.ts";
import { namesReliability, type ReliableProvisionals } from "./reliable-provisionals.ts";
import { sdpBody } from "./sdp-body.ts";
import { leastInterval, SessionRefresh, timerLines, timerRequest } from "./session-refresh.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A provisional response to an INVITE of ours. */
export interface Provisional {
  readonly sdp: string | undefined;
  /** It holds an offer: the PRACK waits for our answer. */
  readonly isOffer: boolean;
  readonly isReliable: boolean;
}

/**
 * One dialog of a call, and what is agreed in it. A call to us has one from its INVITE on; a call from us has one for
 * each fork that rings, and one of them becomes the call's. What an idle call does not need is made when it is needed.
 */
export class Session implements Fork {
  readonly leg: Leg;
  readonly dialog: Dialog;
  readonly offerAnswer = new OfferAnswer();
  /** The peer's Allow named UPDATE (RFC 3311 §4). */
  takesUpdate = false;
  /** What the peer last said of the session, until the call is answered. */
  sdp: string | undefined;
  /** The early dialog is over: by 199 (RFC 6228), or by a BYE of ours. */
  gone: "ended" | "left" | undefined;
  /** What has become of the BYE by which we left the early dialog. */
  farewell: "under way" | "taken" | "refused" | undefined;
  /** What we send reliably before the final answer to the peer's INVITE, where we do. */
  reliable: ReliableProvisionals | undefined;
  /** The peer's Supported named tdialog (RFC 4538 §6). */
  takesTargetDialog = false;
  /** The peer's Allow named INFO. */
  #takesInfo = false;
  /** The bodies that the peer's Accept named; none: it has not said. */
  #accepts: readonly string[] = [];
  #outgoing: OutgoingChanges | undefined;
  #incoming: IncomingChanges | undefined;
  #pracks: Pracks | undefined;
  #refresh: SessionRefresh | undefined;
  /** Our description that counts, and one that is offered; kept where a refresh will have to repeat it. */
  #ours: string | undefined;
  #offered: string | undefined;

  /** @param first the INVITE, or the response to it, that makes the dialog */
  constructor(leg: Leg, dialog: Dialog, first: SipMessage) {
    this.leg = leg;
    this.dialog = dialog;
    this.learn(first);
  }

  get id(): string {
    return this.dialog.remoteTag;
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
    if (allow.length > 0) {
      this.takesUpdate = allow.includes("UPDATE");
      this.#takesInfo = allow.includes("INFO");
    }
    const accept = message.headers.list("Accept");
    if (accept.length > 0) this.#accepts = accept.map(mediaTypeOf);
    this.takesTargetDialog ||= message.headers.list("Supported").includes("tdialog");
  }

  /** Allow says so, and no Accept speaks against it. */
  takesInfo(contentType: string): boolean {
    const type = mediaTypeOf(contentType);
    const wanted = [type, `${type.split("/", 1)[0]}/*`, "*/*"];
    return (
      this.#takesInfo && (this.#accepts.length === 0 || this.#accepts.some((one) => wanted.includes(one)))
    );
  }

  /**
   * The peer has the dialog for certain, and what was agreed in it. A request that overtakes our 2xx, or is all that arrives
   * of what was sent, meets a peer that does not know what it is about.
   */
  get isKnownToPeer(): boolean {
    const { leg } = this;
    if (leg.state !== "early") return !leg.isUnacknowledged;
    return leg.direction === "outbound" || this.reliable?.wasAcknowledged === true;
  }

  /** A reliable provisional response waits for its PRACK, ours or the peer's: no UPDATE may offer anything (RFC 3311 §5.1). */
  get isPracking(): boolean {
    return this.#pracks?.isBusy === true || this.reliable?.isOpen === true;
  }

  /**
   * A 2xx to the peer's INVITE may go: no description is on its way that may not have arrived (RFC 3262 §3), and no offer
   * is open but the INVITE's (RFC 6337 §3).
   */
  get mayAcceptInvite(): boolean {
    const { carrier } = this.offerAnswer;
    return this.reliable?.holdsSdp !== true && (carrier === undefined || carrier === "INVITE");
  }

  /** A description of ours goes out. @returns what it is there; undefined: it has no place in such a message */
  describe(carrier: Carrier, sdp: string): "offer" | "answer" | "preview" | undefined {
    const meaning = this.offerAnswer.sent(carrier);
    if (meaning === "offer") this.#offered = sdp;
    else if (meaning === "answer") this.#ours = sdp;
    return meaning;
  }

  /** A description of the peer came. */
  received(carrier: Carrier): Received {
    const meaning = this.offerAnswer.received(carrier);
    if (meaning === "answer") {
      this.#ours = this.#offered;
      this.#offered = undefined;
    }
    return meaning;
  }

  /** An exchange that a request of that side began has failed: all is as it was. */
  rollBack(by: Side): void {
    if (this.offerAnswer.rollBack(by)) this.#offered = undefined;
  }

  /** The description of the peer's that counts from now on. Kept only for as long as nobody has taken the call. */
  changed(sdp: string | undefined): void {
    if (this.leg.state === "early") this.sdp = sdp;
  }

  /**
   * A provisional response to our INVITE.
   * @param seq the INVITE's CSeq number
   * @returns undefined for a reliable one that came before, or out of turn
   */
  receiveProvisional(response: SipResponse, seq: number): Provisional | undefined {
    const number = isReliable(response, this.leg) ? readable(() => rseq(response)) : undefined;
    if (number !== undefined) {
      this.#pracks ??= new Pracks(this);
      if (!this.#pracks.take(seq, number)) return undefined;
    }
    this.learn(response);
    const isReliably = number !== undefined;
    const body = sdpBody(response);
    // RFC 6228 §4: what a 199 says of the session is not looked at.
    if (body.kind !== "sdp" || response.status === 199) {
      return { sdp: undefined, isOffer: false, isReliable: isReliably };
    }
    const meaning = this.received(isReliably ? "1xx-rel" : "1xx");
    if (meaning === "none" || typeof meaning === "number") {
      return { sdp: undefined, isOffer: false, isReliable: isReliably };
    }
    this.changed(body.sdp);
    return { sdp: body.sdp, isOffer: meaning === "offer", isReliable: isReliably };
  }

  /** Sends the PRACK that is owed, if one is. */
  acknowledgeProvisional(): void {
    this.#pracks?.send();
  }

  /** Our answer to the offer in a reliable provisional response, or in a 200, of the peer. */
  answer(sdp: string): void {
    if (!this.isLive) return;
    if (this.offerAnswer.mayAnswer("PRACK")) this.#pracks?.send(sdp);
    else this.#outgoing?.answer(sdp);
  }

  update(sdp: string | undefined): void {
    if (this.isLive) this.outgoing.request("UPDATE", sdp);
  }

  offerInPrack(sdp: string): boolean {
    if (this.#pracks?.isOwed !== true || !this.offerAnswer.mayOffer("PRACK")) return false;
    this.#pracks.send(sdp);
    return true;
  }

  hangUp(): void {
    this.leg.leave(this);
  }

  /** The dialog is there for requests of either side. */
  get isLive(): boolean {
    return this.leg.state !== "ended" && this.gone === undefined;
  }

  /** The ACK that waits for our answer goes without one. */
  acknowledgePending(): void {
    this.#outgoing?.acknowledgePending();
  }

  /** Something that stood in the way may be over. */
  proceed(): void {
    if (this.isConfirmed) this.#forgetOurs();
    this.reliable?.proceed();
    this.leg.settled();
    this.#incoming?.proceed();
    this.#outgoing?.proceed();
  }

  /** A refresh by re-INVITE has to repeat our description (RFC 4028 §7.4); nothing else has. */
  #forgetOurs(): void {
    if (this.#refresh?.timer.isRefresher !== true || this.takesUpdate) this.#ours = undefined;
  }

  /** Header lines of our re-INVITE or UPDATE that concern the session timer. */
  timerLines(): HeaderLines {
    const refresh = this.#timed();
    return refresh === undefined ? [] : timerLines(refresh.timer);
  }

  /** 422, and the Min-SE to go with it, for a peer's re-INVITE or UPDATE that wants too short an interval. */
  shortestInterval(request: SipRequest): number | undefined {
    if (!this.isConfirmed) return undefined;
    const verdict = judgeTimer(this.leg.core.sessionTimers, timerRequest(request));
    return "tooSmall" in verdict ? verdict.tooSmall : undefined;
  }

  /** Our 2xx to an INVITE or UPDATE goes out; the session timer starts anew. */
  acceptTimer(request: SipRequest): HeaderLines {
    return this.#timed()?.accept(request) ?? [];
  }

  /** A 2xx to our INVITE or UPDATE; the session timer starts anew. @param timer what the INVITE was sent with */
  timerAnswered(response: SipResponse, timer?: SessionTimer): void {
    if (timer !== undefined) this.#refresh ??= new SessionRefresh(this, timer);
    this.#timed()?.answered(response);
  }

  /** A re-INVITE or UPDATE of ours was refused. @returns true where it can be sent again with a longer interval (422) */
  timerRefused(response: SipResponse | undefined): boolean {
    if (response?.status === 422 && this.#timed()?.timer.tooSmall(leastInterval(response)) === true)
      return true;
    this.#refresh?.refused();
    return false;
  }

  /** The session timer's wish. */
  refresh(): void {
    this.outgoing.refresh(this.takesUpdate ? undefined : this.#ours);
  }

  /** A session timer runs in a call that is answered alone. */
  #timed(): SessionRefresh | undefined {
    const { core } = this.leg;
    if (core.sessionTimers.use === "never" || !this.isConfirmed) return undefined;
    this.#refresh ??= new SessionRefresh(this, new SessionTimer(core.sessionTimers));
    return this.#refresh;
  }

  /** The call is answered and acknowledged: what that took is not needed any more. */
  slim(): void {
    this.#forgetOurs();
    this.sdp = undefined;
    this.reliable = undefined;
    if (this.#pracks?.isBusy === false) this.#pracks = undefined;
  }

  /** The call is over, or this dialog of it. */
  stop(): void {
    this.reliable?.stop();
    this.#refresh?.stop();
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

function mediaTypeOf(text: string): string {
  return (text.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** RFC 3262 §4: Require says 100rel, and we have said that we know it. */
function isReliable(response: SipResponse, leg: Leg): boolean {
  if (response.status === 100 || !leg.core.capabilities.optionTags.has("100rel")) return false;
  return namesReliability(response, "Require");
}

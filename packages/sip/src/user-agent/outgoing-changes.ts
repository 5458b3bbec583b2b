import { cseq, type SipRequest, type SipResponse } from "../message/message.ts";
import type { ClientTransaction } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import { credentialLines } from "./authorized-request.ts";
import { defaultRingTimeout, statusOf } from "./core.ts";
import type { LoneRequest } from "./lone-request.ts";
import { sdpBody } from "./sdp-body.ts";
import { sendCancel } from "./send-cancel.ts";
import type { Session } from "./session.ts";

interface Wanted {
  readonly method: "INVITE" | "UPDATE";
  /** Our offer. */
  readonly sdp: string | undefined;
  attempts: number;
  /** The session timer's own wish (RFC 4028 §7.4): nobody waits for its outcome. */
  readonly isRefresh: boolean;
}

interface UnderWay {
  readonly method: "INVITE" | "UPDATE";
  readonly wanted: Wanted;
  /** It was sent in a call that was answered: its 2xx says what becomes of the session timer. */
  readonly isTimed: boolean;
  /** As it was sent last: a challenge makes it another one. */
  request: SipRequest;
  transaction: ClientTransaction | undefined;
  /** What a reliable provisional response has brought: the answer to our offer, or the offer that we asked for. */
  early: { readonly sdp: string | undefined; readonly isOffer: boolean } | undefined;
  /** Its 2xx has come. */
  acknowledged: Acknowledged | undefined;
}

interface Acknowledged {
  readonly seq: number;
  /** Of the INVITE, and so of its ACK. */
  readonly credentials: readonly (readonly [name: string, value: string])[];
  ack: LoneRequest | undefined;
}

/** After this many attempts that ran into the peer's the change counts as refused. */
const maxAttempts = 6;

/** What we change in a session: re-INVITE (RFC 3261 §14.1), UPDATE (RFC 3311 §5.1). */
export class OutgoingChanges implements TimerOwner {
  readonly #session: Session;
  /** Asked for, and not sent yet. */
  #wanted: Wanted | undefined;
  /** Sent, and without its final response. */
  #underWay: UnderWay | undefined;
  /** The newest re-INVITE of ours that succeeded, and its ACK once there is one. */
  #acknowledged: Acknowledged | undefined;
  #retry: Timer | undefined;
  /** Of the re-INVITE under way: a peer that answers it with a 1xx alone would keep it for ever. */
  #limit: Timer | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  get isInviting(): boolean {
    return this.#underWay?.method === "INVITE";
  }

  /** The newest wish wins. */
  request(method: "INVITE" | "UPDATE", sdp: string | undefined): void {
    this.#wanted = { method, sdp, attempts: 0, isRefresh: false };
    this.proceed();
  }

  /** Any change refreshes the session: where one is under way or waits, there is nothing to add. @param sdp our description, where the peer takes no UPDATE */
  refresh(sdp: string | undefined): void {
    if (this.#wanted !== undefined || this.#underWay !== undefined) return;
    this.#wanted = { method: sdp === undefined ? "UPDATE" : "INVITE", sdp, attempts: 0, isRefresh: true };
    this.proceed();
  }

  /** Sends what is wanted, if nothing stands in the way. */
  proceed(): void {
    const wanted = this.#wanted;
    if (wanted === undefined || this.#underWay !== undefined || this.#retry !== undefined) return;
    const method = this.#methodFor(wanted);
    if (method === undefined) return;
    this.#wanted = undefined;
    wanted.attempts++;
    this.#send(method, wanted);
  }

  /** Our answer to the offer that a 200 brought: it goes into the ACK. */
  answer(sdp: string): void {
    const pending = this.#acknowledged;
    if (pending === undefined || pending.ack !== undefined) return;
    this.#session.describe("ACK", sdp);
    this.#acknowledge(pending, sdp);
    this.proceed();
  }

  /** A 2xx is acknowledged also where nobody answers its offer any more (RFC 3261 §13.2.2.4). */
  acknowledgePending(): void {
    const pending = this.#acknowledged;
    if (pending !== undefined && pending.ack === undefined) this.#acknowledge(pending, undefined);
  }

  onTimer(name: string): void {
    if (name === "limit") this.#cancel();
    else if (name === "abandon") this.#abandon();
    else {
      this.#retry = undefined;
      this.proceed();
    }
  }

  /** The call is over. What is under way is answered and acknowledged all the same. */
  stop(): void {
    this.acknowledgePending();
    this.#session.leg.core.timers.cancel(this.#retry);
    this.#retry = undefined;
    this.#wanted = undefined;
    // The BYE makes the peer refuse it (§15.1.2).
    if (this.#underWay?.method === "INVITE") this.#setLimit("abandon");
  }

  /** undefined while it has to wait. */
  #methodFor({ method, sdp }: Wanted): "INVITE" | "UPDATE" | undefined {
    const session = this.#session;
    const { offerAnswer } = session;
    if (!session.isLive || !session.isKnownToPeer) return undefined;
    // A peer that does not take UPDATE gets a re-INVITE, which a dialog without its 2xx has to wait for.
    if (method === "UPDATE" && (session.takesUpdate || sdp === undefined)) {
      if (sdp === undefined) return "UPDATE";
      return offerAnswer.mayOffer("UPDATE") && !session.isPracking ? "UPDATE" : undefined;
    }
    // §14.1: one INVITE at a time, in either direction, and none before the last is acknowledged.
    if (!session.isConfirmed || session.isAskedByInvite) return undefined;
    if (this.#acknowledged !== undefined && this.#acknowledged.ack === undefined) return undefined;
    return offerAnswer.mayOffer("INVITE") ? "INVITE" : undefined;
  }

  #send(method: "INVITE" | "UPDATE", wanted: Wanted): void {
    const session = this.#session;
    const { leg, dialog, offerAnswer } = session;
    const { sdp } = wanted;
    const body = sdp === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const headers = [...leg.targetHeaders(), ...session.timerLines()];
    const request = dialog.createRequest(method, { headers, ...body });
    if (sdp !== undefined) session.describe(method, sdp);
    else if (method === "INVITE") offerAnswer.asksForOffer("us");
    const underWay: UnderWay = {
      ...{ method, wanted, request, isTimed: session.isConfirmed },
      ...{ transaction: undefined, early: undefined, acknowledged: undefined },
    };
    this.#underWay = underWay;
    if (method === "INVITE") this.#setLimit("limit");
    const user = {
      onResponse: (response: SipResponse) => this.#receive(underWay, response),
      onClientFailure: (cause: FailureCause) => {
        if (this.#underWay === underWay) this.#refused(statusOf(cause));
      },
    };
    const first = session.start(request, user, {
      mayRepeat: () => leg.state !== "ended",
      onRepeat: (repeated, transaction) => {
        underWay.request = repeated;
        underWay.transaction = transaction;
      },
    });
    underWay.transaction ??= first;
  }

  #setLimit(name: "limit" | "abandon" | undefined): void {
    const { core } = this.#session.leg;
    core.timers.cancel(this.#limit);
    const after = name === "limit" ? defaultRingTimeout : 64 * core.timerValues.t1;
    this.#limit = name === undefined ? undefined : core.timers.set(core.now(), after, this, name);
  }

  /** Nobody has answered our re-INVITE for as long as a call may ring. Silence alone would have ended it earlier. */
  #cancel(): void {
    const { transaction } = this.#underWay ?? {};
    if (transaction === undefined) return;
    const { core } = this.#session.leg;
    sendCancel(core, transaction);
    this.#setLimit("abandon");
  }

  /** §9.1: a peer that does not even end a cancelled INVITE does not keep our transaction. */
  #abandon(): void {
    this.#limit = undefined;
    const { transaction } = this.#underWay ?? {};
    if (transaction?.isOver === false) transaction.abandon();
    this.#refused(408);
  }

  #receive(underWay: UnderWay, response: SipResponse): void {
    const { status } = response;
    if (status < 200) {
      if (this.#underWay === underWay && status > 100) this.#receiveProvisional(underWay, response);
    } else if (status >= 300) {
      if (this.#underWay === underWay) this.#refused(status, response);
    } else if (underWay.method === "INVITE") this.#receiveInviteSuccess(underWay, response);
    else {
      this.#session.dialog.refreshTarget(response);
      this.#succeeded("UPDATE 2xx", response, underWay);
    }
  }

  /** RFC 6337 §2.1, patterns 3 and 4 in a session that stands. */
  #receiveProvisional(underWay: UnderWay, response: SipResponse): void {
    const session = this.#session;
    const { leg } = session;
    // After our BYE nothing follows in the dialog: the peer refuses the INVITE (§15.1.2).
    if (underWay.method !== "INVITE" || leg.state === "ended") return;
    const provisional = session.receiveProvisional(response, cseq(underWay.request).seq);
    if (provisional?.isReliable !== true) return;
    const { sdp, isOffer } = provisional;
    if (sdp !== undefined) underWay.early = { sdp, isOffer };
    if (isOffer) leg.onReinviteAnswer?.({ ok: true, sdp });
    else session.acknowledgeProvisional();
  }

  #receiveInviteSuccess(underWay: UnderWay, response: SipResponse): void {
    const { request, wanted } = underWay;
    const session = this.#session;
    const { seq } = cseq(request);
    const known = underWay.acknowledged;
    if (known !== undefined) {
      // The peer repeats its 2xx: our ACK was lost. Another change may be under way since.
      known.ack?.repeat();
      return;
    }
    if (this.#underWay !== underWay) return;
    this.#setLimit(undefined);
    const pending: Acknowledged = { seq, ack: undefined, credentials: credentialLines(request) };
    session.dialog.refreshTarget(response);
    underWay.acknowledged = pending;
    this.#acknowledged = pending;
    // Without an offer of ours the ACK waits for `answer`; an ended leg has no one left to give one.
    const owesAnswer = wanted.sdp === undefined && underWay.early === undefined;
    if (!owesAnswer || session.leg.state === "ended") this.#acknowledge(pending, undefined);
    this.#succeeded("2xx", response, underWay);
  }

  #succeeded(carrier: "2xx" | "UPDATE 2xx", response: SipResponse, underWay: UnderWay): void {
    const { early, wanted, isTimed } = underWay;
    const session = this.#session;
    const { leg } = session;
    this.#underWay = undefined;
    session.learn(response);
    const body = sdpBody(response);
    const sdp = body.kind === "sdp" ? body.sdp : undefined;
    // A 2xx without the description that it owes leaves the session as it was.
    if (sdp !== undefined && session.received(carrier) !== "none") session.changed(sdp);
    else this.#rollBack(carrier === "2xx", wanted);
    if (leg.state === "ended") return;
    if (isTimed || response.headers.has("Session-Expires")) session.timerAnswered(response);
    const description = early?.sdp ?? sdp;
    // The offer that we asked for was told when it came.
    if (!wanted.isRefresh && early?.isOffer !== true) leg.onReinviteAnswer?.({ ok: true, sdp: description });
    else if (wanted.isRefresh && description !== undefined) {
      leg.onReinviteAnswer?.({ ok: true, sdp: description, refresh: true });
    }
    session.proceed();
  }

  #refused(status: number, response?: SipResponse): void {
    const session = this.#session;
    const { leg } = session;
    const underWay = this.#underWay;
    this.#underWay = undefined;
    this.#setLimit(undefined);
    if (underWay === undefined) return;
    const { method, wanted, early } = underWay;
    this.#rollBack(method === "INVITE", wanted);
    if (!session.isLive) return;
    if ((status === 408 || status === 481) && leg.loseSession(session, status)) return;
    const mayRepeat = wanted.attempts < maxAttempts && early === undefined;
    // An Allow that promised too much: the offer goes by re-INVITE.
    const takesNoUpdate = method === "UPDATE" && (status === 405 || status === 501);
    if (takesNoUpdate) session.takesUpdate = false;
    const wantsLonger = session.timerRefused(response);
    if (mayRepeat && (wantsLonger || (takesNoUpdate && wanted.sdp !== undefined))) {
      this.#wanted ??= wanted;
      this.proceed();
      return;
    }
    const wait = mayRepeat ? this.#waitAfter(status, response) : undefined;
    if (wait !== undefined) {
      this.#wanted ??= wanted;
      this.#retry = leg.core.timers.set(leg.core.now(), wait, this, "retry");
      return;
    }
    // RFC 6141 §3.4: what was answered before the failure has changed the session.
    if (!wanted.isRefresh)
      leg.onReinviteAnswer?.({ ok: false, status, ...(early !== undefined && { changed: true as const }) });
    session.proceed();
  }

  /** An UPDATE without an offer began nothing, and a PRACK's offer may be under way beside it. */
  #rollBack(isInvite: boolean, { sdp }: Wanted): void {
    if (isInvite || sdp !== undefined) this.#session.rollBack("us");
  }

  /** ms until the change is tried again by itself; undefined where it is refused. */
  #waitAfter(status: number, response: SipResponse | undefined): number | undefined {
    const { leg } = this.#session;
    // §14.1: the side that made the Call-ID waits longer, so that the two do not meet again. In units of 10 ms.
    if (status === 491) {
      const [least, steps] = leg.direction === "outbound" ? [2100, 191] : [0, 201];
      return least + 10 * Math.floor(leg.core.environment.random() * steps);
    }
    // §14.2, RFC 3311 §5.2: an offer of ours that came before the peer's last was answered; 0 to 10 seconds.
    const after = status === 500 ? response?.headers.get("Retry-After") : undefined;
    return after !== undefined && /^(?:\d|10)\b/.test(after) ? 1000 * Number.parseInt(after, 10) : undefined;
  }

  #acknowledge(pending: Acknowledged, sdp: string | undefined): void {
    const session = this.#session;
    const body = sdp === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const headers = pending.credentials;
    const request = session.dialog.createRequest("ACK", { seq: pending.seq, headers, ...body });
    pending.ack = session.leg.core.sendAlone(request, session.target());
  }
}

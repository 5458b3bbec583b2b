import type { CredentialsFor } from "../auth/digest-client.ts";
import { Dialog } from "../dialog/dialog.ts";
import type { SessionTimer } from "../dialog/session-timer.ts";
import type { Flow, SendTarget } from "../environment.ts";
import { callId, cseq, from, type SipRequest, type SipResponse, to } from "../message/message.ts";
import { isSipUri } from "../message/uri.ts";
import { retryAfter } from "../registration/register-answer.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import { credentialLines, repeated, startAuthorized } from "./authorized-request.ts";
import {
  type Fork,
  type HangUpOptions,
  type LegEnded,
  type OutgoingCall,
  reasonHeader,
  reasonText,
} from "./call.ts";
import { type Core, statusOf } from "./core.ts";
import { Leg } from "./leg.ts";
import type { LoneRequest } from "./lone-request.ts";
import { redirectionTargets } from "./redirection.ts";
import { sdpBody } from "./sdp-body.ts";
import { sendCancel } from "./send-cancel.ts";
import { Session } from "./session.ts";
import { leastInterval, timerLines } from "./session-refresh.ts";

/** Early dialogs that one INVITE may make, and as many 200s of forks that are not taken. */
const maxForks = 16;

/** 422s in a row to one call. */
const maxLongerIntervals = 4;

/** A call from us: the UAC side of RFC 3261 §13.2. */
export class OutboundCall extends Leg implements OutgoingCall, ClientUser {
  readonly direction = "outbound";
  onProgress: ((status: number, sdp: string | undefined, fork: Fork | undefined) => void) | undefined;
  chooseAnswer: ((fork: Fork, sdp: string | undefined) => boolean) | undefined;
  onAnswered: ((sdp: string | undefined, fork: Fork) => void) | undefined;
  answersRepeated = 0;
  readonly #withOffer: boolean;
  #transaction: ClientTransaction | undefined;
  #provisionalSeen = false;
  /** A CANCEL that is wanted: its Reason header. Sent once a provisional response came (§9.1). */
  #cancel: { readonly reason: string | undefined } | undefined;
  /** By the peer's tag; those that are gone stay, so that what still comes of them is known. */
  readonly #early = new Map<string, Session>();
  /** A change that was asked for before there was a dialog to ask in. */
  #change: { readonly method: "INVITE" | "UPDATE"; readonly sdp: string | undefined } | undefined;
  /** ACKs to 200s that were not taken. */
  readonly #declined = new Map<string, LoneRequest>();
  #acknowledged: LoneRequest | undefined;
  /** Until the call is answered: then it is the session's. */
  #timer: SessionTimer | undefined;
  #longerIntervals = 0;
  /** On the environment's clock. */
  readonly #ringsUntil: number;
  readonly #responseTimeout: number | undefined;
  /** Nothing has come back to the INVITE, and that may last for so long alone. */
  #isUnheard = false;

  constructor(
    core: Core,
    options: {
      request: SipRequest;
      flow: Flow;
      target: Flow | SendTarget;
      ringTimeout: number;
      responseTimeout: number | undefined;
      credentials: CredentialsFor | undefined;
      /** What the INVITE says of session timers. */
      timer: SessionTimer;
    },
  ) {
    const { request, flow } = options;
    super(core, { localTag: from(request).params.get("tag") ?? "", callId: callId(request), request, flow });
    this.#withOffer = request.body.length > 0;
    // RFC 3261 §8.1.1.8: an INVITE carries exactly one.
    if (!request.headers.has("Contact"))
      request.headers.append("Contact", core.contact(flow, this.contactUser, request));
    this.#ringsUntil = core.now() + options.ringTimeout;
    this.#responseTimeout = options.responseTimeout;
    this.#awaitResponse();
    this.credentials = options.credentials;
    this.#timer = options.timer;
    this.#transaction = this.#start(request, options.target);
  }

  #start(request: SipRequest, target: Flow | SendTarget): ClientTransaction {
    return startAuthorized(this.core, this.digest, request, target, this, {
      nextSeq: () => cseq(this.request).seq + 1,
      mayRepeat: () => this.state === "early",
      onRepeat: (repeated, transaction) => this.#repeated(repeated, transaction),
    });
  }

  override get contactUser(): string | undefined {
    const { uri } = from(this.request);
    return isSipUri(uri) ? uri.user : undefined;
  }

  override get direct(): boolean {
    // Whether a proxy that does not stay in the path took part cannot be seen from here.
    return false;
  }

  override get isUnacknowledged(): boolean {
    return (this.state === "confirmed" && this.#acknowledged === undefined) || super.isUnacknowledged;
  }

  override sessionOf(remoteTag: string): Session | undefined {
    const { session } = this;
    const found = session ?? this.#early.get(remoteTag);
    return found?.id === remoteTag && found.gone === undefined ? found : undefined;
  }

  override mayComeToKnow(remoteTag: string): boolean {
    return this.state === "early" && !this.#early.has(remoteTag) && this.#early.size < maxForks;
  }

  get forks(): readonly Fork[] {
    return [...this.#early.values()].filter((session) => session.gone === undefined);
  }

  override hangUp(options?: HangUpOptions): void {
    // The peer's 2xx is acknowledged in any case, also when its offer gets no answer any more.
    if (this.state === "confirmed" && this.#acknowledged === undefined) this.#acknowledge(undefined);
    super.hangUp(options);
  }

  override answer(sdp: string): void {
    if (this.state === "confirmed" && this.#acknowledged === undefined) {
      this.#acknowledge(sdp);
      this.proceed();
    } else super.answer(sdp);
  }

  override leave(session: Session): void {
    if (this.state !== "early" || session.gone !== undefined) return;
    session.gone = "left";
    session.farewell = "under way";
    session.stop();
    session.send(session.dialog.createRequest("BYE"), (status) => {
      // §15.1.1: with 408, 481 or no answer the dialog is over as well.
      const isOver = status < 300 || status === 408 || status === 481;
      session.farewell = isOver ? "taken" : "refused";
      if (session.farewell === "refused" && this.#declined.has(session.id)) this.#dismiss(session);
    });
  }

  override loseSession(session: Session, status: number): boolean {
    if (session === this.session) return this.lose(status);
    this.#end(session);
    return true;
  }

  /** The fork is over by itself. */
  #end(session: Session): void {
    session.gone = "ended";
    session.stop();
  }

  protected override hangUpEarly(options: HangUpOptions | undefined): void {
    const reason = options?.reason;
    this.#wantCancel(reason === undefined ? undefined : reasonHeader(reason, options?.status ?? 487));
    this.finish({ by: "local", cause: "cancelled", ...(reason !== undefined && { reason }) });
  }

  protected override byeWhileEarly(): void {
    // §15: a callee does not send BYE in an early dialog. One that does wants the call to end.
    this.#wantCancel(undefined);
  }

  onResponse(response: SipResponse, flow: Flow): void {
    this.flow = flow;
    const { status } = response;
    this.#heard();
    if (status < 200) this.#progress(response);
    else if (status < 300) this.#succeed(response);
    else this.#refused(response);
  }

  onClientFailure(cause: FailureCause): void {
    this.#transaction = undefined;
    this.finish({
      by: "system",
      cause: cause === "timeout" ? "timeout" : "transport-error",
      status: statusOf(cause),
    });
  }

  override onTimer(name: string): void {
    if (name === "abandon") {
      this.#transaction?.abandon();
      this.#transaction = undefined;
    } else if (name === "forks") {
      // §13.2.2.4: 64·T1 after the first 2xx no other is waited for.
      this.#early.clear();
      this.#declined.clear();
      if (this.state === "early") this.finish({ by: "local", cause: "rejected" });
    } else if ((name === "ring" || name === "response") && this.state === "early") {
      this.#wantCancel(undefined);
      this.finish({ by: "system", cause: "timeout", status: 408 });
    }
  }

  /** An INVITE goes out: until something comes back it has less time than for ringing. */
  #awaitResponse(): void {
    const rings = Math.max(0, this.#ringsUntil - this.core.now());
    this.#isUnheard = this.#responseTimeout !== undefined && this.#responseTimeout < rings;
    if (this.#isUnheard) this.setTimer(this.#responseTimeout, "response");
    else this.setTimer(rings, "ring");
  }

  /** A response: from now on it may ring. */
  #heard(): void {
    if (!this.#isUnheard || this.state !== "early") return;
    this.#isUnheard = false;
    this.setTimer(Math.max(0, this.#ringsUntil - this.core.now()), "ring");
  }

  /** The INVITE went out again, with credentials: what came to the first belongs to it alone. */
  #repeated(request: SipRequest, transaction: ClientTransaction): void {
    this.request = request;
    this.#transaction = transaction;
    this.#provisionalSeen = false;
    this.#endForks();
    this.#early.clear();
    this.#awaitResponse();
  }

  #endForks(): void {
    for (const session of this.#early.values()) if (session.gone === undefined) this.#end(session);
  }

  #progress(response: SipResponse): void {
    this.#provisionalSeen = true;
    if (this.state !== "early") {
      this.#sendCancel();
      return;
    }
    this.remoteUserAgent ??= response.headers.get("Server") ?? response.headers.get("User-Agent");
    const session = this.#fork(response);
    if (response.status === 100) return;
    if (session === undefined) {
      const body = sdpBody(response);
      this.onProgress?.(response.status, body.kind === "sdp" ? body.sdp : undefined, undefined);
      return;
    }
    if (session.gone !== undefined) return;
    const provisional = session.receiveProvisional(response, cseq(this.request).seq);
    if (provisional === undefined) return;
    if (response.status === 199) {
      // RFC 6228 §4: the early dialog is over; only its PRACK is still owed.
      session.acknowledgeProvisional();
      this.#end(session);
    }
    this.onProgress?.(response.status, provisional.sdp, session);
    // One that is not reliable says nothing to the offer that another's PRACK waits to answer.
    if (provisional.isReliable && !provisional.isOffer) session.acknowledgeProvisional();
  }

  /** The early dialog that a response belongs to, or makes (§12.1.2). */
  #fork(response: SipResponse): Session | undefined {
    const tag = to(response).params.get("tag");
    if (tag === undefined || response.status === 100) return undefined;
    const known = this.#early.get(tag);
    if (known !== undefined || this.#early.size >= maxForks || response.status === 199) return known;
    const session = this.#createSession(response);
    this.#early.set(tag, session);
    return session;
  }

  #succeed(response: SipResponse): void {
    const tag = to(response).params.get("tag") ?? "";
    if (this.session?.id === tag) {
      // The peer repeats its 2xx: our ACK was lost, or has not been asked for yet.
      if (this.#acknowledged !== undefined) {
        this.answersRepeated++;
        this.#acknowledged.repeat();
      }
      return;
    }
    const session = this.#early.get(tag) ?? this.#createSession(response);
    session.dialog.confirm(response);
    if (this.state !== "early" || session.gone === "left" || this.#declined.has(tag)) {
      this.#decline(session);
      this.#awaitOthers();
      return;
    }
    session.learn(response);
    const sdp = this.#agreed(session, response);
    if (this.chooseAnswer?.(session, sdp) === false) {
      this.#turnDown(session);
      return;
    }
    // The handler may have hung up.
    if (!this.#isStillEarly()) {
      this.#decline(session);
      return;
    }
    this.#early.delete(tag);
    this.#endForks();
    // One that was taken for over (no response to an UPDATE, 199) is not: it has answered.
    session.gone = undefined;
    this.session = session;
    this.state = "confirmed";
    // What others have used of their sequence numbers counts for as long as a 200 of theirs may come (§13.2.2.4).
    this.setTimer(this.#early.size === 0 ? undefined : 64 * this.core.timerValues.t1, "forks");
    this.remoteUserAgent ??= response.headers.get("Server") ?? response.headers.get("User-Agent");
    session.timerAnswered(response, this.#timer);
    this.#timer = undefined;
    // An offer in the 200 waits for `answer`.
    if (!session.offerAnswer.mayAnswer("ACK")) this.#acknowledge(undefined);
    if (this.#change !== undefined) session.outgoing.request(this.#change.method, this.#change.sdp);
    this.onAnswered?.(sdp, session);
    this.proceed();
  }

  #isStillEarly(): boolean {
    return this.state === "early";
  }

  /** What counts once a 200 has come: its own description, or what its fork has agreed on before. */
  #agreed(session: Session, response: SipResponse): string | undefined {
    const body = sdpBody(response);
    if (body.kind === "sdp" && session.received("2xx") !== "none") return body.sdp;
    // An answer in an unreliable 18x alone breaks RFC 3261 §13.2.1; it is what there is.
    const early = session.sdp;
    if (early !== undefined && session.received("2xx") !== "offer") return early;
    session.rollBack("us");
    return undefined;
  }

  /** This fork's 200 is not wanted; another's may be. */
  #turnDown(session: Session): void {
    this.#end(session);
    this.#decline(session);
    this.#awaitOthers();
  }

  /** The first 200 was not taken. A CANCEL would come too late for the INVITE, and be of no use to those that have not answered. */
  #awaitOthers(): void {
    if (this.state !== "early" || this.#transaction === undefined) return;
    this.#transaction = undefined;
    this.setTimer(64 * this.core.timerValues.t1, "forks");
  }

  #createSession(response: SipResponse): Session {
    const dialog = Dialog.asClient(this.request, response, this.flow.transport === "tls");
    const session = new Session(this, dialog, response);
    if (this.#withOffer) session.describe("INVITE", this.request.body.toString());
    return session;
  }

  protected override change(method: "INVITE" | "UPDATE", sdp: string | undefined): void {
    if (this.session === undefined) this.#change = { method, sdp };
    else super.change(method, sdp);
  }

  #refused(response: SipResponse): void {
    if (response.status === 422 && this.#repeatWithLongerInterval(response)) return;
    this.#transaction = undefined;
    this.setTimer(undefined);
    this.#endForks();
    const reason = reasonText(response.headers.get("Reason")) ?? response.reason;
    const targets = redirectionTargets(response);
    const pause = retryAfter(response);
    this.finish({
      by: "remote",
      cause: "rejected",
      status: response.status,
      reason,
      ...(pause !== undefined && { retryAfter: pause }),
      ...(targets !== undefined && { contacts: targets }),
    });
  }

  /** RFC 4028 §7.3: each proxy on the way may want a longer one. */
  #repeatWithLongerInterval(response: SipResponse): boolean {
    const timer = this.#timer;
    const target = this.#transaction?.target;
    if (this.state !== "early" || timer === undefined || target === undefined) return false;
    if (++this.#longerIntervals > maxLongerIntervals || !timer.tooSmall(leastInterval(response)))
      return false;
    const request = repeated(this.request, cseq(this.request).seq + 1);
    for (const [name, value] of timerLines(timer)) request.headers.set(name, value);
    this.#repeated(request, this.#start(request, target));
    return true;
  }

  #acknowledge(sdp: string | undefined): void {
    const { session } = this;
    if (session === undefined) return;
    if (sdp !== undefined) session.describe("ACK", sdp);
    this.#acknowledged = this.#ack(session, sdp);
    // The transaction lives on by itself to bring repeated and forked 2xx.
    this.#transaction = undefined;
    this.slim();
  }

  #ack(session: Session, sdp: string | undefined): LoneRequest {
    const body = sdp === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const headers = credentialLines(this.request);
    const request = session.dialog.createRequest("ACK", { seq: cseq(this.request).seq, headers, ...body });
    return this.core.sendAlone(request, session.target());
  }

  /** A 2xx that nobody wants: of a second fork (§13.2.2.4), or one that crossed our CANCEL (§9.1). ACK, then BYE. */
  #decline(session: Session): void {
    const known = this.#declined.get(session.id);
    if (known !== undefined) {
      known.repeat();
      return;
    }
    if (this.#declined.size >= maxForks) return;
    if (this.state === "ended" && this.session === undefined) this.setTimer(undefined);
    this.#declined.set(session.id, this.#ack(session, undefined));
    // A 200 that crossed our BYE: one is enough, unless it came too early for the peer.
    if (session.farewell === undefined || session.farewell === "refused") this.#dismiss(session);
  }

  #dismiss(session: Session): void {
    session.send(session.dialog.createRequest("BYE"), () => {});
  }

  #wantCancel(reason: string | undefined): void {
    this.#cancel = { reason };
    this.#endForks();
  }

  #sendCancel(): void {
    const cancel = this.#cancel;
    const transaction = this.#transaction;
    if (cancel === undefined || transaction === undefined || !this.#provisionalSeen) return;
    this.#cancel = undefined;
    sendCancel(this.core, transaction, cancel.reason);
    // §9.1: a peer that never ends a cancelled INVITE does not keep our transaction.
    this.setTimer(64 * this.core.timerValues.t1, "abandon");
  }

  protected override finish(ended: LegEnded): void {
    // The peer may end the call before the answer to its offer was found.
    if (this.state === "confirmed" && this.#acknowledged === undefined) this.#acknowledge(undefined);
    super.finish(ended);
    this.#sendCancel();
  }
}

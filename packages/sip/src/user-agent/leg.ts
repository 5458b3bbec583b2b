import type { CredentialsFor, DigestClient } from "../auth/digest-client.ts";
import type { Dialog } from "../dialog/dialog.ts";
import type { Flow } from "../environment.ts";
import type { Replaces } from "../header/replaces.ts";
import { createResponse } from "../message/create.ts";
import { cseq, from, type SipRequest, type SipResponse } from "../message/message.ts";
import { serialiseMessage } from "../message/serialise.ts";
import type { DialogCarrier } from "../refer/dialog-carrier.ts";
import { outsideDialog } from "../refer/own-dialog.ts";
import type { OutgoingRefer, ReferOptions } from "../refer/refer.ts";
import { Referrals } from "../refer/referrals.ts";
import type { ClientUser } from "../transaction/client-transaction.ts";
import type {
  InviteServerTransaction,
  NonInviteServerTransaction,
} from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import { createDigest } from "./authorized-request.ts";
import {
  type CallLeg,
  type HangUpOptions,
  type LegEnded,
  type ReinviteAnswer,
  type ReinviteReply,
  reasonHeader,
  reasonText,
} from "./call.ts";
import { acceptValue } from "./capabilities.ts";
import type { Core } from "./core.ts";
import { sdpBody } from "./sdp-body.ts";
import type { Session } from "./session.ts";
import { SuccessRepeater } from "./success-repeater.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

const noBody = Buffer.alloc(0);

/** What both directions of a call share: requests inside the dialog, ACK to our 2xx, the one end. */
export abstract class Leg implements CallLeg, DialogCarrier, TimerOwner {
  readonly core: Core;
  readonly id: string;
  readonly localTag: string;
  readonly callId: string;
  abstract readonly direction: "inbound" | "outbound";
  state: "early" | "confirmed" | "ended" = "early";
  request: SipRequest;
  flow: Flow;
  remoteUserAgent: string | undefined;
  credentials: CredentialsFor | undefined;
  /** The call's own dialog; undefined until an outbound call is answered. */
  session: Session | undefined;

  onReinvite: ((offer: string | undefined, reply: ReinviteReply) => void) | undefined;
  onReinviteAnswer: ((result: ReinviteAnswer) => void) | undefined;
  onAcknowledged: ((answer: string | undefined) => void) | undefined;
  onPrack: ((answer: string | undefined) => void) | undefined;
  onInfo: ((contentType: string, body: Buffer) => unknown) | undefined;
  onEnded: ((ended: LegEnded) => void) | undefined;

  /** A BYE that waits for the ACK to our first 2xx (§15: not before the ACK, or the end of waiting for it). */
  protected byeAfterAck: { readonly reason: string | undefined } | undefined;
  /** True while a BYE of ours has no final response. */
  #bye = false;
  #repeaters: readonly SuccessRepeater[] = [];
  #timer: Timer | undefined;
  #digest: DigestClient | undefined;
  #givesWay = false;
  #referrals: Referrals | undefined;

  constructor(core: Core, options: { localTag: string; callId: string; request: SipRequest; flow: Flow }) {
    this.core = core;
    this.id = options.localTag;
    this.localTag = options.localTag;
    this.callId = options.callId;
    this.request = options.request;
    this.flow = options.flow;
  }

  /** Whether our requests may go straight back to where the peer's came from; see `nextHopTarget`. */
  abstract get direct(): boolean;
  /** User part of our Contact. */
  abstract get contactUser(): string | undefined;
  protected abstract hangUpEarly(options: HangUpOptions | undefined): void;
  protected abstract byeWhileEarly(): void;
  abstract onTimer(name: string, now: number): void;
  /** Where a request with this tag of the peer belongs. */
  abstract sessionOf(remoteTag: string): Session | undefined;

  /** Whether a response may still make a dialog with this tag of the peer. */
  mayComeToKnow(_remoteTag: string): boolean {
    return false;
  }

  get dialog(): Dialog | undefined {
    return this.session?.dialog;
  }

  hangUp(options?: HangUpOptions): void {
    if (this.state === "ended") return;
    if (this.state === "early") {
      this.hangUpEarly(options);
      return;
    }
    const reason =
      options?.reason === undefined ? undefined : reasonHeader(options.reason, options.status ?? 200);
    this.sendByeWhenAllowed(reason);
    this.finish({ by: "local", cause: "local", ...(options?.reason && { reason: options.reason }) });
  }

  /** Another call has taken the place of this one (RFC 3891 §3). */
  giveWay(): void {
    this.#givesWay = true;
    this.hangUp({ status: 200, reason: "Replaced" });
  }

  reinvite(sdp: string | undefined): void {
    this.change("INVITE", sdp);
  }

  update(sdp: string | undefined): void {
    this.change("UPDATE", sdp);
  }

  protected change(method: "INVITE" | "UPDATE", sdp: string | undefined): void {
    if (this.state !== "ended") this.session?.outgoing.request(method, sdp);
  }

  answer(sdp: string): void {
    this.session?.answer(sdp);
  }

  takesInfo(contentType: string): boolean {
    return this.session?.takesInfo(contentType) === true;
  }

  sendInfo(contentType: string, body: string, onOutcome?: (status: number) => void): void {
    if (this.state !== "confirmed" || this.dialog === undefined) {
      onOutcome?.(481);
      return;
    }
    const request = this.dialog.createRequest("INFO", { contentType, body });
    this.send(request, (status) => {
      if (status === 408 || status === 481) this.lose(status);
      onOutcome?.(status);
    });
  }

  refer(target: string, options: ReferOptions = {}): OutgoingRefer {
    const { session } = this;
    const outside =
      this.state === "confirmed" && session !== undefined
        ? outsideDialog(session, target, options)
        : undefined;
    return outside === undefined ? this.referrals.refer(target, options) : this.core.referOutside(outside);
  }

  asReplaces(options: { earlyOnly?: boolean } = {}): Replaces | undefined {
    const { dialog } = this;
    if (dialog === undefined) return undefined;
    // RFC 2543 peers have no tag: "0" stands for none (RFC 3891 §6.1).
    const toTag = dialog.remoteTag === "" ? "0" : dialog.remoteTag;
    return { callId: this.callId, toTag, fromTag: this.localTag, earlyOnly: options.earlyOnly === true };
  }

  get remoteTarget(): string | undefined {
    return this.dialog?.remoteTarget;
  }

  get contact(): string {
    return this.core.contact(this.flow, this.contactUser, this.request);
  }

  /** Sends a request inside the dialog for one of its subscriptions. */
  transact(request: SipRequest, user: ClientUser, onRepeat?: (request: SipRequest) => void): void {
    this.session?.start(request, user, onRepeat && { onRepeat });
  }

  /** REFERs both ways, and what comes for them. */
  protected get referrals(): Referrals {
    this.#referrals ??= new Referrals(this, () => {
      if (this.state === "ended") this.releaseAtRest();
    });
    return this.#referrals;
  }

  /** A request of the peer in a dialog of this call, past the checks; its CSeq number is taken. */
  receive(request: SipRequest, flow: Flow, session: Session): void {
    this.flow = flow;
    switch (request.method) {
      case "BYE":
        this.#receiveBye(request, flow);
        return;
      case "INVITE":
        session.incoming.receiveInvite(request, flow);
        return;
      case "UPDATE":
        session.incoming.receiveUpdate(request, flow);
        return;
      case "PRACK":
        session.incoming.receivePrack(request, flow);
        return;
      case "INFO":
        this.#receiveInfo(request, flow);
        return;
      case "OPTIONS":
        this.respond(this.core.createServer(request, flow), request, 200, [
          ...this.core.capabilities.headers,
          ["Accept", acceptValue],
        ]);
        return;
      case "REFER":
        this.referrals.receiveRefer(request, flow);
        return;
      case "NOTIFY":
        this.referrals.receiveNotify(request, flow);
        return;
      case "SUBSCRIBE":
        this.referrals.receiveSubscribe(request, flow);
        return;
      default:
        this.respond(this.core.createServer(request, flow), request, 405, [
          ["Allow", this.core.capabilities.allow],
        ]);
    }
  }

  receiveAck(request: SipRequest): void {
    const { seq } = cseq(request);
    const repeater = this.#repeaters.find((one) => one.seq === seq);
    if (repeater === undefined) return;
    this.#stopRepeating(repeater);
    if (this.byeAfterAck !== undefined) {
      this.#sendBye(this.byeAfterAck.reason);
      return;
    }
    if (this.state === "ended") return;
    this.slim();
    const answer = repeater.withOffer ? this.#answerIn(request) : undefined;
    this.onAcknowledged?.(answer);
    this.proceed();
  }

  /** An ACK without the answer that it owes ends the exchange as if it had not been (RFC 3261 §13.2.2.4 demands one). */
  #answerIn(ack: SipRequest): string | undefined {
    const body = sdpBody(ack);
    if (body.kind === "sdp" && this.session?.received("ACK") === "answer") return body.sdp;
    this.session?.rollBack("peer");
    return undefined;
  }

  /** A dialog may last for hours: the INVITE's body and what was parsed of its headers have done their work. */
  protected slim(): void {
    const { request } = this;
    if (request.body.length > 0)
      this.request = { ...request, headers: request.headers.clone(), body: noBody };
    this.session?.slim();
  }

  /** True while a 2xx of ours has no ACK. */
  get isUnacknowledged(): boolean {
    return this.#repeaters.length > 0;
  }

  /** 2xx of ours without ACK. */
  get unacknowledged(): number {
    return this.#repeaters.length;
  }

  /** Where we want to be reached, and what we can do: on all that makes or changes a dialog. */
  targetHeaders(): HeaderLines {
    const { core } = this;
    return [["Contact", this.contact], ...core.capabilities.headers];
  }

  /** A 200 to an INVITE, repeated until its ACK. @param sdp our answer, or our offer; left out where neither has a place */
  succeed(
    transaction: InviteServerTransaction,
    request: SipRequest,
    sdp: string | undefined,
    headers: HeaderLines = [],
  ): void {
    const meaning = sdp === undefined ? undefined : this.session?.describe("2xx", sdp);
    const withOffer = meaning === "offer";
    const timer = this.session?.acceptTimer(request) ?? [];
    const lines = [...headers, ...this.targetHeaders(), ...timer];
    const response = this.createResponse(request, 200, lines, meaning === undefined ? undefined : sdp);
    const bytes = serialiseMessage(response);
    transaction.respond(response, bytes);
    const { seq } = cseq(request);
    const onTimeout = (repeater: SuccessRepeater) => this.#noAck(repeater);
    this.#repeaters = [
      ...this.#repeaters,
      new SuccessRepeater(this.core, { seq, withOffer, bytes, transaction, onTimeout }),
    ];
  }

  createResponse(request: SipRequest, status: number, headers?: HeaderLines, sdp?: string): SipResponse {
    const body = sdp === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const response = createResponse(request, status, undefined, {
      toTag: this.localTag,
      ...(headers && { headers }),
      ...body,
    });
    this.core.identify(response);
    return response;
  }

  respond(
    transaction: InviteServerTransaction | NonInviteServerTransaction,
    request: SipRequest,
    status: number,
    headers?: HeaderLines,
    sdp?: string,
  ): void {
    transaction.respond(this.createResponse(request, status, headers, sdp));
  }

  /** Sends a request inside the dialog. @param onFinal the final status; 408 and 503 stand for time-out and transport error (§8.1.3.1) */
  send(request: SipRequest, onFinal: (status: number) => void): void {
    this.session?.send(request, onFinal);
  }

  /** What answers challenges, where there are credentials. */
  get digest(): DigestClient | undefined {
    const { credentials } = this;
    if (credentials === undefined) return undefined;
    this.#digest ??= createDigest(this.core, (realm) => this.credentials?.(realm));
    return this.#digest;
  }

  /** Nobody refreshed the session in time (RFC 4028 §10). */
  expire(): void {
    if (this.state !== "confirmed") return;
    this.sendByeWhenAllowed(reasonHeader("Session expired", 408));
    this.finish({ by: "system", cause: "session-expired" });
  }

  /** An exchange in a dialog of this call is over, of whatever kind. */
  settled(): void {}

  /** The application wants no more of an early dialog. */
  leave(_session: Session): void {}

  /** As `lose`, for any dialog of this call. */
  loseSession(_session: Session, status: number): boolean {
    return this.lose(status);
  }

  /**
   * §12.2.1.2: the peer does not know the dialog (481), or does not answer any more (408). Either ends the call by a BYE.
   * @returns false where the call goes on
   */
  lose(status: number): boolean {
    if (this.state === "ended") return true;
    // Until our 2xx has come the peer may know no dialog: its ACK, or that none comes, says what becomes of the call.
    if (status === 481 && this.#waitsForFirstAck) return false;
    // Before its INVITE is answered a dialog is ended by that answer, or by CANCEL: a callee has no BYE yet (§15).
    if (this.state === "early") this.byeWhileEarly();
    else this.sendByeWhenAllowed(undefined);
    this.finish(
      status === 481
        ? { by: "remote", cause: "rejected", status }
        : { by: "system", cause: "timeout", status },
    );
    return true;
  }

  protected sendByeWhenAllowed(reason: string | undefined): void {
    if (this.#waitsForFirstAck) this.byeAfterAck = { reason };
    else this.#sendBye(reason);
  }

  /** Later 2xx stand in a dialog that is confirmed already. */
  get #waitsForFirstAck(): boolean {
    if (this.direction === "outbound") return false;
    const { seq } = cseq(this.request);
    return this.#repeaters.some((one) => one.seq === seq);
  }

  #sendBye(reason: string | undefined): void {
    this.byeAfterAck = undefined;
    this.#stopAllRepeating();
    this.session?.acknowledgePending();
    if (this.dialog === undefined) return;
    const headers: HeaderLines = reason === undefined ? [] : [["Reason", reason]];
    this.#bye = true;
    this.send(this.dialog.createRequest("BYE", { headers }), () => {
      this.#bye = false;
      this.#referrals?.byeAnswered();
      this.releaseAtRest();
    });
  }

  get isClosing(): boolean {
    return this.#bye;
  }

  /** True while something of an ended leg is still under way. */
  protected get isLingering(): boolean {
    return this.#bye || this.byeAfterAck !== undefined || this.#referrals?.isActive === true;
  }

  protected releaseAtRest(): void {
    if (!this.isLingering) this.core.release(this);
  }

  protected finish(ended: LegEnded): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.setTimer(undefined);
    this.session?.stop();
    // While a BYE waits for the ACK, the 2xx that asks for it must go on being repeated.
    if (this.byeAfterAck === undefined) this.#stopAllRepeating();
    this.#referrals?.callEnded();
    this.releaseAtRest();
    this.onEnded?.(this.#givesWay ? { by: "remote", cause: "replaced" } : ended);
  }

  /** The one timer that a direction has of its own. */
  protected setTimer(after: number | undefined, name = ""): void {
    this.core.timers.cancel(this.#timer);
    this.#timer = after === undefined ? undefined : this.core.timers.set(this.core.now(), after, this, name);
  }

  /** A re-INVITE that was asked for earlier may now be possible. */
  protected proceed(): void {
    this.session?.proceed();
  }

  #receiveBye(request: SipRequest, flow: Flow): void {
    this.respond(this.core.createServer(request, flow), request, 200);
    if (this.state === "ended") {
      // The peer hung up as well: there is nothing left that a BYE of ours would end.
      if (this.byeAfterAck !== undefined) {
        this.byeAfterAck = undefined;
        this.#stopAllRepeating();
        this.releaseAtRest();
      }
      return;
    }
    if (this.state === "early") {
      // §15.1.2: it has been answered. A 200 that comes late is acknowledged, and needs no BYE any more.
      const session = this.sessionOf(from(request).params.get("tag") ?? "");
      if (session !== undefined) session.farewell = "taken";
      this.byeWhileEarly();
    }
    const reason = reasonText(request.headers.get("Reason"));
    this.finish({ by: "remote", cause: "bye", ...(reason !== undefined && { reason }) });
  }

  #receiveInfo(request: SipRequest, flow: Flow): void {
    const transaction = this.core.createServer(request, flow);
    const { headers, body } = request;
    const type = headers.get("Content-Type") ?? "";
    const isTaken =
      body.length === 0 ||
      this.state === "ended" ||
      (this.onInfo !== undefined && this.onInfo(type, Buffer.from(body)) !== false);
    if (isTaken) this.respond(transaction, request, 200);
    else this.respond(transaction, request, 415, [["Accept", ""]]);
  }

  #noAck(repeater: SuccessRepeater): void {
    this.#stopRepeating(repeater);
    if (this.byeAfterAck !== undefined) {
      this.#sendBye(this.byeAfterAck.reason);
      return;
    }
    if (this.state === "ended") return;
    this.#sendBye(undefined);
    this.finish({ by: "system", cause: "no-ack" });
  }

  #stopRepeating(repeater: SuccessRepeater): void {
    repeater.stop();
    this.#repeaters = this.#repeaters.filter((one) => one !== repeater);
  }

  #stopAllRepeating(): void {
    for (const repeater of this.#repeaters) repeater.stop();
    this.#repeaters = [];
  }
}

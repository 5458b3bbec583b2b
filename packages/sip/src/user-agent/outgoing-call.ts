import type { CredentialsFor } from "../auth/digest-client.ts";
import { Dialog } from "../dialog/dialog.ts";
import { nextHopTarget } from "../dialog/next-hop.ts";
import type { Flow, SendTarget } from "../environment.ts";
import { createRequest } from "../message/create.ts";
import { callId, cseq, from, type SipRequest, type SipResponse, to } from "../message/message.ts";
import { isSipUri } from "../message/uri.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import { credentialLines, startAuthorized } from "./authorized-request.ts";
import { type HangUpOptions, type LegEnded, type OutgoingCall, reasonHeader, reasonText } from "./call.ts";
import { type Core, statusOf } from "./core.ts";
import { Leg } from "./leg.ts";
import { sdpBody } from "./sdp-body.ts";
import { Session } from "./session.ts";

/** Early dialogs, and forks that answer besides the first, that one INVITE may make. */
const maxForks = 16;

interface Acknowledged {
  readonly target: SendTarget;
  readonly bytes: Buffer;
}

const ignoreOutcome: ClientUser = { onResponse: () => {}, onClientFailure: () => {} };

/** A call from us: the UAC side of RFC 3261 §13.2. */
export class OutboundCall extends Leg implements OutgoingCall, ClientUser {
  readonly direction = "outbound";
  onProgress: ((status: number, sdp: string | undefined) => void) | undefined;
  onAnswered: ((sdp: string | undefined) => void) | undefined;
  readonly #withOffer: boolean;
  #transaction: ClientTransaction | undefined;
  #provisionalSeen = false;
  /** A CANCEL that is wanted: its Reason header. Sent once a provisional response came (§9.1). */
  #cancel: { readonly reason: string | undefined } | undefined;
  readonly #early = new Map<string, Session>();
  /** A change that was asked for before there was a dialog to ask in. */
  #change: { readonly method: "INVITE" | "UPDATE"; readonly sdp: string | undefined } | undefined;
  readonly #forks = new Map<string, Acknowledged>();
  #acknowledged: Acknowledged | undefined;

  constructor(
    core: Core,
    options: {
      request: SipRequest;
      flow: Flow;
      target: Flow | SendTarget;
      ringTimeout: number;
      credentials: CredentialsFor | undefined;
    },
  ) {
    const { request, flow } = options;
    super(core, { localTag: from(request).params.get("tag") ?? "", callId: callId(request), request, flow });
    this.#withOffer = request.body.length > 0;
    // RFC 3261 §8.1.1.8: an INVITE carries exactly one.
    if (!request.headers.has("Contact"))
      request.headers.append("Contact", core.contact(flow, this.contactUser, request));
    this.setTimer(options.ringTimeout, "ring");
    this.credentials = options.credentials;
    this.#transaction = startAuthorized(core, this.digest, request, options.target, this, {
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
    if (session !== undefined) return session.dialog.remoteTag === remoteTag ? session : undefined;
    return this.#early.get(remoteTag);
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
    } else if (name === "ring" && this.state === "early") {
      this.#wantCancel(undefined);
      this.finish({ by: "system", cause: "timeout", status: 408 });
    }
  }

  /** The INVITE went out again, with credentials: what came to the first belongs to it alone. */
  #repeated(request: SipRequest, transaction: ClientTransaction): void {
    this.request = request;
    this.#transaction = transaction;
    this.#provisionalSeen = false;
    this.#early.clear();
  }

  #progress(response: SipResponse): void {
    this.#provisionalSeen = true;
    if (this.state !== "early") {
      this.#sendCancel();
      return;
    }
    this.remoteUserAgent ??= response.headers.get("Server") ?? response.headers.get("User-Agent");
    const tag = to(response).params.get("tag");
    if (tag !== undefined && !this.#early.has(tag) && this.#early.size < maxForks) {
      this.#early.set(tag, this.#createSession(response));
    }
    if (response.status === 100) return;
    const body = sdpBody(response);
    this.onProgress?.(response.status, body.kind === "sdp" ? body.sdp : undefined);
  }

  #succeed(response: SipResponse): void {
    const tag = to(response).params.get("tag") ?? "";
    if (this.dialog?.remoteTag === tag) {
      // The peer repeats its 2xx: our ACK was lost, or has not been asked for yet.
      if (this.#acknowledged !== undefined) this.#repeat(this.#acknowledged);
      return;
    }
    if (this.state !== "early") {
      this.#decline(tag, response);
      return;
    }
    const session = this.#early.get(tag) ?? this.#createSession(response);
    session.dialog.confirm(response);
    session.learn(response);
    this.session = session;
    this.#early.clear();
    this.state = "confirmed";
    this.setTimer(undefined);
    this.remoteUserAgent ??= response.headers.get("Server") ?? response.headers.get("User-Agent");
    const body = sdpBody(response);
    const sdp = body.kind === "sdp" ? body.sdp : undefined;
    if (sdp === undefined) session.offerAnswer.rollBack();
    else session.offerAnswer.received("2xx");
    if (this.#withOffer) this.#acknowledge(undefined);
    if (this.#change !== undefined) session.outgoing.request(this.#change.method, this.#change.sdp);
    this.onAnswered?.(sdp);
    this.proceed();
  }

  #createSession(response: SipResponse): Session {
    const dialog = Dialog.asClient(this.request, response, this.flow.transport === "tls");
    const session = new Session(this, dialog, response);
    if (this.#withOffer) session.offerAnswer.sent("INVITE");
    return session;
  }

  protected override change(method: "INVITE" | "UPDATE", sdp: string | undefined): void {
    if (this.session === undefined) this.#change = { method, sdp };
    else super.change(method, sdp);
  }

  #refused(response: SipResponse): void {
    this.#transaction = undefined;
    this.setTimer(undefined);
    this.#early.clear();
    const reason = reasonText(response.headers.get("Reason")) ?? response.reason;
    this.finish({ by: "remote", cause: "rejected", status: response.status, reason });
  }

  #acknowledge(sdp: string | undefined): void {
    const { session } = this;
    if (session === undefined) return;
    if (sdp !== undefined) session.offerAnswer.sent("ACK");
    this.#acknowledged = this.#ack(session.dialog, session.target(), sdp);
    // The transaction lives on by itself to bring repeated and forked 2xx.
    this.#transaction = undefined;
    this.slim();
  }

  #ack(dialog: Dialog, target: SendTarget, sdp: string | undefined): Acknowledged {
    const body = sdp === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const headers = credentialLines(this.request);
    const request = dialog.createRequest("ACK", { seq: cseq(this.request).seq, headers, ...body });
    return { target, bytes: this.core.sendAlone(request, target) };
  }

  #repeat({ target, bytes }: Acknowledged): void {
    this.core.transmit(target, bytes, undefined, undefined);
  }

  /** A 2xx that nobody wants: of a second fork (§13.2.2.4), or one that crossed our CANCEL (§9.1). ACK, then BYE. */
  #decline(tag: string, response: SipResponse): void {
    const known = this.#forks.get(tag);
    if (known !== undefined) {
      this.#repeat(known);
      return;
    }
    if (this.#forks.size >= maxForks) return;
    if (this.dialog === undefined) this.setTimer(undefined);
    const dialog = Dialog.asClient(this.request, response, this.flow.transport === "tls");
    const target = nextHopTarget(dialog.nextHop(), this.flow, false);
    this.#forks.set(tag, this.#ack(dialog, target, undefined));
    const bye = dialog.createRequest("BYE");
    this.core.identify(bye);
    this.core.startClient(bye, target, ignoreOutcome);
  }

  #wantCancel(reason: string | undefined): void {
    this.#cancel = { reason };
    this.#early.clear();
  }

  #sendCancel(): void {
    const cancel = this.#cancel;
    const transaction = this.#transaction;
    if (cancel === undefined || transaction === undefined || !this.#provisionalSeen) return;
    this.#cancel = undefined;
    const { headers, uriText } = this.request;
    const request = createRequest("CANCEL", uriText, {
      from: headers.get("From") ?? "",
      to: headers.get("To") ?? "",
      callId: this.callId,
      cseq: cseq(this.request).seq,
      ...(cancel.reason !== undefined && { headers: [["Reason", cancel.reason] as const] }),
    });
    for (const route of headers.getAll("Route")) request.headers.append("Route", route);
    this.core.identify(request);
    this.core.startClient(request, transaction.target, ignoreOutcome, transaction.branch);
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

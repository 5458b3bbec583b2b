import type { Dialog } from "../dialog/dialog.ts";
import type { Flow } from "../environment.ts";
import { createResponse } from "../message/create.ts";
import { callId, type SipRequest } from "../message/message.ts";
import { isSipUri } from "../message/uri.ts";
import type { FailureCause } from "../transaction/machine.ts";
import type { InviteServerTransaction, InviteServerUser } from "../transaction/server-transaction.ts";
import { type HangUpOptions, type IncomingCall, type LegEnded, reasonHeader, reasonText } from "./call.ts";
import { type Core, prolongEvery } from "./core.ts";
import { Leg } from "./leg.ts";
import { Session } from "./session.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

const maxProlongations = 5;

/** A call to us: the UAS side of RFC 3261 §13.3. */
export class InboundCall extends Leg implements IncomingCall, InviteServerUser {
  readonly direction = "inbound";
  readonly offer: string | undefined;
  override readonly session: Session;
  readonly #direct: boolean;
  /** Gone once no response of ours can go through it any more. */
  #transaction: InviteServerTransaction | undefined;
  readonly #connectionId: number | undefined;
  #trying = false;
  #ringing = false;
  #prolongations = 0;

  /** @throws SipParseError where Contact or Record-Route cannot be read */
  constructor(
    core: Core,
    options: {
      request: SipRequest;
      flow: Flow;
      transaction: InviteServerTransaction;
      dialog: Dialog;
      offer: string | undefined;
    },
  ) {
    const { request, flow, transaction, dialog } = options;
    super(core, { localTag: dialog.localTag, callId: callId(request), request, flow });
    this.session = new Session(this, dialog, request);
    this.offer = options.offer;
    if (options.offer !== undefined) this.session.offerAnswer.received("INVITE");
    this.remoteUserAgent = request.headers.get("User-Agent");
    const vias = request.headers.getAll("Via");
    this.#direct = dialog.routeSet.length === 0 && vias.length === 1 && vias[0]?.includes(",") === false;
    this.#transaction = transaction;
    transaction.user = this;
    transaction.localTag = dialog.localTag;
    this.setTimer(prolongEvery, "prolong");
    this.#connectionId = flow.connectionId;
    core.early.add(this.#connectionId, this);
  }

  override get contactUser(): string | undefined {
    const { uri } = this.request;
    return isSipUri(uri) ? uri.user : undefined;
  }

  override get direct(): boolean {
    return this.#direct;
  }

  override sessionOf(remoteTag: string): Session | undefined {
    return this.session.dialog.remoteTag === remoteTag ? this.session : undefined;
  }

  /** 100, unless something was sent or the INVITE is to stay unanswered. */
  trying(): void {
    if (this.#trying || this.#transaction === undefined) return;
    this.#trying = true;
    this.#transaction.respond(createResponse(this.request, 100));
  }

  ring(options: { status?: 180 | 183; sdp?: string } = {}): void {
    if (this.state !== "early" || this.#transaction === undefined) return;
    this.trying();
    const contact = this.core.contact(this.flow, this.contactUser, this.request);
    const status = options.status ?? 180;
    const response = this.createResponse(this.request, status, [["Contact", contact]], options.sdp);
    this.#ringing = true;
    this.#transaction.respond(response);
  }

  accept(sdp: string, headers?: HeaderLines): void {
    const transaction = this.#transaction;
    if (this.state !== "early" || transaction === undefined) return;
    this.trying();
    this.state = "confirmed";
    this.setTimer(undefined);
    this.#transaction = undefined;
    this.core.early.delete(this.#connectionId, this);
    this.succeed(transaction, this.request, sdp, headers);
  }

  reject(status: number, options: { reason?: string; headers?: HeaderLines } = {}): void {
    if (this.state !== "early") return;
    const { reason } = options;
    this.#refuse(status, reason, options.headers);
    this.finish({ by: "local", cause: "rejected", status, ...(reason !== undefined && { reason }) });
  }

  turnAway(status: number, options: { headers?: HeaderLines } = {}): void {
    if (this.state !== "early") return;
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction !== undefined) {
      this.core.turnAway(transaction, this.request, this.flow, status, options.headers);
    }
    this.finish({ by: "local", cause: "rejected", status });
  }

  ignore(): void {
    if (this.state !== "early") return;
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction !== undefined) this.core.ignore(transaction);
    this.finish({ by: "local", cause: "rejected" });
  }

  protected override hangUpEarly(options: HangUpOptions | undefined): void {
    this.reject(options?.status ?? 480, options?.reason === undefined ? {} : { reason: options.reason });
  }

  protected override byeWhileEarly(): void {
    // §15.1.2: a BYE in an early dialog ends the pending INVITE as well.
    this.#refuse(487);
  }

  onCancel(cancel: SipRequest): void {
    if (this.state !== "early") return;
    this.#refuse(487);
    const reason = reasonText(cancel.headers.get("Reason"));
    this.finish({ by: "remote", cause: "cancelled", status: 487, ...(reason !== undefined && { reason }) });
  }

  onServerFailure(cause: FailureCause): void {
    this.#transaction = undefined;
    if (this.state === "early" && cause === "transport-error") {
      this.finish({ by: "system", cause: "transport-error" });
    }
  }

  /**
   * §18.2.2: responses now go by a new connection, to where the peer says that it listens. Most callers do not listen,
   * or are gone altogether: that shows at once when the last provisional response is sent again, not at the next one.
   */
  connectionLost(): void {
    if (this.state === "early") this.#transaction?.repeatProvisional();
  }

  protected override finish(ended: LegEnded): void {
    this.core.early.delete(this.#connectionId, this);
    super.finish(ended);
  }

  override onTimer(): void {
    if (this.state !== "early") return;
    this.#prolongations++;
    if (this.#prolongations > maxProlongations) {
      this.#refuse(480);
      this.finish({ by: "system", cause: "timeout", status: 480 });
      return;
    }
    if (this.#ringing) this.#transaction?.repeatProvisional();
    this.setTimer(prolongEvery, "prolong");
  }

  #refuse(status: number, reason?: string, headers: HeaderLines = []): void {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    const lines: HeaderLines =
      reason === undefined ? headers : [...headers, ["Reason", reasonHeader(reason, status)]];
    if (transaction !== undefined) this.respond(transaction, this.request, status, lines);
  }
}

import type { Dialog } from "../dialog/dialog.ts";
import type { Flow } from "../environment.ts";
import { createResponse } from "../message/create.ts";
import { parseDecimal } from "../message/grammar.ts";
import { callId, type SipRequest } from "../message/message.ts";
import { isSipUri } from "../message/uri.ts";
import type { FailureCause } from "../transaction/machine.ts";
import type { InviteServerTransaction, InviteServerUser } from "../transaction/server-transaction.ts";
import {
  type HangUpOptions,
  type IncomingCall,
  type LegEnded,
  type RingOptions,
  reasonHeader,
  reasonText,
} from "./call.ts";
import { type Core, prolongEvery } from "./core.ts";
import { Leg } from "./leg.ts";
import { ring } from "./reliable-provisionals.ts";
import { Session } from "./session.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

const maxProlongations = 5;

/** A call to us: the UAS side of RFC 3261 §13.3. */
export class InboundCall extends Leg implements IncomingCall, InviteServerUser {
  readonly direction = "inbound";
  readonly offer: string | undefined;
  replaces: Leg | undefined;
  override readonly session: Session;
  readonly #direct: boolean;
  /** Gone once no response of ours can go through it any more. */
  #transaction: InviteServerTransaction | undefined;
  readonly #connectionId: number | undefined;
  #trying = false;
  /** Status of the last provisional response, of those that tell the caller something. */
  #ringing: number | undefined;
  /** What `accept` was given while it had to wait. */
  #accepting: { readonly sdp: string | undefined; readonly headers: HeaderLines | undefined } | undefined;
  #prolongations = 0;
  /** ms; when the caller gives up by itself. */
  readonly #expiresAt: number;

  /** @throws SipParseError where Contact or Record-Route cannot be read */
  constructor(
    core: Core,
    options: {
      request: SipRequest;
      flow: Flow;
      transaction: InviteServerTransaction;
      dialog: Dialog;
      offer: string | undefined;
      replaces: Leg | undefined;
    },
  ) {
    const { request, flow, transaction, dialog } = options;
    super(core, { localTag: dialog.localTag, callId: callId(request), request, flow });
    this.session = new Session(this, dialog, request);
    this.offer = options.offer;
    this.replaces = options.replaces;
    if (options.offer !== undefined) this.session.received("INVITE");
    this.remoteUserAgent = request.headers.get("User-Agent");
    const vias = request.headers.getAll("Via");
    this.#direct = dialog.routeSet.length === 0 && vias.length === 1 && vias[0]?.includes(",") === false;
    this.#transaction = transaction;
    transaction.user = this;
    transaction.localTag = dialog.localTag;
    // An Expires that cannot be read says nothing.
    const seconds = parseDecimal(request.headers.get("Expires") ?? "", 0xffff_ffff);
    this.#expiresAt = seconds === -1 ? Number.POSITIVE_INFINITY : core.now() + 1000 * seconds;
    this.#setNextTimer();
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

  ring(options: RingOptions = {}): void {
    const transaction = this.#transaction;
    if (this.state !== "early" || transaction === undefined || this.#accepting !== undefined) return;
    this.trying();
    const onTimeout = (): void => {
      this.#refuse(504);
      this.finish({ by: "system", cause: "no-ack", status: 504 });
    };
    const { request } = this;
    if (ring(this.session, { transaction, request, onTimeout }, options))
      this.#ringing = options.status ?? 180;
  }

  accept(sdp?: string, headers?: HeaderLines): void {
    if (this.state !== "early" || this.#transaction === undefined || this.#accepting !== undefined) return;
    this.#accepting = { sdp, headers };
    this.settled();
  }

  /** The 200, once nothing stands in its way. */
  override settled(): void {
    const accepting = this.#accepting;
    const transaction = this.#transaction;
    if (accepting === undefined || this.state !== "early" || transaction === undefined) return;
    const { reliable } = this.session;
    if (!this.session.mayAcceptInvite) return;
    const sdp = accepting.sdp ?? reliable?.waitingSdp;
    this.#accepting = undefined;
    this.trying();
    reliable?.stop();
    this.state = "confirmed";
    this.setTimer(undefined);
    this.#transaction = undefined;
    this.core.early.delete(this.#connectionId, this);
    this.succeed(transaction, this.request, sdp, accepting.headers);
    const { replaces } = this;
    // Let go: it need not live as long as this call does, nor what it took the place of in its turn.
    this.replaces = undefined;
    replaces?.giveWay();
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
    this.replaces = undefined;
    super.finish(ended);
  }

  /** The end of the INVITE's time, or the next minute. */
  #setNextTimer(): void {
    const left = this.#expiresAt - this.core.now();
    if (left <= prolongEvery) this.setTimer(Math.max(left, 0), "expire");
    else this.setTimer(prolongEvery, "prolong");
  }

  override onTimer(name: string): void {
    if (this.state !== "early") return;
    if (name === "expire") {
      this.#refuse(487);
      this.finish({ by: "remote", cause: "cancelled", status: 487, reason: "Expired" });
      return;
    }
    this.#prolongations++;
    if (this.#prolongations > maxProlongations) {
      this.#refuse(480);
      this.finish({ by: "system", cause: "timeout", status: 480 });
      return;
    }
    this.#prolong();
    this.#setNextTimer();
  }

  #prolong(): void {
    const { reliable } = this.session;
    if (this.#ringing === undefined) return;
    // One that is acknowledged is not sent again; the next has a number of its own.
    if (reliable === undefined) this.#transaction?.repeatProvisional();
    else if (!reliable.isOpen) reliable.send(this.#ringing, undefined);
  }

  #refuse(status: number, reason?: string, headers: HeaderLines = []): void {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    const lines: HeaderLines =
      reason === undefined ? headers : [...headers, ["Reason", reasonHeader(reason, status)]];
    if (transaction !== undefined) this.respond(transaction, this.request, status, lines);
  }
}

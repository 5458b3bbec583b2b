import type { RAck } from "../header/rack.ts";
import type { SipMessage, SipRequest } from "../message/message.ts";
import { cseq } from "../message/message.ts";
import { serialiseMessage } from "../message/serialise.ts";
import type { InviteServerTransaction } from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import type { RingOptions } from "./call.ts";
import type { Session } from "./session.ts";

interface Provisional {
  readonly status: number;
  readonly sdp: string | undefined;
}

interface Sent {
  readonly rseq: number;
  readonly withSdp: boolean;
  readonly bytes: Buffer;
  /** ms; when its PRACK has to have come. */
  readonly end: number;
  interval: number;
}

/** An INVITE of the peer's that has no final response, in a dialog or to make one. */
export interface OpenInvite {
  readonly transaction: InviteServerTransaction;
  readonly request: SipRequest;
  /** No PRACK came in 64·T1: the INVITE is to be refused. */
  readonly onTimeout: () => void;
}

/** 18x, reliably where that is asked for. @returns false: it has no place here, and is not sent */
export function ring(session: Session, invite: OpenInvite, options: RingOptions): boolean {
  const { leg } = session;
  const { status = 180, sdp } = options;
  const mode = ringMode(session, invite.request, options);
  if (mode === "not at all") return false;
  if (mode === "reliably") {
    session.reliable ??= new ReliableProvisionals(session, invite);
    session.reliable.send(status, sdp);
    return true;
  }
  const withSdp = sdp !== undefined && session.describe("1xx", sdp) !== undefined;
  leg.respond(invite.transaction, invite.request, status, leg.targetHeaders(), withSdp ? sdp : undefined);
  return true;
}

/** RFC 3262 §3, and RFC 3261 §13.2.1: the first certain response to an INVITE without an offer has to hold one. */
function ringMode(
  { leg, offerAnswer }: Session,
  invite: SipRequest,
  { sdp, reliable }: RingOptions,
): "reliably" | "plainly" | "not at all" {
  const policy = leg.core.options.reliableProvisionals ?? "when-required";
  const isRequired = namesReliability(invite, "Require");
  const isSupported = isRequired || namesReliability(invite, "Supported");
  const isWanted = policy !== "never" && (reliable ?? policy === "when-supported");
  if (!isRequired && !(isWanted && isSupported)) return "plainly";
  if (sdp !== undefined || offerAnswer.state !== "initial") return "reliably";
  return isRequired ? "not at all" : "plainly";
}

/** Whether a message asks for reliable provisional responses, or knows them. */
export function namesReliability({ headers }: SipMessage, header: "Require" | "Supported"): boolean {
  return headers.list(header).some((tag) => tag.toLowerCase() === "100rel");
}

/**
 * What we send before the final answer to an INVITE, so that it is certain to arrive: RFC 3262 §3. A response waits until the
 * one before it is acknowledged; of those that wait, the newest status and the newest description go out, as one.
 */
export class ReliableProvisionals implements TimerOwner {
  readonly #session: Session;
  readonly #request: SipRequest;
  readonly #onTimeout: () => void;
  /** Gone with the final response. */
  #transaction: InviteServerTransaction | undefined;
  #rseq: number;
  #sent: Sent | undefined;
  /** The caller has had one of them. */
  wasAcknowledged = false;
  #waiting: Provisional | undefined;
  #timer: Timer | undefined;

  constructor(session: Session, invite: OpenInvite) {
    this.#session = session;
    this.#transaction = invite.transaction;
    this.#request = invite.request;
    this.#onTimeout = invite.onTimeout;
    // §3: the first is drawn from 1 to 2^31 − 1.
    this.#rseq = Math.floor(session.leg.core.environment.random() * (2 ** 31 - 1));
  }

  /** A response has no PRACK yet. */
  get isOpen(): boolean {
    return this.#sent !== undefined;
  }

  /** A 2xx has to wait: a description is on its way that has not arrived for certain (§3). */
  get holdsSdp(): boolean {
    return this.#sent?.withSdp === true;
  }

  /** A description that was to be sent, and has not been yet. */
  get waitingSdp(): string | undefined {
    return this.#waiting?.sdp;
  }

  /** @param sdp our answer, or our offer where the INVITE held none */
  send(status: number, sdp: string | undefined): void {
    if (this.#sent !== undefined) {
      this.#waiting = { status, sdp: sdp ?? this.#waiting?.sdp };
      return;
    }
    this.#transmit(status, sdp);
  }

  /** A PRACK. @returns false where it is for none of these: 481 */
  acknowledge({ rseq, seq, method }: RAck): boolean {
    const isMine = method === "INVITE" && seq === cseq(this.#request).seq;
    if (!isMine || this.#sent === undefined || this.#sent.rseq !== rseq) return false;
    this.#sent = undefined;
    this.wasAcknowledged = true;
    this.#cancelTimer();
    return true;
  }

  /** What was waiting for the last PRACK. */
  proceed(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#sent !== undefined || this.#transaction === undefined) return;
    this.#waiting = undefined;
    this.#transmit(waiting.status, waiting.sdp);
  }

  /** The final response goes out: nothing is repeated any more; a PRACK may still come (§3). */
  stop(): void {
    this.#cancelTimer();
    this.#waiting = undefined;
    this.#transaction = undefined;
  }

  onTimer(_name: string, now: number): void {
    this.#timer = undefined;
    const sent = this.#sent;
    if (sent === undefined || this.#transaction === undefined) return;
    if (now >= sent.end) {
      this.#onTimeout();
      return;
    }
    this.#transaction.repeatProvisional(sent.bytes);
    sent.interval *= 2;
    this.#setTimer(sent, now);
  }

  #transmit(status: number, sdp: string | undefined): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    const session = this.#session;
    const { leg } = session;
    const withSdp = sdp !== undefined && session.describe("1xx-rel", sdp) !== undefined;
    this.#rseq++;
    const headers = [["Require", "100rel"], ["RSeq", String(this.#rseq)], ...leg.targetHeaders()] as const;
    const response = leg.createResponse(this.#request, status, headers, withSdp ? sdp : undefined);
    const bytes = serialiseMessage(response);
    transaction.respond(response, bytes);
    const { t1 } = leg.core.timerValues;
    const now = leg.core.now();
    this.#sent = { rseq: this.#rseq, withSdp, bytes, end: now + 64 * t1, interval: t1 };
    this.#setTimer(this.#sent, now);
  }

  #setTimer(sent: Sent, now: number): void {
    const { timers } = this.#session.leg.core;
    this.#timer = timers.set(now, Math.min(sent.interval, sent.end - now), this, "reliable");
  }

  #cancelTimer(): void {
    this.#session.leg.core.timers.cancel(this.#timer);
    this.#timer = undefined;
  }
}

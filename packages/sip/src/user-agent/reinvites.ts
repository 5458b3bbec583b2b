import type { Flow } from "../environment.ts";
import { cseq, type SipRequest, type SipResponse } from "../message/message.ts";
import type { ClientTransaction } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import {
  InviteServerTransaction,
  type InviteServerUser,
  type NonInviteServerTransaction,
} from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import { credentialLines, startAuthorized } from "./authorized-request.ts";
import { statusOf } from "./core.ts";
import type { Leg } from "./leg.ts";
import { sdpBody } from "./sdp-body.ts";

interface Wanted {
  readonly sdp: string | undefined;
  attempts: number;
}

interface Incoming {
  readonly transaction: InviteServerTransaction | NonInviteServerTransaction;
  readonly request: SipRequest;
}

interface Acknowledged {
  readonly seq: number;
  /** Of the INVITE, and so of its ACK. */
  readonly credentials: readonly (readonly [name: string, value: string])[];
  bytes: Buffer | undefined;
}

/** After this many 491 in a row the re-INVITE counts as refused. */
const maxAttempts = 6;

/** An ACK may be overtaken by the next re-INVITE. Each 2xx without one is repeated for 32 s: not for as many as come. */
const maxUnacknowledged = 4;

/** Changes of a session inside its dialog, both ways: RFC 3261 §14, UPDATE of RFC 3311. */
export class Reinvites implements InviteServerUser, TimerOwner {
  readonly #leg: Leg;
  /** Asked for, and not sent yet. */
  #wanted: Wanted | undefined;
  /** Sent, and without its final response. */
  #outgoing: { readonly wanted: Wanted; transaction: ClientTransaction | undefined } | undefined;
  /** The peer's, and not finally answered. */
  #incoming: Incoming | undefined;
  /** CSeq number of the newest re-INVITE of ours that succeeded, and its ACK once there is one. */
  #acknowledged: Acknowledged | undefined;
  #retry: Timer | undefined;

  constructor(leg: Leg) {
    this.#leg = leg;
  }

  request(sdp: string | undefined): void {
    this.#wanted = { sdp, attempts: 0 };
    this.proceed();
  }

  /** Sends what is wanted if nothing stands in the way (§14.1: one INVITE at a time, in either direction). */
  proceed(): void {
    const wanted = this.#wanted;
    const leg = this.#leg;
    if (wanted === undefined || leg.state !== "confirmed" || leg.dialog === undefined) return;
    if (this.#outgoing !== undefined || this.#incoming !== undefined || this.#retry !== undefined) return;
    if (leg.isUnacknowledged || (this.#acknowledged !== undefined && this.#acknowledged.bytes === undefined))
      return;
    this.#wanted = undefined;
    wanted.attempts++;
    const body = wanted.sdp === undefined ? {} : { body: wanted.sdp, contentType: "application/sdp" };
    const request = leg.dialog.createRequest("INVITE", {
      headers: [["Contact", leg.core.contact(leg.flow, leg.contactUser)], ...leg.core.capabilities.headers],
      ...body,
    });
    leg.core.identify(request);
    const outgoing: { wanted: Wanted; transaction: ClientTransaction | undefined } = {
      wanted,
      transaction: undefined,
    };
    this.#outgoing = outgoing;
    // As it was sent last: a challenge makes it another one.
    let sent = request;
    const user = {
      onResponse: (response: SipResponse) => this.#receiveResponse(sent, response),
      onClientFailure: (cause: FailureCause) => this.#fail(cseq(sent).seq, cause),
    };
    outgoing.transaction = startAuthorized(leg.core, leg.digest, request, leg.target(), user, {
      nextSeq: () => leg.nextSeq(),
      mayRepeat: () => leg.state === "confirmed",
      onRepeat: (repeated, transaction) => {
        sent = repeated;
        outgoing.transaction = transaction;
      },
    });
  }

  /** Our answer to the offer that a 200 brought: it goes into the ACK. */
  answer(sdp: string): void {
    const pending = this.#acknowledged;
    if (pending === undefined || pending.bytes !== undefined) return;
    this.#acknowledge(pending, sdp);
    this.proceed();
  }

  receiveInvite(request: SipRequest, flow: Flow): void {
    const leg = this.#leg;
    const transaction = leg.core.createInviteServer(request, flow);
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      leg.respond(transaction, request, refusal, refusal === 500 ? this.#retryAfter() : undefined);
      return;
    }
    const body = sdpBody(request);
    this.#incoming = { transaction, request };
    transaction.user = this;
    transaction.localTag = leg.localTag;
    this.#offer(body.kind === "sdp" ? body.sdp : undefined);
    // Whoever answers may take its time; the peer shall know that the request has arrived.
    if (this.#incoming?.transaction === transaction) leg.respond(transaction, request, 100);
  }

  receiveUpdate(request: SipRequest, flow: Flow): void {
    const leg = this.#leg;
    const transaction = leg.core.createServer(request, flow);
    const body = sdpBody(request);
    if (body.kind !== "sdp") {
      leg.dialog?.refreshTarget(request);
      leg.respond(transaction, request, 200, this.#successHeaders());
      return;
    }
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      leg.respond(transaction, request, refusal, refusal === 500 ? this.#retryAfter() : undefined);
      return;
    }
    this.#incoming = { transaction, request };
    this.#offer(body.sdp);
  }

  /** The peer takes its re-INVITE back; the session stays as it was (§9.2, §14.2). */
  onCancel(): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    this.#incoming = undefined;
    this.#leg.respond(incoming.transaction, incoming.request, 487);
    this.proceed();
  }

  onServerFailure(): void {
    this.#incoming = undefined;
  }

  onTimer(): void {
    this.#retry = undefined;
    this.proceed();
  }

  /** The leg is over. */
  stop(): void {
    this.#leg.core.timers.cancel(this.#retry);
    this.#retry = undefined;
    this.#wanted = undefined;
    const incoming = this.#incoming;
    this.#incoming = undefined;
    if (incoming !== undefined) this.#leg.respond(incoming.transaction, incoming.request, 487);
  }

  /** 491 against an offer of ours that is under way; 500 for a second request before the first is answered (§14.2). */
  #refusal(): 491 | 500 | 488 | 481 | undefined {
    const leg = this.#leg;
    if (leg.state === "ended") return 481;
    if (this.#outgoing !== undefined || leg.isOfferInSuccess) return 491;
    if (this.#incoming !== undefined || leg.state === "early") return 500;
    if (leg.unacknowledged >= maxUnacknowledged) return 500;
    return leg.onReinvite === undefined ? 488 : undefined;
  }

  #retryAfter(): [string, string][] {
    return [["Retry-After", String(Math.floor(this.#leg.core.environment.random() * 11))]];
  }

  #successHeaders(): (readonly [name: string, value: string])[] {
    const { core, flow, contactUser } = this.#leg;
    return [["Contact", core.contact(flow, contactUser)], ...core.capabilities.headers];
  }

  #offer(offer: string | undefined): void {
    const incoming = this.#incoming;
    const take = (): Incoming | undefined => {
      if (incoming === undefined || this.#incoming !== incoming) return undefined;
      this.#incoming = undefined;
      return incoming;
    };
    const reject = (status: number) => {
      const taken = take();
      if (taken === undefined) return;
      this.#leg.respond(taken.transaction, taken.request, status);
      this.proceed();
    };
    const accept = (sdp: string) => {
      const taken = take();
      if (taken !== undefined) this.#accept(taken, sdp, offer === undefined);
    };
    try {
      this.#leg.onReinvite?.(offer, { accept, reject });
    } catch (error) {
      // A handler's fault must not leave the peer, and every later offer, waiting.
      reject(500);
      throw error;
    }
  }

  #accept({ transaction, request }: Incoming, sdp: string, withOffer: boolean): void {
    const leg = this.#leg;
    // A refused request leaves the target as it was (RFC 6141 §4.8).
    leg.dialog?.refreshTarget(request);
    if (transaction instanceof InviteServerTransaction) {
      leg.succeed(transaction, request, sdp, withOffer);
    } else {
      leg.respond(transaction, request, 200, this.#successHeaders(), sdp);
      this.proceed();
    }
  }

  #receiveResponse(request: SipRequest, response: SipResponse): void {
    const { status } = response;
    if (status < 200) return;
    if (status < 300) {
      this.#succeed(request, response);
      return;
    }
    const outgoing = this.#outgoing;
    this.#outgoing = undefined;
    if (outgoing === undefined) return;
    if (status === 491 && outgoing.wanted.attempts < maxAttempts) {
      this.#retryLater(outgoing.wanted);
      return;
    }
    this.#refused(status);
  }

  #fail(seq: number, cause: FailureCause): void {
    if (this.#outgoing === undefined || this.#acknowledged?.seq === seq) return;
    this.#outgoing = undefined;
    this.#refused(statusOf(cause));
  }

  #refused(status: number): void {
    const leg = this.#leg;
    if (leg.state === "ended") return;
    if (status === 408 || status === 481) {
      leg.lose(status);
      return;
    }
    leg.onReinviteAnswer?.({ ok: false, status });
    this.proceed();
  }

  /** §14.1: the side that made the Call-ID waits longer, so that the two do not meet again. In units of 10 ms. */
  #retryLater(wanted: Wanted): void {
    const leg = this.#leg;
    if (leg.state === "ended") return;
    this.#wanted ??= wanted;
    const { core } = leg;
    const [least, steps] = leg.direction === "outbound" ? [2100, 191] : [0, 201];
    const wait = least + 10 * Math.floor(core.environment.random() * steps);
    this.#retry = core.timers.set(core.now(), wait, this, "retry");
  }

  #succeed(request: SipRequest, response: SipResponse): void {
    const leg = this.#leg;
    const { seq } = cseq(request);
    const known = this.#acknowledged;
    if (known?.seq === seq) {
      // The peer repeats its 2xx: our ACK was lost.
      if (known.bytes !== undefined) leg.core.transmit(leg.target(), known.bytes, undefined, undefined);
      return;
    }
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    this.#outgoing = undefined;
    const pending = { seq, bytes: undefined, credentials: credentialLines(request) };
    this.#acknowledged = pending;
    leg.dialog?.refreshTarget(response);
    const body = sdpBody(response);
    const sdp = body.kind === "sdp" ? body.sdp : undefined;
    // Without an offer of ours the ACK waits for `answer`; an ended leg has no one left to give one.
    if (outgoing.wanted.sdp !== undefined || leg.state === "ended") this.#acknowledge(pending, undefined);
    if (leg.state === "ended") return;
    leg.onReinviteAnswer?.({ ok: true, sdp });
    this.proceed();
  }

  #acknowledge(pending: Acknowledged, sdp: string | undefined): void {
    const leg = this.#leg;
    const { dialog } = leg;
    if (dialog === undefined) return;
    const body = sdp === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const headers = pending.credentials;
    const request = dialog.createRequest("ACK", { seq: pending.seq, headers, ...body });
    pending.bytes = leg.core.sendAlone(request, leg.target());
  }
}

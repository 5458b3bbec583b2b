import type { Flow } from "../environment.ts";
import { referTo } from "../header/refer-to.ts";
import type { SipRequest } from "../message/message.ts";
import { cseq } from "../message/message.ts";
import type { ClientUser } from "../transaction/client-transaction.ts";
import type { CallLeg } from "../user-agent/call.ts";
import type { DialogCarrier } from "./dialog-carrier.ts";
import type { OutgoingRefer, ReferOptions } from "./refer.ts";
import { ReferClient, referHeaders, reportedOn } from "./refer-client.ts";
import { ReferServer } from "./refer-server.ts";

/** REFERs of one call that may be under way at a time, in either direction. */
const maxReferrals = 4;

/** What is needed of a call. */
export interface ReferringLeg extends CallLeg, DialogCarrier {
  readonly flow: Flow;
  /** The peer does not know the call any more. */
  lose(status: 481): void;
}

/** All REFERs of one call's dialog, both ways, and their subscriptions: RFC 3515 §2.4.6. */
export class Referrals {
  readonly #leg: ReferringLeg;
  readonly #onRest: () => void;
  #clients: readonly ReferClient[] = [];
  #servers: readonly ReferServer[] = [];

  /** @param onRest told when none is under way any more */
  constructor(leg: ReferringLeg, onRest: () => void) {
    this.#leg = leg;
    this.#onRest = onRest;
  }

  /** True while a request may still come, or has to go, for one of them: the dialog lives on with it (RFC 5057 §4.1). */
  get isActive(): boolean {
    return this.#clients.length > 0 || this.#servers.length > 0;
  }

  /** @throws SipParseError where the target or a header value cannot be written */
  refer(target: string, options: ReferOptions): OutgoingRefer {
    const leg = this.#leg;
    const { dialog, core } = leg;
    const headers = referHeaders(target, options);
    const client = new ReferClient(core, options, (over) => {
      this.#clients = this.#clients.filter((one) => one !== over);
      this.#rest();
    });
    const isFull = this.#clients.length >= maxReferrals;
    this.#clients = [...this.#clients, client];
    if (leg.state !== "confirmed" || dialog === undefined || isFull) {
      client.fail(leg.state === "confirmed" ? 503 : 481);
      return client;
    }
    const request = dialog.createRequest("REFER", {
      headers: [["Contact", leg.contact], ...core.capabilities.headers, ...headers],
    });
    client.seq = cseq(request).seq;
    const user: ClientUser = {
      onResponse: (response) => {
        client.onResponse(response);
        // RFC 5057 §5.1. No answer at all ends the REFER alone: some middleboxes swallow what they do not know, and a call
        // in which people talk is not to die of that.
        if (response.status === 481) leg.lose(481);
      },
      onClientFailure: (cause) => client.onClientFailure(cause),
    };
    leg.transact(request, user, (repeated) => {
      client.seq = cseq(repeated).seq;
    });
    return client;
  }

  /** @throws SipParseError where the Refer-To cannot be read, or is not just one */
  receiveRefer(request: SipRequest, flow: Flow): void {
    const leg = this.#leg;
    const target = referTo(request);
    const transaction = leg.core.createServer(request, flow);
    if (leg.state !== "confirmed" || this.#servers.length >= maxReferrals) {
      const status = leg.state === "ended" ? 481 : 500;
      leg.respond(transaction, request, status, status === 500 ? [["Retry-After", "5"]] : undefined);
      return;
    }
    const options = { request, flow, transaction, referTo: target, leg, isInDialog: true };
    const server = new ReferServer(leg, options, (over) => {
      this.#servers = this.#servers.filter((one) => one !== over);
      this.#rest();
    });
    this.#servers = [...this.#servers, server];
    showRefer(leg, server);
  }

  receiveNotify(request: SipRequest, flow: Flow): void {
    const leg = this.#leg;
    const transaction = leg.core.createServer(request, flow);
    const client = reportedOn(this.#clients, request);
    if (typeof client === "number") {
      leg.respond(transaction, request, client, client === 489 ? [["Allow-Events", "refer"]] : undefined);
      return;
    }
    leg.respond(transaction, request, 200);
    client.receiveNotify(request);
  }

  receiveSubscribe(request: SipRequest, flow: Flow): void {
    const leg = this.#leg;
    const transaction = leg.core.createServer(request, flow);
    const server = this.#servers.find((one) => one.isSubscribedBy(request));
    // RFC 3515 §2.4.4: only a REFER makes such a subscription.
    if (server === undefined) leg.respond(transaction, request, 403);
    else server.receiveSubscribe(request, transaction);
  }

  callEnded(): void {
    for (const one of this.#clients) one.callEnded();
    for (const one of this.#servers) one.callEnded();
  }

  /** The BYE has its answer. */
  byeAnswered(): void {
    for (const one of this.#servers) one.proceed();
  }

  #rest(): void {
    if (!this.isActive) this.#onRest();
  }
}

/** A handler's fault must not leave the peer waiting. */
export function showRefer({ core }: DialogCarrier, server: ReferServer): void {
  try {
    core.showRefer(server);
  } catch (error) {
    server.reject(500);
    throw error;
  }
}

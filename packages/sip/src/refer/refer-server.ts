import type { Flow } from "../environment.ts";
import { event } from "../header/event.ts";
import { numberOf } from "../header/readable.ts";
import { type ReferredBy, type ReferTo, referredBy } from "../header/refer-to.ts";
import type { Replaces } from "../header/replaces.ts";
import { serialiseSipfrag, sipfragType } from "../header/sipfrag.ts";
import type { UriHeaders } from "../header/uri-headers.ts";
import { cseq, type SipRequest, type SipResponse } from "../message/message.ts";
import { reasonPhrase } from "../message/reason-phrases.ts";
import type { Uri } from "../message/uri.ts";
import type { NonInviteServerTransaction } from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import type { CallLeg } from "../user-agent/call.ts";
import type { DialogCarrier } from "./dialog-carrier.ts";
import type { IncomingRefer } from "./refer.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

/** ms; before the peer's transaction gives up (RFC 3515 §2.4.2). */
const decideWithin = 20_000;
/** ms that the subscription lives at most: longer than any call rings (§3.4). */
const longestLife = 300_000;

interface Report {
  readonly status: number;
  readonly reason: string;
  /** Why the subscription ends with it. */
  readonly end: "noresource" | "timeout" | undefined;
}

/** A REFER of the peer, and the subscription that accepting it makes. */
export class ReferServer implements IncomingRefer, TimerOwner {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly leg: CallLeg | undefined;
  readonly isInDialog: boolean;
  readonly displayName: string | undefined;
  readonly uri: Uri;
  readonly method: string;
  readonly replaces: Replaces | undefined;
  readonly headers: UriHeaders;
  readonly referredBy: ReferredBy | undefined;
  readonly reports: boolean;
  onUnsubscribed: (() => void) | undefined;
  readonly #carrier: DialogCarrier;
  readonly #onOver: (refer: ReferServer) => void;
  readonly #id: string;
  /** Until it is answered. */
  #transaction: NonInviteServerTransaction | undefined;
  #state: "asked" | "subscribed" | "over" = "asked";
  #last: Report = { status: 100, reason: reasonPhrase(100), end: undefined };
  /** The newest report that is not sent yet: two under way could overtake each other. */
  #waiting: Report | undefined;
  #isSending = false;
  #endsAt = 0;
  #timer: Timer | undefined;

  constructor(
    carrier: DialogCarrier,
    options: {
      readonly request: SipRequest;
      readonly flow: Flow;
      readonly transaction: NonInviteServerTransaction;
      readonly referTo: ReferTo;
      readonly leg: CallLeg | undefined;
      readonly isInDialog: boolean;
    },
    onOver: (refer: ReferServer) => void,
  ) {
    const { request, referTo } = options;
    this.#carrier = carrier;
    this.#onOver = onOver;
    this.#transaction = options.transaction;
    this.request = request;
    this.flow = options.flow;
    this.leg = options.leg;
    this.isInDialog = options.isInDialog;
    this.displayName = referTo.displayName;
    this.uri = referTo.uri;
    this.method = referTo.method;
    this.replaces = referTo.replaces;
    this.headers = referTo.headers;
    this.referredBy = referredBy(request);
    this.reports = !/^\s*false\b/i.test(request.headers.get("Refer-Sub") ?? "");
    this.#id = String(cseq(request).seq);
    this.#setTimer(decideWithin);
  }

  accept(): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    const { core, contact } = this.#carrier;
    const lines: HeaderLines = [["Contact", contact], ...core.capabilities.headers];
    if (!this.reports) {
      this.#carrier.respond(transaction, this.request, 202, [...lines, ["Refer-Sub", "false"]]);
      this.#end();
      return;
    }
    this.#carrier.respond(transaction, this.request, 202, lines);
    this.#state = "subscribed";
    this.#live(longestLife);
    this.#report(this.#last);
  }

  reject(status: number, headers?: HeaderLines): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    this.#carrier.respond(transaction, this.request, status, headers);
    this.#end();
  }

  progress(status: number, reason: string = reasonPhrase(status)): void {
    if (this.#isOpen) this.#report({ status, reason, end: undefined });
  }

  finish(status: number, reason: string = reasonPhrase(status)): void {
    if (this.#isOpen) this.#report({ status, reason, end: "noresource" });
  }

  /** The call is over: what is accepted goes on being reported, what is not will not be any more. */
  callEnded(): void {
    this.reject(481);
  }

  /** Sends the report that waits, if nothing stands in its way. */
  proceed(): void {
    const report = this.#waiting;
    if (report === undefined || this.#isSending || this.#carrier.isClosing) return;
    this.#waiting = undefined;
    this.#send(report);
  }

  /** Whether a SUBSCRIBE of the peer is for this (RFC 3515 §2.4.6: by id). */
  isSubscribedBy(request: SipRequest): boolean {
    const about = event(request);
    return this.#isOpen && about?.package === "refer" && (about.id ?? this.#id) === this.#id;
  }

  /** The peer refreshes its subscription, or with 0 seconds ends it (RFC 6665 §4.2.1). */
  receiveSubscribe(request: SipRequest, transaction: NonInviteServerTransaction): void {
    // It can be shortened and not prolonged: a peer that refreshes for ever would keep us busy for as long.
    const asked = numberOf(request.headers.get("Expires"), 0xffff_ffff) ?? this.#secondsLeft;
    const granted = Math.min(asked, this.#secondsLeft);
    this.#carrier.respond(transaction, request, 200, [
      ["Contact", this.#carrier.contact],
      ["Expires", String(granted)],
    ]);
    if (granted === 0) this.#unsubscribe({ ...this.#last, end: "timeout" });
    else {
      this.#live(granted * 1_000);
      this.#report(this.#last);
    }
  }

  onTimer(): void {
    this.#timer = undefined;
    if (this.#state === "asked") this.reject(603);
    else this.#unsubscribe({ ...this.#last, end: "timeout" });
  }

  /** True while reports can be taken. */
  get #isOpen(): boolean {
    return this.#state === "subscribed" && this.#last.end === undefined;
  }

  get #secondsLeft(): number {
    return Math.max(0, Math.ceil((this.#endsAt - this.#carrier.core.now()) / 1_000));
  }

  #unsubscribe(report: Report): void {
    if (!this.#isOpen) return;
    this.#report(report);
    this.onUnsubscribed?.();
  }

  #live(ms: number): void {
    this.#endsAt = this.#carrier.core.now() + ms;
    this.#setTimer(ms);
  }

  #report(report: Report): void {
    this.#last = report;
    if (report.end !== undefined) this.#setTimer(undefined);
    this.#waiting = report;
    this.proceed();
  }

  #send({ status, reason, end }: Report): void {
    const { core, dialog, contact } = this.#carrier;
    if (dialog === undefined) return;
    const request = dialog.createRequest("NOTIFY", {
      headers: [
        ["Event", `refer;id=${this.#id}`],
        [
          "Subscription-State",
          end === undefined ? `active;expires=${this.#secondsLeft}` : `terminated;reason=${end}`,
        ],
        ["Contact", contact],
        ...core.capabilities.headers,
      ],
      contentType: `${sipfragType};version=2.0`,
      body: serialiseSipfrag(status, reason),
    });
    this.#isSending = true;
    this.#carrier.transact(request, {
      onResponse: (response: SipResponse) => {
        if (response.status >= 200) this.#sent(end !== undefined, response.status < 300);
      },
      onClientFailure: () => this.#sent(end !== undefined, false),
    });
  }

  /** A report has its answer. One that the peer refuses, or does not answer, ends the subscription (RFC 6665 §4.2.2). */
  #sent(wasLast: boolean, isTaken: boolean): void {
    this.#isSending = false;
    if (wasLast || !isTaken) {
      const isNews = this.#isOpen;
      this.#end();
      if (isNews) this.onUnsubscribed?.();
    } else this.proceed();
  }

  #end(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#waiting = undefined;
    this.#setTimer(undefined);
    this.#onOver(this);
  }

  #setTimer(after: number | undefined): void {
    const { core } = this.#carrier;
    core.timers.cancel(this.#timer);
    this.#timer = after === undefined ? undefined : core.timers.set(core.now(), after, this, "refer");
  }
}

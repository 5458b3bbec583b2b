import { event, type SubscriptionState, subscriptionState } from "../header/event.ts";
import { serialiseReferTo } from "../header/refer-to.ts";
import { parseSipfrag } from "../header/sipfrag.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import { type Core, statusOf } from "../user-agent/core.ts";
import type { OutgoingRefer, ReferOptions, ReferOutcome } from "./refer.ts";

const defaultTimeout = 180_000;

/** Header lines of a REFER (RFC 3515 §2.4.1). @throws SipParseError where the target cannot be written */
export function referHeaders(target: string, options: ReferOptions): (readonly [string, string])[] {
  const { replaces, targetHeaders: headers, referredBy } = options;
  const lines: (readonly [string, string])[] = [
    ["Refer-To", serialiseReferTo(target, { replaces, ...(headers && { headers }) })],
  ];
  if (referredBy !== undefined) lines.push(["Referred-By", referredBy]);
  if (options.reports === false) lines.push(["Refer-Sub", "false"], ["Supported", "norefersub"]);
  return [...lines, ...(options.headers ?? [])];
}

/** A REFER of ours from its sending to its outcome, and then until its subscription is over. */
export class ReferClient implements OutgoingRefer, ClientUser, TimerOwner {
  outcome: ReferOutcome | undefined;
  onAccepted: ((status: number) => void) | undefined;
  onProgress: ((status: number, reason: string) => void) | undefined;
  onOutcome: ((outcome: ReferOutcome) => void) | undefined;
  /** CSeq number of the REFER as it was sent last: what an `id` of its reports says. */
  seq = 0;
  isOver = false;
  readonly #core: Core;
  readonly #timeout: number;
  readonly #onOver: (refer: ReferClient) => void;
  #accepted = false;
  #notified = false;
  /** ms; the reports end then, whatever they say. */
  #deadline = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  /** @param onOver told when no request can be for it any more */
  constructor(core: Core, options: ReferOptions, onOver: (refer: ReferClient) => void) {
    this.#core = core;
    this.#timeout = options.timeout ?? defaultTimeout;
    this.#onOver = onOver;
  }

  /** It could not be sent: told from the next `wake`, so that a handler can be set. */
  fail(status: number): void {
    this.#setTimer(0, String(status));
  }

  onResponse(response: SipResponse): void {
    const { status, reason } = response;
    if (status < 200 || this.isOver) return;
    if (status >= 300) {
      this.#tell({ kind: "refused", status, reason });
      this.#end();
      return;
    }
    this.onAccepted?.(status);
    if (/^\s*false\b/i.test(response.headers.get("Refer-Sub") ?? "")) {
      this.#tell({ kind: "accepted", status: undefined, reason: undefined });
      this.#end();
      return;
    }
    this.#accept();
  }

  onClientFailure(cause: FailureCause): void {
    // Reports that came already say more than the answer that did not.
    if (this.isOver || this.#notified) return;
    this.#tell({ kind: "refused", status: statusOf(cause), reason: undefined });
    this.#end();
  }

  /** A report, past the checks and answered. */
  receiveNotify(request: SipRequest): void {
    if (this.isOver) return;
    // RFC 3515 §2.4.4: the first may come before the answer to the REFER.
    this.#notified = true;
    this.#accept();
    const state = subscriptionState(request);
    const isLast = state?.state === "terminated";
    const report = parseSipfrag(request.body);
    if (report !== undefined && report.status >= 200) {
      this.#tell({ kind: "reported", ...report });
      // Some say "terminated" in a NOTIFY of its own.
      if (!isLast) this.#shorten();
    } else if (report !== undefined && this.outcome === undefined) {
      this.onProgress?.(report.status, report.reason);
    }
    if (isLast) this.#stop(state);
  }

  /** The call is over: reports may still come, but not for long. */
  callEnded(): void {
    if (!this.isOver) this.#shorten();
  }

  onTimer(name: string): void {
    this.#timer = undefined;
    if (name === "over") this.#stop(undefined);
    else {
      this.#tell({ kind: "refused", status: Number(name), reason: undefined });
      this.#end();
    }
  }

  #accept(): void {
    const now = this.#core.now();
    if (!this.#accepted) this.#deadline = Math.min(this.#deadline, now + this.#timeout);
    this.#accepted = true;
    // RFC 6665 §4.1.2.4, timer N: a subscription without a NOTIFY has failed.
    const at = this.#notified ? this.#deadline : Math.min(this.#deadline, now + this.#timerN);
    this.#setTimer(Math.max(0, at - now), "over");
  }

  get #timerN(): number {
    return 64 * this.#core.timerValues.t1;
  }

  #shorten(): void {
    const now = this.#core.now();
    this.#deadline = Math.min(this.#deadline, now + this.#timerN);
    this.#setTimer(Math.max(0, this.#deadline - now), "over");
  }

  #stop(state: SubscriptionState | undefined): void {
    this.#tell({
      kind: this.#notified ? "unfinished" : "silent",
      status: undefined,
      reason: state?.reason,
    });
    this.#end();
  }

  #tell(outcome: ReferOutcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.onOutcome?.(outcome);
  }

  #end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#setTimer(undefined, "");
    this.#onOver(this);
  }

  #setTimer(after: number | undefined, name: string): void {
    this.#core.timers.cancel(this.#timer);
    this.#timer =
      after === undefined ? undefined : this.#core.timers.set(this.#core.now(), after, this, name);
  }
}

/**
 * The REFER of several that a NOTIFY reports on: by its id, which is the REFER's CSeq number; without one the first
 * (RFC 3515 §2.4.6).
 * @returns the status of the refusal where there is none: 489 for another package (RFC 6665 §4.1.3)
 */
export function reportedOn(clients: readonly ReferClient[], notify: SipRequest): ReferClient | 481 | 489 {
  const about = event(notify);
  if (about !== undefined && about.package !== "refer") return clients.length === 0 ? 481 : 489;
  const id = about?.id;
  const found = id === undefined ? clients[0] : clients.find((one) => String(one.seq) === id);
  return found ?? 481;
}

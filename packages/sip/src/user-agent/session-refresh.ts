import {
  type AgreedTimer,
  judgeTimer,
  type SessionTimer,
  type TimerRequest,
} from "../dialog/session-timer.ts";
import { readable } from "../header/readable.ts";
import { minSe, type SessionExpires, sessionExpires } from "../header/session-expires.ts";
import type { SipRequest, SipResponse, WithHeaders } from "../message/message.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import type { Session } from "./session.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

/**
 * What a request says of session timers.
 * @throws SipParseError where Session-Expires or Min-SE cannot be read
 */
export function timerRequest(request: WithHeaders): TimerRequest {
  return {
    supported: request.headers.list("Supported").some((tag) => tag.toLowerCase() === "timer"),
    expires: sessionExpires(request),
    minSe: minSe(request),
  };
}

/** Min-SE of a 422. */
export function leastInterval(response: SipResponse): number | undefined {
  return readable(() => minSe(response));
}

/** The header lines of an INVITE, re-INVITE or UPDATE of ours (RFC 4028 §7.1, §7.4). */
export function timerLines(timer: SessionTimer): [name: string, value: string][] {
  const { expires, minSe: least } = timer.request();
  const lines: [string, string][] = [];
  if (expires !== undefined) lines.push(["Session-Expires", written(expires)]);
  if (least !== undefined) lines.push(["Min-SE", String(least)]);
  return lines;
}

function written({ interval, refresher }: SessionExpires | AgreedTimer): string {
  return refresher === undefined ? String(interval) : `${interval};refresher=${refresher}`;
}

/** Keeps one session alive, or ends it when nobody does: RFC 4028. */
export class SessionRefresh implements TimerOwner {
  readonly timer: SessionTimer;
  readonly #session: Session;
  #set: Timer | undefined;

  constructor(session: Session, timer: SessionTimer) {
    this.#session = session;
    this.timer = timer;
  }

  /** Our 2xx to the INVITE, re-INVITE or UPDATE goes out: what it says of the timer, which starts anew. */
  accept(request: SipRequest): HeaderLines {
    const { core } = this.#session.leg;
    const asked = timerRequest(request);
    const verdict = judgeTimer(core.sessionTimers, asked);
    // Too small an interval was refused when the request came.
    const { expires, require } = "tooSmall" in verdict ? { expires: undefined, require: false } : verdict;
    this.timer.accepted(expires, asked.minSe, core.now());
    this.#arm();
    if (expires === undefined) return [];
    const lines: [string, string][] = [["Session-Expires", written(expires)]];
    if (require) lines.push(["Require", "timer"]);
    return lines;
  }

  /** A 2xx to our INVITE, re-INVITE or UPDATE. */
  answered(response: SipResponse): void {
    const expires = readable(() => sessionExpires(response));
    this.timer.answered(expires, this.#session.leg.core.now());
    this.#arm();
  }

  /** Such a request of ours was refused, and the call stands. */
  refused(): void {
    this.timer.refused(this.#session.leg.core.now());
    this.#arm();
  }

  stop(): void {
    this.timer.stop();
    this.#arm();
  }

  onTimer(_name: string, now: number): void {
    this.#set = undefined;
    const action = this.timer.onTimer(now);
    this.#arm();
    if (action === "refresh") this.#session.refresh();
    else if (action === "expire") this.#session.leg.expire();
  }

  #arm(): void {
    const { core } = this.#session.leg;
    core.timers.cancel(this.#set);
    const { next } = this.timer;
    const now = core.now();
    this.#set = next === undefined ? undefined : core.timers.set(now, next - now, this, "session");
  }
}

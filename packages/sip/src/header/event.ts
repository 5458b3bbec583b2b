import { isToken } from "../message/grammar.ts";
import type { WithHeaders } from "../message/message.ts";
import { type Params, paramText, parseParams, serialiseParams } from "../message/params.ts";
import { numberParam, readable, wordParam } from "./readable.ts";

/** Seconds; more than the RFC's 2^32-1 is nobody's wish. */
const maxSeconds = 0xffff_ffff;

/** RFC 6665 §8.2.1. Package and id compare byte by byte. */
export interface Event {
  readonly package: string;
  /** Tells subscriptions of one package in one dialog apart. */
  readonly id: string | undefined;
  readonly params: Params;
}

/** The Event header; undefined where there is none that can be read. */
export function event(message: WithHeaders): Event | undefined {
  const text = message.headers.get("Event");
  if (text === undefined) return undefined;
  return readable(() => {
    const { word, params } = wordWithParams(text, "Event");
    return isToken(word) ? { package: word, id: paramText(params, "id"), params } : undefined;
  });
}

export function serialiseEvent(event: Pick<Event, "package" | "params">): string {
  return event.package + serialiseParams(event.params);
}

/** RFC 6665 §8.2.3. */
export interface SubscriptionState {
  /** `active`, `pending`, `terminated`, or an extension that counts as active; lower case. */
  readonly state: string;
  /** Why it is terminated: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant` … */
  readonly reason: string | undefined;
  /** Seconds that are left of it. */
  readonly expires: number | undefined;
  /** Seconds after which to subscribe again. */
  readonly retryAfter: number | undefined;
}

/** The Subscription-State header; undefined where there is none that can be read. */
export function subscriptionState(message: WithHeaders): SubscriptionState | undefined {
  const text = message.headers.get("Subscription-State");
  if (text === undefined) return undefined;
  return readable(() => {
    const { word, params } = wordWithParams(text, "Subscription-State");
    if (!isToken(word)) return undefined;
    return {
      state: word.toLowerCase(),
      reason: wordParam(params, "reason"),
      expires: numberParam(params, "expires", maxSeconds),
      retryAfter: numberParam(params, "retry-after", maxSeconds),
    };
  });
}

function wordWithParams(text: string, header: string): { word: string; params: Params } {
  const semicolon = text.indexOf(";");
  const end = semicolon === -1 ? text.length : semicolon;
  return { word: text.slice(0, end).trim(), params: parseParams(text, end, header) };
}

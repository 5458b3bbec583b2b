import { event, type SubscriptionState, subscriptionState } from "../header/event.ts";
import type { SipRequest } from "../message/message.ts";
import { acceptedTypes, packageOf } from "./subscribe-request.ts";
import type { SubscriptionConfig } from "./subscription-types.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

export type NotifyVerdict =
  | { readonly ok: true; readonly state: SubscriptionState; readonly contentType: string }
  | { readonly ok: false; readonly status: number; readonly headers: HeaderLines };

/** Whether a request to our tag is a NOTIFY for this subscription that can be understood (RFC 6665 §4.1.3). */
export function judgeNotify(config: SubscriptionConfig, request: SipRequest): NotifyVerdict {
  if (request.method !== "NOTIFY") return refuse(405, [["Allow", "NOTIFY"]]);
  const about = event(request);
  if (about === undefined) return refuse(400);
  if (about.package !== packageOf(config)) return refuse(489, [["Allow-Events", packageOf(config)]]);
  if (about.id !== idOf(config)) return refuse(481);
  const state = subscriptionState(request);
  if (state === undefined) return refuse(400);
  const contentType = request.body.length === 0 ? "" : mediaType(request.headers.get("Content-Type") ?? "");
  const types = acceptedTypes(config);
  const isUnderstood = contentType === "" || types.length === 0 || types.includes(contentType);
  // The end is the end, whatever stands beside it.
  if (!isUnderstood && state.state !== "terminated") return refuse(415, [["Accept", types.join(", ")]]);
  return { ok: true, state, contentType };
}

function mediaType(value: string): string {
  return value.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function idOf({ event: written }: SubscriptionConfig): string | undefined {
  return /;\s*id\s*=\s*([^;\s]+)/i.exec(written)?.[1];
}

function refuse(status: number, headers: HeaderLines = []): NotifyVerdict {
  return { ok: false, status, headers };
}

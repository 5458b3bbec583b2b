import type { Dialog } from "../dialog/dialog.ts";
import type { SendTarget } from "../environment.ts";
import { createRequest } from "../message/create.ts";
import type { SipRequest } from "../message/message.ts";
import { contactUri } from "../registration/register-request.ts";
import type { Address } from "../registration/registration-types.ts";
import { maxExpires } from "../registration/retry-times.ts";
import type { SubscriptionConfig } from "./subscription-types.ts";

type HeaderLines = (readonly [name: string, value: string])[];

const packageTypes: ReadonlyMap<string, readonly string[]> = new Map([
  ["message-summary", ["application/simple-message-summary"]],
  ["dialog", ["application/dialog-info+xml"]],
  ["presence", ["application/pidf+xml"]],
  ["reg", ["application/reginfo+xml"]],
]);

/** Name of the package without parameters. */
export function packageOf({ event }: Pick<SubscriptionConfig, "event">): string {
  return event.split(";", 1)[0]?.trim() ?? "";
}

/** Content types that are understood; empty where all are taken. */
export function acceptedTypes(config: Pick<SubscriptionConfig, "event" | "accept">): readonly string[] {
  return config.accept ?? packageTypes.get(packageOf(config)) ?? [];
}

/** Seconds to ask for; 0 for a fetch. */
export function secondsToAsk({ expires = 3_600 }: Pick<SubscriptionConfig, "expires">): number {
  return Math.min(maxExpires, Math.max(0, Math.floor(expires)));
}

/** Where one attempt's requests begin: the names that its dialog will have. */
export interface Names {
  readonly callId: string;
  readonly localTag: string;
}

/** URI of where a SUBSCRIBE that begins a dialog goes first. @param route Route values */
export function firstHop({ proxy, resource }: SubscriptionConfig, route: readonly string[]): string {
  return /<([^>]*)>/.exec(route[0] ?? "")?.[1] ?? proxy ?? resource;
}

export interface SubscribeOptions {
  readonly target: SendTarget;
  /** Our own, towards that target. */
  readonly address: Address;
  /** Seconds. */
  readonly expires: number;
}

/**
 * A SUBSCRIBE that is to begin a dialog, without a Via.
 * @throws SipParseError where a URI cannot be written
 */
export function firstSubscribe(
  config: SubscriptionConfig,
  names: Names,
  seq: number,
  route: readonly string[],
  options: SubscribeOptions,
): SipRequest {
  const { resource, subscriber = resource } = config;
  return createRequest("SUBSCRIBE", resource, {
    from: `<${subscriber}>;tag=${names.localTag}`,
    to: `<${resource}>`,
    callId: names.callId,
    cseq: seq,
    headers: [...headersOf(config, options), ...route.map((value) => ["Route", value] as const)],
  });
}

/** One that refreshes, or with 0 seconds ends, what stands. */
export function furtherSubscribe(
  config: SubscriptionConfig,
  dialog: Dialog,
  options: SubscribeOptions,
): SipRequest {
  return dialog.createRequest("SUBSCRIBE", { headers: headersOf(config, options) });
}

/** RFC 6665 §4.1.2.1. */
function headersOf(config: SubscriptionConfig, { target, address, expires }: SubscribeOptions): HeaderLines {
  const { resource, subscriber = resource, contactUser } = config;
  const types = acceptedTypes(config);
  return [
    ["Event", config.event],
    ["Expires", String(expires)],
    ...(types.length > 0 ? ([["Accept", types.join(", ")]] as const) : []),
    ["Contact", `<${contactUri({ aor: subscriber, contactUser }, target, address)}>`],
  ];
}

// What a REFER of ours asks the caller's own side to call, in the words of that side.
import {
  type CallLeg,
  from,
  isSipUri,
  noParams,
  parseUri,
  type SipUri,
  serialiseUri,
  to,
} from "@ringdown/sip";
import { canonicalAddress } from "../../edge/address.ts";
import type { RegistrationLine } from "../../registrations/registrations.ts";
import type { Destination } from "../dial/destination.ts";

export interface CallersSide {
  readonly dialog: Pick<CallLeg, "direction" | "request" | "flow" | "remoteTarget">;
  /** Where the agent is registered; undefined while it is not. */
  readonly line: Pick<RegistrationLine, "domain" | "targets"> | undefined;
  /** Host part of our own URIs; IPv6 in brackets. */
  readonly domain: string;
}

/**
 * A number or an extension at the caller's PBX or trunk, or a SIP URI as it is.
 * @returns undefined for what that side cannot reach: an extension of another PBX, an agent of ours
 */
export function referTargetOf(destination: Destination, side: CallersSide): string | undefined {
  switch (destination.kind) {
    case "sip":
      return destination.uri;
    case "number":
      return uriOf(destination.number, pbxOf(side) ?? callersHost(side));
    case "extension":
      return uriOf(destination.extension, pbxOf(side));
    case "agent":
    case "peer":
      return undefined;
  }
}

function uriOf(user: string, host: Pick<SipUri, "host" | "port"> | undefined): string | undefined {
  return host && serialiseUri({ scheme: "sip", user, ...host, params: noParams, headers: undefined });
}

/**
 * The PBX, where the call came or went over the agent's registration: by the name that the caller's own phone uses for it,
 * as it may be the phone that gets the REFER.
 */
function pbxOf(side: CallersSide): Pick<SipUri, "host" | "port"> | undefined {
  const { line, dialog } = side;
  const peer = canonicalAddress(dialog.flow.remoteAddress);
  const addresses = line?.targets.map(({ address }) => canonicalAddress(address)) ?? [];
  if (line === undefined || !addresses.includes(peer)) return undefined;
  const named = namedHost(side);
  if (named !== undefined && addresses.includes(canonicalAddress(named.host))) return named;
  const uri = parseUri(`sip:${line.domain}`);
  return isSipUri(uri) ? hostOf(uri) : undefined;
}

/** The domain of the caller, as that is where his side routes; where it is ours, or none, the address of his Contact. */
function callersHost(side: CallersSide): Pick<SipUri, "host" | "port"> | undefined {
  const named = namedHost(side);
  if (
    named !== undefined &&
    !named.host.endsWith(".invalid") &&
    named.host !== side.domain.replace(/^\[|\]$/g, "")
  )
    return named;
  const { remoteTarget } = side.dialog;
  const contact = remoteTarget === undefined ? undefined : parseUri(remoteTarget);
  return contact !== undefined && isSipUri(contact) ? hostOf(contact) : undefined;
}

/** In the caller's own address. */
function namedHost({ dialog }: CallersSide): Pick<SipUri, "host" | "port"> | undefined {
  const { uri } = dialog.direction === "inbound" ? from(dialog.request) : to(dialog.request);
  return isSipUri(uri) ? hostOf(uri) : undefined;
}

function hostOf({ host, port }: SipUri): Pick<SipUri, "host" | "port"> {
  return port === undefined ? { host } : { host, port };
}

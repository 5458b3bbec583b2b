// Where a REFER of the other side's sends its end of the call, as what we may dial for it.
import {
  type CallLeg,
  isSipUri,
  isTelUri,
  noParams,
  parseUri,
  type ReferTo,
  type SendTarget,
  type SipUri,
  serialiseUri,
} from "@ringdown/sip";
import { canonicalAddress } from "../../edge/address.ts";
import type { RegistrationLine } from "../../registrations/registrations.ts";
import type { Destination } from "../dial/destination.ts";

export interface Referral {
  readonly referTo: Pick<ReferTo, "uri">;
  /** Of the leg that is sent on. */
  readonly dialog: Pick<CallLeg, "flow" | "remoteTarget">;
  /** Where the agent is registered; undefined while it is not. */
  readonly line: Pick<RegistrationLine, "domain" | "targets"> | undefined;
  /** The organization lists that host as one that may be dialled. */
  mayDialHost(uri: string): boolean;
}

/**
 * Only ever whoever sent the REFER is asked to connect us, as the price is then his: his PBX over the agent's registration, or
 * the very address that his call came from. A `sip:` URI of a host that the organization lists goes there itself. Our
 * routes are not used.
 * @returns undefined where it is nothing that can be called
 */
export function referredDestination({
  referTo: { uri },
  dialog,
  line,
  mayDialHost,
}: Referral): Destination | undefined {
  const user = isSipUri(uri) ? uri.user : isTelUri(uri) ? dialled(uri.number) : undefined;
  if (user === undefined || user === "") return undefined;
  const { flow } = dialog;
  const peer = canonicalAddress(flow.remoteAddress);
  const host = isSipUri(uri) ? canonicalAddress(uri.host) : undefined;
  const isPbx = line?.targets.some(({ address }) => canonicalAddress(address) === peer) === true;
  if (isPbx && (host === undefined || host === peer || host === canonicalAddress(line.domain)))
    return { kind: "extension", extension: user };

  const asked: SipUri = isSipUri(uri)
    ? { ...uri, scheme: "sip", headers: undefined }
    : { scheme: "sip", user, host: flow.remoteAddress, params: noParams, headers: undefined };
  const text = serialiseUri(asked);
  if (host !== undefined && host !== peer && mayDialHost(text)) return { kind: "sip", uri: text };
  return { kind: "peer", uri: text, target: peerTarget(dialog, host === peer ? asked.port : undefined) };
}

/** @param port that the URI names at the peer's own address */
function peerTarget({ flow, remoteTarget }: Referral["dialog"], port: number | undefined): SendTarget {
  const { transport, remoteAddress: address, remotePort } = flow;
  if (port !== undefined) return { transport, address, port };
  if (transport === "udp") return { transport, address, port: remotePort };
  // A connection that the peer opened came from a port on which nobody listens.
  const contact = remoteTarget === undefined ? undefined : parseUri(remoteTarget);
  const listens = contact !== undefined && isSipUri(contact) && contact.host === address;
  return {
    transport,
    address,
    port: (listens ? contact.port : undefined) ?? (transport === "tls" ? 5061 : 5060),
  };
}

/** RFC 3966 §3: without the visual separators. */
function dialled(number: string): string {
  return number.replace(/[-.()]/g, "");
}

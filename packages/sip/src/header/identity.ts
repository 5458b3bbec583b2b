import type { WithHeaders } from "../message/message.ts";
import { type NameAddr, parseNameAddr } from "../message/name-addr.ts";
import { noParams } from "../message/params.ts";
import { isSipUri, isTelUri } from "../message/uri.ts";
import { readableValues, wordParam } from "./readable.ts";

/**
 * P-Asserted-Identity (RFC 3325 §9.1): who the caller is, as a network says. One SIP URI and one tel URI at most. It is
 * worth as much as the peer that sent it: whoever is not trusted may write anything here.
 */
export function assertedIdentities(message: WithHeaders): NameAddr[] {
  return identities(message, "P-Asserted-Identity");
}

/** P-Preferred-Identity (RFC 3325 §9.2): which of its identities a user agent wishes to be asserted. Nobody has checked it. */
export function preferredIdentities(message: WithHeaders): NameAddr[] {
  return identities(message, "P-Preferred-Identity");
}

function identities(message: WithHeaders, name: string): NameAddr[] {
  const values = readableValues(message, name, (text) => {
    const { params: _params, ...address } = parseNameAddr(text, name);
    return { ...address, params: noParams };
  });
  const sip = values.find(({ uri }) => isSipUri(uri));
  const tel = values.find(({ uri }) => isTelUri(uri));
  return values.filter((value) => value === sip || value === tel);
}

/** Remote-Party-ID: what RFC 3325 has replaced, still sent by old gateways (draft-ietf-sip-privacy-04 §6). */
export interface RemotePartyId {
  readonly address: NameAddr;
  /** `calling` or `called`. */
  readonly party: string | undefined;
  /** `yes` where the network has verified the address. */
  readonly screen: string | undefined;
  /** `full`, `name`, `uri`, `off`: what of it may not be shown. */
  readonly privacy: string | undefined;
  /** `subscriber`, `user`, `term` … */
  readonly idType: string | undefined;
}

/** The Remote-Party-ID values that can be read. To be believed as little as P-Asserted-Identity. */
export function remotePartyIds(message: WithHeaders): RemotePartyId[] {
  return readableValues(message, "Remote-Party-ID", (text) => {
    const { params, ...address } = parseNameAddr(text, "Remote-Party-ID");
    return {
      address: { ...address, params: noParams },
      party: wordParam(params, "party"),
      screen: wordParam(params, "screen"),
      privacy: wordParam(params, "privacy"),
      idType: wordParam(params, "id-type"),
    };
  });
}

import { SipParseError } from "../errors.ts";
import type { WithHeaders } from "../message/message.ts";
import { type NameAddr, parseNameAddr } from "../message/name-addr.ts";
import { noParams, paramText, withParam } from "../message/params.ts";
import { isSipUri, parseUri, serialiseUri, type Uri } from "../message/uri.ts";
import { readable } from "./readable.ts";
import { parseReplaces, type Replaces, serialiseReplaces } from "./replaces.ts";
import {
  serialiseUriHeaders,
  type UriHeaders,
  uriHeader,
  uriHeaders,
  withoutUriHeaders,
} from "./uri-headers.ts";

/** What a REFER asks for, RFC 3515 §2.1. */
export interface ReferTo {
  readonly displayName: string | undefined;
  /** Whom to contact: without header components and `method`. Any scheme: whoever cannot follow it declines. */
  readonly uri: Uri;
  /** The method of the request that is asked for: INVITE where the URI names none. */
  readonly method: string;
  /** The call that the new INVITE is to take the place of, there (attended transfer, RFC 5589 §7). */
  readonly replaces: Replaces | undefined;
  /** All header components. The referrer's words: what of them goes into a request is to be chosen (RFC 3261 §19.1.5). */
  readonly headers: UriHeaders;
}

/**
 * @throws SipParseError missing_header, duplicate_header where there is not just one value (RFC 3515 §2.4.2), or what
 *   breaks its grammar, that of a Replaces in it included
 */
export function referTo(message: WithHeaders): ReferTo {
  const values = message.headers.list("Refer-To");
  const [value] = values;
  if (value === undefined) throw new SipParseError("missing_header", 0, "Refer-To");
  if (values.length > 1) throw new SipParseError("duplicate_header", 0, "Refer-To");
  const { displayName, uri: written } = parseNameAddr(value, "Refer-To");
  const headers = uriHeaders(written);
  const replaces = uriHeader(headers, "replaces");
  let uri = withoutUriHeaders(written);
  let method = "INVITE";
  if (isSipUri(uri)) {
    method = uri.params.get("method")?.toUpperCase() ?? method;
    uri = { ...uri, params: withParam(uri.params, "method", undefined) };
  }
  return {
    displayName,
    uri,
    method,
    replaces: replaces === undefined ? undefined : parseReplaces(replaces),
    headers,
  };
}

/**
 * A Refer-To value.
 * @param target SIP or tel URI, or any other
 * @param headers header components besides Replaces
 * @throws SipParseError malformed_uri; also where header components are wanted on a URI that is no SIP URI
 */
export function serialiseReferTo(
  target: string,
  options: { readonly replaces?: Replaces | undefined; readonly headers?: UriHeaders } = {},
): string {
  const uri = parseUri(target);
  const headers = [...(options.headers ?? [])];
  if (options.replaces !== undefined) headers.unshift(["Replaces", serialiseReplaces(options.replaces)]);
  if (headers.length === 0) return `<${serialiseUri(uri)}>`;
  if (!isSipUri(uri)) throw new SipParseError("malformed_uri", 0);
  const all = [uri.headers, serialiseUriHeaders(headers)].filter((part) => part !== undefined).join("&");
  return `<${serialiseUri({ ...uri, headers: all })}>`;
}

/** Who asked for a request by REFER, RFC 3892 §3. Its own word, unless a signed body says so. */
export interface ReferredBy {
  readonly address: NameAddr;
  /** Content-ID of the body that proves it. */
  readonly contentId: string | undefined;
  /** The value as it came: to be passed on with the request that was asked for. */
  readonly text: string;
}

/** The Referred-By header; undefined where there is none that can be read. */
export function referredBy(message: WithHeaders): ReferredBy | undefined {
  const text = message.headers.get("Referred-By");
  if (text === undefined) return undefined;
  return readable(() => {
    const { params, ...address } = parseNameAddr(text, "Referred-By");
    const contentId = paramText(params, "cid");
    return { address: { ...address, params: noParams }, contentId, text };
  });
}

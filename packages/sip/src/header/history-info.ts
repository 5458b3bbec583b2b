import type { WithHeaders } from "../message/message.ts";
import { type NameAddr, parseNameAddr } from "../message/name-addr.ts";
import { noParams, paramText } from "../message/params.ts";
import { isSipUri } from "../message/uri.ts";
import { privacyOf } from "./privacy.ts";
import { numberParam, readableValues } from "./readable.ts";
import { parseReasons, type Reason } from "./reason.ts";
import { uriHeader, uriHeaders, withoutUriHeaders } from "./uri-headers.ts";

/** One target that the request had on its way, RFC 7044 §5. */
export interface HistoryEntry {
  /** The target, without the header components that carry reason and privacy. */
  readonly address: NameAddr;
  /** `1`, `1.1`, `1.2.1` …: the place in the tree of retargetings. */
  readonly index: string;
  /** Why the request was sent on from this target. */
  readonly reasons: readonly Reason[];
  /** RFC 4458's `cause` of the target URI: why it came to this target, as a SIP status: 302, 486, 408, 480, 487. */
  readonly cause: number | undefined;
  /** `history` where the entry may not be shown. */
  readonly privacy: ReadonlySet<string>;
  /**
   * How this target was got from the entry with index `of`: `rc` for the same user's contact, `mp` for another user, `np`
   * where nothing was decided.
   */
  readonly change: { readonly kind: "rc" | "mp" | "np"; readonly of: string } | undefined;
}

/** The History-Info values that can be read and have an index, in their order: the original target first. */
export function historyInfo(message: WithHeaders): HistoryEntry[] {
  return readableValues(message, "History-Info", (text) => {
    const { params, ...named } = parseNameAddr(text, "History-Info");
    const index = indexOf(params.get("index"));
    if (index === undefined) return undefined;
    const headers = uriHeaders(named.uri);
    const uri = withoutUriHeaders(named.uri);
    return {
      address: { ...named, uri, params: noParams },
      index,
      reasons: parseReasons(uriHeader(headers, "reason") ?? ""),
      cause: isSipUri(uri) ? numberParam(uri.params, "cause", 699) : undefined,
      privacy: privacyOf(uriHeader(headers, "privacy") ?? ""),
      change: changeOf(params),
    };
  });
}

/** RFC 7044 §5: digits with dots between. */
function indexOf(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= 64 && /^\d+(?:\.\d+)*$/.test(text) ? text : undefined;
}

function changeOf(params: NameAddr["params"]): HistoryEntry["change"] {
  for (const kind of ["rc", "mp", "np"] as const) {
    const of = indexOf(paramText(params, kind));
    if (of !== undefined) return { kind, of };
  }
  return undefined;
}

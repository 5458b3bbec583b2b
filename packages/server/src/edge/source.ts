import type { Headers } from "@ringdown/sip";
import type { NetworkSet } from "./access-matcher.ts";
import { canonicalAddress, parseAddress } from "./address.ts";

/** The header by which a trusted proxy names the address that a request came to it from. */
export const SOURCE_HEADER = "X-Source-Address";

export type Source = { ok: true; address: string } | { ok: false; address: string; reason: string };

/**
 * The true source of a request: the transport's address, except where that is a trusted proxy which names another.
 * A header that is there twice, or is no address, makes the request come from nowhere: somebody may have slipped one
 * in through a proxy that adds instead of replacing.
 */
export function trueSource(
  transportAddress: string,
  headers: Pick<Headers, "getAll">,
  trustedProxies: Pick<NetworkSet, "has">,
): Source {
  const address = canonicalAddress(transportAddress);
  if (!trustedProxies.has(address)) return { ok: true, address };
  const [value, ...more] = headers.getAll(SOURCE_HEADER);
  if (value === undefined) return { ok: true, address };
  const bare = value.trim().replace(/^\[(.*)\]$/, "$1");
  const named = more.length === 0 ? parseAddress(bare) : undefined;
  if (named !== undefined) return { ok: true, address: named.text };
  return {
    ok: false,
    address,
    reason:
      `The trusted proxy ${address} sent ${more.length > 0 ? "more than one" : "an unreadable"} ${SOURCE_HEADER} ` +
      "header: it must remove what its clients send and set one IP address.",
  };
}

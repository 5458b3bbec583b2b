import { endOfRun, TOKEN } from "./grammar.ts";
import type { Source } from "./source.ts";
import { WordTable } from "./word-table.ts";

/** A header's name, told apart once: `key` compares, `display` is written. */
export interface HeaderName {
  /** Lower case long name. */
  readonly key: string;
  /** As we write it: the RFC's spelling for names known here, else as it came. */
  readonly display: string;
  /** `display` with colon and space: what a line begins with. */
  readonly prefix: string;
  /** A bit of its own for the headers that the parser reads, 0 for others. */
  readonly bit: number;
}

export const bits = {
  via: 1,
  from: 2,
  to: 4,
  callId: 8,
  cseq: 16,
  maxForwards: 32,
  contentLength: 64,
  contact: 128,
} as const;

// Compact forms: RFC 3261 §7.3.3, RFC 3265, 3515, 3891, 3892, 4028, 4474, 3841.
const known: readonly [display: string, compact?: string | undefined, bit?: number][] = [
  ["Via", "v", bits.via],
  ["From", "f", bits.from],
  ["To", "t", bits.to],
  ["Call-ID", "i", bits.callId],
  ["CSeq", undefined, bits.cseq],
  ["Max-Forwards", undefined, bits.maxForwards],
  ["Content-Length", "l", bits.contentLength],
  ["Contact", "m", bits.contact],
  ["Content-Type", "c"],
  ["Content-Encoding", "e"],
  ["Subject", "s"],
  ["Supported", "k"],
  ["Event", "o"],
  ["Allow-Events", "u"],
  ["Refer-To", "r"],
  ["Referred-By", "b"],
  ["Session-Expires", "x"],
  ["Identity", "y"],
  ["Identity-Info", "n"],
  ["Accept-Contact", "a"],
  ["Reject-Contact", "j"],
  ["Request-Disposition", "d"],
  ["Accept"],
  ["Accept-Encoding"],
  ["Accept-Language"],
  ["Alert-Info"],
  ["Allow"],
  ["Authentication-Info"],
  ["Authorization"],
  ["Call-Info"],
  ["Content-Disposition"],
  ["Content-Language"],
  ["Date"],
  ["Diversion"],
  ["Error-Info"],
  ["Expires"],
  ["History-Info"],
  ["In-Reply-To"],
  ["Info-Package"],
  ["MIME-Version"],
  ["Min-Expires"],
  ["Min-SE"],
  ["Organization"],
  ["P-Asserted-Identity"],
  ["P-Preferred-Identity"],
  ["Path"],
  ["Priority"],
  ["Privacy"],
  ["Proxy-Authenticate"],
  ["Proxy-Authorization"],
  ["Proxy-Require"],
  ["RAck"],
  ["RSeq"],
  ["Reason"],
  ["Record-Route"],
  ["Recv-Info"],
  ["Remote-Party-ID"],
  ["Replaces"],
  ["Reply-To"],
  ["Require"],
  ["Retry-After"],
  ["Route"],
  ["SIP-ETag"],
  ["SIP-If-Match"],
  ["Server"],
  ["Service-Route"],
  ["Subscription-State"],
  ["Target-Dialog"],
  ["Timestamp"],
  ["Unsupported"],
  ["User-Agent"],
  ["WWW-Authenticate"],
  ["Warning"],
];

/** Never grows: names from the network are looked up, not kept. */
const names = new Map<string, HeaderName>();
/** By the spelling that we write, which nearly every line has. */
const ours = new WordTable<HeaderName>();

for (const [display, compact, bit] of known) {
  const name = makeName(display, bit ?? 0);
  ours.add(display, name);
  names.set(display, name);
  names.set(name.key, name);
  if (compact !== undefined) names.set(compact, name);
}

function makeName(display: string, bit: number): HeaderName {
  return { key: display.toLowerCase(), display, prefix: `${display}: `, bit };
}

/** The header name for any spelling, compact forms included. Does not check that it is a token. */
export function headerName(text: string): HeaderName {
  const name = names.get(text);
  if (name !== undefined) return name;
  return names.get(text.toLowerCase()) ?? makeName(text, 0);
}

/** The header name in a range of the text; undefined where none stands there, or we would spell it otherwise. */
export function headerNameAsOurs(
  { text, codes }: Source,
  start: number,
  end: number,
): HeaderName | undefined {
  const name = ours.find(codes, start, end);
  if (name !== undefined) return name;
  if (end <= start || endOfRun(codes, TOKEN, start, end) < end) return undefined;
  const spelling = text.slice(start, end);
  const other = headerName(spelling);
  return other.display === spelling ? other : undefined;
}
